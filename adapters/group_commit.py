"""Group commit: ledger work that waits at the same time is committed in one transaction, by one thread."""

import asyncio
import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from adapters.ledger import Ledger

T = TypeVar("T")
Work = Callable[[Connection], Any]
MOST = 64  # works in one transaction


class GroupCommit:
    """Runs works on a ledger; each result is given back only after it is durable. A failure fails its whole group."""

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
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

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
        results: list[Any] = []
        failure: BaseException | None = None
        try:
            with self._ledger.transaction() as tx:
                results = [work(tx) for work, _ in group]
        except Exception as error:  # noqa: BLE001 - handed to those who wait
            failure = error
        self._loop.call_soon_threadsafe(_tell, [future for _, future in group], results, failure)


def _tell(futures: list[asyncio.Future[Any]], results: list[Any], failure: BaseException | None) -> None:
    for number, future in enumerate(futures):
        if future.done():  # its caller was cancelled
            continue
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(results[number])
