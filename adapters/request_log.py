"""Requests in the ledger: every one that goes out has a row, and these rows are the rate limiter's record."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.bulk import execute
from schemas.ledger import RateFacts, Sender, requests, throttles

# The API is not obeyed for longer (transforms/waiting.py): a later time was written before the clock was set back.
LONGEST_HOLD = 120_000_000


# Built once: to put a statement together costs more than to run it.
_THROTTLE = (throttles.c.target_id == bindparam("of_target")) & (throttles.c.key_fingerprint == bindparam("of_key"))
_SENT = (requests.c.target_id == bindparam("of_target")) & (requests.c.key_fingerprint == bindparam("of_key"))
_NOT_BEFORE = select(throttles.c.not_before).where(_THROTTLE)
_TURN = _NOT_BEFORE.with_for_update()
_LAST = select(func.coalesce(func.max(requests.c.slot), 0)).where(_SENT).scalar_subquery()
_STARTED = select(requests.c.started_at).where(_SENT, requests.c.slot == _LAST + 1 - bindparam("in_window"))
_RATE = select(_NOT_BEFORE.scalar_subquery(), _LAST, _STARTED.scalar_subquery())
_GIVEN = (
    "target_id",
    "key_fingerprint",
    "run_id",
    "slot",
    "started_at",
    "kind",
    "company_id",
    "orders",
    "unsettled",
    "api_started_at",
)
_START = (
    insert(requests)
    .values({name: bindparam(name) for name in _GIVEN} | dict.fromkeys(("created", "rejected", "in_doubt"), 0))
    .returning(requests.c.id)
)
_CARRY = update(requests).where(requests.c.id == bindparam("of_request")).values(orders=bindparam("count"))


def _whose(sender: Sender) -> dict[str, object]:
    return {"of_target": sender.target_id, "of_key": sender.key_fingerprint}


def open_throttle(tx: Connection, sender: Sender) -> None:
    """Make sure that target and key have a row to lock."""
    row: Any = (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(throttles)
    tx.execute(
        row.values(
            target_id=sender.target_id, key_fingerprint=sender.key_fingerprint, not_before=0
        ).on_conflict_do_nothing()
    )


def rate(tx: Connection, sender: Sender, per_minute: int, clock: Callable[[Connection], int]) -> RateFacts:
    """What the limiter has to know; until the transaction ends, no other process can start a request.

    The clock is read when this process has its turn: what was waited for may have started a request meanwhile.
    Times that a clock which was set back has left in the future become `now`, so that they are waited for only once.
    """
    whose = _whose(sender)
    if tx.dialect.name != "sqlite":  # whose transactions have their turn from the start
        execute(tx, _TURN, whose)
    now = clock(tx)
    not_before, last, oldest = execute(tx, _RATE, whose | {"in_window": per_minute}).fetchone()
    if not_before > now + LONGEST_HOLD:
        not_before = now + LONGEST_HOLD
        tx.execute(update(throttles).where(_THROTTLE).values(not_before=not_before), whose)
    if oldest is not None and oldest > now:
        oldest = now
        ahead = _SENT & (requests.c.slot > last - per_minute) & (requests.c.started_at > now)
        tx.execute(update(requests).where(ahead).values(started_at=now), whose)
    return RateFacts(now, not_before, oldest, last + 1)


def hold(tx: Connection, sender: Sender, not_before: int) -> None:
    """Let nothing start before the given time, in any process that uses this target and key."""
    later = _THROTTLE & (throttles.c.not_before < not_before)
    tx.execute(update(throttles).where(later).values(not_before=not_before), _whose(sender))


def start(  # noqa: PLR0913 - the columns of a request
    tx: Connection,
    sender: Sender,
    facts: RateFacts,
    kind: str,
    company_id: int,
    *,
    orders: Sequence[str] = (),
    api_now: float | None = None,
) -> int:
    """Write down that a request starts now; its id is the batch_id if it creates orders, those of these numbers.

    `api_now` is the time by the API's clock, in epoch seconds.
    """
    row = {
        "target_id": sender.target_id,
        "key_fingerprint": sender.key_fingerprint,
        "run_id": sender.run_id,
        "slot": facts.slot,
        "started_at": facts.now,
        "kind": kind,
        "company_id": company_id,
        "orders": len(orders),
        "unsettled": orjson.dumps(orders).decode() if orders else None,
        "api_started_at": None if api_now is None else int(api_now * 1e6),
    }
    return int(execute(tx, _START, row).fetchone()[0])


def carry(tx: Connection, batch_id: int, count: int) -> None:
    """Write down how many orders a batch carries; none: it is not sent at all."""
    if count:
        tx.execute(_CARRY, {"of_request": batch_id, "count": count})
    else:
        tx.execute(delete(requests).where(requests.c.id == batch_id))


def finish(tx: Connection, request_id: int, http_status: int | None, now: int, code: str | None = None) -> None:
    """Write down that a request that creates nothing has ended."""
    values = {"finished_at": now, "http_status": http_status, "code": code}
    tx.execute(update(requests).where(requests.c.id == request_id).values(values))


def credit(tx: Connection, sender: Sender, created: int, rejected: int) -> None:
    """Count orders of a run that a read-back settled with the last request of that run."""
    last = select(func.max(requests.c.id)).where(requests.c.run_id == sender.run_id).scalar_subquery()
    counts = {"created": requests.c.created + created, "rejected": requests.c.rejected + rejected}
    tx.execute(update(requests).where(requests.c.id == last).values(counts))
