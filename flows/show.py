"""Show: run the steps for the command line, and tell a person, or a program, what came of them."""

import asyncio
import sys
from collections.abc import Sequence

import orjson
from rich.console import Console

from adapters.workspace import RunFolder
from flows import execute, prefect_setup
from flows.display import Display
from flows.progress import outcome, plan_summary
from flows.run import open_ledger
from flows.settings import Options
from schemas.errors import UsageError
from schemas.results import Status
from schemas.run import RunRecord, State


def run_and_show(  # noqa: PLR0913 - what the commands know
    inputs: Sequence[str], options: Options, folder: RunFolder, console: Console, *, json: bool, prefect: bool
) -> int:
    """Run what is left of a run, under Prefect where that is wanted or set up; the exit code."""
    with Display(console, options.requests_per_minute) as display:
        if prefect or prefect_setup.is_configured():
            from flows.under_prefect import run_flow  # noqa: PLC0415 - Prefect takes 2 s to import

            record = run_flow(inputs, options, folder, display)
        else:
            record = _run(inputs, options, folder, display)
    console.print(outcome(record, folder.results, folder.rejects if folder.rejects.exists() else None, folder.report))
    return _finish(record, folder, json=json)


def plan_and_show(inputs: Sequence[str], options: Options, folder: RunFolder, console: Console, *, json: bool) -> int:
    """Plan a run and tell what it would do; the exit code."""
    execute.plan(inputs, options, folder)
    record = execute.report(folder, options, execute.Ending(State.PLANNED))
    console.print(plan_summary(record))
    return _finish(record, folder, json=json)


def _run(inputs: Sequence[str], options: Options, folder: RunFolder, display: Display) -> RunRecord:
    display.planned(execute.plan(inputs, options, folder))
    # Only delivery needs an event loop; a loop would hold a Ctrl-C back while the plan is made.
    ending = asyncio.run(execute.deliver(folder, options, display.tell))
    return execute.report(folder, options, ending)


def show_status(folder: RunFolder, options: Options, *, json: bool) -> None:
    """Print how far a run is, from the ledger."""
    record = folder.record()
    with open_ledger(options) as ledger:
        counts = ledger.counts(record.run_id)
    planned = record.planned_totals
    to_send = sum(total.orders for total in planned if total.status == Status.PENDING)
    left = max(0, to_send - counts.created - counts.rejected - counts.in_doubt)
    seconds = ((counts.last_at or 0) - (counts.first_at or 0)) / 1e6
    done = counts.created + counts.rejected
    status: dict[str, object] = {
        "run_id": record.run_id,
        "state": record.state.value,
        "planned": to_send,
        "created": counts.created,
        "rejected": counts.rejected,
        "in_doubt": counts.in_doubt,
        "pending": left,
        "requests": counts.requests,
        "orders_per_minute": round(done / seconds * 60, 1) if seconds else None,
        "seconds_left": round(left / done * seconds) if seconds and done else None,
    }
    if json:
        _write(orjson.dumps(status).decode())
        return
    for name, value in status.items():
        shown = "-" if value is None else f"{value:,}" if isinstance(value, int | float) else value
        _write(f"{name.replace('_', ' '):18} {shown}")


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
            "results": str(folder.results),
            "rejects": str(folder.rejects) if folder.rejects.exists() else None,
            "report": str(folder.report),
            "exit_code": code,
        }
        _write(orjson.dumps(result).decode())
    return code


def _write(line: str) -> None:
    """Standard output carries the result."""
    sys.stdout.write(line + "\n")
