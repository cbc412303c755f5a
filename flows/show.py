"""Show: run the steps for the command line, and tell a person, or a program, what came of them."""

import asyncio
import sys
from collections.abc import Sequence

import orjson
from rich.console import Console

from adapters.workspace import RunFolder
from flows import execute, prefect_setup
from flows.display import Display
from flows.endpoint import open_ledger
from flows.progress import comparison, outcome, plan_summary
from flows.resolve import resolve
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
    console.print(outcome(record, *_paths(folder)))
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


def reconcile_and_show(folder: RunFolder, options: Options, console: Console, *, json: bool) -> int:
    """Read back what is in doubt, and tell what became of it; the exit code."""
    before = folder.record().state
    ending = asyncio.run(execute.reconcile(folder, options, lambda _: None))
    record = execute.report(folder, options, ending)
    if ending.reason is None and before is not State.COMPLETE and record.orders.get(Status.PENDING):
        record = execute.report(folder, options, execute.Ending(State.STOPPED))  # as it was, but for its doubts
    console.print(outcome(record, *_paths(folder)))
    return _finish(record, folder, json=json)


def verify_and_show(folder: RunFolder, options: Options, console: Console, *, json: bool) -> int:
    """Compare plan, ledger and platform, and print what differs; the exit code."""
    console.print(f"Reading the orders of run {folder.run_id} back ...")
    compared = asyncio.run(execute.verify(folder, options))
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
