"""The sandbox as a server: it starts, ends and keeps its orders as it should, and answers at once."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from sandboxes import ORDERS, batch, client

from sandbox import faults as fault
from sandbox.server import Sandbox
from sandbox.store import Store
from schemas.errors import UsageError


def test_orders_survive_a_restart_and_ids_go_on(tmp_path: Path) -> None:
    ids = []
    for number in ("first", "second"):
        with Sandbox(tmp_path / "new" / "store.db") as sandbox, client(sandbox) as http:
            ids.append(http.post(ORDERS, json=batch(number)).json()["data"][0]["rootfi_id"])
    with Store(tmp_path / "new" / "store.db") as store:
        assert [stored.sent_number for stored in store.orders()] == ["first", "second"]
        assert [stored.rootfi_id for stored in store.orders()] == ids
        assert store.count() == 2


def test_leaving_the_sandbox_leaves_no_thread_and_no_port_even_with_requests_in_flight(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with (
        Sandbox(tmp_path / "store.db", faults=[fault.Delay(seconds=60)]) as sandbox,
        client(sandbox) as http,
        pytest.raises(httpx.ReadTimeout),
    ):
        http.post(ORDERS, json=batch(), timeout=0.1)
    assert set(threading.enumerate()) == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.url)


def test_a_taken_port_is_a_usage_error_in_one_line(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "taken.db") as taken:
        port = httpx.URL(taken.url).port
        assert port is not None
        with (
            pytest.raises(UsageError, match=rf"port {port}\b.*--port") as caught,
            Sandbox(tmp_path / "s.db", port=port),
        ):
            pass
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_store_is_a_usage_error_and_frees_the_port(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("not a database" * 100)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = []  # an error that is kept keeps what it has seen open
    for _ in range(2):
        with pytest.raises(UsageError, match="cannot keep its orders") as caught, Sandbox(path, port=port):
            pass
        kept.append(caught)


SERVE = "import sys; from pathlib import Path; from sandbox.server import *; serve(Sandbox(Path(sys.argv[1])), print)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly_and_quietly_on_a_signal(tmp_path: Path, number: int) -> None:
    root = Path(__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE, str(tmp_path / "store.db")],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.post(url + ORDERS, json=batch(), headers={"api_key": "sandbox-key"}).status_code == 200
        process.send_signal(number)
        assert process.stdout.read() == ""
        assert process.wait(10) == 0


def test_a_post_is_one_transaction(tmp_path: Path) -> None:
    statements: list[str] = []
    with Sandbox(tmp_path / "store.db") as sandbox, client(sandbox) as http:
        sandbox.store._db.set_trace_callback(statements.append)
        http.post(ORDERS, json=batch("a", "b", "c"))
    kinds = [statement.split()[0] for statement in statements]
    assert kinds == ["BEGIN", "SELECT", "INSERT", "INSERT", "INSERT", "COMMIT"]


@pytest.mark.parametrize("size", [1, 100])
def test_posts_are_answered_at_once(tmp_path: Path, size: int) -> None:
    body = batch(*(f"ORD-{n}" for n in range(size)))
    taken = []
    with Sandbox(tmp_path / "store.db", requests_per_minute=None) as sandbox, client(sandbox) as http:
        for _ in range(30):
            start = time.monotonic()
            http.post(ORDERS, json=body)
            taken.append(time.monotonic() - start)
        assert sandbox.store.count() == 30 * size
    assert statistics.median(taken) < 0.035  # 500 of them in 18 s; Nagle's delay alone is 0.04
