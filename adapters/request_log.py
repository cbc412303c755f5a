"""Requests in the ledger: every one that goes out has a row, and these rows are the rate limiter's record."""

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from schemas.ledger import RateFacts, Sender, requests, throttles

# The API is not obeyed for longer (transforms/waiting.py): a later time was written before the clock was set back.
LONGEST_HOLD = 120_000_000


# Built once: to put a statement together costs more than to run it.
_THROTTLE = (throttles.c.target_id == bindparam("of_target")) & (throttles.c.key_fingerprint == bindparam("of_key"))
_SENT = (requests.c.target_id == bindparam("of_target")) & (requests.c.key_fingerprint == bindparam("of_key"))
_NOT_BEFORE = select(throttles.c.not_before).where(_THROTTLE).with_for_update()
_LAST = select(func.max(requests.c.slot)).where(_SENT)
_STARTED = select(requests.c.started_at).where(_SENT, requests.c.slot == bindparam("of_slot"))
_START = insert(requests).returning(requests.c.id)
_CARRY = update(requests).where(requests.c.id == bindparam("of_request")).values(orders=bindparam("count"))


def _whose(sender: Sender) -> dict[str, object]:
    return {"of_target": sender.target_id, "of_key": sender.key_fingerprint}


def rate(tx: Connection, sender: Sender, per_minute: int, now: int) -> RateFacts:
    """What the limiter has to know; until the transaction ends, no other process can start a request.

    Times that a clock which was set back has left in the future become `now`, so that they are waited for only once.
    """
    whose = _whose(sender)
    not_before = tx.execute(_NOT_BEFORE, whose).scalar_one()
    if not_before > now + LONGEST_HOLD:
        not_before = now + LONGEST_HOLD
        tx.execute(update(throttles).where(_THROTTLE).values(not_before=not_before), whose)
    last = tx.execute(_LAST, whose).scalar_one() or 0
    first = last + 1 - per_minute
    oldest = tx.execute(_STARTED, whose | {"of_slot": first}).scalar_one_or_none()
    if oldest is not None and oldest > now:
        oldest = now
        ahead = _SENT & (requests.c.slot >= first) & (requests.c.started_at > now)
        tx.execute(update(requests).where(ahead).values(started_at=now), whose)
    return RateFacts(now, not_before, oldest, last + 1)


def hold(tx: Connection, sender: Sender, not_before: int) -> None:
    """Let nothing start before the given time, in any process that uses this target and key."""
    later = _THROTTLE & (throttles.c.not_before < not_before)
    tx.execute(update(throttles).where(later).values(not_before=not_before), _whose(sender))


def start(tx: Connection, sender: Sender, facts: RateFacts, kind: str, company_id: int) -> int:
    """Write down that a request starts now; its id is the batch_id if it creates orders."""
    row = {
        "target_id": sender.target_id,
        "key_fingerprint": sender.key_fingerprint,
        "run_id": sender.run_id,
        "slot": facts.slot,
        "started_at": facts.now,
        "kind": kind,
        "company_id": company_id,
    }
    return int(tx.execute(_START, row).scalar_one())


def carry(tx: Connection, batch_id: int, count: int) -> None:
    """Write down how many orders a batch carries; none: it is not sent at all."""
    if count:
        tx.execute(_CARRY, {"of_request": batch_id, "count": count})
    else:
        tx.execute(delete(requests).where(requests.c.id == batch_id))


def finish(tx: Connection, request_id: int, http_status: int | None, now: int) -> None:
    """Write down that a request that creates nothing has ended."""
    values = {"finished_at": now, "http_status": http_status}
    tx.execute(update(requests).where(requests.c.id == request_id).values(values))
