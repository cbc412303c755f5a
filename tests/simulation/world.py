"""A simulated world: one seed, its platform, ledger, clocks and processes, from the first order to the last check."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from random import Random
from typing import Any

import orjson

from schemas.errors import Interrupted, LedgerError, NoControl, OrderliftError, Resume, UsageError

from . import core
from .checks import Checks
from .draw import draw_scenario
from .faults import Weather
from .platform import MINUTE, Key, Platform
from .process import RUNNING, Crash, Fate, Process
from .replies import EPOCH, Replies
from .scenario import ALL, Lane, Scenario
from .storage import open_empty
from .trace import Trace, Violation
from .virtual_time import Hang, SimTask, VirtualLoop

DAY = 86_400.0
MOST_EVENTS = 200_000
MOST_RESUMES = 30
NO_FATE = Fate()


class World:
    """Everything that a seed decides."""

    def __init__(self, seed: int, scenario: Scenario | None = None, *, faulty: bool = True) -> None:
        self.seed = seed
        self.chance = Random(f"world {seed}")  # noqa: S311 - a simulation
        self.scenario = scenario or draw_scenario(seed)
        self.loop = VirtualLoop()
        self.loop.adopt = _adopt
        self.loop.set_exception_handler(_report)
        self.trace = Trace(self.loop.time)
        self.processes: list[Process] = []
        self.faulty = faulty
        self._wall_ahead = 0.0
        self._stepped_at = -MINUTE * 2  # when the ledger's clock was set forward
        self._violation: Violation | None = None
        self.ledger = open_empty(self.wall)
        self.target = self.ledger.target("https://api")
        self._raw: Any = self.ledger.engine.raw_connection()
        self.platform = Platform(
            self.scenario.habits, set(self.scenario.poison), self.chance, self.trace, self.loop.time
        )
        self.replies = Replies(self.platform, self.chance)
        self.weather = Weather(self.scenario.climate, self.chance)
        self.checks = Checks(self)
        self._store_before()
        self._cover_habits()

    def wall(self) -> float:
        """The ledger's clock: epoch seconds, that may be set forward and back."""
        return EPOCH + 3.25 + self.loop.time() + self._wall_ahead

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger, without a trace of having been looked at."""
        rows: list[tuple[Any, ...]] = self._raw.driver_connection.execute(sql).fetchall()
        return rows

    def run(self) -> Counter[str]:
        """Live through the scenario, then settle everything without faults; what was covered, or a Violation."""
        try:
            self._run(self._live())
        except Violation as violation:
            story = "\n".join([*self.describe(), *self.trace.lines(40)])
            raise Violation(f"seed {self.seed}: {violation}\n{story}") from None
        finally:
            self.close()
        return self.trace.covered

    def describe(self) -> list[str]:
        """The scenario, but for the orders."""
        scenario = self.scenario
        return [f"  {name}: {value}" for name, value in vars(scenario).items() if name != "plans"]

    def close(self) -> None:
        """Let go of everything."""
        for process in self.processes:
            process.dead = True
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.call_later(1, self.loop.stop)
        self.loop.run_forever()
        self.loop.close()
        self._raw.close()
        self.ledger.close()

    @contextmanager
    def as_violation(self) -> Iterator[None]:
        """A violation ends the world, wherever it is found; nobody can catch it."""
        try:
            yield
        except Violation as violation:
            self._violation = self._violation or violation
            self.loop.stop()
            raise Crash from None

    def check_commit(self, process: Process) -> None:
        with self.as_violation():
            if len(self.trace) > MOST_EVENTS:
                raise Violation("it does not come to an end")
            self.checks.after_commit(process)

    def check_post(self, process: Process, payload: bytes) -> None:
        with self.as_violation():
            self.checks.before_post(process, payload)

    def check_told(self, process: Process, told: dict[Key, int]) -> None:
        with self.as_violation():
            self.checks.after_outcome(process, told)

    def check_request(self) -> None:
        with self.as_violation():
            self.checks.before_request()

    def check_arrival(self, run_id: str) -> bool:
        """Whether the platform accepts another request of a run; it must, if the run alone uses the key."""
        admitted = self.platform.admit(run_id)
        with self.as_violation():
            if not admitted and self._keeps_the_limit():
                raise Violation(f"a request was refused by the limit of {self.platform.habits.per_minute} a minute")
        self.trace.covered["refused by the limit"] += not admitted
        return admitted

    def _keeps_the_limit(self) -> bool:
        """Whether the limit can be kept: not by a process that slept, nor by a clock that was set forward."""
        disturbed = any(process.suspensions for process in self.processes)
        stepped = self._stepped_at > self.loop.time() - 2 * MINUTE
        return not (disturbed or stepped or self.platform.habits.others_per_minute)

    def _store_before(self) -> None:
        for company_id, orders in self.scenario.plans[ALL]:
            for order in orders:
                if (company_id, order.order_number) in self.scenario.before:
                    self.platform.create(company_id, [orjson.loads(order.body)], age=DAY - len(self.platform.orders))

    def _cover_habits(self) -> None:
        habits, covered = self.scenario.habits, self.trace.covered
        told = ("renumbers", "lists_all_companies", "cursor_counts", "answers_by_record", "most_bytes", "shows_within")
        covered.update(
            f"platform: {name}"
            for name in (*told, "works_on_for", "others_per_minute", "clock_ahead")
            if getattr(habits, name)
        )
        covered.update(
            [
                f"listing: {habits.listing}",
                f"known: {habits.known}",
                f"refusals: {habits.naming}",
                f"limit headers: {habits.limit_headers}",
            ]
        )
        covered[f"theme: {self.scenario.theme}"] += 1
        covered["canary"] += self.scenario.terms.canary > 0
        covered["skips existing"] += self.scenario.terms.skip_existing
        covered["two lanes"] += len(self.scenario.lanes) > 1

    def _run(self, work: Any) -> None:
        main = self.loop.create_task(work, context=Context())
        try:
            self.loop.run_until_complete(main)
        except Hang as hang:
            raise self._violation or Violation(str(hang)) from None
        except (RuntimeError, asyncio.CancelledError, BaseExceptionGroup):
            if self._violation is None:
                raise
        if self._violation is not None:
            raise self._violation

    async def _live(self) -> None:
        scenario = self.scenario
        for at, by in scenario.clock_steps:
            self.loop.call_later(at, self._step_clock, by)
        others = self.loop.create_task(self._use_key()) if scenario.habits.others_per_minute else None
        async with asyncio.TaskGroup() as lanes:
            for lane in scenario.lanes:
                lanes.create_task(self._go_along(lane))
        self.faulty = False
        self.trace.note("world", "no faults from here on")
        if others is not None:
            others.cancel()
        await asyncio.sleep(self.chance.choice([0.0, 2 * MINUTE]))
        for run_id in scenario.plans:
            await self._complete(run_id)
        with self._fatal():
            self.checks.at_the_end()

    async def _go_along(self, lane: Lane) -> None:
        for session in lane.sessions:
            await asyncio.sleep(session.rest)
            if any(one.lives and one.run_id == session.run_id for one in self.processes if one.machine == lane.machine):
                continue  # its lock file is held
            await self._session(session.run_id, lane.machine, session.fate, only_reads=session.only_reads)

    async def _complete(self, run_id: str) -> None:
        """Resume a run until it is complete."""
        for _ in range(MOST_RESUMES):
            ended = await self._session(run_id, "here", NO_FATE)
            await asyncio.sleep(self.chance.choice([0.0, MINUTE]))
            if ended is None or (isinstance(ended, NoControl) and not self.platform.habits.gives_control):
                return
        with self._fatal():
            raise Violation(f"run {run_id} does not complete: {ended!r}")

    async def _session(
        self, run_id: str, machine: str, fate: Fate, *, only_reads: bool = False
    ) -> BaseException | None:
        process = Process(self, run_id, machine, fate)
        self.trace.cover("session", process.name, f"on {machine}: {fate}" if fate != NO_FATE else f"on {machine}")
        self.trace.covered["only reads"] += only_reads
        plan, terms = self.scenario.plans[run_id], self.scenario.terms
        ended = await process.run(core.run(process, plan, terms, only_reads=only_reads))
        self.trace.note(process.name, "ended", "killed" if process.dead else repr(ended))
        with self._fatal():
            if not process.dead:
                self._check_ending(process, ended)
                self.checks.after_session(process)
        return ended

    def _check_ending(self, process: Process, ended: BaseException | None) -> None:
        if isinstance(ended, asyncio.CancelledError) and process.stop.is_set():
            return
        if ended is not None and not isinstance(ended, (Resume, Interrupted, UsageError)):
            raise Violation(f"{process.name} ended with {ended!r}") from ended
        if isinstance(ended, LedgerError) and not process.ledger_failed and not process.suspensions:
            raise Violation(f"{process.name} ended with {ended}")
        if isinstance(ended, OrderliftError):
            self.trace.cover(f"ended: {type(ended).__name__}", process.name, ended.message)

    def _step_clock(self, by: float) -> None:
        if self.faulty:
            self.trace.cover("clock stepped", "world", f"by {by:.1f} s")
            self._wall_ahead += by
            self._stepped_at = self.loop.time() if by > 0 else self._stepped_at

    async def _use_key(self) -> None:
        """Requests of others that use the same key."""
        while True:
            await asyncio.sleep(self.chance.expovariate(self.platform.habits.others_per_minute / MINUTE))
            self.platform.admit("")

    @contextmanager
    def _fatal(self) -> Iterator[None]:
        """The same for what the world itself does."""
        try:
            with self.as_violation():
                yield
        except Crash:
            raise asyncio.CancelledError from None


def _adopt(task: SimTask, context: Context) -> None:
    process = context.get(RUNNING)
    if process is not None:
        process.adopt(task)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What is told of tasks and callbacks that failed; a crash and what it leaves behind are no news."""
    if isinstance(context.get("exception"), Exception):
        loop.default_exception_handler(context)
