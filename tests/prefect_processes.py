"""A real Prefect server for tests, and the processes that belong to a PREFECT_HOME, so that none is left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from commands import OFF_THE_RECORD, wait_until

PREFECT = Path(sys.executable).with_name("prefect")


def prefect_environment(home: Path, api_url: str | None = None) -> dict[str, str]:
    """The machine's environment with Prefect's data in `home`, offline and without questions."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OFF_THE_RECORD)}
    settings = {
        "HOME": str(home),
        "PREFECT_HOME": str(home),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
    }
    return kept | settings | ({"PREFECT_API_URL": api_url} if api_url else {})


@contextmanager
def background(args: list[str], environment: Mapping[str, str], log: Path, cwd: Path) -> Iterator[None]:
    """A command in a process group of its own, which is gone afterwards with all that it started."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [PREFECT, *args],
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def prefect_server(home: Path) -> Iterator[dict[str, str]]:
    """A real server on a free port; gives the environment in which commands use it."""
    home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = prefect_environment(home)
    url = f"http://127.0.0.1:{port}/api"
    args = ["server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with background(args, environment, home / "server.log", home):
        wait_until(lambda: is_healthy(url), 120, step=0.5)
        yield environment | {"PREFECT_API_URL": url}


def is_healthy(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/health").is_success
    return False


def ask(url: str, path: str, **body: Any) -> Any:
    """Ask Prefect's REST API for what matches a filter."""
    answer = httpx.post(f"{url}/{path}", json=body, timeout=30)
    return answer.raise_for_status().json()


def processes_of(home: Path) -> list[str]:
    """The processes of this machine whose PREFECT_HOME this is."""
    marker = f"PREFECT_HOME={home}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if marker in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found
