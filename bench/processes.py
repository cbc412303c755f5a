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
from pathlib import Path

PERIOD = 0.1  # seconds between two looks at the memory
PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    """What one command did; megabytes are millions of bytes of resident memory."""

    seconds: float
    exit_code: int
    largest: float  # megabytes, peak of its largest process, as `/usr/bin/time -v` gives it
    together: (
        float  # megabytes, peak of the sum over all its processes, what they share counted in each; 0 outside Linux
    )
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
        begin = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=environment(folder) | (extra or {}), stdout=out, stderr=err
        )
        with sampling(process.pid, until) as sums:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    return Process(seconds, process.returncode, usage.ru_maxrss * unit / 1e6, max(sums, default=0.0), folder)


def environment(folder: Path) -> dict[str, str]:
    """Give our environment without settings of ours or Prefect's, and with a key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERLIFT_", "PREFECT_"))}
    return kept | {"ORDERLIFT_API_KEY": "bench", "PREFECT_HOME": str(folder / "prefect"), "NO_PROXY": "127.0.0.1"}


@contextmanager
def sampling(pid: int, until: Callable[[], bool]) -> Iterator[list[float]]:
    """Note the memory of a process and its descendants, in megabytes, while the context lasts."""
    sums: list[float] = []
    over = threading.Event()

    def look() -> None:
        interrupted = False
        while not over.wait(PERIOD):
            sums.append(sum(map(resident, family(pid))) / 1e6)
            if not interrupted and until():
                interrupted = True
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield sums
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


def resident(pid: int) -> int:
    """The bytes that a process has in memory; 0 if it is gone."""
    with suppress(OSError):
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE
    return 0
