"""Display: what a person at the command line sees of a run while it goes on."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from rich.console import Console

from flows.ports import Progress
from flows.progress import plan_summary, show
from schemas.results import Status
from schemas.run import RunRecord


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

    def planned(self, record: RunRecord) -> None:
        """Show what will be done, and start to show how far it is."""
        self._console.print(plan_summary(record, goes_on=True))
        orders = record.orders.get(Status.PENDING, 0)
        if orders:
            self._tell = self._stack.enter_context(show(orders, self._requests_per_minute, self._console))

    def tell(self, progress: Progress) -> None:
        """Show how far the delivery is."""
        self._tell(progress)
