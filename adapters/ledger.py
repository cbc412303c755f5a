"""The ledger in SQL: what is committed here is what happened. SQLite by default; the same statements on PostgreSQL.

Methods that take a Connection run inside the caller's transaction, so that what belongs together is committed together.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Update, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import as_ledger_errors, open_engine
from schemas.delivery import OrderOutcome, SentOrder, Verdict
from schemas.errors import LedgerError
from schemas.ledger import (
    SCHEMA_VERSION,
    SENDING,
    Fact,
    RateFacts,
    RunCounts,
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


@dataclass(frozen=True)
class Sender:
    """Who sends: a run, to a target, with a key of which only the fingerprint is known here."""

    run_id: str
    target_id: int
    key_fingerprint: str


class Ledger:
    """The durable store of intents and outcomes. Every failure of the database is a LedgerError."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        with as_ledger_errors():
            self.engine = open_engine(url)
            metadata.create_all(self.engine)
            with self.transaction() as tx:
                found = tx.execute(select(version.c.version)).scalar_one_or_none()
                if found is None:
                    tx.execute(insert(version).values(version=SCHEMA_VERSION))
                elif found != SCHEMA_VERSION:
                    raise LedgerError(f"The ledger has schema version {found}; this Orderlift needs {SCHEMA_VERSION}.")

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
            found = tx.execute(select(targets.c.id).where(targets.c.base_url == base_url)).scalar_one_or_none()
            return found or tx.execute(insert(targets).values(base_url=base_url).returning(targets.c.id)).scalar_one()

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
            _upsert(tx, throttles)
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
        left = (orders.c.target_id == sender.target_id) & (orders.c.status == SENDING) & orders.c.run_id.in_(dead)
        message = "the process that sent it ended before it recorded an answer"
        return tx.execute(
            update(orders).where(left).values(status=Status.IN_DOUBT, error_code="crashed", error_message=message)
        ).rowcount

    def facts(self, target_id: int, company_id: int, numbers: Sequence[str]) -> Iterator[Fact]:
        """What is known of the given orders of a company; nothing for those that were never sent."""
        known = (
            select(*(orders.c[name] for name in Fact._fields[:-3]), *_BATCH_FACTS)
            .join(requests, requests.c.id == orders.c.batch_id)
            .where(orders.c.target_id == target_id, orders.c.company_id == company_id)
        )
        for start in range(0, len(numbers), LOOKUP):
            with self.transaction() as tx:
                rows = tx.execute(known.where(orders.c.order_number.in_(numbers[start : start + LOOKUP])))
                yield from map(Fact._make, rows.all())

    def has_orders(self, target_id: int) -> bool:
        """Whether any order was ever sent to the target."""
        with self.transaction() as tx:
            return (
                tx.execute(select(orders.c.status).where(orders.c.target_id == target_id).limit(1)).first() is not None
            )

    def has_control(self, tx: Connection, target_id: int, company_id: int) -> bool:
        """Whether an order of the company is known to be on the platform."""
        mine = (orders.c.target_id == target_id) & (orders.c.company_id == company_id)
        query = select(orders.c.status).where(mine, orders.c.status == Status.CREATED).limit(1)
        return tx.execute(query).first() is not None

    def rate(self, tx: Connection, sender: Sender, per_minute: int) -> RateFacts:
        """What the limiter has to know; until the transaction ends, no other process can start a request."""
        mine = (throttles.c.target_id == sender.target_id) & (throttles.c.key_fingerprint == sender.key_fingerprint)
        not_before = tx.execute(select(throttles.c.not_before).where(mine).with_for_update()).scalar_one()
        sent = (requests.c.target_id == sender.target_id) & (requests.c.key_fingerprint == sender.key_fingerprint)
        last = tx.execute(select(func.max(requests.c.slot)).where(sent)).scalar_one() or 0
        oldest = select(requests.c.started_at).where(sent, requests.c.slot == last + 1 - per_minute)
        return RateFacts(self.now(), not_before, tx.execute(oldest).scalar_one_or_none(), last + 1)

    def hold(self, tx: Connection, sender: Sender, not_before: int) -> None:
        """Let nothing start before the given time, in any process that uses this target and key."""
        mine = (throttles.c.target_id == sender.target_id) & (throttles.c.key_fingerprint == sender.key_fingerprint)
        later = mine & (throttles.c.not_before < not_before)
        tx.execute(update(throttles).where(later).values(not_before=not_before))

    def start(self, tx: Connection, sender: Sender, rate: RateFacts, kind: str, company_id: int, count: int) -> int:
        """Write down that a request starts now; its id is the batch_id if it creates orders."""
        return int(
            tx.execute(
                insert(requests)
                .values(
                    target_id=sender.target_id,
                    key_fingerprint=sender.key_fingerprint,
                    run_id=sender.run_id,
                    slot=rate.slot,
                    started_at=rate.now,
                    kind=kind,
                    company_id=company_id,
                    orders=count,
                )
                .returning(requests.c.id)
            ).scalar_one()
        )

    def claim(
        self, tx: Connection, sender: Sender, batch_id: int, company_id: int, batch: Sequence[SentOrder]
    ) -> set[str]:
        """Claim the orders that nobody has, or had, in his hands; the numbers of the others."""
        new = _upsert(tx, orders)
        claimed = new.on_conflict_do_update(
            index_elements=["target_id", "company_id", "order_number"],
            set_={name: new.excluded[name] for name in ("status", "digest", "run_id", "batch_id")}
            | {"attempts": orders.c.attempts + 1, "error_code": None, "error_message": None},
            # An order that another run had refused may be sent again; one that this run had refused may not.
            where=(orders.c.status == Status.PENDING)
            | ((orders.c.status == Status.REJECTED) & (orders.c.run_id != sender.run_id)),
        )
        one = {
            "target_id": sender.target_id,
            "company_id": company_id,
            "status": SENDING,
            "run_id": sender.run_id,
            "batch_id": batch_id,
            "attempts": 1,
        }
        result = tx.execute(claimed, [one | {"order_number": o.order_number, "digest": o.digest} for o in batch])
        if result.rowcount == len(batch):
            return set()
        mine = select(orders.c.order_number).where(
            orders.c.target_id == sender.target_id,
            orders.c.company_id == company_id,
            orders.c.batch_id == batch_id,
            orders.c.order_number.in_([order.order_number for order in batch]),
        )
        return {order.order_number for order in batch} - set(tx.execute(mine).scalars())

    def shrink(self, tx: Connection, batch_id: int, count: int) -> None:
        """Correct how many orders a batch carries before it is sent; none: it is not sent at all."""
        here = requests.c.id == batch_id
        tx.execute(update(requests).where(here).values(orders=count) if count else delete(requests).where(here))

    def settle(self, tx: Connection, sender: Sender, batch_id: int, company_id: int, verdict: Verdict) -> None:
        """Write down the outcome of a batch, order by order. Evidence wins over doubt, and touches this batch alone."""
        now = self.now()
        count = {status: sum(one.status is status for one in verdict.outcomes) for status in Status}
        tx.execute(
            update(requests)
            .where(requests.c.id == batch_id)
            .values(
                finished_at=now,
                http_status=verdict.http_status,
                sync_id=verdict.sync_id,
                code=verdict.code,
                created=count[Status.CREATED],
                rejected=count[Status.REJECTED],
                in_doubt=count[Status.IN_DOUBT],
            )
        )
        settled = tx.execute(
            _SETTLE, [_settled(one, sender.target_id, company_id, batch_id, now) for one in verdict.outcomes]
        )
        if settled.rowcount != len(verdict.outcomes):
            raise LedgerError(f"Batch {batch_id} is no longer this process's own: its lease was taken over.")

    def finish(self, tx: Connection, request_id: int, http_status: int | None) -> None:
        """Write down that a request that creates nothing has ended."""
        values = {"finished_at": self.now(), "http_status": http_status}
        tx.execute(update(requests).where(requests.c.id == request_id).values(**values))

    def counts(self, run_id: str) -> RunCounts:
        """What the requests of a run came to so far."""
        create = requests.c.kind == "create"
        query = select(
            func.count(),
            *(func.coalesce(func.sum(requests.c[name]), 0) for name in RunCounts._fields[1:4]),
            func.min(requests.c.started_at),
            func.max(func.coalesce(requests.c.finished_at, requests.c.started_at)),
            func.coalesce(func.sum(case((create, requests.c.orders), else_=0)), 0),
        ).where(requests.c.run_id == run_id)
        with self.transaction() as tx:
            return RunCounts._make(tx.execute(query).one())


_BATCH_FACTS = (requests.c.http_status, requests.c.sync_id, requests.c.started_at)
_SETTLED = ("status", "settled_at", "rootfi_id", "platform_id", "error_code", "error_message")


def _settle_statement() -> Update:
    return (
        update(orders)
        .where(
            orders.c.target_id == bindparam("of_target"),
            orders.c.company_id == bindparam("of_company"),
            orders.c.order_number == bindparam("of_number"),
            orders.c.batch_id == bindparam("of_batch"),
            (orders.c.status == SENDING) | (orders.c.status == Status.IN_DOUBT),
        )
        .values({name: bindparam(name) for name in _SETTLED})
    )


_SETTLE = _settle_statement()


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


def _upsert(tx: Connection, table: Any) -> Any:  # noqa: ANN401 - two dialects' inserts share no type
    return (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(table)
