"""The orders API over HTTP: one request each, an answer or none, no retries and no redirects."""

import asyncio
import ipaddress
import logging
import ssl
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr

from schemas.delivery import UNTRUSTED, Answer, NoAnswer
from schemas.errors import UsageError
from schemas.wire import DEFAULT_BASE_URL, KEY_HEADER, ORDERS_PATH

LARGEST_ANSWER = 10_000_000
# At debug level they write down the headers of an answer, which may repeat those of the request.
TALKATIVE = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")

# Whether the request may have reached the API. False needs certainty that no byte of it left; a class that is missing
# counts as sent, and a test fails on it.
SENT: dict[type[httpx.RequestError], bool] = {
    httpx.ConnectError: False,  # refused, unreachable, DNS, TLS handshake
    httpx.ConnectTimeout: False,
    httpx.PoolTimeout: False,
    httpx.UnsupportedProtocol: False,
    httpx.ReadTimeout: True,
    httpx.WriteTimeout: True,
    httpx.ReadError: True,
    httpx.WriteError: True,
    httpx.CloseError: True,
    httpx.LocalProtocolError: True,  # also raised in the middle of a request
    httpx.RemoteProtocolError: True,
    httpx.ProxyError: True,  # today only before the request; nothing promises that
    httpx.DecodingError: True,
    httpx.TooManyRedirects: True,
    httpx.TransportError: True,
    httpx.TimeoutException: True,
    httpx.NetworkError: True,
    httpx.ProtocolError: True,
}


class Api:
    """The orders API at one base URL with one key, as an async context manager. Every call is at most one request.

    Proxies and certificates of the environment are used, except for loopback. The key is only ever in its header:
    where an error or a refusal repeats it, it is taken out.
    """

    def __init__(self, base_url: str, key: SecretStr, max_connections: int, timeout_seconds: float) -> None:
        url = checked_base_url(base_url)
        self._orders = httpx.URL(f"{url}{ORDERS_PATH}")
        self._key = checked_key(key)
        self._stack = AsyncExitStack()
        self._mask = partial(_mask, self._key)
        # Connecting, sending and the head of the answer each have their timeout; this one is for a body that drips.
        self._deadline = 4 * timeout_seconds
        verify, one = httpx.create_ssl_context(), httpx.Limits(max_connections=1, max_keepalive_connections=1)
        # A client for each connection: one with a pool of several looks at all of them for every request.
        self._clients = [
            httpx.AsyncClient(
                headers={KEY_HEADER: self._key.get_secret_value(), "User-Agent": "orderlift"},
                timeout=timeout_seconds,
                limits=one,
                follow_redirects=False,
                trust_env=not _is_loopback(url.host),
                verify=verify,
            )
            for _ in range(max_connections)
        ]
        self._free: asyncio.Queue[httpx.AsyncClient] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        for name in TALKATIVE:
            logging.getLogger(name).addFilter(self._mask)
        for client in self._clients:
            await self._stack.enter_async_context(client)
            self._free.put_nowait(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)
        for name in TALKATIVE:
            logging.getLogger(name).removeFilter(self._mask)

    async def create(self, payload: bytes) -> Answer | NoAnswer:
        """Post the payload of a batch once; raises nothing but cancellation."""
        return await self._send("POST", self._orders, {"Content-Type": "application/json"}, payload)

    async def list_orders(
        self, company_id: int, cursor: str | None, newest_first: bool = True, limit: int = 100
    ) -> Answer | NoAnswer:
        """Get one page of a company's orders, the first or the one at `cursor`; raises nothing but cancellation."""
        params: dict[str, str | int] = {"rootfi_company_id[eq]": company_id, "limit": limit}
        if newest_first:
            params["sort[rootfi_created_at]"] = "DESC"
        if cursor is not None:
            params["next"] = cursor
        try:
            url = self._orders.copy_merge_params(params)
        except httpx.InvalidURL:  # a cursor of more than 64 kB
            return NoAnswer("InvalidURL", sent=False, detail="the cursor does not fit into a URL")
        return await self._send("GET", url, {}, None)

    async def _send(
        self, method: str, url: httpx.URL, headers: dict[str, str], payload: bytes | None
    ) -> Answer | NoAnswer:
        client = await self._free.get()
        try:
            request = client.build_request(method, url, content=payload, headers=headers)
            return await self._once(client, request)
        finally:
            self._free.put_nowait(client)

    async def _once(self, client: httpx.AsyncClient, request: httpx.Request) -> Answer | NoAnswer:
        try:
            async with asyncio.timeout(self._deadline):
                response = await client.send(request, stream=True)
                try:
                    return await self._read(response)
                finally:
                    await response.aclose()
        except (httpx.RequestError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            if (untrusted := _untrusted(error)) is not None:
                return NoAnswer(UNTRUSTED, sent=False, detail=untrusted.verify_message)
            sent = SENT.get(type(error), True) if isinstance(error, httpx.RequestError) else True
            return NoAnswer(type(error).__name__, sent, self._without_key(str(error))[:200])

    async def _read(self, response: httpx.Response) -> Answer | NoAnswer:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER:
                return NoAnswer("AnswerTooLarge", sent=True, detail=f"more than {LARGEST_ANSWER} bytes")
        key = self._key.get_secret_value().encode()
        if response.is_error and len(key) >= 8:  # a shorter one may be a part of any word
            body = body.replace(key, b"***")
        return Answer(response.status_code, dict(response.headers), bytes(body))

    def _without_key(self, text: str) -> str:
        return text.replace(self._key.get_secret_value(), "***")


def checked_base_url(text: str) -> httpx.URL:
    """Give a base URL to which a key may be sent: https, or http on this machine; anything else is a UsageError."""
    remedy = f"It looks like {DEFAULT_BASE_URL}."
    try:
        url = httpx.URL(text.strip().rstrip("/"))
    except httpx.InvalidURL:
        raise UsageError("The base URL is not a URL.", remedy) from None
    if url.userinfo or url.query or url.fragment:
        raise UsageError("The base URL must not hold a user, a query or a fragment.", remedy)
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError("The base URL is not an https address.", remedy)
    if url.scheme == "http" and not _is_loopback(url.host):
        raise UsageError(f"The base URL {url} would send the API key in clear.", "Use https.")
    return url


def checked_key(key: SecretStr) -> SecretStr:
    """Give a key that fits into a header; anything else is a UsageError, which does not show it."""
    secret = key.get_secret_value()
    if not secret or not all("!" <= letter <= "~" for letter in secret):
        raise UsageError("The API key is empty, or holds a space, a line end or another letter that no key has.")
    return key


def _mask(key: SecretStr, record: logging.LogRecord) -> bool:
    """Take the key out of a line of a log."""
    said = record.getMessage()
    if (secret := key.get_secret_value()) in said:
        record.msg, record.args = said.replace(secret, "***"), ()
    return True


def _untrusted(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refusal of a certificate that led to an error, if that did."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
