"""Results: what became of every row, from what planning said of it and what the ledger knows of its order."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.ledger import SENDING
from schemas.results import DUPLICATE, RESULTS, Status
from schemas.run import Total
from transforms.totals import sum_up

MICROSECONDS = pa.timestamp("us", tz="UTC")
FACTS = pa.schema(
    [
        ("company_id", pa.int64()),
        ("order_number", pa.string()),
        ("status", pa.string()),
        ("digest", pa.int64()),
        ("run_id", pa.string()),
        ("batch_id", pa.int64()),
        ("attempts", pa.int64()),
        ("settled_at", pa.int64()),
        ("rootfi_id", pa.int64()),
        ("platform_id", pa.string()),
        ("error_code", pa.string()),
        ("error_message", pa.string()),
        ("http_status", pa.int64()),
        ("sync_id", pa.string()),
        ("sent_at", pa.int64()),
    ]
)
PORTION = 5_000
PENDING = pa.array([Status.PENDING.value, SENDING])
REFUSED = pa.array([Status.REJECTED.value, Status.IN_DOUBT.value])


def as_table(facts: Iterable[tuple[Any, ...]], run_id: str) -> pa.Table:
    """Facts as a table, each with the `status` that a report of the run gives its order."""
    left = iter(facts)
    portions = iter(lambda: list(islice(left, PORTION)), [])  # few at a time: memory that is used again is quick
    table = pa.concat_tables([FACTS.empty_table(), *map(_as_columns, portions)])
    mine = pc.equal(table["run_id"], run_id)
    created = pc.equal(table["status"], Status.CREATED.value)
    # What another run had refused may be sent by this one, and what it has in its hands is not settled.
    refused_before = pc.and_not(pc.equal(table["status"], Status.REJECTED.value), mine)
    open_ = pc.or_(pc.is_in(table["status"], value_set=PENDING), refused_before)
    seen = pc.if_else(created, pc.if_else(mine, Status.CREATED.value, Status.ALREADY_CREATED.value), table["status"])
    return table.set_column(2, "status", pc.if_else(open_, Status.PENDING.value, seen))


def _as_columns(facts: Iterable[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*facts, strict=True)
    return pa.table([pa.array(one, kind.type) for one, kind in zip(columns, FACTS, strict=True)], schema=FACTS)


def results(rows: pa.Table, facts: pa.Table) -> pa.Table:
    """One row per row of the input, with the columns of results.parquet.

    `rows` is what planning said of them, `facts` (from `as_table`) what is known of their orders. Invalid rows stay as
    they were judged.
    """
    judged = pc.equal(rows["status"], Status.INVALID.value)
    at = pc.if_else(judged, None, _find(rows, facts))
    known = facts.drop_columns(["company_id", "order_number", "digest", "run_id"]).take(at)
    told = pc.or_kleene(pc.is_in(known["status"], value_set=REFUSED), pc.equal(known["error_code"], DUPLICATE))
    answers = {name: known[name] for name in ("attempts", "http_status", "sync_id", "rootfi_id", "platform_id")}
    answers["batch_id"] = known["batch_id"].cast(pa.string())
    answers["status"] = pc.if_else(judged, rows["status"], pc.fill_null(known["status"], Status.PENDING.value))
    for name in ("error_code", "error_message"):
        answers[name] = pc.if_else(judged, rows[name], pc.if_else(told, known[name], None))
    for name in ("sent_at", "settled_at"):
        answers[name] = known[name].cast(MICROSECONDS)
    # What the platform had before was never sent: its request is the one that listed it.
    answers["sent_at"] = pc.if_else(pc.greater(known["attempts"], 0), answers["sent_at"], None)
    return pa.table({name: answers[name] if name in answers else rows[name] for name in RESULTS.names}, schema=RESULTS)


def plan_totals(plan: pa.Table, facts: pa.Table) -> list[Total]:
    """The control totals of the plan's orders by what became of them.

    `plan` has company_id, order_number, currency_id, amount and the number of line_items of each order.
    """
    status = pc.fill_null(facts["status"].take(_find(plan, facts)), Status.PENDING.value)
    return sum_up(plan.append_column("status", status).append_column("orders", pa.repeat(1, len(plan))))


def _find(rows: pa.Table, facts: pa.Table) -> pa.ChunkedArray:
    """The row of `facts` that is about each row's order; null where there is none."""
    return pc.index_in(_key(rows), value_set=_key(facts))


def _key(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(table["company_id"].cast(pa.string()), table["order_number"], "\x1f")
