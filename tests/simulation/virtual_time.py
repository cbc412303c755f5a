"""Virtual time: an event loop that never blocks. What waits is jumped to, so a simulated hour costs nothing."""

import asyncio
import itertools
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

ROUND = 1e-6  # seconds that a round of callbacks takes
MOST_ROUNDS = 20_000  # without a pause


class Hang(Exception):  # noqa: N818 - what happened
    """Everything waits for something that nobody will do, or is busy without end."""


class SimTask(asyncio.Task[Any]):
    """A task whose place in a set does not depend on its address, so that a seed replays in any process."""

    _numbers = itertools.count()

    def __init__(self, coro: Coroutine[Any, Any, Any], **others: Any) -> None:
        self._number = next(self._numbers)
        super().__init__(coro, **others)

    def __hash__(self) -> int:
        return self._number


class VirtualLoop(BaseEventLoop):
    """An event loop with a clock of its own, `seconds`; callbacks run first in, first out, in one thread."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._rounds = 0
        self._selector = self
        self._clock_resolution = 1e-9
        self.adopt: Callable[[SimTask, Context], None] = lambda _task, _context: None
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self.seconds

    def select(self, timeout: float | None) -> list[Any]:
        """Jump over the time that nothing happens in."""
        self._rounds = self._rounds + 1 if timeout == 0 else 0
        if timeout is None:
            raise Hang("everything waits")
        if self._rounds > MOST_ROUNDS:
            raise Hang("it is busy without end")
        self.seconds += max(timeout, ROUND)  # as on any machine, nothing takes no time at all
        return []

    def _process_events(self, _events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def _make_task(self, loop: asyncio.AbstractEventLoop, coro: Any, context: Context | None = None) -> SimTask:
        task = SimTask(coro, loop=loop, context=context)
        self.adopt(task, copy_context() if context is None else context)
        return task
