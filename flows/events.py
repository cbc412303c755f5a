"""Events: what a run tells on standard error where a program reads it, one JSON object per line."""

import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.errors import Interrupted, LedgerError, Mend, OrderliftError, StorageError

# Of their messages it is known that they quote no answer of a platform, in which there may be anything.
QUOTABLE = (Mend, LedgerError, StorageError, Interrupted)
INFO, WARNING, ERROR = "info", "warning", "error"


class EventLog:
    """Writes events, each with the time and the run that it is about."""

    def __init__(
        self, write: Callable[[str], object] | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.run_id: str | None = None
        self._write = write
        self._clock = clock

    def tell(self, event: str, level: str = INFO, **facts: Any) -> None:  # noqa: ANN401 - whatever JSON has
        """Write an event, at once."""
        now = self._clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"time": now, "level": level, "event": event} | ({"run_id": self.run_id} if self.run_id else {})
        line = orjson.dumps(head | facts, option=orjson.OPT_NON_STR_KEYS, default=str).decode() + "\n"
        (self._write or sys.stderr.write)(line)
        if self._write is None:
            sys.stderr.flush()

    def fail(self, error: OrderliftError) -> None:
        """Write what ended a command."""
        said = {"message": str(error)} if isinstance(error, QUOTABLE) else {}
        self.tell("error", ERROR, reason=error.reason, exit_code=error.exit_code, **said)


class LibraryLines(logging.Handler):
    """Leads what libraries log into the events, so that nothing else stands between the lines."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line of a library as an event."""
        level = ERROR if record.levelno >= logging.ERROR else WARNING
        self._log.tell("log", level, logger=record.name, message=" ".join(record.getMessage().split()))


# The log of the command that runs; None where a person reads.
log_in_use: ContextVar[EventLog | None] = ContextVar("log_in_use", default=None)


def start() -> EventLog:
    """Have this command tell events from now on."""
    log = log_in_use.get()
    if log is None:
        log = EventLog()
        log_in_use.set(log)
        logging.captureWarnings(capture=True)
        logging.getLogger().addHandler(LibraryLines(log))
    return log


def stop() -> None:
    """Undo `start`: what follows is no longer of this command."""
    log_in_use.set(None)
    logging.captureWarnings(capture=False)
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, LibraryLines)]:
        root.removeHandler(handler)
