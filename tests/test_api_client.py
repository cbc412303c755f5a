"""The API client against real sockets: what was not sent for certain, where the key may show, how long to wait."""

import asyncio
import contextlib
import inspect
import random
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters import api
from adapters.api import SENT, Api, checked_base_url
from schemas.delivery import Answer, NoAnswer
from schemas.errors import UsageError
from transforms.waiting import backoff, not_before

KEY = "sk_live_do_not_show"
Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def answering(raw: bytes, then_wait: float = 0.0) -> Behave:
    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        await asyncio.sleep(then_wait)

    return behave


def whole(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@contextlib.asynccontextmanager
async def served(behave: Behave, timeout_seconds: float = 5.0) -> AsyncIterator[tuple[Api, list[bytes]]]:
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            heard.append(head + await reader.readexactly(int(length[1]) if length else 0))
            await behave(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Api(f"http://127.0.0.1:{port}/v4/", SecretStr(KEY), 2, timeout_seconds) as client:
        assert KEY not in repr(client) + repr(vars(client))
        yield client, heard


def created(behave: Behave, timeout_seconds: float = 5.0) -> tuple[Answer | NoAnswer, list[bytes]]:
    async def run() -> tuple[Answer | NoAnswer, list[bytes]]:
        async with served(behave, timeout_seconds) as (client, heard):
            return await client.create(b'{"company_id":1}'), heard

    return asyncio.run(run())


def test_a_payload_is_posted_once_with_the_key_in_its_header() -> None:
    came, heard = created(answering(whole("201 Created", b"{}", "X-RateLimit-Remaining: 7")))
    assert isinstance(came, Answer)
    assert (came.status, came.body, came.headers["x-ratelimit-remaining"]) == (201, b"{}", "7")
    assert len(heard) == 1
    assert heard[0].startswith(b"POST /v4/ecommerce/orders HTTP/1.1\r\n")
    assert heard[0].endswith(b'\r\n\r\n{"company_id":1}')
    assert b"\r\napi_key: " + KEY.encode() in heard[0]
    assert b"\r\ncontent-type: application/json\r\n" in heard[0].lower()


def test_orders_are_listed_newest_first_from_a_cursor() -> None:
    async def run() -> list[bytes]:
        async with served(answering(whole("200 OK", b"{}"))) as (client, heard):
            await client.list_orders(1089, None)
            await client.list_orders(1089, "a&b", newest_first=False, limit=5)
            refused = await client.list_orders(1089, "x" * 70_000)
            assert refused == NoAnswer("InvalidURL", sent=False, detail="the cursor does not fit into a URL")
            return heard

    asked = [httpx.URL(head.split(b" ")[1].decode()).params for head in asyncio.run(run())]
    first = {"rootfi_company_id[eq]": "1089", "limit": "100", "sort[rootfi_created_at]": "DESC"}
    assert [dict(params) for params in asked] == [first, {"rootfi_company_id[eq]": "1089", "limit": "5", "next": "a&b"}]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    came, heard = created(answering(whole("307 Temporary Redirect", b"", "Location: http://127.0.0.1:1/")))
    assert isinstance(came, Answer)
    assert came.status == 307
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (answering(b""), "RemoteProtocolError"),  # closed before the answer
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}"), "RemoteProtocolError"),  # closed in the body
        (answering(b"", 2.0), "ReadTimeout"),
        (answering(b"no http\r\n\r\n"), "RemoteProtocolError"),
        (answering(whole("200 OK", b"no gzip", "Content-Encoding: gzip")), "DecodingError"),
        (answering(whole("302 Found", b"", "Location: http://x:port")), "RemoteProtocolError"),
        (answering(whole("200 OK", b"x" * (api.LARGEST_ANSWER + 1))), "AnswerTooLarge"),
    ],
)
def test_a_request_whose_answer_is_lost_counts_as_sent(behave: Behave, error: str) -> None:
    came, heard = created(behave, timeout_seconds=0.5 if error == "ReadTimeout" else 5.0)
    assert isinstance(came, NoAnswer)
    assert (came.error, came.sent, len(heard)) == (error, True, 1)
    assert KEY not in repr(came)


@pytest.mark.timeout(10)
def test_a_body_that_drips_ends_at_the_deadline() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert created(drip, timeout_seconds=0.1)[0] == NoAnswer("TimeoutError", sent=True)


def test_what_could_not_connect_was_not_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{closed.getsockname()[1]}", "https://no-such-host.invalid"]

        async def run(url: str) -> Answer | NoAnswer:
            async with Api(url, SecretStr(KEY), 1, 5.0) as client:
                return await client.create(b"{}")

        for url in urls:
            came = asyncio.run(run(url))
            assert isinstance(came, NoAnswer)
            assert not came.sent


def test_a_failed_tls_handshake_sent_nothing() -> None:
    heard: list[bytes] = []

    async def run() -> Answer | NoAnswer:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.read(4096))
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Api(url, SecretStr(KEY), 1, 5.0) as client:
            return await client.create(b"{}")

    came = asyncio.run(run())
    assert isinstance(came, NoAnswer)
    assert (came.error, came.sent) == ("ConnectError", False)
    assert KEY.encode() not in b"".join(heard)


