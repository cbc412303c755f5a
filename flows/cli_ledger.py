"""The commands that look after what runs leave behind: runs, prune, and those of the ledger."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli_options import Json, WorkspaceAt, as_planned_here, load_here
from flows.settings import Options
from schemas.errors import UsageError

if TYPE_CHECKING:
    from adapters.workspace import Workspace

# ruff: noqa: PLC0415 - as in flows/cli.py, commands import what they need when they are called

app = typer.Typer(no_args_is_help=True, help="Check, export and back up the ledger, which knows what was ever sent.")
LedgerAt = Annotated[str | None, typer.Option("--ledger-url", help="SQLAlchemy URL of the ledger", show_default=False)]
FileTo = Annotated[str, typer.Argument(metavar="FILE", help="file to write")]


def runs_command(
    *,
    workspace: WorkspaceAt = None,
    ledger_url: LedgerAt = None,
    limit: Annotated[int, typer.Option(help="how many; 0 shows all")] = 20,
    json: Json = False,
) -> None:
    """List the runs of the workspace, the newest first: state, inputs, counts and health."""
    from itertools import islice

    from flows.housekeeping import is_empty, list_runs
    from flows.ledger_tools import open_known_ledger
    from flows.listed import show_runs

    place, options = _workspace(workspace, ledger_url)
    if is_empty(place):
        show_runs([], json=json)
        return
    with open_known_ledger(options) as ledger:
        show_runs(islice(list_runs(place, ledger), limit or None), json=json)


def prune_command(
    older_than: Annotated[str, typer.Option(help="how long ago a run ended at least: 12h, 30d or 4w")],
    *,
    workspace: WorkspaceAt = None,
    ledger_url: LedgerAt = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only tell what would be removed")] = False,
    json: Json = False,
) -> None:
    """Remove plans, results and reports of complete, old runs; never the ledger, nor a run that is not finished."""
    from flows.housekeeping import age, is_empty, prune
    from flows.ledger_tools import open_known_ledger
    from flows.listed import show_pruned

    before = datetime.now(UTC) - age(older_than)
    place, options = _workspace(workspace, ledger_url)
    if is_empty(place):
        show_pruned([], dry_run=dry_run, json=json)
        return
    with open_known_ledger(options) as ledger:
        show_pruned(prune(place, ledger, before, dry_run=dry_run), dry_run=dry_run, json=json)


@app.command("check")
def check_command(*, workspace: WorkspaceAt = None, ledger_url: LedgerAt = None, json: Json = False) -> None:
    """Ask of the ledger whether the rules of delivery hold in it; exit code 1 if one does not."""
    from itertools import chain

    from adapters.ledger_check import check_ledger
    from flows.ledger_tools import check_watermarks, open_known_ledger
    from flows.listed import show_findings

    place, options = _workspace(workspace, ledger_url)
    with open_known_ledger(options) as ledger:
        findings = chain(check_ledger(ledger), map(check_watermarks, [place], [ledger]))
        raise typer.Exit(0 if show_findings(findings, json=json) else 1)


@app.command("export")
def export_command(file: FileTo, *, workspace: WorkspaceAt = None, ledger_url: LedgerAt = None) -> None:
    """Write all orders that the ledger knows into a .parquet or .csv file."""
    from adapters.ledger_export import export_orders
    from adapters.storage import place
    from flows.ledger_tools import open_known_ledger

    _, options = _workspace(workspace, ledger_url)
    with open_known_ledger(options) as ledger:
        try:
            count = export_orders(ledger, place(file))
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}.", "Name another file.") from error
    typer.echo(f"{file}: {count:,} orders")


@app.command("backup")
def backup_command(file: FileTo, *, workspace: WorkspaceAt = None, ledger_url: LedgerAt = None) -> None:
    """Copy a SQLite ledger into a new file, as it is at one moment, also while a run goes on."""
    from adapters.ledger_backup import back_up
    from flows.ledger_tools import open_known_ledger

    _, options = _workspace(workspace, ledger_url)
    with open_known_ledger(options) as ledger:
        back_up(ledger, Path(file))
    typer.echo(file)


def _workspace(workspace: str | None, ledger_url: str | None) -> "tuple[Workspace, Options]":
    """The workspace, and the settings with the ledger that is named, or else that of the latest run there."""
    from adapters.workspace import Workspace
    from flows.housekeeping import latest_settings

    options = load_here(workspace=workspace, ledger_url=ledger_url)
    place = Workspace(options.workspace)
    if options.ledger_url is None and (settings := latest_settings(place)) is not None:
        options = as_planned_here(settings)
    return place, options
