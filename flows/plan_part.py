"""Plan part: one partition of the input, planned alone; for what is not large it is all of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.ledger import Ledger
from adapters.workspace import RunFolder
from flows.endpoint import open_ledger
from flows.rejects import MOST_REJECTS
from flows.settings import Options
from flows.split import SplitTable
from schemas.ledger import Fact
from schemas.results import Status
from schemas.run import Total
from schemas.tables import InputFile, SourceTable
from transforms.batches import companies
from transforms.decide import Decision, decide, draft
from transforms.forecast import body_sizes
from transforms.intake import Understood, take_in
from transforms.period import Period, within
from transforms.rejected import Rejected, reject


@dataclass(frozen=True)
class Split:
    """An input that can be planned partition by partition; `sent` is the target's number if orders were sent there."""

    files: list[InputFile]
    tables: list[Understood] | list[SplitTable]
    originals: list[SourceTable]  # of an input in one part, as they stand in their files
    notices: list[str]
    parts: int
    target: str
    sent: int | None
    timezone: str


@dataclass(frozen=True)
class Part:
    """What is known of a planned partition."""

    rows: dict[Status, int]
    codes: Counter[str]  # of the problems
    totals: list[Total]
    bodies: np.ndarray  # `body_sizes` of the orders that nobody has sent
    undated: int
    notices: list[str]
    counts: Counter[str]
    rejected: Rejected


def plan_part(folder: RunFolder, split: Split, options: Options, number: int) -> Part:
    """Plan a partition and write its plan, rows and problems into the run's folder; may be done again."""
    tables = [one.part(number) if isinstance(one, SplitTable) else one for one in split.tables]
    intake = take_in(tables)
    if options.since or options.until:
        intake = within(intake, Period(options.since, options.until, split.timezone))
    drafted = draft(intake, options.max_batch_bytes)
    facts = map(Fact._make, _known(split, options, drafted.plan))
    maps = {(one.table.file, one.table.sheet): one.mapping for one in tables}
    decision = decide(drafted, facts, maps, split.timezone, redact=options.redact)
    folder.plan.write_part(number, decision.plan, lambda: _answered(decision), decision.problems)
    invalid = decision.rows.filter(pc.equal(decision.rows["status"], Status.INVALID.value))
    return Part(
        rows=count_rows(decision.rows),
        codes=Counter(decision.problems["code"].astype(str)),
        totals=decision.totals,
        bodies=body_sizes(decision.to_send),
        undated=decision.to_send["order_date"].null_count,
        notices=intake.notices,
        counts=intake.counts,
        rejected=reject(invalid, decision.problems, MOST_REJECTS // split.parts),
    )


def _answered(decision: Decision) -> pa.Table:
    """All rows with what is said of them; the totals are summed up as well, while the plan is written."""
    _ = decision.totals
    return decision.rows


def _known(split: Split, options: Options, orders: pa.Table) -> Iterator[tuple[Any, ...]]:
    if split.sent is not None:
        with open_ledger(options) as ledger:
            yield from known(ledger, split.sent, orders.select(["company_id", "order_number"]))


def known(ledger: Ledger, target_id: int, orders: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The facts, as plain tuples, that the ledger has of the orders of a plan, given by company_id and order_number."""
    if not ledger.has_orders(target_id):
        return
    numbers = orders["order_number"].to_pylist()
    for company_id, rows in companies(orders["company_id"].to_numpy()):
        yield from ledger.fact_rows(target_id, company_id, numbers[rows])


def count_rows(rows: pa.Table) -> dict[Status, int]:
    """How many rows of each status."""
    return {Status(pair["values"]): pair["counts"] for pair in pc.value_counts(rows["status"]).to_pylist()}
