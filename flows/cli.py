"""The command line. Progress and messages go to standard error, the result to standard output."""

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from typer.core import TyperGroup

from flows import cli_ledger, events
from flows.cli_options import Json, RunId, WorkspaceAt, as_planned_here, load_here, with_settings, workspace_in_use
from flows.hidden import secrets_taken
from flows.settings import Options, folder_here
from schemas.errors import InputError, OrderliftError

if TYPE_CHECKING:
    from adapters.workspace import RunFolder

# Commands import what they need when they are called: pandas, Arrow and Prefect take seconds.
# ruff: noqa: PLC0415


class Commands(TyperGroup):
    """The commands; one that is interrupted says so. What delivery had in flight has its own handling."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the class is private to typer
        """Run the command that the context names."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _say("interrupted. `orderlift status` tells how far the last run came.")
            raise


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Files of orders in, each order created exactly once, an answer for every row.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
stderr = Console(stderr=True, highlight=False)
BUG = 70  # exit code, as sysexits.h has it

Inputs = Annotated[list[str] | None, typer.Argument(help="files, globs, folders or URLs", show_default=False)]
Prefect = Annotated[
    bool, typer.Option("--prefect", help="run as a Prefect flow even where no Prefect server is set up")
]
Flags = Any
PLANNING_ONLY = (
    *("company_id", "orders", "line_items", "profile", "timezone", "date_format", "since", "until"),
    *("partition_rows", "task_runner", "dask_address", "redact"),
)
SENDING_ONLY = (
    *PLANNING_ONLY,
    "max_orders_per_batch",
    "max_batch_bytes",
    "max_in_flight",
    "max_failure_ratio",
    "canary",
    "skip_existing",
)


@app.command("run")
@with_settings()
def run_command(inputs: Inputs = None, *, json: Json = False, prefect: Prefect = False, **flags: Flags) -> None:
    """Plan, deliver, report."""
    from adapters.workspace import Workspace
    from flows.endpoint import require_endpoint
    from flows.show import run_and_show

    options = load_here(**flags)
    given = _given(inputs, options)
    require_endpoint(options)
    folder = Workspace(options.workspace).new_run()
    raise typer.Exit(run_and_show(given, options, folder, stderr, json=json, prefect=prefect))


@app.command("plan")
@with_settings()
def plan_command(inputs: Inputs = None, *, json: Json = False, **flags: Flags) -> None:
    """Make the same checks as a run, send nothing, and tell what a run would do and how long it takes."""
    from adapters.workspace import Workspace
    from flows.show import plan_and_show

    options = load_here(**flags)
    given = _given(inputs, options)
    folder = Workspace(options.workspace).new_run()
    raise typer.Exit(plan_and_show(given, options, folder, stderr, json=json))


@app.command("resume")
@with_settings(skip=PLANNING_ONLY)
def resume_command(run: RunId = None, *, json: Json = False, prefect: Prefect = False, **flags: Flags) -> None:
    """Go on with a stopped run, or send a plan."""
    from flows.show import run_and_show

    folder, options = _planned_run(run, **flags)
    raise typer.Exit(run_and_show([], options, folder, stderr, json=json, prefect=prefect))


@app.command("reconcile")
@with_settings(skip=SENDING_ONLY)
def reconcile_command(run: RunId = None, *, json: Json = False, **flags: Flags) -> None:
    """Settle what is in doubt by reading the orders back from the API; send nothing."""
    from flows.show import reconcile_and_show

    folder, options = _planned_run(run, **flags)
    raise typer.Exit(reconcile_and_show(folder, options, stderr, json=json))


@app.command("inbox")
@with_settings(skip=("orders", "line_items", "task_runner", "dask_address"))
def inbox_command(
    folder: Annotated[str, typer.Argument(help="folder or URL in which new files are put")] = "inbox",
    *,
    quiet: Annotated[float, typer.Option(min=0, help="seconds without a change that make a file complete")] = 30,
    json: Json = False,
    **flags: Flags,
) -> None:
    """Import the files that are new in a folder, and move them to done/ or problems/ in it."""
    from flows.inbox_show import inbox_and_show

    raise typer.Exit(inbox_and_show(folder, load_here(**flags), quiet, stderr, json=json))


@app.command("verify")
@with_settings(skip=SENDING_ONLY)
def verify_command(run: RunId = None, *, json: Json = False, **flags: Flags) -> None:
    """Read everything back, and compare file, ledger and platform; exit code 1 if they differ."""
    from flows.show import verify_and_show

    folder, options = _planned_run(run, **flags)
    raise typer.Exit(verify_and_show(folder, options, stderr, json=json))


@app.command("resolve")
def resolve_command(
    order: Annotated[list[str], typer.Option(help="order number; may be given several times")],
    company_id: Annotated[int, typer.Option(help="rootfi_company_id of the orders")],
    said: Annotated[Literal["created", "not-created"], typer.Option("--as", help="what you saw on the platform")],
    run: Annotated[str | None, typer.Option(help="run_id (default: the latest)", show_default=False)] = None,
    *,
    workspace: WorkspaceAt = None,
) -> None:
    """Say what became of orders in doubt that the API does not show: created, or not created and to be sent."""
    from adapters.workspace import Workspace
    from flows.show import resolve_and_show

    folder = Workspace(load_here(workspace=workspace).workspace).run(run)
    resolve_and_show(folder, as_planned_here(folder.record().settings), company_id, order, created=said == "created")


