"""Orders in the ledger: claimed before a POST, settled after it, concluded by a read-back. Evidence wins over doubt.

Every function runs inside the caller's transaction. Times are microseconds since 1970, UTC.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Case,
    Connection,
    FromClause,
    Select,
    String,
    Update,
    bindparam,
    case,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from adapters.bulk import execute, execute_rows, table_of
from schemas.delivery import Batch, OrderOutcome, Verdict
from schemas.errors import LedgerError
from schemas.ledger import SENDING, UNSETTLED, Conclusion, Doubt, Sender, orders, requests, runs
from schemas.results import Status

OPEN = (Status.PENDING, Status.IN_DOUBT)
_Row = tuple[str | int | None, ...]
_PRIMARY = ["target_id", "company_id", "order_number"]


def claim(tx: Connection, sender: Sender, batch_id: int, batch: Batch) -> set[str]:
    """Claim the orders that nobody has, or had, in his hands; the numbers of the others."""
    numbers = [order.order_number for order in batch.orders]
    if len(set(numbers)) < len(numbers):
        raise LedgerError(f"The plan gives an order of company {batch.company_id} twice; nothing of it was sent.")
    rows = [(order.order_number, batch_id, order.digest) for order in batch.orders]
    company = {"target_id": sender.target_id, "company_id": batch.company_id}
    if execute_rows(tx, _claim(tx.dialect.name), rows, **company, of_run=sender.run_id).rowcount == len(rows):
        return set()
    return set(numbers) - set(tx.execute(_of_batch(sender, batch_id, batch.company_id, numbers)).scalars())


def settle(tx: Connection, sender: Sender, batch_id: int, company_id: int, verdict: Verdict, *, now: int) -> set[str]:  # noqa: PLR0913
    """Write down the outcome of a batch, order by order.

    Touches this batch alone: gives the numbers of the orders that another batch has taken over meanwhile.
    """
    count = Counter(one.status for one in verdict.outcomes)
    outcome = {
        "of_request": batch_id,
        "finished_at": now,
        "http_status": verdict.http_status,
        "sync_id": verdict.sync_id,
        "code": verdict.code,
        **{name: count[Status(name)] for name in _COUNTED},
    }
    execute(tx, _FINISH, outcome)
    rows = [_settled(batch_id, one) for one in verdict.outcomes]
    company = {"target_id": sender.target_id, "company_id": company_id}
    if execute_rows(tx, _settle(tx.dialect.name), rows, **company, now=now).rowcount == len(rows):
        return set()
    numbers = [one.order_number for one in verdict.outcomes]
    return set(numbers) - set(tx.execute(_of_batch(sender, batch_id, company_id, numbers)).scalars())


def conclude(tx: Connection, target_id: int, company_id: int, conclusions: Sequence[Conclusion], now: int) -> set[str]:
    """Settle orders that are still in doubt after the batch that a conclusion names; the numbers of these orders."""
    rows = [_settled(one.batch_id, one) for one in conclusions]
    company = {"target_id": target_id, "company_id": company_id}
    return set(execute_rows(tx, _conclude(tx.dialect.name), rows, **company, now=now).scalars())


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
    rows = [(*_settled(one.batch_id, one), digests[one.order_number]) for one in found]
    others = {"target_id": sender.target_id, "company_id": company_id, "of_run": sender.run_id, "now": now}
    return set(execute_rows(tx, _existing(tx.dialect.name), rows, **others).scalars())


def doubts(tx: Connection, sender: Sender) -> list[Doubt]:
    """All orders of the target that are in doubt, but for those that another live run will settle itself."""
    free = select(runs.c.run_id).where(
        runs.c.target_id == sender.target_id, or_(runs.c.owner.is_(None), runs.c.run_id == sender.run_id)
    )
    query = (
        select(
            orders.c.company_id,
            orders.c.order_number,
            orders.c.run_id,
            orders.c.batch_id,
            requests.c.orders,
            orders.c.error_code,
            requests.c.started_at,
            requests.c.api_started_at,
        )
        .join(requests, requests.c.id == orders.c.batch_id)
        .where(UNSETTLED, orders.c.status == Status.IN_DOUBT, orders.c.target_id == sender.target_id)
        .where(orders.c.run_id.in_(free))
    )
    return [Doubt(*row) for row in tx.execute(query)]


def leave_in_doubt(tx: Connection, target_id: int, run_id: str) -> int:
    """Put in doubt what a run that is over left as `sending`; say how many orders."""
    left = UNSETTLED & (orders.c.status == SENDING) & (orders.c.run_id == run_id) & (orders.c.target_id == target_id)
    message = "the process that sent it ended before it recorded an answer"
    return tx.execute(
        update(orders).where(left).values(status=Status.IN_DOUBT, error_code="crashed", error_message=message)
    ).rowcount


_COUNTED = ("created", "rejected", "in_doubt")
_FINISH = (
    update(requests)
    .where(requests.c.id == bindparam("of_request"))
    .values({name: bindparam(name) for name in ("finished_at", "http_status", "sync_id", "code")})
    # A read-back may have credited orders to the request while it was out.
    .values({name: requests.c[name] + bindparam(name) for name in _COUNTED})
)
_COMPANY = {"target_id": BigInteger, "company_id": BigInteger}
_KEY = {"order_number": String, "batch_id": BigInteger}
_FACTS = {
    "status": String,
    "rootfi_id": BigInteger,
    "platform_id": String,
    "error_code": String,
    "error_message": String,
}
_CLAIMED = {"digest": BigInteger}


def _settled(batch_id: int, one: OrderOutcome | Conclusion) -> _Row:
    """The columns of _KEY and _FACTS."""
    facts = (one.status, one.rootfi_id, one.platform_id, one.error_code, one.error_message)
    return (one.order_number, batch_id, *facts)


def _settled_at(row: FromClause) -> Case[Any]:
    return case((or_(*(row.c.status == status for status in OPEN)), None), else_=bindparam("now", type_=BigInteger))


@cache
def _claim(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts share no type
    row = table_of(dialect, _KEY | _CLAIMED, _COMPANY)
    values = select(*row.c, literal(SENDING), bindparam("of_run", type_=String), literal(1)).where(true())
    new = _insert(dialect)(orders).from_select([*row.c.keys(), "status", "run_id", "attempts"], values)
    return new.on_conflict_do_update(
        index_elements=_PRIMARY,
        set_={name: new.excluded[name] for name in ("status", "digest", "run_id", "batch_id")}
        | {"attempts": orders.c.attempts + 1, "settled_at": None, "error_code": None, "error_message": None},
        # An order that another run had refused may be sent again; one that this run had refused may not.
        where=(orders.c.status == Status.PENDING)
        | ((orders.c.status == Status.REJECTED) & (orders.c.run_id != new.excluded.run_id)),
    )


@cache
def _settle(dialect: str) -> Update:
    # Not only `sending`: the answer may come after the order was put in doubt, or read back as absent.
    return _update(dialect, (SENDING, Status.IN_DOUBT, Status.PENDING))


@cache
def _conclude(dialect: str) -> Update:
    return _update(dialect, (Status.IN_DOUBT,)).returning(orders.c.order_number)


def _update(dialect: str, statuses: Iterable[str]) -> Update:
    row = table_of(dialect, _KEY | _FACTS, _COMPANY)
    same = (orders.c[name] == row.c[name] for name in (*_COMPANY, *_KEY))
    return (
        update(orders)
        .where(*same, or_(*(orders.c.status == one for one in statuses)))
        .values({name: row.c[name] for name in _FACTS} | {"settled_at": _settled_at(row)})
    )


@cache
def _existing(dialect: str) -> Any:  # noqa: ANN401 - the same
    row = table_of(dialect, _KEY | _FACTS | _CLAIMED, _COMPANY)
    values = select(*row.c, _settled_at(row), bindparam("of_run", type_=String), literal(0)).where(true())
    new = _insert(dialect)(orders).from_select([*row.c.keys(), "settled_at", "run_id", "attempts"], values)
    return new.on_conflict_do_update(
        index_elements=_PRIMARY,
        set_={name: new.excluded[name] for name in ("batch_id", "run_id", "settled_at", *_FACTS, *_CLAIMED)},
        where=(orders.c.status == Status.PENDING) | (orders.c.status == Status.REJECTED),
    ).returning(orders.c.order_number)


def _of_batch(sender: Sender, batch_id: int, company_id: int, numbers: Sequence[str]) -> Select[tuple[str]]:
    """Those of the order numbers whose last batch is this one."""
    mine = (orders.c.target_id == sender.target_id) & (orders.c.company_id == company_id)
    return select(orders.c.order_number).where(mine, orders.c.order_number.in_(numbers), orders.c.batch_id == batch_id)


def _insert(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts share no type
    return (sqlite if dialect == "sqlite" else postgresql).insert
