"""What the end-to-end tests share: the real command in a clean environment, and what its sandbox has stored."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sandbox.store import Store, StoredOrder

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data" / "samples"
SHARED = ROOT.parent / "shared" / "data"
PROFILES = Path(__file__).parent / "profiles"
COMMAND = Path(sys.executable).with_name("orderlift")
FAST = ("--requests-per-minute", "100000")
OFF_THE_RECORD = ("ORDERLIFT_", "PREFECT_")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which is nothing but one JSON object on one line."""
        (line,) = self.out.splitlines()
        result: dict[str, Any] = orjson.loads(line)
        return result

    @property
    def complaint(self) -> str:
        """The one line on standard error; nothing on standard output."""
        assert self.out == "", self.out
        (line,) = self.err.splitlines()
        assert line.startswith("orderlift: ")
        return line


class Orderlift:
    """The installed command, run in a folder that is also its home, without settings of the machine."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OFF_THE_RECORD)}
        self.environment = kept | {"HOME": str(folder)} | environment

    def __call__(self, *args: object, **environment: str) -> Ran:
        with self.start(*args, **environment) as process:
            return ended(process)

    @contextmanager
    def start(self, *args: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Begin a command, in a process group of its own that is gone when the block ends."""
        process = subprocess.Popen(
            [COMMAND, *map(str, args)],
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def stored(self, workspace: str = "workspace") -> list[StoredOrder]:
        """The orders that the embedded API has."""
        with Store(self.folder / workspace / "sandbox.db") as store:
            assert store.duplicates() == {}
            return store.orders()

    def runs(self, workspace: str = "workspace") -> list[Path]:
        """The folders of all runs, oldest first."""
        return sorted((self.folder / workspace / "runs").glob("*"))


def ended(process: subprocess.Popen[str], timeout: float = 120) -> Ran:
    """Wait for the end of a command."""
    out, err = process.communicate(timeout=timeout)
    return Ran(process.returncode, out, err)


def wait_until(true: Callable[[], bool], seconds: float = 60, step: float = 0.02) -> None:
    """Wait for something to become true."""
    limit = time.monotonic() + seconds
    while not true():
        if time.monotonic() > limit:
            raise TimeoutError("it did not happen in time")
        time.sleep(step)


def files_with(folder: Path, words: bytes) -> list[str]:
    """The files below a folder that hold these bytes."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]
