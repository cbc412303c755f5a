"""Ledger backup: a copy of a SQLite ledger as it is at one moment, also while a run writes to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.ledger import Ledger
from schemas.errors import LedgerError, UsageError


def back_up(ledger: Ledger, path: Path) -> None:
    """Copy the ledger into a new file, which only its owner can read and which appears whole or not at all.

    No writer waits for it, and what is committed meanwhile is not in it. Raises UsageError for a file that is there and
    for PostgreSQL, LedgerError if the copy cannot be made or is not sound.
    """
    if ledger.engine.dialect.name != "sqlite":
        raise UsageError(
            "A ledger on PostgreSQL is backed up by PostgreSQL's own tools.",
            "pg_dump --format=custom --file=FILE DATABASE makes a consistent copy while runs go on.",
        )
    if path.exists():
        raise UsageError(f"{path} is there already.", "Name a new file; an older backup is not overwritten.")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error
    try:
        _copy(str(ledger.engine.url.database), temporary)
        os.link(temporary, path)  # unlike a move it never takes the place of a file that came meanwhile
    except sqlite3.Error as error:
        raise LedgerError(f"The backup cannot be made: {error}.", "Make room, or name a file elsewhere.") from error
    except OSError as error:
        raise LedgerError(f"The backup cannot be made: {error.strerror}.", "Name a file elsewhere.") from error
    finally:
        temporary.unlink()


def _copy(source: str, target: Path) -> None:
    """Copy a database, see that the copy is sound, and have it on the disk."""
    with closing(sqlite3.connect(source, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as copy:
        if (said := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(said)
    with target.open("rb") as file:
        os.fsync(file.fileno())
