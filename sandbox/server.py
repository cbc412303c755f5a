"""Serve the sandbox on loopback: in a thread for tests and the demo, or until a signal comes."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Self

import uvicorn

from sandbox.app import BASE_PATH, Api, create_app
from sandbox.connection import Protocol
from sandbox.faults import Fault
from sandbox.gate import Gate, Seen
from sandbox.limits import Window
from sandbox.store import Store
from schemas.errors import UsageError

_HOST = "127.0.0.1"


class Sandbox:
    """A context manager that serves the API at `url` while it is open; its orders stay in the file `store`.

    `requests_per_minute` None switches the rate limit off. UsageError if the port is taken or the file unusable.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the stand-in
        self,
        store: Path,
        *,
        api_key: str = "sandbox-key",
        faults: Iterable[Fault] = (),
        port: int = 0,
        requests_per_minute: int | None = 100,
        max_orders: int = 100,
        max_bytes: int = 1_000_000,
    ) -> None:
        self.path = store
        self.api_key = api_key
        self._faults = tuple(faults)
        self._port = port
        self._requests_per_minute = requests_per_minute
        self._max_orders = max_orders
        self._max_bytes = max_bytes

    def __enter__(self) -> Self:
        listener = _listen(self._port)
        try:
            self.store = Store(self.path)
        except UsageError:
            listener.close()
            raise
        self.url = f"http://{_HOST}:{listener.getsockname()[1]}{BASE_PATH}"
        api = Api(self.store, self._faults, max_orders=self._max_orders, max_bytes=self._max_bytes)
        window = None if self._requests_per_minute is None else Window(self._requests_per_minute)
        self._gate = Gate(create_app(api), self.api_key, window)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._gate,
                http=Protocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                timeout_graceful_shutdown=0,  # a scripted delay does not hold up the end
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.002)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.store.close()

    @property
    def requests(self) -> Sequence[Seen]:
        """The requests that were answered or dropped since it was opened, refused ones too, by their arrival."""
        return sorted(self._gate.seen, key=lambda request: request.at)


def serve(sandbox: Sandbox, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then return; `ready` is called with the URL. Main thread only."""
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with sandbox:
            ready(sandbox.url)
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    # asyncio switches Nagle off only where the protocol is named: without it an answer takes 40 ms.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"The sandbox cannot listen on port {port}: {error}.", "Choose another --port.") from error
    return listener
