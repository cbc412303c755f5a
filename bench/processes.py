"""Run a command and tell what it took: wall time, and the memory of all of its processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

PERIOD = 0.1  # seconds between two looks at the memory
RARELY = 10  # looks, of which one asks what is shared: the kernel goes through all pages for it
PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """What one command did; megabytes are millions of bytes."""

    began: float  # seconds since the epoch
    seconds: float
    exit_code: int
    largest: float  # megabytes, peak of the resident memory of its largest process; outside Linux, of the first one
    together: float  # megabytes, peak of the sum over all its processes, what they share counted once; 0 outside Linux
    folder: Path  # stdout, stderr, and what else it wrote

    @property
    def output(self) -> str:
        """Its standard output."""
        return (self.folder / "stdout").read_text()

    def fault(self) -> list[str]:
        """Its exit code and last words if it failed."""
        if self.exit_code == 0:
            return []
        return [f"exit code {self.exit_code}", *(self.folder / "stderr").read_text().splitlines()[-5:]]


def measured(
    command: Sequence[object],
    folder: Path,
    extra: dict[str, str] | None = None,
    until: Callable[[], bool] = lambda: False,
) -> Process:
    """Run a command in a new folder of its own, from start to exit; `extra` joins its environment.

    Once `until` says so, the process gets a SIGINT.
    """
    folder.mkdir(parents=True)
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        began, begin = time.time(), time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=environment(folder) | (extra or {}), stdout=out, stderr=err
        )
        with sampling(process.pid, until) as memory:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    largest = max(usage.ru_maxrss * unit / 1e6, memory.largest)
    return Process(began, seconds, process.returncode, largest, memory.together, folder)


def environment(folder: Path) -> dict[str, str]:
    """Give our environment without settings of ours or Prefect's, and with a key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERLIFT_", "PREFECT_"))}
    return kept | {"ORDERLIFT_API_KEY": "bench", "PREFECT_HOME": str(folder / "prefect"), "NO_PROXY": "127.0.0.1"}


@dataclass
class Memory:
    """Peaks, in megabytes."""

    largest: float = 0.0
    together: float = 0.0


@contextmanager
def sampling(pid: int, until: Callable[[], bool]) -> Iterator[Memory]:
    """Note the memory of a process and its descendants, while the context lasts."""
    memory = Memory()
    over = threading.Event()

    def watch() -> None:
        interrupted = False
        for look in count():
            if over.wait(PERIOD):
                return
            living = list(family(pid))
            memory.largest = max(memory.largest, *(said(one, "status", "VmHWM") for one in living))
            if look % RARELY == 0:
                memory.together = max(memory.together, sum(said(one, "smaps_rollup", "Pss") for one in living))
            if not interrupted and until():
                interrupted = True
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def family(pid: int) -> Iterator[int]:
    """A process and all of its descendants that live."""
    yield pid
    for children in (PROC / str(pid) / "task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from family(int(child))


def said(pid: int, file: str, name: str) -> float:
    """A figure of proc(5) about a process, in megabytes; 0 if it is gone."""
    with suppress(OSError):
        for line in (PROC / str(pid) / file).read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0
