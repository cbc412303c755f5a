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
        outcomes = self._attempt([work for work, _ in group])
        self._loop.call_soon_threadsafe(_tell, [future for _, future in group], outcomes)

    def _attempt(self, works: list[Work]) -> list[Any]:
        """The results of the works, done in one transaction, or what each failed with."""
        failure: Exception | None = None
        for _ in range(TRIES):
            try:
                with self._ledger.transaction() as tx:
                    return [work(tx) for work in works]
            except Exception as error:  # noqa: BLE001 - handed to those who wait
                failure = error
                if not is_conflict(error):
                    break
        is_refusal = isinstance(failure, LedgerError) and failure.__cause__ is None
        if is_refusal and len(works) > 1:  # of one of them; a savepoint for each would cost more than the work
            return [outcome for work in works for outcome in self._attempt([work])]
        return [failure] * len(works)


def _tell(futures: list[asyncio.Future[Any]], outcomes: list[Any]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.done():  # its caller was cancelled
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
