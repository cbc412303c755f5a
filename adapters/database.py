"""Connections to the ledger's database, and its failures as LedgerError."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from schemas.errors import LedgerError

SCHEMA_LOCK = 0x6F72646572  # any number that only this program uses in the database
BUSY_SECONDS = 60  # how long a transaction waits for another process's


def open_engine(url: str) -> Engine:
    """An engine whose transactions are durable once committed; on SQLite each has the write lock from its start.

    With the execution option `reading` it waits for no writer, and sees the last commit.
    """
    try:
        engine = create_engine(url)
    except ImportError as error:
        raise LedgerError(f"The ledger's database driver is not installed: {error.name}.", "Install it.") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
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


def lock_schema(connection: Connection) -> None:
    """Let one process at a time make the tables, until the transaction ends; SQLite's write lock does that anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))


def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.isolation_level = None  # SQLAlchemy begins, not the driver
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
