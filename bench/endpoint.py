"""The orders API on loopback, as cheap as can be: answers every POST at once and remembers what it was sent.

`POST /v4/ecommerce/orders` gives the contract's answer, `GET /stats` the counts as JSON, `GET /progress` those that are
free, and `GET /lap` the same before it lets `first` begin anew. There is no rate limit.
The first line of standard output is the port.
"""

import asyncio
import re
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
POST_ORDERS = b"POST /v4/ecommerce/orders "
REASONS = {200: b"OK", 404: b"Not Found", 422: b"Unprocessable Content"}


class Orders:
    """What was created, counted as it comes."""

    def __init__(self) -> None:
        self.requests = 0
        self.orders = 0
        self.line_items = 0
        self.bytes = 0
        self.busy = 0.0
        self.first = self.last = 0.0
        self.numbers: set[str] = set()

    def create(self, body: bytes) -> tuple[int, bytes]:
        """Create every order of a body, under new ids even where the order number is known, as the API does."""
        self.requests += 1
        self.bytes += len(body)
        try:
            request = orjson.loads(body)
            company, data = request["company_id"], request["data"]
            first, now = self.orders, datetime.now(UTC)
            created = [answer(order, company, first + place, now) for place, order in enumerate(data, 1)]
            self.line_items += sum(len(order["line_items"]) for order in data)
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            return 422, orjson.dumps({"error": {"code": "invalid-params", "message": repr(error)}})
        self.orders += len(data)
        self.numbers.update(order["order_number"] for order in data)
        return 200, orjson.dumps({"data": created, "sync_id": f"sync_{self.requests}"}, option=orjson.OPT_UTC_Z)

    def progress(self) -> dict[str, float | str]:
        """Give how many orders there are, and when the first POST of this lap came and the last one was answered.

        Times are in seconds since 1970; 0 means never.
        """
        return {"orders": self.orders, "first": self.first, "last": self.last}

    def stats(self) -> dict[str, float | str]:
        """Give the counts; `distinct` below `orders` means duplicates, `busy` is in seconds.

        `digest` is the SHA-256 of the order numbers in order, a line feed after each.
        """
        return self.progress() | {
            "requests": self.requests,
            "distinct": len(self.numbers),
            "line_items": self.line_items,
            "bytes": self.bytes,
            "busy": round(self.busy, 3),
            "digest": sha256("".join(f"{number}\n" for number in sorted(self.numbers)).encode()).hexdigest(),
        }


def answer(order: dict[str, Any], company: int, serial: int, now: datetime) -> dict[str, object]:
    """Give the entry of the answer's `data[]` for one order."""
    return {
        "rootfi_id": serial,
        "rootfi_created_at": now,
        "rootfi_updated_at": now,
        "rootfi_company_id": company,
        "platform_id": f"ord_{serial}",
        "order_number": order["order_number"],
        "contact_id": order["customer_id"],
        "currency_id": order["currency_id"],
        "status": order.get("status", "pending"),
    }


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection, kept alive until the client closes it; bodies come with a Content-Length."""

    transport: asyncio.Transport

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.buffer = bytearray()
        self.wanted = 0  # bytes of the request that is coming in, 0 until its head is there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back to the client."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.buffer += data
        while len(self.buffer) >= self.wanted and (end := self.buffer.find(b"\r\n\r\n") + 4) >= 4:
            head = bytes(self.buffer[:end])
            length = CONTENT_LENGTH.search(head)
            self.wanted = end + (int(length[1]) if length else 0)
            if len(self.buffer) < self.wanted:
                return
            body = bytes(self.buffer[end : self.wanted])
            del self.buffer[: self.wanted]
            self.wanted = 0
            begin = time.time()
            self.reply(*self.route(head, body))
            if body:
                self.orders.first = self.orders.first or begin
                self.orders.last = time.time()
                self.orders.busy += self.orders.last - begin

    def route(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        """Give status and body of the answer."""
        if head.startswith(POST_ORDERS):
            return self.orders.create(body)
        if head.startswith(b"GET /stats "):
            return 200, orjson.dumps(self.orders.stats())
        if head.startswith((b"GET /progress ", b"GET /lap ")):
            found = orjson.dumps(self.orders.progress())
            if head.startswith(b"GET /lap "):
                self.orders.first = 0.0
            return 200, found
        return 404, b'{"message":"not part of this endpoint"}'

    def reply(self, status: int, body: bytes) -> None:
        """Write one answer."""
        head = b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % (status, REASONS[status], len(body)) + body)


async def serve() -> None:
    """Serve on a free port until the process is ended."""
    orders = Orders()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(orders), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
