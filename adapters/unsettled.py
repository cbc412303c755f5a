"""The orders that are `sending` or in doubt, found by the batches that carry them.

A request keeps the numbers of its orders while any of them is unsettled; too many do no harm, since each order is
looked at. Every function runs inside the caller's transaction.
"""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from schemas.ledger import SENDING, Doubt, Sender, orders, requests, runs
from schemas.statuses import Status

# What a batch of which `of_orders` outcomes are known leaves unsettled: the orders that are in doubt, if these are all
# its orders, and else as much as before.
_IN_DOUBT = bindparam("unsettled", type_=String)
LEFT = case(
    (requests.c.orders == bindparam("of_orders", type_=Integer), _IN_DOUBT),
    else_=func.coalesce(requests.c.unsettled, _IN_DOUBT),
)


def doubts(tx: Connection, sender: Sender) -> list[Doubt]:
    """All orders of the target that are in doubt, but for those that another live run will settle itself."""
    return [Doubt(*row) for row in tx.execute(_doubts(tx.dialect.name), _whose(sender.target_id, sender.run_id))]


def leave_in_doubt(tx: Connection, target_id: int, run_id: str) -> int:
    """Put in doubt what a run that is over left as `sending`; say how many orders."""
    return tx.execute(_leave(tx.dialect.name), _whose(target_id, run_id)).rowcount


def count_doubts(dialect: str) -> Select[tuple[int]]:
    """A query: how many orders are in doubt now that the run `of_run` sent last."""
    target_id = select(runs.c.target_id).where(runs.c.run_id == bindparam("of_run")).scalar_subquery()
    batch = _carried(dialect, target_id, requests.c.run_id == bindparam("of_run"))
    return select(func.count()).select_from(batch.join(orders, _is_of(batch))).where(orders.c.status == Status.IN_DOUBT)


def runs_in_doubt(tx: Connection) -> list[str]:
    """The runs that sent last what is in doubt, or `sending` although nobody has the run in his hands; oldest first."""
    # A request keeps its orders while any is unsettled, so that few are looked at, target by target.
    targets = (
        tx.execute(select(requests.c.target_id).where(requests.c.unsettled.is_not(None)).distinct()).scalars().all()
    )
    found: set[str] = set()
    for target_id in targets:
        batch = _carried(tx.dialect.name, target_id, true())
        left = and_(orders.c.status == SENDING, runs.c.owner.is_(None))
        query = select(batch.c.run_id).distinct().select_from(batch.join(orders, _is_of(batch)))
        query = query.outerjoin(runs, runs.c.run_id == batch.c.run_id)
        found |= set(tx.execute(query.where(or_(orders.c.status == Status.IN_DOUBT, left))).scalars())
    return sorted(found)


def hold(tx: Connection, batch_ids: Collection[int]) -> None:
    """Keep others from writing down an outcome of these batches until the transaction ends."""
    mine = requests.c.id.in_(batch_ids)
    tx.execute(select(requests.c.id).where(mine).order_by(requests.c.id).with_for_update()).all()


def close(tx: Connection, batch_ids: Collection[int]) -> None:
    """Forget what these batches carried, where all of it is settled by now; they must be held."""
    batch = _carried(tx.dialect.name, requests.c.target_id, requests.c.id.in_(batch_ids))
    still = or_(orders.c.status == SENDING, orders.c.status == Status.IN_DOUBT)
    open_ = select(batch.c.id).join(orders, _is_of(batch)).where(still)
    mine = requests.c.id.in_(batch_ids) & requests.c.unsettled.is_not(None)
    tx.execute(update(requests).where(mine, requests.c.id.not_in(open_)).values(unsettled=None))


@cache
def _doubts(dialect: str) -> Select[Any]:
    free = or_(runs.c.owner.is_(None), runs.c.run_id == bindparam("of_run"))
    mine = runs.c.target_id == bindparam("of_target")
    batch = _carried(dialect, bindparam("of_target"), requests.c.run_id.in_(select(runs.c.run_id).where(mine, free)))
    columns = (
        orders.c.company_id,
        orders.c.order_number,
        batch.c.run_id,
        orders.c.batch_id,
        batch.c.orders,
        orders.c.error_code,
        batch.c.started_at,
        batch.c.api_started_at,
    )
    return select(*columns).select_from(batch.join(orders, _is_of(batch))).where(orders.c.status == Status.IN_DOUBT)


@cache
def _leave(dialect: str) -> Update:
    batch = _carried(dialect, bindparam("of_target"), requests.c.run_id == bindparam("of_run"))
    message = "the process that sent it ended before it recorded an answer"
    return (
        update(orders)
        .where(_is_of(batch), orders.c.status == SENDING)
        .values(status=Status.IN_DOUBT, error_code="crashed", error_message=message)
    )


def _carried(dialect: str, target_id: Any, which: Any) -> FromClause:  # noqa: ANN401 - SQL
    """What unsettled batches carry: a row for each of their orders, whether settled or not.

    The target is known of all who ask, and makes SQLite take the index of what is unsettled.
    """
    if dialect == "sqlite":
        item = func.json_each(requests.c.unsettled).table_valued("value", name="item", joins_implicitly=True)
    else:
        listed = func.jsonb_array_elements_text(cast(requests.c.unsettled, JSONB))
        item = listed.table_valued("value", name="item", joins_implicitly=True).render_derived()
    rows = select(requests, item.c.value.label("order_number"))
    rows = rows.where(requests.c.unsettled.is_not(None), requests.c.target_id == target_id, which)
    # SQLite would look for the batch of each order, not for the orders of each batch, if it could see into this.
    return (rows.limit(-1) if dialect == "sqlite" else rows).subquery("batch")


def _is_of(batch: FromClause) -> Any:  # noqa: ANN401 - SQL
    same = (orders.c[name] == batch.c[name] for name in ("target_id", "company_id", "order_number"))
    return and_(*same, orders.c.batch_id == batch.c.id)


def _whose(target_id: int, run_id: str) -> dict[str, object]:
    return {"of_target": target_id, "of_run": run_id}
