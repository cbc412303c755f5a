"""Orders in the ledger: claimed before a POST, settled after it, concluded by a read-back. Evidence wins over doubt.

Every function runs inside the caller's transaction. Times are microseconds since 1970, UTC.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    String,
    Update,
    bindparam,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from adapters.bulk import execute, execute_rows, table_of
from adapters.unsettled import LEFT, close, hold
from schemas.delivery import Batch, OrderOutcome, Verdict
from schemas.errors import LedgerError
from schemas.ledger import SENDING, Conclusion, Sender, orders, requests
from schemas.statuses import Status

OPEN = (Status.PENDING, Status.IN_DOUBT)
_Row = tuple[str | int | None, ...]
_PRIMARY = ["target_id", "company_id", "order_number"]


def claim(tx: Connection, sender: Sender, batch_id: int, batch: Batch) -> set[str]:
    """Claim the orders that nobody has, or had, in his hands, for a request that was started with them.

    Gives the numbers of the others.
    """
    numbers = [order.order_number for order in batch.orders]
    if len(set(numbers)) < len(numbers):
        raise LedgerError(f"The plan gives an order of company {batch.company_id} twice; nothing of it was sent.")
    rows = [(order.order_number, order.digest) for order in batch.orders]
    batch_of = {"target_id": sender.target_id, "company_id": batch.company_id, "batch_id": batch_id}
    if execute_rows(tx, _claim(tx.dialect.name), rows, **batch_of, of_run=sender.run_id).rowcount == len(rows):
        return set()
    return set(numbers) - set(tx.execute(_of_batch(sender, batch_id, batch.company_id, numbers)).scalars())


def settle(tx: Connection, sender: Sender, batch_id: int, company_id: int, verdict: Verdict, *, now: int) -> set[str]:  # noqa: PLR0913
    """Write down the outcome of a batch, order by order.

    Touches this batch alone: gives the numbers of the orders that another batch has taken over meanwhile.
    """
    batch = {"target_id": sender.target_id, "company_id": company_id, "batch_id": batch_id}
    statement, count, doubtful = _settle(tx.dialect.name), Counter[str](), list[str]()
    for shared, rows in _alike(verdict.outcomes, now):
        # Of a process that was suspended meanwhile a read-back may have settled some.
        count[shared.status] += execute_rows(tx, statement, rows, **batch, **shared._asdict()).rowcount
        doubtful += [str(row[0]) for row in rows if shared.status == Status.IN_DOUBT]
    outcome = {
        "of_request": batch_id,
        "finished_at": now,
        "http_status": verdict.http_status,
        "sync_id": verdict.sync_id,
        "code": verdict.code,
        "of_orders": len(verdict.outcomes),
        "unsettled": orjson.dumps(doubtful).decode() if doubtful else None,
        **{name: count[name] for name in _COUNTED},
    }
    execute(tx, _FINISH, outcome)
    if count.total() == len(verdict.outcomes):
        return set()
    numbers = [one.order_number for one in verdict.outcomes]
    return set(numbers) - set(tx.execute(_of_batch(sender, batch_id, company_id, numbers)).scalars())


def conclude(tx: Connection, target_id: int, company_id: int, conclusions: Sequence[Conclusion], now: int) -> set[str]:
    """Settle orders that are still in doubt after the batch that a conclusion names; the numbers of these orders."""
    batches: dict[int, list[Conclusion]] = {}
    for one in conclusions:
        batches.setdefault(one.batch_id, []).append(one)
    statement, settled = _conclude(tx.dialect.name), set[str]()
    hold(tx, batches)
    for batch_id, some in batches.items():
        batch = {"target_id": target_id, "company_id": company_id, "batch_id": batch_id}
        for shared, rows in _alike(some, now):
            settled |= _numbers(execute_rows(tx, statement, rows, **batch, **shared._asdict()))
    close(tx, batches)
    return settled


def note_existing(  # noqa: PLR0913 - what an order is known by
    tx: Connection,
    sender: Sender,
    company_id: int,
    found: Sequence[Conclusion],
    digests: Mapping[str, int],
    *,
    now: int,
) -> set[str]:
    """Write down orders that the platform had before they were sent; the numbers of those that nobody knew.

    What the ledger already knows of an order stays, unless that is that it is not there.
    """
    rows = [
        (one.order_number, one.rootfi_id, one.platform_id, one.batch_id, digests[one.order_number]) for one in found
    ]
    shared = {"target_id": sender.target_id, "company_id": company_id}
    alike = _Shared(Status.ALREADY_CREATED, None, None, now)
    return _numbers(execute_rows(tx, _existing(tx.dialect.name), rows, **shared, **alike._asdict()))


class _Shared(NamedTuple):
    """What many outcomes have in common."""

    status: str
    error_code: str | None
    error_message: str | None
    settled_at: int | None


_COUNTED = ("created", "rejected", "in_doubt")
_FINISH = (
    update(requests)
    .where(requests.c.id == bindparam("of_request"))
    .values({name: bindparam(name) for name in ("finished_at", "http_status", "sync_id", "code")})
    # A read-back may have credited orders to the request while it was out.
    .values({name: requests.c[name] + bindparam(name) for name in _COUNTED} | {"unsettled": LEFT})
)
_COMPANY = {"target_id": BigInteger, "company_id": BigInteger}
_KEY = {"order_number": String, "batch_id": BigInteger}
_IDS = {"rootfi_id": BigInteger, "platform_id": String}
_SHARED = {"status": String, "error_code": String, "error_message": String, "settled_at": BigInteger}
_BATCH = _COMPANY | {"batch_id": BigInteger}
_NUMBER = {"order_number": String}
_TO_ROW = attrgetter(*_NUMBER, *_IDS)
_TO_SHARED = attrgetter(*_Shared._fields[:3])


def _alike(outcomes: Iterable[OrderOutcome | Conclusion], now: int) -> list[tuple[_Shared, list[_Row]]]:
    """The outcomes, those that follow each other alike together, as rows of _NUMBER and _IDS."""
    return [
        (_Shared(*shared, None if shared[0] in OPEN else now), list(map(_TO_ROW, some)))
        for shared, some in groupby(outcomes, _TO_SHARED)
    ]


def _numbers(cursor: Any) -> set[str]:  # noqa: ANN401 - the driver's own
    return {row[0] for row in cursor.fetchall()}


@cache
def _claim(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts share no type
    row = table_of(dialect, _NUMBER | {"digest": BigInteger}, _BATCH)
    values = select(*row.c, literal(SENDING), literal(1)).where(true())
    new = _insert(dialect)(orders).from_select([*row.c.keys(), "status", "attempts"], values)
    # As text: SQLAlchemy would name `orders` once more inside, and so mean any order.
    sent_by = select(requests.c.run_id).where(requests.c.id == literal_column("orders.batch_id")).scalar_subquery()
    return new.on_conflict_do_update(
        index_elements=_PRIMARY,
        set_={name: new.excluded[name] for name in ("status", "digest", "batch_id")}
        | {"attempts": orders.c.attempts + 1, "settled_at": None, "error_code": None, "error_message": None},
        # An order that another run had refused may be sent again; one that this run had refused may not.
        where=(orders.c.status == Status.PENDING)
        | ((orders.c.status == Status.REJECTED) & (sent_by != bindparam("of_run", type_=String))),
    )


@cache
def _settle(dialect: str) -> Update:
    # Not only `sending`: the answer may come after the order was put in doubt, or read back as absent.
    return _update(dialect, (SENDING, Status.IN_DOUBT, Status.PENDING))


@cache
def _conclude(dialect: str) -> Update:
    return _update(dialect, (Status.IN_DOUBT,)).returning(orders.c.order_number)


def _update(dialect: str, statuses: Iterable[str]) -> Update:
    row = table_of(dialect, _NUMBER | _IDS, _BATCH | _SHARED)
    same = (orders.c[name] == row.c[name] for name in (*_COMPANY, *_KEY))
    return (
        update(orders)
        .where(*same, or_(*(orders.c.status == one for one in statuses)))
        .values({name: row.c[name] for name in _IDS | _SHARED})
    )


@cache
def _existing(dialect: str) -> Any:  # noqa: ANN401 - the same
    row = table_of(dialect, _NUMBER | _IDS | {"batch_id": BigInteger, "digest": BigInteger}, _COMPANY | _SHARED)
    new = _insert(dialect)(orders).from_select([*row.c.keys(), "attempts"], select(*row.c, literal(0)).where(true()))
    return new.on_conflict_do_update(
        index_elements=_PRIMARY,
        set_={name: new.excluded[name] for name in ("batch_id", "digest", *_IDS, *_SHARED)},
        where=(orders.c.status == Status.PENDING) | (orders.c.status == Status.REJECTED),
    ).returning(orders.c.order_number)


def _of_batch(sender: Sender, batch_id: int, company_id: int, numbers: Sequence[str]) -> Select[tuple[str]]:
    """Those of the order numbers whose last batch is this one."""
    mine = (orders.c.target_id == sender.target_id) & (orders.c.company_id == company_id)
    return select(orders.c.order_number).where(mine, orders.c.order_number.in_(numbers), orders.c.batch_id == batch_id)


def _insert(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts share no type
    return (sqlite if dialect == "sqlite" else postgresql).insert
