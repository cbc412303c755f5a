"""The ledger in SQL: what is committed here is what happened. SQLite by default; the same statements on PostgreSQL.

Methods that take a Connection run inside the caller's transaction, so that what belongs together is committed together.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, case, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.bulk import execute_many
from adapters.database import as_ledger_errors, lock_schema, open_engine
from schemas.delivery import Batch, OrderOutcome, Verdict
from schemas.errors import LedgerError
from schemas.ledger import (
    SCHEMA_VERSION,
    SENDING,
    UNSETTLED,
    Fact,
    RunCounts,
    Sender,
    metadata,
    orders,
    requests,
    runs,
    targets,
    throttles,
    version,
)
from schemas.results import Status

LOOKUP = 5_000  # order numbers in one query: SQLite takes 32,766 parameters


class Ledger:
    """The durable store of intents and outcomes. Every failure of the database is a LedgerError."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        with as_ledger_errors():
            self.engine = open_engine(url)
            self._readers = self.engine.execution_options(reading=True)
            with self.transaction() as tx:
                lock_schema(tx)
                metadata.create_all(tx)
                found = tx.execute(select(version.c.version)).scalar_one_or_none()
                if found is None:
                    tx.execute(insert(version).values(version=SCHEMA_VERSION))
                elif found != SCHEMA_VERSION:
                    raise LedgerError(f"The ledger has schema version {found}; this Orderlift needs {SCHEMA_VERSION}.")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See the last commit; waits for no writer and holds up none."""
        with as_ledger_errors(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit all or nothing; on SQLite it has the write lock from its start."""
        with as_ledger_errors(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()

    def now(self) -> int:
        """The ledger's clock: microseconds since 1970, UTC."""
        return int(self._clock() * 1_000_000)

    def target(self, base_url: str) -> int:
        """The number of a base URL, given to it at its first use."""
        with self.transaction() as tx:
            here = targets.c.base_url == base_url
            tx.execute(_upsert(tx.dialect.name, targets).values(base_url=base_url).on_conflict_do_nothing())
            return int(tx.execute(select(targets.c.id).where(here)).scalar_one())

    def take_run(self, tx: Connection, sender: Sender, owner: str, lease_seconds: float) -> str | None:
        """Make the run this process's own; or the owner of the live lease that another machine's process has on it."""
        row = tx.execute(select(runs).where(runs.c.run_id == sender.run_id).with_for_update()).one_or_none()
        if row is None:
            tx.execute(
                insert(runs).values(run_id=sender.run_id, target_id=sender.target_id, owner=owner, lease_until=0)
            )
        elif row.owner != owner and row.lease_until > self.now():
            return str(row.owner)
        tx.execute(update(runs).where(runs.c.run_id == sender.run_id).values(owner=owner))
        self.extend_lease(tx, sender, lease_seconds)
        tx.execute(
            _upsert(tx.dialect.name, throttles)
            .values(target_id=sender.target_id, key_fingerprint=sender.key_fingerprint, not_before=0)
            .on_conflict_do_nothing()
        )
        return None

    def extend_lease(self, tx: Connection, sender: Sender, lease_seconds: float) -> None:
        """Say that the run's process lives; 0 seconds: that it has ended."""
        until = self.now() + int(lease_seconds * 1_000_000)
        tx.execute(update(runs).where(runs.c.run_id == sender.run_id).values(lease_until=until))

    def doubt_orphans(self, tx: Connection, sender: Sender) -> int:
        """Put in doubt what this run, or a run whose lease is over, left as `sending`; say how many orders."""
        dead = select(runs.c.run_id).where(
            runs.c.target_id == sender.target_id,
            (runs.c.lease_until < self.now()) | (runs.c.run_id == sender.run_id),
        )
        left = UNSETTLED & (orders.c.status == SENDING) & orders.c.run_id.in_(dead)
        message = "the process that sent it ended before it recorded an answer"
        return tx.execute(
            update(orders).where(left).values(status=Status.IN_DOUBT, error_code="crashed", error_message=message)
        ).rowcount

    def facts(self, target_id: int, company_id: int, numbers: Sequence[str]) -> Iterator[Fact]:
        """What is known of the given orders of a company; nothing for those that were never sent."""
        return map(Fact._make, self.fact_rows(target_id, company_id, numbers))

    def fact_rows(self, target_id: int, company_id: int, numbers: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The same as tuples that the driver made: SQLAlchemy's rows and the names would cost as much as the query."""
        known = (
            select(*(orders.c[name] for name in Fact._fields[:-3]), *_BATCH_FACTS)
            .join(requests, requests.c.id == orders.c.batch_id)
            .where(orders.c.target_id == target_id, orders.c.company_id == company_id)
        )
        for start in range(0, len(numbers), LOOKUP):
            with self.reading() as tx:
                found = tx.execute(known.where(orders.c.order_number.in_(numbers[start : start + LOOKUP])))
                rows = found.cursor.fetchall()
            yield from rows

    def has_orders(self, target_id: int) -> bool:
        """Whether any order was ever sent to the target."""
        query = select(orders.c.status).where(orders.c.target_id == target_id).limit(1)
        with self.reading() as tx:
            return tx.execute(query).first() is not None

    def has_control(self, target_id: int, company_id: int) -> bool:
        """Whether an order of the company is known to be on the platform, whichever run created it."""
        mine = (orders.c.target_id == target_id) & (orders.c.company_id == company_id)
        query = select(orders.c.status).where(mine, orders.c.status == Status.CREATED).limit(1)
        with self.reading() as tx:
            return tx.execute(query).first() is not None

    def claim(self, tx: Connection, sender: Sender, batch_id: int, batch: Batch) -> set[str]:
        """Claim the orders that nobody has, or had, in his hands; the numbers of the others."""
        one = {
            "target_id": sender.target_id,
            "company_id": batch.company_id,
            "status": SENDING,
            "run_id": sender.run_id,
            "batch_id": batch_id,
            "attempts": 1,
        }
        rows = [one | {"order_number": order.order_number, "digest": order.digest} for order in batch.orders]
        if execute_many(tx, _claim_statement(tx.dialect.name), rows) == len(rows):
            return set()
        numbers = [order.order_number for order in batch.orders]
        lost = set(numbers) - set(tx.execute(_of_batch(sender, batch_id, batch.company_id, numbers)).scalars())
        if len(set(numbers)) < len(numbers):
            raise LedgerError(f"The plan gives an order of company {batch.company_id} twice; nothing of it was sent.")
        return lost

    def settle(self, tx: Connection, sender: Sender, batch_id: int, company_id: int, verdict: Verdict) -> set[str]:
        """Write down the outcome of a batch, order by order; evidence wins over doubt.

        Touches this batch alone: gives the numbers of the orders that another batch has taken over meanwhile.
        """
        now = self.now()
        count = {status: sum(one.status is status for one in verdict.outcomes) for status in Status}
        outcome = {
            "of_request": batch_id,
            "finished_at": now,
            "http_status": verdict.http_status,
            "sync_id": verdict.sync_id,
            "code": verdict.code,
            "created": count[Status.CREATED],
            "rejected": count[Status.REJECTED],
            "in_doubt": count[Status.IN_DOUBT],
        }
        tx.execute(_FINISH, outcome)
        rows = [_settled(one, sender.target_id, company_id, batch_id, now) for one in verdict.outcomes]
        if execute_many(tx, _SETTLE, rows) == len(rows):
            return set()
        numbers = [one.order_number for one in verdict.outcomes]
        return set(numbers) - set(tx.execute(_of_batch(sender, batch_id, company_id, numbers)).scalars())

    def counts(self, run_id: str) -> RunCounts:
        """What the requests of a run came to so far."""
        create = requests.c.kind == "create"
        # Of the orders, not of the requests: what a dead process left in doubt no request has counted.
        doubts = select(func.count()).where(UNSETTLED, orders.c.run_id == run_id, orders.c.status == Status.IN_DOUBT)
        query = select(
            func.count(),
            func.coalesce(func.sum(requests.c.created), 0),
            func.coalesce(func.sum(requests.c.rejected), 0),
            doubts.scalar_subquery(),
            func.min(requests.c.started_at),
            func.max(func.coalesce(requests.c.finished_at, requests.c.started_at)),
            func.coalesce(func.sum(case((create, requests.c.orders), else_=0)), 0),
        ).where(requests.c.run_id == run_id)
        with self.reading() as tx:
            return RunCounts._make(tx.execute(query).one())


_BATCH_FACTS = (requests.c.http_status, requests.c.sync_id, requests.c.started_at)
_COUNTED = ("created", "rejected", "in_doubt")
_CLAIMED = ("target_id", "company_id", "order_number", "status", "digest", "run_id", "batch_id", "attempts")
_SETTLED = ("status", "settled_at", "rootfi_id", "platform_id", "error_code", "error_message")


def _settle_statement() -> Update:
    return (
        update(orders)
        .where(
            orders.c.target_id == bindparam("of_target"),
            orders.c.company_id == bindparam("of_company"),
            orders.c.order_number == bindparam("of_number"),
            orders.c.batch_id == bindparam("of_batch"),
            # Not only `sending`: the answer may come after the order was put in doubt, or read back as absent.
            or_(*(orders.c.status == status for status in (SENDING, Status.IN_DOUBT, Status.PENDING))),
        )
        .values({name: bindparam(name) for name in _SETTLED})
    )


_SETTLE = _settle_statement()
_FINISH = (
    update(requests)
    .where(requests.c.id == bindparam("of_request"))
    .values({name: bindparam(name) for name in ("finished_at", "http_status", "sync_id", "code", *_COUNTED)})
)


@cache
def _claim_statement(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts share no type
    new = _upsert(dialect, orders).values({name: bindparam(name) for name in _CLAIMED})
    return new.on_conflict_do_update(
        index_elements=["target_id", "company_id", "order_number"],
        set_={name: new.excluded[name] for name in ("status", "digest", "run_id", "batch_id")}
        | {"attempts": orders.c.attempts + 1, "settled_at": None, "error_code": None, "error_message": None},
        # An order that another run had refused may be sent again; one that this run had refused may not.
        where=(orders.c.status == Status.PENDING)
        | ((orders.c.status == Status.REJECTED) & (orders.c.run_id != new.excluded.run_id)),
    )


def _settled(one: OrderOutcome, target_id: int, company_id: int, batch_id: int, now: int) -> dict[str, Any]:
    open_ = one.status in (Status.PENDING, Status.IN_DOUBT)
    return {
        "of_target": target_id,
        "of_company": company_id,
        "of_number": one.order_number,
        "of_batch": batch_id,
        "status": one.status.value,
        "settled_at": None if open_ else now,
        "rootfi_id": one.rootfi_id,
        "platform_id": one.platform_id,
        "error_code": one.error_code,
        "error_message": one.error_message,
    }


def _of_batch(sender: Sender, batch_id: int, company_id: int, numbers: Sequence[str]) -> Select[tuple[str]]:
    """Those of the order numbers whose last batch is this one."""
    mine = (orders.c.target_id == sender.target_id) & (orders.c.company_id == company_id)
    return select(orders.c.order_number).where(mine, orders.c.order_number.in_(numbers), orders.c.batch_id == batch_id)


def _upsert(dialect: str, table: Any) -> Any:  # noqa: ANN401 - two dialects' inserts share no type
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)
