"""Events: what of the end of a run somebody may want to be told."""

from collections.abc import Collection
from enum import StrEnum

from schemas.run import RunRecord, State
from schemas.statuses import Status


class Event(StrEnum):
    """What can hold at the end of a run, the gravest first; several may."""

    STOPPED = "stopped"  # early, so that somebody must resume it
    DOUBT = "doubt"  # orders are left of which nothing proves what became
    PROBLEMS = "problems"  # more orders were invalid or rejected than is usual
    COMPLETED = "completed"


def events_of(record: RunRecord, problems_above: float) -> list[Event]:
    """What holds of a run that has ended, the gravest first; nothing of one that is only planned.

    `problems_above` is a share of the orders if it is below 1, else a number of them; more than that are a problem.
    """
    if record.state not in (State.COMPLETE, State.STOPPED, State.INTERRUPTED):
        return []
    count = {status: record.orders.get(status, 0) for status in Status}
    bad = count[Status.INVALID] + count[Status.REJECTED]
    most = problems_above * sum(count.values()) if problems_above < 1 else problems_above
    is_over = record.state is State.COMPLETE and not count[Status.PENDING]
    holds = {
        Event.STOPPED: not is_over,
        Event.DOUBT: count[Status.IN_DOUBT] > 0,
        Event.PROBLEMS: bad > most,
        Event.COMPLETED: is_over,
    }
    return [event for event in Event if holds[event]]


def told_as(events: Collection[Event], cause: str = "") -> str:
    """What is kept of a message, so that the same is not told twice: what it told of, and why the run stopped."""
    words = [f"{event} ({cause})" if cause and event is Event.STOPPED else event.value for event in events]
    return ", ".join(words)
