"""A real Dask cluster for tests: a scheduler and workers, each a process of its own that can be killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import distributed
from commands import wait_until

DASK = Path(sys.executable).with_name("dask")
Worker = subprocess.Popen[bytes]


@contextmanager
def dask_cluster(folder: Path, environment: Mapping[str, str], workers: int = 2) -> Iterator[tuple[str, list[Worker]]]:
    """A scheduler on loopback with so many workers of one thread; gives its address and the workers' processes."""
    file = folder / "scheduler.json"
    files = ("--scheduler-file", str(file))
    with ExitStack() as stack:
        scheduler = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-jupyter", *files)
        stack.enter_context(_process(folder, environment, "scheduler", scheduler))
        wait_until(file.exists)
        worker = ("worker", "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", *files)
        started = [
            stack.enter_context(_process(folder, environment, f"worker-{number}", worker)) for number in range(workers)
        ]
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            wait_until(lambda: len(client.nthreads()) == workers)
            address = client.scheduler.address
        yield address, started


@contextmanager
def _process(folder: Path, environment: Mapping[str, str], name: str, args: tuple[str, ...]) -> Iterator[Worker]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([DASK, *args], cwd=folder, env=dict(environment), stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
