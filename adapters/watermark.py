"""How much of a run's plan is settled for good, in the ledger: what a later `resume` need not look at again."""

from sqlalchemy import Connection, bindparam, select, update

from adapters.bulk import execute
from schemas.ledger import Sender, runs


def advance(tx: Connection, sender: Sender, position: int) -> bool:
    """Write down that the first `position` portions of the run's plan are settled for good; say whether that is news.

    Every order of them is created or rejected by this run, or already_created: nothing can bring it back, so the
    position never goes back either. Only the process that has the run may say so. Inside the caller's transaction.
    """
    values = {"of_run": sender.run_id, "me": sender.owner, "settled": position}
    return bool(execute(tx, _ADVANCE, values).rowcount)


def positions(tx: Connection) -> list[tuple[str, int, int]]:
    """The runs of which a part is settled for good, each with its target and with how many portions that are."""
    query = select(runs.c.run_id, runs.c.target_id, runs.c.position).where(runs.c.position > 0)
    return [(row[0], row[1], row[2]) for row in tx.execute(query.order_by(runs.c.run_id))]


_ADVANCE = (
    update(runs)
    .where(runs.c.run_id == bindparam("of_run"), runs.c.owner == bindparam("me"))
    .where(runs.c.position < bindparam("settled"))
    .values(position=bindparam("settled"))
)
