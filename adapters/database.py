"""Connections to the ledger's database, and its failures as LedgerError."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from schemas.errors import LedgerError

BUSY_SECONDS = 60  # how long a transaction waits for another process's
# A process that stops in the middle of a transaction, or a machine that vanishes, holds up the others for so long.
IDLE_SECONDS = 20
# Only because another transaction was in its way did the database undo this one: serialization failure, deadlock.
CONFLICTS = frozenset({"40001", "40P01"})


def open_engine(url: str) -> Engine:
    """An engine whose transactions are durable once committed; on SQLite each has the write lock from its start.

    With the execution option `reading` it waits for no writer, and sees the last commit.
    """
    address = make_url(url)
    if address.drivername in ("postgres", "postgresql"):
        address = address.set(drivername="postgresql+psycopg")
    is_postgresql = address.get_backend_name() == "postgresql"
    # The server's own default may be another isolation. Each statement must see what was committed before it began,
    # or the limiter would count what was there before it waited for its turn.
    options = {"isolation_level": "READ COMMITTED", "pool_pre_ping": True} if is_postgresql else {}
    try:
        # What it logs, and what its errors tell, has no parameters: they are orders.
        engine = create_engine(address, hide_parameters=True, **options)
    except ImportError as error:
        remedy = "Install orderlift[postgres]." if is_postgresql else "Install it."
        raise LedgerError(f"The ledger's database driver is not installed: {error.name}.", remedy) from error
    if engine.dialect.name == "sqlite":
        _make_private(address.database)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin)
    elif is_postgresql:
        event.listen(engine, "connect", _configure_postgresql)
    return engine


@contextmanager
def as_ledger_errors() -> Iterator[None]:
    """Turn every failure of the database into a LedgerError of one line."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise LedgerError(
            f"The ledger cannot be used: {cause}.", "Nothing is sent without it; mend it, then resume."
        ) from error


def is_conflict(error: Exception) -> bool:
    """Whether the same transaction may well succeed when it is tried again."""
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) in CONFLICTS


def _make_private(path: str | None) -> None:
    """Make the file of a new database, for its owner alone: SQLite would make one that others may read."""
    if path and path != ":memory:":
        with suppress(OSError):  # SQLite tells better what is wrong
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _configure_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.isolation_level = None  # SQLAlchemy begins, not the driver
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _configure_postgresql(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        # A server, database or role may be set not to wait for its disk.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def _begin(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
