"""The ledger's tables: the durable facts of every run against every target. Times are microseconds since 1970, UTC."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
)

SCHEMA_VERSION = 3  # schemas/upgrades.py brings earlier ones to it
SENDING = "sending"  # in the ledger only: claimed by a run that has not told the outcome

metadata = MetaData()
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only under the name INTEGER

version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

# A base URL: what the sandbox created is not taken for created in production.
targets = Table(
    "targets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("base_url", String, nullable=False, unique=True),
)

# The rate limit is one per target and key. `not_before` is what the API asked for, by Retry-After or its headers.
throttles = Table(
    "throttles",
    metadata,
    Column("target_id", ForeignKey("targets.id"), primary_key=True),
    Column("key_fingerprint", String, primary_key=True),
    Column("not_before", BigInteger, nullable=False, default=0),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("target_id", ForeignKey("targets.id"), nullable=False),
    Column("owner", String),  # the process that sends for it; none: it has ended, and left nothing `sending`
    # Moves while the owner lives. Others watch it by their own clocks, so that no two clocks are ever compared.
    Column("beat", BigInteger, nullable=False, default=0),
    # So many portions of the plan, from its start, hold no order that this run may still have to send or to settle.
    Column("position", BigInteger, nullable=False, server_default="0"),
)

# Every request that goes out. It is the rate limiter's record (`slot` counts the requests of a target and key), and a
# request of kind `create` is a batch: the intent before the POST, the outcome after it. One of kind `list`
# reads a page.
requests = Table(
    "requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("target_id", ForeignKey("targets.id"), nullable=False),
    Column("key_fingerprint", String, nullable=False),
    Column("slot", BigInteger, nullable=False),
    Column("run_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("company_id", BigInteger),
    Column("orders", Integer, nullable=False, default=0),
    Column("started_at", BigInteger, nullable=False),
    Column("api_started_at", BigInteger),  # the same by the API's clock, where an answer had told it
    Column("finished_at", BigInteger),
    Column("http_status", Integer),
    Column("sync_id", String),
    Column("code", String),  # why it proved nothing, or was refused
    Column("created", Integer, nullable=False, default=0),
    Column("rejected", Integer, nullable=False, default=0),
    Column("in_doubt", Integer, nullable=False, default=0),
    # The numbers of its orders, as a JSON list, while any of them is unsettled: `sending` or in doubt. That finds the
    # unsettled ones of millions of orders, at the cost of one row per batch and not of an index entry per order.
    Column("unsettled", String),
    UniqueConstraint("target_id", "key_fingerprint", "slot"),
    Index("requests_of_run", "run_id"),
)
Index(
    "requests_unsettled",
    requests.c.target_id,
    requests.c.run_id,
    sqlite_where=requests.c.unsettled.is_not(None),
    postgresql_where=requests.c.unsettled.is_not(None),
)

# One row per order that was ever sent. Absent means: pending.
orders = Table(
    "orders",
    metadata,
    Column("target_id", Integer, primary_key=True),
    Column("company_id", BigInteger, primary_key=True),
    Column("order_number", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("digest", BigInteger, nullable=False),
    Column("batch_id", BigInteger, nullable=False),  # the last request that carried it; its run is the order's
    Column("attempts", Integer, nullable=False, default=1),
    Column("settled_at", BigInteger),
    Column("rootfi_id", BigInteger),
    Column("platform_id", String),
    Column("error_code", String),
    Column("error_message", String),
)
# PostgreSQL writes an outcome as a new row: with room for it on the same page it need not touch the index.
_ROOMY = DDL("ALTER TABLE orders SET (fillfactor = 50)").execute_if(dialect="postgresql")  # type: ignore[no-untyped-call]
event.listen(orders, "after_create", _ROOMY)


@dataclass(frozen=True)
class Sender:
    """Who sends: a run, to a target, with a key of which only the fingerprint is known here."""

    run_id: str
    target_id: int
    key_fingerprint: str
    owner: str  # this process, as no other is called


class Fact(NamedTuple):
    """What the ledger knows of an order."""

    company_id: int
    order_number: str
    status: str
    digest: int
    run_id: str
    batch_id: int
    attempts: int
    settled_at: int | None
    rootfi_id: int | None
    platform_id: str | None
    error_code: str | None
    error_message: str | None
    http_status: int | None
    sync_id: str | None
    sent_at: int


class RateFacts(NamedTuple):
    """What the limiter knows: the time, what the API asked to wait for, and when the request before last N started."""

    now: int
    not_before: int
    oldest: int | None  # start of the request that would be the first of N + 1 in a row; None: fewer were ever sent
    slot: int  # the number that the next request gets


class Owner(NamedTuple):
    """Who runs a run, and the beat of his heart when it was read."""

    run_id: str
    owner: str
    beat: int


class Doubt(NamedTuple):
    """An order of which the ledger does not know whether it was created, and when its batch was sent."""

    company_id: int
    order_number: str
    run_id: str
    batch_id: int
    orders: int  # how many its batch had
    error_code: str | None
    started_at: int
    api_started_at: int | None


class Conclusion(NamedTuple):
    """What a read-back, or a person, says of an order that was in doubt after a batch."""

    order_number: str
    batch_id: int
    status: str
    rootfi_id: int | None = None
    platform_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


class RunCounts(NamedTuple):
    """What the requests of a run came to; `in_doubt` counts the orders that are so now."""

    requests: int
    created: int
    rejected: int
    in_doubt: int
    first_at: int | None
    last_at: int | None
    sent: int