def test_proxies_of_the_environment_are_used_for_other_machines_and_never_see_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        async with served(answering(whole("407 Proxy Authentication Required"))) as (client, heard):
            proxy = str(client._orders.copy_with(path="/"))
            monkeypatch.setenv("HTTPS_PROXY", proxy)
            monkeypatch.setenv("HTTP_PROXY", proxy)
            async with Api("https://api.invalid/v4", SecretStr(KEY), 1, 5.0) as outside:
                came = await outside.create(b"{}")
                assert isinstance(came, NoAnswer)
                assert (came.error, came.sent) == ("ProxyError", True)
            assert heard[0].startswith(b"CONNECT api.invalid:443")
            assert KEY.encode() not in heard[0]
            async with Api("http://127.0.0.1:1", SecretStr(KEY), 1, 5.0) as inside:
                assert isinstance(await inside.create(b"{}"), NoAnswer)
            assert len(heard) == 1

    asyncio.run(run())


def test_cancelling_passes_through() -> None:
    async def run() -> None:
        arrived = asyncio.Event()

        async def hang(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
            arrived.set()
            await asyncio.sleep(0.2)

        async with served(hang) as (client, _):
            task = asyncio.create_task(client.create(b"{}"))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_a_refusal_that_repeats_the_key_loses_it() -> None:
    came, _ = created(answering(whole("403 Forbidden", f'{{"message":"bad key {KEY}"}}'.encode())))
    assert isinstance(came, Answer)
    assert came.body == b'{"message":"bad key ***"}'


def test_every_error_of_httpx_is_mapped() -> None:
    errors = {error for _, error in inspect.getmembers(httpx, inspect.isclass) if issubclass(error, httpx.RequestError)}
    assert errors - {httpx.RequestError} == set(SENT)
    not_sent = {error.__name__ for error, sent in SENT.items() if not sent}
    assert not_sent == {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}


@pytest.mark.parametrize(
    "url", ["https://api.rootfi.dev/v4", "http://localhost:8000", "http://127.0.0.2/v4", "http://[::1]:1"]
)
def test_the_key_may_go_to_https_and_to_this_machine(url: str) -> None:
    assert str(checked_base_url(f" {url}/ ")) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.rootfi.dev/v4",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "https://user:pass_word@api.rootfi.dev",
        "https://127.0.0.1@api.rootfi.dev",
        "https://api.rootfi.dev/v4?key=pass_word",
        "api.rootfi.dev/v4",
        "https://api.rootfi.dev:port",
        "",
    ],
)
def test_the_key_may_go_nowhere_else(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_base_url(url)
    assert "pass_word" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "with space", "sk_line\n", "sk_é"])
def test_a_key_that_fits_into_no_header_is_refused_unseen(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        Api("https://api.rootfi.dev/v4", SecretStr(key), 1, 1.0)
    assert not key or key not in str(caught.value)


DATE = "Mon, 22 Jan 2024 05:00:00 GMT"  # of the answers below; the local clock is years away from it
NOW = 1_900_000_000.0
SERVER = 1_705_899_600


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (200, {}, None),
        (429, {}, 5),
        (429, {"retry-after": "7"}, 7),
        (429, {"retry-after": "0"}, 0),
        (503, {"retry-after": "7"}, 7),
        (429, {"retry-after": "Mon, 22 Jan 2024 05:00:30 GMT", "date": DATE}, 30),
        (429, {"retry-after": "Mon, 22 Jan 2024 04:00:00 GMT", "date": DATE}, 0),
        (429, {"retry-after": "Mon, 22 Jan 2024 05:00:30 GMT", "date": "x"}, 0),
        *((429, {"retry-after": bad}, 5) for bad in ("-1", "nan", "soon", "", "1, 2", "Mon, 99 Foo", "-inf")),
        *((429, {"retry-after": huge}, 120) for huge in ("1e400", "inf", "99999", "Mon, 22 Jan 2390 05:00:30 GMT")),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, 12),
        (200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "12"}, None),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SERVER + 12), "date": DATE}, 12),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 12)}, 12),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "nan"}, None),
        (429, {"retry-after": "3", "x-ratelimit-reset": "12"}, 12),
    ],
)
def test_waiting_is_as_long_as_told_and_never_longer_than_two_minutes(
    status: int, headers: dict[str, str], wait: float | None
) -> None:
    assert not_before(Answer(status, headers, b""), NOW) == (None if wait is None else NOW + wait)


@given(st.sampled_from([200, 429]), st.text(), st.text(), st.text())
def test_no_header_makes_waiting_raise_or_endless(status: int, after: str, reset: str, date: str) -> None:
    headers = {"retry-after": after, "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset, "date": date}
    until = not_before(Answer(status, headers, b""), NOW)
    assert until is None or NOW <= until <= NOW + 120


def test_backoff_is_full_jitter_below_its_cap() -> None:
    assert [backoff(attempt, 1.0) for attempt in (0, 1, 2, 10, 10**6)] == [0.5, 1.0, 2.0, 60.0, 60.0]
    assert all(0 <= backoff(3, random.random()) < 4.0 for _ in range(100))  # noqa: S311 - jitter is no secret
