"""Answers that break off: they need the connection itself, which ASGI does not give."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """uvicorn's protocol, which leaves its transport in `scope["state"]["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Remember the transport for the requests of this connection."""
        self.app_state = self.app_state | {"transport": transport}
        super().connection_made(transport)


class Closed(Response):
    """No answer: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        """Close, and wait until uvicorn knows, so that it adds no answer of its own."""
        scope["state"]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass


class CutShort(Closed):
    """The headers of the whole answer, and half of its body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half, then close."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await super().__call__(scope, receive, send)
