"""Show: run the steps for the command line, and tell a person, or a program, what came of them."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace

import orjson
from rich.console import Console

from adapters.workspace import RunFolder
from flows import execute, prefect_setup
from flows.display import Display, open_display
from flows.endpoint import open_ledger
from flows.notify import crashes_told, tell
from flows.progress import comparison
from flows.reconcile_runs import report_reconciled
from flows.resolve import resolve
from flows.settings import Options, TaskRunner
from schemas.errors import UsageError
from schemas.results import Status
from schemas.run import RunRecord, State
from transforms.redact import without_details


def run_and_show(  # noqa: PLR0913 - what the commands know
    inputs: Sequence[str], options: Options, folder: RunFolder, console: Console, *, json: bool, prefect: bool
) -> int:
    """Run what is left of a run, under Prefect where that is wanted or set up; the exit code."""
    with open_display(console, options.requests_per_minute, folder.run_id) as display:
        if prefect or options.task_runner is TaskRunner.DASK or prefect_setup.is_configured():
            from flows.under_prefect import run_flow  # noqa: PLC0415 - Prefect takes 2 s to import

            record = run_flow(inputs, options, folder, display)
        else:
            record = _run(inputs, options, folder, display)
    display.ended(record, _paths(folder), execute.exit_code(record))
    return _finish(record, folder, json=json)


def plan_and_show(inputs: Sequence[str], options: Options, folder: RunFolder, console: Console, *, json: bool) -> int:
    """Plan a run and tell what it would do; the exit code."""
    display = open_display(console, options.requests_per_minute, folder.run_id)
    execute.plan(inputs, options, folder)
    record = execute.report(folder, options, execute.Ending(State.PLANNED))
    display.planned(record, goes_on=False)
    return _finish(record, folder, json=json)


def _run(inputs: Sequence[str], options: Options, folder: RunFolder, display: Display) -> RunRecord:
    with crashes_told(folder, options, display.say):
        display.planned(execute.plan(inputs, options, folder))
        # Only delivery needs an event loop; a loop would hold a Ctrl-C back while the plan is made.
        ending = asyncio.run(execute.deliver(folder, options, display.tell))
        record = execute.report(folder, options, ending)
    tell(folder, options, record, ending.reason, display.say)
    return record


def reconcile_and_show(folder: RunFolder, options: Options, console: Console, *, json: bool) -> int:
    """Read back what is in doubt, and tell what became of it; the exit code."""
    display = open_display(console, options.requests_per_minute, folder.run_id)
    before = folder.record().state
    ending = asyncio.run(execute.reconcile(folder, options, lambda _: None))
    record = report_reconciled(folder, options, ending, before)
    tell(folder, options, record, ending.reason, display.say)
    display.ended(record, _paths(folder), execute.exit_code(record))
    return _finish(record, folder, json=json)


def verify_and_show(folder: RunFolder, options: Options, console: Console, *, json: bool) -> int:
    """Compare plan, ledger and platform, and print what differs; the exit code."""
    display = open_display(console, options.requests_per_minute, folder.run_id)
    display.say(f"Reading the orders of run {folder.run_id} back ...")
    compared = asyncio.run(execute.verify(folder, options))
    if options.redact:
        compared = replace(compared, findings=without_details(compared.findings))
    code = 1 if len(compared.findings) else 0
    if json:
        tables = {name: getattr(compared, name).astype(object) for name in ("totals", "findings")}
        rows = {name: table.where(table.notna(), None).to_dict("records") for name, table in tables.items()}
        _write(orjson.dumps({"run_id": folder.run_id, **rows, "exit_code": code}, default=str).decode())
    else:
        Console(highlight=False).print(comparison(compared))
    return code


def resolve_and_show(
    folder: RunFolder, options: Options, company_id: int, numbers: Sequence[str], *, created: bool
) -> None:
    """Settle orders as a person says, and bring the results of their runs up to date."""
    with open_ledger(options) as ledger:
        target_id = ledger.target(folder.record().base_url)
        runs = resolve(ledger, target_id, company_id, numbers, created=created)
    for run_id in sorted(runs):
        one = folder.beside(run_id)
        if one.is_planned:
            execute.report(one, options, execute.Ending(one.record().state))
    then = "created" if created else "not created; `orderlift resume` sends it"
    for number in numbers:
        _write(f"Order {number} of company {company_id}: {then}")


def show_results(folder: RunFolder, kind: str | None) -> None:
    """Print where the results are; a workbook is written first."""
    if not folder.results.exists():
        raise UsageError(f"Run {folder.run_id} has no results yet.", "`orderlift resume` delivers and reports it.")
    paths = {"parquet": folder.results, "csv": folder.results_csv, "xlsx": folder.results_xlsx}
    if kind is not None and kind not in paths:
        raise UsageError(f"There is no --format {kind}.", f"Choose one of {', '.join(paths)}.")
    if kind == "xlsx":
        folder.write_results_xlsx()
    _write(str(paths[kind or "parquet"]))


def _paths(folder: RunFolder) -> tuple[str, str | None, str]:
    """Where the results, the rejects if there are any, and the report are."""
    return str(folder.results), str(folder.rejects) if folder.rejects.exists() else None, str(folder.report)


def _finish(record: RunRecord, folder: RunFolder, *, json: bool) -> int:
    code = execute.exit_code(record)
    if json:
        counts = {
            kind: {status.value: getattr(record, kind).get(status, 0) for status in Status}
            for kind in ("orders", "rows")
        }
        result = {
            "run_id": record.run_id,
            "state": record.state.value,
            **counts,
            "requests": record.requests,
            **dict(zip(("results", "rejects", "report"), _paths(folder), strict=True)),
            "exit_code": code,
        }
        _write(orjson.dumps(result).decode())
    return code


def _write(line: str) -> None:
    """Standard output carries the result."""
    sys.stdout.write(line + "\n")
