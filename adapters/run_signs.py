"""The signs of life that the ledger has of a run."""

from typing import NamedTuple

from sqlalchemy import func, select

from adapters.ledger import Ledger
from schemas.ledger import requests, runs, throttles

LATEST = 1_000  # requests among which the last answer is, since no more are in flight


class LedgerSigns(NamedTuple):
    """Times are microseconds since 1970 by the ledger's clock; `owner` is the process that has the run, if any."""

    now: int
    owner: str | None
    answered_at: int | None
    not_before: int


def read_signs(ledger: Ledger, run_id: str) -> LedgerSigns:
    """What the ledger knows of a run now; of one that never sent anything, nothing but the time."""
    mine = runs.c.run_id == run_id
    answered = (requests.c.run_id == run_id) & requests.c.http_status.is_not(None)
    latest = select(requests.c.finished_at).where(answered).order_by(requests.c.id.desc()).limit(LATEST).subquery()
    answers = select(func.max(latest.c.finished_at))
    holds = select(func.max(throttles.c.not_before)).where(
        throttles.c.target_id == select(runs.c.target_id).where(mine).scalar_subquery()
    )
    owner = select(runs.c.owner).where(mine)
    query = select(owner.scalar_subquery(), answers.scalar_subquery(), holds.scalar_subquery())
    with ledger.reading() as tx:
        found = tx.execute(query).one()
        return LedgerSigns(ledger.now(tx), found[0], found[1], found[2] or 0)
