"""A receiver of notifications: a small real HTTP server on loopback, which may be slow or refuse."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

TOKEN = "tok-9c41e7ab55"  # noqa: S105 - in the path, as chat services have it


@dataclass
class Receiver:
    """What came in, and how it is answered: after `seconds`, byte by byte if it `drips`."""

    status: int = 200
    seconds: float = 0
    drips: bool = False
    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        """What the messages are titled, without the name of the run."""
        return [message["title"].partition(": ")[2] for message in self.messages]


@contextmanager
def receiving(**how: Any) -> Iterator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = Receiver(**how)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if TOKEN in self.path:
                receiver.messages.append(orjson.loads(body))
            time.sleep(receiver.seconds)
            self.send_response(receiver.status)
            self.end_headers()
            while receiver.drips and not ended.wait(0.5):
                self.wfile.write(b".")
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    ended = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"json://127.0.0.1:{server.server_address[1]}/hooks/{TOKEN}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