@app.command("status")
def status_command(run: RunId = None, *, workspace: WorkspaceAt = None, json: Json = False) -> None:
    """Show counts, rate and time left of a run, also while it goes on."""
    from adapters.workspace import Workspace
    from flows.status import show_status

    folder = Workspace(load_here(workspace=workspace).workspace).run(run)
    show_status(folder, as_planned_here(folder.record().settings), json=json)


@app.command("results")
def results_command(
    run: RunId = None,
    *,
    workspace: WorkspaceAt = None,
    kind: Annotated[str | None, typer.Option("--format", help="csv, xlsx or parquet", show_default=False)] = None,
) -> None:
    """Say where the results of a run are; with --format, where they are in that format."""
    from adapters.workspace import Workspace
    from flows.show import show_results

    show_results(Workspace(load_here(workspace=workspace).workspace).run(run), kind)


@app.command("columns")
@with_settings(skip=tuple(name for name in Options.model_fields if name not in ("company_id", "profile")))
def columns_command(
    file: Annotated[str, typer.Argument(help="a file of orders, line items or both")],
    *,
    write: Annotated[Path | None, typer.Option(help="write a profile to edit", show_default=False)] = None,
    **flags: Flags,
) -> None:
    """Show how the columns of a file are understood, and write a mapping file to change it."""
    from flows.columns import show_columns

    show_columns(file, load_here(**flags), write)


@app.command("sandbox")
def sandbox_command(
    store: Annotated[Path, typer.Option(help="file that keeps the orders")] = Path("sandbox.db"),
    port: Annotated[int, typer.Option(help="port on 127.0.0.1; 0 takes a free one")] = 8765,
    api_key: Annotated[str, typer.Option("--accept-key", help="the key that clients must send")] = "sandbox-key",
    faults: Annotated[
        Path | None, typer.Option(help="TOML or JSON file of scripted faults", show_default=False)
    ] = None,
    requests_per_minute: Annotated[int, typer.Option(help="its rate limit")] = 100,
) -> None:
    """Serve the embedded API until a signal comes."""
    from sandbox.faults import load_faults
    from sandbox.server import Sandbox, serve

    served = Sandbox(
        store,
        api_key=api_key,
        faults=load_faults(faults) if faults else (),
        port=port,
        requests_per_minute=requests_per_minute,
    )
    serve(served, lambda url: stderr.print(f"The sandbox answers at {url} with the key {api_key}; Ctrl-C ends it."))


@app.command("demo")
def demo_command(
    workspace: Annotated[str, typer.Option(help="folder of the ledger, plans and results")] = "workspace/demo",
    prefect: Annotated[bool, typer.Option(help="run it as a Prefect flow")] = True,
) -> None:
    """Run the whole job on data/samples against the embedded API, as a Prefect flow."""
    from adapters.workspace import Workspace
    from flows.show import run_and_show

    samples = Path(__file__).parents[1] / "data" / "samples"
    if not samples.is_dir():
        raise InputError(f"There are no samples in {samples}.", "Run the demo from a clone of the repository.")
    options = load_here(workspace=workspace, sandbox=True)
    folder = Workspace(options.workspace).new_run()
    code = run_and_show([str(samples)], options, folder, stderr, json=False, prefect=prefect)
    raise typer.Exit(0 if code == 1 else code)  # the samples have planted problems


app.command("runs")(cli_ledger.runs_command)
app.command("prune")(cli_ledger.prune_command)
app.add_typer(cli_ledger.app, name="ledger")


def main() -> None:
    """Run the command line; every foreseen error is one line on standard error and an exit code."""
    if sys.platform == "linux":
        # Arrow reads them when it is imported: its usual pool gives memory back at once and asks for it again.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
        os.environ.setdefault("JE_ARROW_MALLOC_CONF", "dirty_decay_ms:-1,narenas:1,lg_extent_max_active_fit:20")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here multiplies matrices: its threads only wait
    gc.set_threshold(100_000)  # what modules are made of stays: to look through it at each import takes a tenth of it
    try:
        with secrets_taken():
            app()
    except OrderliftError as error:
        if (log := events.log_in_use.get()) is not None:
            log.fail(error)
        else:
            _say(str(error))
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a line and the traceback is kept
        from flows.bugs import tell_bug

        _say(tell_bug(error, folder_here(workspace_in_use.get()), says_why=events.log_in_use.get() is None))
        sys.exit(BUG)
    finally:
        events.stop()
        gc.freeze()  # the process ends: to take everything apart would take a quarter of a second


def _say(message: str) -> None:
    if (log := events.log_in_use.get()) is not None:
        log.tell("error", "error", message=message)
        return
    print(f"orderlift: {' '.join(message.split())}", file=sys.stderr)


def _planned_run(run: str | None, **flags: object) -> "tuple[RunFolder, Options]":
    """A run that was planned before, and its settings; raises UsageError if there is no way to send."""
    from adapters.workspace import Workspace
    from flows.endpoint import require_endpoint

    folder = Workspace(load_here(**flags).workspace).run(run)
    options = as_planned_here(folder.record().settings, **flags)
    require_endpoint(options)
    return folder, options


def _given(inputs: list[str] | None, options: Options) -> list[str]:
    given = inputs or []
    if not given and not (options.orders or options.line_items):
        raise InputError("No input is given.", "Name files, globs or folders: orderlift run orders.xlsx")
    return given
