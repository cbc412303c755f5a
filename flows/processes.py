"""Processes: the same work for many numbers, in as many processes as this machine has cores."""

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from threading import Thread
from typing import Self, TypeVar

import pyarrow as pa

from schemas.errors import OrderliftError

T = TypeVar("T")
KILLED = "A process that was at work on a part of the orders was killed, most likely since memory ran out."
# What the work needs, and what a console script imports; once, in a process that the others are copies of.
MODULES = ["flows.cli", "flows.plan_part", "flows.report_part"]
# Memory that they keep and use again, instead of giving it back and asking for it at each step: with fewer page faults
# they take a tenth less time. Arrow and the C library of Linux read it when a process starts.
MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**33),
}


class Processes:
    """Processes that start, and import what they need, while something else is done; none outlives this one."""

    def __init__(self, killed: OrderliftError) -> None:
        self._killed = killed
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        os.environ |= MEMORY
        self._pool = ProcessPoolExecutor(self._cores, _context(), initializer=_begin)
        self._starting = Thread(target=self._start)  # the first one is there when all modules are imported

    def _start(self) -> None:
        for _ in range(self._cores):
            self._pool.submit(os.getpid)

    def __enter__(self) -> Self:
        self._starting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._starting.join()
        processes = list((self._pool._processes or {}).values())  # noqa: SLF001 - see terminate_workers of Python 3.14
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def __call__(self, work: Callable[[int], T], numbers: Sequence[int]) -> Iterator[T]:
        """Yield the result of the work for each number, in their order; an error of one ends all.

        Raises the error that was given for it if a process is killed.
        """
        self._starting.join()
        try:
            yield from self._pool.map(work, numbers)
        except BrokenProcessPool:
            raise self._killed from None


def _context() -> BaseContext:
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(MODULES)
    return context


def _begin() -> None:
    """Leave Ctrl-C to the process that waits for this one, and end when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    pa.set_cpu_count(1)  # the other cores are busy with other numbers
    gc.freeze()  # what was imported stays
    gc.set_threshold(100_000)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)
