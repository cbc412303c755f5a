"""Display: what is said of a run while it goes on, to a person at the command line or, as events, to a program."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from rich.console import Console

from flows.events import ERROR, INFO, WARNING, EventLog, log_in_use
from flows.ports import Progress
from flows.progress import LINE_SECONDS, outcome, plan_summary, show
from schemas.results import Status
from schemas.run import RunRecord, State


class Display:
    """The summary of the plan, then the progress of the delivery, on standard error."""

    def __init__(self, console: Console, requests_per_minute: int) -> None:
        self._console = console
        self._requests_per_minute = requests_per_minute
        self._stack = ExitStack()
        self._tell: Callable[[Progress], None] = lambda _progress: None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def say(self, text: str) -> None:
        """Print a line."""
        self._console.print(text)

    def planned(self, record: RunRecord, *, goes_on: bool = True) -> None:
        """Show what will be done and, if it is done at once, start to show how far it is."""
        self._console.print(plan_summary(record, goes_on=goes_on))
        if not goes_on:
            return
        orders = record.orders.get(Status.PENDING, 0)
        if orders:
            self._tell = self._stack.enter_context(show(orders, self._requests_per_minute, self._console))

    def tell(self, progress: Progress) -> None:
        """Show how far the delivery is."""
        self._tell(progress)

    def ended(self, record: RunRecord, paths: tuple[str, str | None, str], _exit_code: int) -> None:
        """Show what became of the run."""
        self._console.print(outcome(record, *paths))


class EventDisplay(Display):
    """The same as events; none of them has a key, nor what stands in an order."""

    def __init__(self, log: EventLog, run_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        log.run_id = run_id
        self._log = log
        self._clock = clock
        self._due = 0.0
        self._untold: Progress | None = None
        self._noticed: set[str] = set()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._untold is not None:
            self._write(self._untold)

    def say(self, text: str) -> None:
        """Tell what should be known."""
        self._log.tell("notice", message=text)

    def planned(self, record: RunRecord, *, goes_on: bool = True) -> None:
        """Tell what will be done."""
        names = ("line_items", "companies", "problems", "problem_codes", "requests_needed", "least_seconds")
        facts: dict[str, Any] = {**_statuses(record), **{name: getattr(record, name) for name in names}}
        self._log.tell("planned", goes_on=goes_on, **facts)
        self._notice(record)
        self._due = self._clock() + LINE_SECONDS

    def tell(self, progress: Progress) -> None:
        """Tell how far the delivery is, if it is time."""
        self._untold = progress
        if self._clock() >= self._due:
            self._write(progress)

    def ended(self, record: RunRecord, _paths: tuple[str, str | None, str], exit_code: int) -> None:
        """Tell what became of the run: of what stopped it, only the kind."""
        facts: dict[str, Any] = {"state": record.state, **_statuses(record), "requests": record.requests}
        facts["exit_code"] = exit_code
        if record.state in (State.STOPPED, State.INTERRUPTED):
            level = ERROR if record.state is State.STOPPED else WARNING
            self._log.tell("stopped", level, reason=record.reason, **facts)
        else:
            self._log.tell("finished", WARNING if exit_code else INFO, **facts)
        self._notice(record)

    def _write(self, progress: Progress) -> None:
        self._untold = None
        self._due = self._clock() + LINE_SECONDS
        names = ("orders", "created", "existing", "rejected", "in_doubt", "requests")
        self._log.tell("progress", **{name: getattr(progress, name) for name in names})

    def _notice(self, record: RunRecord) -> None:
        for notice in record.notices:
            if notice not in self._noticed:
                self.say(notice)
        self._noticed |= set(record.notices)


def open_display(console: Console, requests_per_minute: int, run_id: str) -> Display:
    """The display that the command was asked for."""
    log = log_in_use.get()
    return Display(console, requests_per_minute) if log is None else EventDisplay(log, run_id)


def _statuses(record: RunRecord) -> dict[str, dict[str, int]]:
    return {
        kind: {status.value: count for status, count in getattr(record, kind).items()} for kind in ("orders", "rows")
    }
