"""The ledger as a simulated process has it: the real one, in memory, with a journal that takes virtual time."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from copy import copy
from functools import cache
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from adapters.ledger import Ledger
from schemas.errors import LedgerError

from .platform import Key
from .process import Crash, Process, Step

T = TypeVar("T")
Work = Callable[[Connection], Any]


@cache
def _prepared() -> tuple[Ledger, bytes]:
    ledger = Ledger("sqlite://")
    raw: Any = ledger.engine.raw_connection()
    empty: bytes = raw.driver_connection.serialize()
    raw.close()
    return ledger, empty


def open_empty(clock: Callable[[], float]) -> Ledger:
    """An empty ledger in memory, on the engine of the one before: it has the statements compiled, which costs most."""
    prepared, empty = _prepared()
    prepared.close()  # what was in memory ends with its connection
    raw: Any = prepared.engine.raw_connection()
    raw.driver_connection.deserialize(empty)
    raw.close()
    ledger = copy(prepared)
    ledger._clock = clock
    return ledger


class SimLedger(Ledger):
    """The shared ledger in the hands of one process: every use of it is a step, after which invariants are checked."""

    process: Process

    @classmethod
    def of(cls, shared: Ledger, process: Process) -> Self:
        """The same database for a process."""
        mine = object.__new__(cls)
        mine.__dict__.update(copy(shared).__dict__)
        mine.process = process
        return mine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self.process.step(Step.READS)
        with super().reading() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        process, world = self.process, self.process.world
        process.step(Step.BEGINS)
        self._fail("before")
        with super().transaction() as tx:
            yield tx
            process.step(Step.HAS_WRITTEN)
        world.check_commit(process)
        process.step(Step.HAS_COMMITTED)
        self._fail("after")

    def _fail(self, when: str) -> None:
        world = self.process.world
        if world.faulty and world.chance.random() < world.scenario.ledger_failures:
            world.trace.cover(f"ledger fails {when} a commit", self.process.name)
            self.process.ledger_failed = True
            raise LedgerError(f"The ledger cannot be used: it failed {when} a commit.", "Mend it, then resume.")


class SimJournal:
    """Group commit in virtual time: what waits together is committed together, also for a caller that is cancelled."""

    def __init__(self, ledger: SimLedger) -> None:
        self._ledger = ledger
        self._process = ledger.process
        self._world = ledger.process.world
        self._waiting: deque[tuple[Work, asyncio.Future[Any], dict[Key, int]]] = deque()
        self._server: asyncio.Task[None] | None = None

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """Run the work in a transaction and give its result once that is durable."""
        self._process.step(Step.ASKS_FOR_COMMIT)
        done: asyncio.Future[T] = self._world.loop.create_future()
        told, self._process.told = self._process.told, {}  # what was told just now is what this work writes down
        self._waiting.append((work, done, told))
        if self._server is None or self._server.done():
            # Not a task of the process: it ends by itself, and is never cancelled.
            self._server = self._world.loop.create_task(self._serve(), context=Context())
        try:
            return await done
        finally:
            self._process.check()

    async def drain(self) -> None:
        """Wait until nothing waits any more, whoever is cancelled."""
        while self._server is not None and not self._server.done():
            try:
                await asyncio.wait([self._server])
            except asyncio.CancelledError:
                self._process.check()

    async def _serve(self) -> None:
        chance, slow = self._world.chance, self._world.scenario.commit_seconds
        while self._waiting and not self._process.dead:
            await asyncio.sleep(chance.uniform(0, slow))
            group = [self._waiting.popleft() for _ in range(chance.randint(1, len(self._waiting)))]
            try:
                results = self._commit([work for work, _, _ in group])
                for (_, _, told), result in zip(group, results, strict=True):
                    if not isinstance(result, Exception):
                        self._world.check_told(self._process, told)
                self._process.committed()
                await asyncio.sleep(chance.uniform(0, 0.02))
                await self._process.awake()
            except Crash:
                return
            for (_, done, _), result in zip(group, results, strict=True):
                if done.done():  # its caller was cancelled
                    continue
                if isinstance(result, Exception):
                    done.set_exception(result)
                else:
                    done.set_result(result)

    def _commit(self, group: list[Work]) -> list[Any]:
        try:
            with self._ledger.transaction() as tx:
                return [_attempt(tx, work) for work in group]
        except Exception as failure:  # noqa: BLE001 - handed to those who wait
            return [failure] * len(group)


def _attempt(tx: Connection, work: Work) -> Any:
    run: Any = tx.connection.driver_connection.execute  # type: ignore[union-attr]
    run("SAVEPOINT work")  # in plain SQL, which SQLAlchemy need not compile every time
    try:
        return work(tx)
    except LedgerError as error:
        run("ROLLBACK TO work")
        return error
    finally:
        run("RELEASE work")
