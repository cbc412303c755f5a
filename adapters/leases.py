"""Who runs which run, in the ledger. A live process moves its run's beat; one whose beat rests is taken for dead.

Every function runs inside the caller's transaction. How long a beat has rested each watcher measures by its own clock.
"""

from sqlalchemy import Connection, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.bulk import execute
from adapters.request_log import open_throttle
from adapters.unsettled import leave_in_doubt
from schemas.errors import LedgerError
from schemas.ledger import Owner, Sender, runs


def owners(tx: Connection, target_id: int) -> list[Owner]:
    """The runs of a target that a process has in its hands, or had when it died."""
    query = select(runs.c.run_id, runs.c.owner, runs.c.beat)
    return [Owner(*row) for row in tx.execute(query.where(runs.c.target_id == target_id, runs.c.owner.is_not(None)))]


def take(tx: Connection, sender: Sender) -> None:
    """Make a run this process's own; raises LedgerError if another process has it."""
    new = (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(runs)
    row = new.values(run_id=sender.run_id, target_id=sender.target_id, owner=sender.owner, beat=0)
    tx.execute(row.on_conflict_do_nothing())
    hold(tx, sender)
    open_throttle(tx, sender)


def hold(tx: Connection, sender: Sender) -> None:
    """Move the beat of the run; take it again if others took this process for dead and let go of it.

    Raises LedgerError if another process has the run.
    """
    if not execute(tx, _HOLD, {"of_run": sender.run_id, "me": sender.owner}).rowcount:
        raise LedgerError(
            f"Run {sender.run_id} is in the hands of another process, which took this one for dead.",
            "`orderlift status` shows how far it is.",
        )


def bury(tx: Connection, target_id: int, dead: Owner) -> int:
    """Put in doubt what a dead process left as `sending`, unless its heart has beaten since; say how many orders."""
    mine = (runs.c.run_id == dead.run_id) & (runs.c.owner == dead.owner) & (runs.c.beat == dead.beat)
    if not tx.execute(update(runs).where(mine).values(owner=None)).rowcount:
        return 0
    return leave_in_doubt(tx, target_id, dead.run_id)


def release(tx: Connection, sender: Sender) -> None:
    """Let go of the run, if no other process has it by now.

    Nothing of it is in flight any more: what is still `sending` was cut off, and is in doubt.
    """
    mine = (runs.c.run_id == sender.run_id) & (runs.c.owner == sender.owner)
    if tx.execute(update(runs).where(mine).values(owner=None)).rowcount:
        leave_in_doubt(tx, sender.target_id, sender.run_id)


_HOLD = (
    update(runs)
    .where(runs.c.run_id == bindparam("of_run"), or_(runs.c.owner.is_(None), runs.c.owner == bindparam("me")))
    .values(owner=bindparam("me"), beat=runs.c.beat + 1)
)
