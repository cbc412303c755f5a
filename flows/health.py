"""Health: how a run is, from its record, its lock and the ledger. It imports little: `orderlift status` is quick."""

from adapters.ledger import Ledger
from adapters.run_signs import read_signs
from adapters.workspace import RunFolder
from schemas.ledger import RunCounts
from schemas.run import RunRecord, State
from schemas.statuses import Status
from transforms.health import Health, Signs, judge


def pending(record: RunRecord, counts: RunCounts) -> int:
    """How many orders of a run are still to be sent."""
    if record.state is State.COMPLETE:  # others may have created some of them
        return record.orders.get(Status.PENDING, 0)
    to_send = sum(total.orders for total in record.planned_totals if total.status == Status.PENDING)
    return max(0, to_send - counts.created - counts.rejected - counts.in_doubt)


def is_live(folder: RunFolder, owner: str | None) -> bool:
    """Whether a process has the run: its lock tells on this machine, the ledger's owner elsewhere."""
    locked = folder.is_locked()
    return owner is not None if locked is None else locked


def health_of(folder: RunFolder, record: RunRecord, ledger: Ledger, counts: RunCounts) -> Health:
    """How a run is now."""
    seen = read_signs(ledger, record.run_id)
    return judge(
        Signs(
            state=record.state,
            message=record.message,
            is_live=is_live(folder, seen.owner),
            pending=pending(record, counts),
            in_doubt=counts.in_doubt,
            bad=record.orders.get(Status.INVALID, 0) + record.orders.get(Status.REJECTED, 0),
            now=seen.now,
            answered_at=seen.answered_at,
            not_before=seen.not_before,
            settle_seconds=float(str(record.settings.get("settle_seconds", 0))),
        )
    )


def as_json(health: Health) -> dict[str, object]:
    """How a run is, as programs read it."""
    return {
        "ok": health.ok,
        "state": health.word.value,
        "reason": health.reason,
        "seconds_since_answer": health.seconds_since_answer,
    }
