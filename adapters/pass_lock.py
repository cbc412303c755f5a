"""The lock of an inbox: one pass at a time, on this machine and on all that share a PostgreSQL ledger."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from adapters.database import as_ledger_errors, open_engine
from schemas.errors import UsageError


@contextmanager
def only_pass(inbox: str, here: Path, ledger_url: str) -> Iterator[None]:
    """Hold an inbox while the context lasts; the lock ends with the process, whatever ends it.

    Raises UsageError if another pass has it.
    """
    digest = hashlib.sha256(inbox.encode()).digest()
    with ExitStack() as stack:
        here.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = stack.enter_context((here / f".inbox-{digest.hex()[:16]}.lock").open("w"))
        is_free = False
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_free = ledger_url.startswith("sqlite") or stack.enter_context(_taken_in(ledger_url, digest))
        if not is_free:
            raise UsageError(f"Another pass over {inbox} is going on.", "It takes what lies there.")
        yield


@contextmanager
def _taken_in(ledger_url: str, digest: bytes) -> Iterator[bool]:
    """Whether the database's own lock was free; it is held until the context, the connection or the process ends."""
    number = int.from_bytes(digest[:8], signed=True)
    engine = open_engine(ledger_url)
    try:
        with as_ledger_errors(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            taken = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (number,)).scalar_one()
            yield bool(taken)
    finally:
        engine.dispose()
