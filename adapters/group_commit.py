"""Group commit: ledger work that waits at the same time is committed in one transaction, by one thread."""

import asyncio
import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from adapters.database import is_conflict
from adapters.ledger import Ledger
from schemas.errors import LedgerError

T = TypeVar("T")
Work = Callable[[Connection], Any]
MOST = 64  # works in one transaction
TRIES = 5  # of a group whose transaction another process's was in the way of


class GroupCommit:
    """Runs works on a ledger; each result is given back only after it is durable.

    A work that raises a LedgerError of its own is undone alone; any other failure fails its whole group. A work may be
    run again, after all that it did in the ledger was undone.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: queue.SimpleQueue[tuple[Work, asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Commit what waits. Not to be cancelled: what comes after relies on nothing being committed any more."""
        self._queue.put(None)
        self._thread.join()

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """Run the work in a transaction and give its result once that is committed; raises LedgerError.

        The work is done even if the caller is cancelled while it waits.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((work, future))
        return await future

    def _serve(self) -> None:
        while (first := self._queue.get()) is not None:
            group, ended = [first], False
            while len(group) < MOST and not self._queue.empty():
                item = self._queue.get()
                if item is None:
                    ended = True
                    break
                group.append(item)
            self._commit(group)
            if ended:
                return

    def _commit(self, group: list[tuple[Work, asyncio.Future[Any]]]) -> None:
        outcomes: list[Any] = []
        for tries_left in reversed(range(TRIES)):
            try:
                with self._ledger.transaction() as tx:
                    outcomes = [_attempt(tx, work) for work, _ in group]
                break
            except Exception as error:  # noqa: BLE001 - handed to those who wait
                outcomes = [error] * len(group)
                if not (tries_left and is_conflict(error)):
                    break
        self._loop.call_soon_threadsafe(_tell, [future for _, future in group], outcomes)


def _attempt(tx: Connection, work: Work) -> Any:  # noqa: ANN401 - whatever the work gives
    try:
        with tx.begin_nested():
            return work(tx)
    except LedgerError as error:
        return error


def _tell(futures: list[asyncio.Future[Any]], outcomes: list[Any]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.done():  # its caller was cancelled
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
