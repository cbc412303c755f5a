"""Plan: read, normalize, validate, group; a complete plan on disk, and nothing sent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from adapters.ledger import Ledger
from adapters.rejects import write_rejects
from adapters.workspace import RunFolder
from flows.intake import Source, open_source, profile_of, timezone_of
from flows.settings import Options
from schemas.ledger import Fact
from schemas.profile import Profile
from schemas.results import Status
from schemas.run import InputDigest, RunRecord, State
from transforms.batches import companies
from transforms.decide import Decision, decide, draft
from transforms.forecast import forecast
from transforms.intake import take_in
from transforms.rejects import reject_sheets
from transforms.totals import count_orders


def plan(inputs: Sequence[str], options: Options, target: str, ledger: Ledger, folder: RunFolder) -> RunRecord:
    """Write the plan of a run into its folder and say what it would do; raises Mend errors for unreadable input."""
    profile = profile_of(options)
    source = open_source(inputs, options, profile)
    intake = take_in(source.tables)
    source = replace(source, notices=[*source.notices, *intake.notices])
    drafted = draft(intake, options.max_batch_bytes)
    facts = known(ledger, ledger.target(target), drafted.plan.select(["company_id", "order_number"]))
    maps = {(one.table.file, one.table.sheet): one.mapping for one in source.tables}
    decision = decide(drafted, map(Fact._make, facts), maps, timezone_of(options, profile or Profile()))
    folder.plan.write_part(0, decision.plan, decision.rows, decision.problems)
    folder.plan.finish()
    invalid = decision.rows.filter(pc.equal(decision.rows["status"], Status.INVALID.value))
    write_rejects(folder.rejects, reject_sheets(source.originals, invalid.to_pandas(), decision.problems))
    record = _record(source, decision, options, target, folder)
    folder.write_record(record)
    return record


def known(ledger: Ledger, target_id: int, orders: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The facts, as plain tuples, that the ledger has of the orders of a plan, given by company_id and order_number."""
    if not ledger.has_orders(target_id):
        return
    numbers = orders["order_number"].to_pylist()
    for company_id, rows in companies(orders["company_id"].to_numpy()):
        yield from ledger.fact_rows(target_id, company_id, numbers[rows])


def _record(source: Source, decision: Decision, options: Options, target: str, folder: RunFolder) -> RunRecord:
    notices = list(source.notices)
    undated = pc.sum(pc.is_null(decision.to_send["order_date"])).as_py() or 0
    if undated:
        notices.append(f"{undated:,} orders have no order_date: the API dates them to the moment they are sent.")
    needed = forecast(
        decision.to_send, options.max_orders_per_batch, options.max_batch_bytes, options.requests_per_minute
    )
    codes = decision.problems["code"].value_counts()
    return RunRecord(
        run_id=folder.run_id,
        state=State.PLANNED,
        base_url=target,
        settings=options.model_dump(mode="json"),
        inputs=[
            InputDigest(name=file.name, path=str(file.path.absolute()), bytes=file.bytes, sha256=file.sha256)
            for file in source.files
        ],
        notices=notices,
        planned_at=datetime.now(UTC),
        orders=count_orders(decision.totals),
        rows=count_rows(decision.rows),
        line_items=sum(total.line_items for total in decision.totals),
        companies=len({total.company_id for total in decision.totals}),
        problems=len(decision.problems),
        problem_codes={str(code): int(count) for code, count in codes.items()},
        requests_needed=needed.requests,
        least_seconds=needed.seconds,
        totals=decision.totals,
        planned_totals=decision.totals,
    )


def count_rows(rows: pa.Table) -> dict[Status, int]:
    """How many rows of each status."""
    return {Status(pair["values"]): pair["counts"] for pair in pc.value_counts(rows["status"]).to_pylist()}
