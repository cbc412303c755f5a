"""Processes: the same work for many numbers, in as many processes as this machine has cores."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import Self, TypeVar

import pyarrow as pa

from schemas.errors import UsageError

T = TypeVar("T")


class Processes:
    """Processes that start, and import what they need, while something else is done; none outlives this one."""

    def __init__(self, module: str) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._pool = ProcessPoolExecutor(cores, get_context("spawn"), initializer=_begin, initargs=(module,))
        self._started = [self._pool.submit(os.getpid) for _ in range(cores)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        processes = list((self._pool._processes or {}).values())  # noqa: SLF001 - see terminate_workers of Python 3.14
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def __call__(self, work: Callable[[int], T], numbers: Sequence[int]) -> Iterator[T]:
        """Yield the result of the work for each number, in their order; an error of one ends all.

        Raises UsageError if a process is killed.
        """
        try:
            yield from self._pool.map(work, numbers)
        except BrokenProcessPool:
            raise UsageError(
                "A process that was at work on a part of the orders was killed, most likely since memory ran out.",
                "Give it more memory, or plan again with a smaller number for --partition-rows.",
            ) from None


def _begin(module: str) -> None:
    """Leave Ctrl-C to the process that waits for this one, and end when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    pa.set_cpu_count(1)  # the other cores are busy with other numbers
    import_module(module)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)
