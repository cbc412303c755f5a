"""A simulated process: it can be killed, cut off, stopped or suspended at every step it takes in the outside world."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from contextvars import Context, ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from .platform import Key

if TYPE_CHECKING:
    from .world import World

T = TypeVar("T")


class Crash(BaseException):
    """The process does not exist any more; whatever it still tries to do ends here."""


class Step(StrEnum):
    """A step that a process takes in the outside world, or has just taken."""

    READS = "reads the ledger"
    BEGINS = "begins a transaction"
    HAS_WRITTEN = "has written, not committed"
    HAS_COMMITTED = "has committed"
    ASKS_FOR_COMMIT = "asks for a commit"
    IS_ABOUT_TO_POST = "is about to post"
    HAS_POSTED = "has posted"
    HAS_AN_ANSWER = "has an answer"
    IS_ABOUT_TO_LIST = "is about to list"
    HAS_A_PAGE = "has a page"
    PAUSES = "pauses"
    GOES_ON = "goes on"


Moment = tuple[Step, int]  # the n-th step of a kind


@dataclass(frozen=True)
class Fate:
    """What befalls a process, at a step it takes in the outside world or so many seconds after its start."""

    kill_at: Moment | None = None
    kill_after: float | None = None
    cut_off_at: Moment | None = None  # as by a second signal: the task is cancelled
    cut_off_after: float | None = None
    stop_after: float | None = None  # as by a first signal
    suspend_at_commit: int | None = None
    suspend_at_claim: int | None = None  # right after the commit of an intent
    suspend_for: float = 0.0


RUNNING: ContextVar["Process | None"] = ContextVar("running", default=None)


class Process:
    """One process that sends for a run, on a machine, with a monotonic clock of its own."""

    def __init__(self, world: "World", run_id: str, machine: str, fate: Fate) -> None:
        self.world = world
        self.run_id = run_id
        self.machine = machine
        self.fate = fate
        self.name = f"{run_id}.{len(world.processes)}"
        self.stop = asyncio.Event()
        self.dead = False
        self.ended = False
        self.ledger_failed = False
        self.suspensions = 0
        self._suspended_until = 0.0
        self._booted = world.chance.uniform(0, 10_000)
        self._main: asyncio.Task[Any] | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._steps: Counter[Step] = Counter()
        self._commits = 0
        self.claims = 0  # commits of intents
        self.first_claims = 0  # orders that nobody had claimed before
        self.told: dict[Key, int] = {}  # orders that an answer has just named as created, and their batch
        world.processes.append(self)

    @property
    def lives(self) -> bool:
        """Whether it runs, or will go on running."""
        return not (self.dead or self.ended)

    @property
    def suspended(self) -> bool:
        return self._suspended_until > self.world.loop.time()

    def clock(self) -> float:
        """The monotonic clock of its machine."""
        self.check()
        return self.world.loop.time() + self._booted

    def check(self) -> None:
        """Nothing more is done by a dead process."""
        if self.dead:
            raise Crash

    def step(self, step: Step, more: object = "") -> None:
        """A step in the outside world: the place where things happen to a process."""
        self.check()
        self._steps[step] += 1
        moment = (step, self._steps[step])
        self.world.trace.note(self.name, step, more)
        if moment == self.fate.cut_off_at:
            self.world.trace.cover(f"cut off: {step}", self.name)
            self.cut_off()
        if moment == self.fate.kill_at:
            self.world.trace.cover(f"killed: {step}", self.name)
            self.kill()
            raise Crash

    def committed(self) -> None:
        """A commit is durable; the process may be suspended before it hears of it."""
        self._commits += 1
        is_claim = self.claims == self.fate.suspend_at_claim and not self.suspensions
        if self._commits == self.fate.suspend_at_commit or is_claim:
            self.suspensions += 1
            self.world.trace.cover("suspended", self.name, f"for {self.fate.suspend_for:.1f} s")
            self._suspended_until = self.world.loop.time() + self.fate.suspend_for

    async def awake(self) -> None:
        """Wait while the process is suspended."""
        while self.suspended and not self.dead:  # noqa: ASYNC110 - it may be suspended again
            await asyncio.sleep(self._suspended_until - self.world.loop.time())
        self.check()

    async def pause(self, seconds: float) -> None:
        """Sleep, but not beyond a stop."""
        self.step(Step.PAUSES, f"{seconds:.3f} s")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stop.wait()
        await self.awake()
        self.step(Step.GOES_ON)

    async def run(self, main: Awaitable[None]) -> BaseException | None:
        """Run the process to its end, and give what it ended with."""
        loop, context = self.world.loop, Context()
        context.run(RUNNING.set, self)
        self._main = loop.create_task(_as_coroutine(main), context=context)
        self._arm(self.fate.kill_after, self._die)
        self._arm(self.fate.cut_off_after, self.cut_off)
        self._arm(self.fate.stop_after, self._ask_to_stop)
        await asyncio.wait([self._main])
        self.ended = True
        for timer in self._timers:
            timer.cancel()
        if left := [task for task in self._tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left)
        return asyncio.CancelledError() if self._main.cancelled() else self._main.exception()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """A task that this process started."""
        self._tasks.append(task)

    def kill(self) -> None:
        """End the process at once: its tasks go, its ports are closed to it."""
        self.dead = True
        self.world.trace.cover("killed", self.name)
        for task in self._tasks:
            if not task.done() and task is not asyncio.current_task():
                task.cancel()

    def cut_off(self) -> None:
        """The second signal."""
        if self._main is not None and self.lives and not self._main.done():
            self.world.trace.cover("cut off", self.name)
            self.stop.set()
            self._main.cancel()

    def _die(self) -> None:
        self.world.trace.cover("killed: by the clock", self.name)
        self.kill()

    def _ask_to_stop(self) -> None:
        self.world.trace.cover("asked to stop", self.name)
        self.stop.set()

    def _arm(self, after: float | None, act: Any) -> None:
        if after is not None:
            self._timers.append(self.world.loop.call_later(after, act))


async def _as_coroutine(work: Awaitable[T]) -> T:
    return await work
