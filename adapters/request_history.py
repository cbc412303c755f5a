"""The history of a run's requests, summed up by the ledger's database: what comes back is bounded."""

from typing import Any

from sqlalchemy import Select, bindparam, case, func, select

from adapters.ledger import Ledger
from schemas.history import AnswerCount, Bucket, History, SlowBatch
from schemas.ledger import requests

MOST_ANSWERS = 25  # kinds of answers: codes are the platform's own
SLOWEST = 10


def read_history(ledger: Ledger, run_id: str, first_at: int, last_at: int, width: int) -> History:
    """The requests of a run in stretches of `width` microseconds from `first_at` on, by answer, and the slowest."""
    of = {"of_run": run_id}
    with ledger.reading() as tx:
        return History(
            first_at,
            last_at,
            width,
            tuple(map(Bucket._make, tx.execute(_BUCKETS, of | {"from_time": first_at, "width": width}))),
            tuple(map(AnswerCount._make, tx.execute(_ANSWERS, of))),
            tuple(map(SlowBatch._make, tx.execute(_SLOWEST, of))),
        )


def _sum(column: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    return func.coalesce(func.sum(column), 0)


def _of_run(*columns: Any) -> Select[Any]:  # noqa: ANN401 - the same
    return select(*columns).where(requests.c.run_id == bindparam("of_run"))


_COUNTED = [_sum(requests.c[name]) for name in ("created", "rejected", "in_doubt")]
_IS_BATCH = requests.c.kind == "create"
_ORDERS = _sum(case((_IS_BATCH, requests.c.orders), else_=0))
_TOOK = requests.c.finished_at - requests.c.started_at
# As text: a parameter that stands in SELECT and in GROUP BY would be two, and two expressions to PostgreSQL.
_NUMBER = ((requests.c.started_at - bindparam("from_time")) // bindparam("width")).label("number")
_BUCKETS = _of_run(_NUMBER, func.count(), _ORDERS, *_COUNTED).group_by("number").order_by("number")
_BY = [requests.c[name] for name in ("kind", "http_status", "code")]
_ANSWERS = (
    _of_run(*_BY, func.count().label("count"), _ORDERS, *_COUNTED, _sum(_TOOK), func.coalesce(func.max(_TOOK), 0))
    .group_by(*_BY)
    .order_by(func.count().desc(), *_BY)
    .limit(MOST_ANSWERS)
)
_SLOWEST = (
    _of_run(
        requests.c.id,
        requests.c.company_id,
        requests.c.orders,
        requests.c.started_at,
        _TOOK.label("took"),
        requests.c.http_status,
        requests.c.code,
    )
    .where(_IS_BATCH, requests.c.finished_at.is_not(None))
    .order_by(_TOOK.desc(), requests.c.id)
    .limit(SLOWEST)
)
