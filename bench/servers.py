"""The endpoint that contenders post to, in a process of its own."""

import json
import subprocess
import sys
import urllib.request
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
