"""What is measured: the command line of each contender, run in a process of its own against a fresh endpoint."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ORDERLIFT = Path(sys.executable).with_name("orderlift")


@dataclass(frozen=True)
class Inputs:
    """The files of make_orders.py."""

    orders_file: str
    line_items_file: str
    bodies_file: str
    orders: int
    line_items: int


@dataclass(frozen=True)
class Measured:
    """One run of one contender; memory is the peak of its largest process."""

    name: str
    seconds: float
    megabytes: float
    exit_code: int
    folder: Path  # stdout, stderr and, of Orderlift, the workspace
    stats: dict[str, float | str]  # of the endpoint

    @property
    def output(self) -> str:
        """Its standard output."""
        return (self.folder / "stdout").read_text()


def make_inputs(scale: float, companies: int) -> Inputs:
    """Make the files, or find them, in a process of its own."""
    command = [sys.executable, str(HERE / "make_orders.py"), "--scale", str(scale), "--companies", str(companies)]
    made = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    folder = Path(made["folder"]).resolve()
    return Inputs(
        orders_file=str(folder / "orders.parquet"),
        line_items_file=str(folder / "line_items.parquet"),
        bodies_file=str(folder / "bodies.jsonl"),
        orders=made["orders"],
        line_items=made["line_items"],
    )


def commands(inputs: Inputs, base_url: str, folder: Path) -> dict[str, list[str]]:
    """Give the command line of every contender."""
    files = [inputs.orders_file, inputs.line_items_file]
    options = ["--workspace", str(folder / "workspace"), "--requests-per-minute", "1000000", "--json"]
    naive = [sys.executable, str(HERE / "naive.py"), *files, "--base-url", base_url]
    return {
        "naive loop": naive,
        "naive loop, tuned": [*naive, "--tuned"],
        "ready-made": [sys.executable, str(HERE / "ready_made.py"), inputs.bodies_file, "--base-url", base_url],
        "Orderlift": [str(ORDERLIFT), "run", *files, "--base-url", base_url, *options],
    }


def measure(name: str, inputs: Inputs, folder: Path) -> Measured:
    """Run one contender from start to exit, and give what it took and what reached the endpoint."""
    folder.mkdir()
    with endpoint() as address:
        command = commands(inputs, f"{address}/v4", folder)[name]
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            begin = time.perf_counter()
            process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        with urllib.request.urlopen(f"{address}/stats", timeout=60) as answer:  # noqa: S310 - our own address
            stats = json.load(answer)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    return Measured(name, seconds, usage.ru_maxrss * unit / 1e6, process.returncode, folder, stats)


def environment(folder: Path) -> dict[str, str]:
    """Give our environment without settings of ours or Prefect's, and with a key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERLIFT_", "PREFECT_"))}
    return kept | {"ORDERLIFT_API_KEY": "bench", "PREFECT_HOME": str(folder / "prefect"), "NO_PROXY": "127.0.0.1"}


@contextmanager
def endpoint() -> Iterator[str]:
    """Start an endpoint that has no orders yet, give its address, and end it."""
    command = [sys.executable, str(HERE / "endpoint.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()
