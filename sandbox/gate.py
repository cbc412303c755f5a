"""What every request passes first: the key and the rate limit. It notes each request and its answer."""

import secrets
import time
from collections import deque
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.contract import Refused
from sandbox.limits import Quota, Window
from schemas.wire import KEY_HEADER


class Seen(NamedTuple):
    """A request that came in: when (epoch seconds), what, and the status of the answer, None without one."""

    at: float
    method: str
    path: str
    status: int | None


class Gate:
    """An ASGI app around another: refuses with 401 and 429, and puts the rate limit on every answer."""

    def __init__(self, app: ASGIApp, api_key: str, window: Window | None) -> None:
        self.seen: deque[Seen] = deque(maxlen=100_000)
        self._app = app
        self._api_key = api_key.encode()
        self._window = window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        now = time.time()
        state = scope.setdefault("state", {})
        status: int | None = None
        knows = secrets.compare_digest(Headers(scope=scope).get(KEY_HEADER, "").encode(), self._api_key)
        quota = self._quota(now, count=knows)

        async def label(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self.seen.append(Seen(now, scope["method"], scope["path"], status))  # before the client can look
                headers = MutableHeaders(scope=message)
                for name, value in ((quota.headers if quota else {}) | state.get("headers", {})).items():
                    if value:
                        headers[name] = value
                    else:
                        del headers[name]
            await send(message)

        answer = self._app
        if not knows:
            answer = _refuse(Refused(401, "operation-denied", "The api_key is missing or wrong."))
        elif quota and quota.retry_after is not None:
            answer = _refuse(Refused(429, "operation-denied", "Too many requests."))
        try:
            await answer(scope, receive, label)
        finally:
            if status is None:
                self.seen.append(Seen(now, scope["method"], scope["path"], None))

    def _quota(self, now: float, *, count: bool) -> Quota | None:
        if self._window is None:
            return None
        return self._window.take(now) if count else self._window.look(now)


def _refuse(refused: Refused) -> Response:
    return Response(refused.body, refused.status, media_type="application/json")
