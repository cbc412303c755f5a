"""The ledger in SQL: what is committed here is what happened. SQLite by default; the same statements on PostgreSQL.

Here are its connections, its clock and what is read of it; what is written stands in claims, leases and request_log.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, case, extract, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import as_ledger_errors, lock_schema, open_engine
from schemas.errors import LedgerError
from schemas.ledger import (
    SCHEMA_VERSION,
    UNSETTLED,
    UPGRADES,
    Fact,
    RunCounts,
    metadata,
    orders,
    requests,
    runs,
    targets,
    version,
)
from schemas.results import Status

LOOKUP = 5_000  # order numbers in one query: SQLite takes 32,766 parameters


class Ledger:
    """The durable store of intents and outcomes. Every failure of the database is a LedgerError.

    Its clock, unless it is given one, is that of the machine for SQLite, and that of the database for PostgreSQL, which
    many machines share.
    """

    def __init__(self, url: str, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        with as_ledger_errors():
            self.engine = open_engine(url)
            self._readers = self.engine.execution_options(reading=True)
            with self.transaction() as tx:
                lock_schema(tx)
                metadata.create_all(tx)
                _upgrade(tx)

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

    def now(self, tx: Connection) -> int:
        """The ledger's clock: microseconds since 1970, UTC."""
        if self._clock is None and tx.dialect.name == "postgresql":
            return int(tx.execute(_DATABASE_NOW).scalar_one())
        return int((self._clock or time.time)() * 1_000_000)

    def target(self, base_url: str) -> int:
        """The number of a base URL, given to it at its first use."""
        with self.transaction() as tx:
            new = (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(targets)
            tx.execute(new.values(base_url=base_url).on_conflict_do_nothing())
            return int(tx.execute(select(targets.c.id).where(targets.c.base_url == base_url)).scalar_one())

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
        """Whether an order of the company is known to have been created, by whichever run."""
        mine = (orders.c.target_id == target_id) & (orders.c.company_id == company_id)
        query = select(orders.c.status).where(mine, orders.c.status == Status.CREATED).limit(1)
        with self.reading() as tx:
            return tx.execute(query).first() is not None

    def position(self, run_id: str) -> int:
        """How many portions at the start of a run's plan are settled for good; 0 if nobody ever said."""
        query = select(runs.c.position).where(runs.c.run_id == run_id)
        with self.reading() as tx:
            return int(tx.execute(query).scalar_one_or_none() or 0)

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
_DATABASE_NOW = select(func.floor(extract("epoch", func.clock_timestamp()) * 1_000_000))


def _upgrade(tx: Connection) -> None:
    found = tx.execute(select(version.c.version)).scalar_one_or_none()
    if found is None:
        tx.execute(insert(version).values(version=SCHEMA_VERSION))
        return
    if found not in (*UPGRADES, SCHEMA_VERSION):
        raise LedgerError(f"The ledger has schema version {found}; this Orderlift needs {SCHEMA_VERSION}.")
    for number in range(found, SCHEMA_VERSION):
        for statement in UPGRADES[number]:
            tx.execute(text(statement))
    if found < SCHEMA_VERSION:
        tx.execute(version.update().values(version=SCHEMA_VERSION))
