"""The embedded API keeps the contract of the orders API, and its scripted faults strike where they say."""

import os
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import faults as fault
from sandbox.faults import Fault, load_faults
from sandbox.limits import Window
from sandbox.server import Sandbox
from sandbox.store import Store
from schemas.errors import UsageError
from schemas.wire import CreatedOrder

ORDERS = "/ecommerce/orders"
TLS = ssl.create_default_context()  # shared: reading the certificates anew takes longer than a test


def order(number: str | None = "ORD-1", **fields: object) -> dict[str, Any]:
    content = {
        "customer_id": "cus_1",
        "currency_id": "USD",
        "order_number": number,
        "line_items": [{"item_id": "prod_1", "quantity": 1, "unit_amount": 99.99}],
        **fields,
    }
    return {name: value for name, value in content.items() if value is not None}


def batch(*numbers: str, company: int = 1089) -> dict[str, Any]:
    return {"company_id": company, "data": [order(number) for number in numbers or ("ORD-1",)]}


def client(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=sandbox.url, headers={"api_key": sandbox.api_key}, verify=TLS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    path = tmp_path_factory.mktemp("sandbox") / "store.db"
    with Sandbox(path, requests_per_minute=None, max_orders=5, max_bytes=20_000) as sandbox:
        yield sandbox


@pytest.fixture
def api(shared: Sandbox) -> Iterator[httpx.Client]:
    with client(shared) as http:
        yield http


class Faulty:
    """A sandbox under a script, and how to post to it."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http

    def post(self, *numbers: str) -> httpx.Response:
        return self.http.post(ORDERS, json=batch(*numbers))

    def stored(self) -> list[str | None]:
        return [stored.sent_number for stored in self.sandbox.store.orders()]


@pytest.fixture
def faulty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Faulty]:
    faults: list[Fault] = request.param
    with Sandbox(tmp_path / "store.db", faults=faults) as sandbox, client(sandbox) as http:
        yield Faulty(sandbox, http)


def under(*faults: Fault) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("faulty", [list(faults)], indirect=True, ids=["-"])


def test_a_post_is_answered_as_the_api_page_says(api: httpx.Client) -> None:
    sent = order("ORD-2024-001", customer_id="cus_123456", status="shipped", order_date="2024-01-22T05:07:31.465Z")
    answer = api.post(ORDERS, json={"company_id": 1089, "data": [sent]})
    entry = answer.json()["data"][0]
    CreatedOrder.model_validate(entry, strict=True)
    assert answer.status_code == 200
    assert answer.json()["sync_id"].startswith("sync_")
    assert entry["rootfi_company_id"] == 1089
    assert (entry["order_number"], entry["contact_id"], entry["status"]) == ("ORD-2024-001", "cus_123456", "shipped")
    assert "Date" in answer.headers


def test_absent_fields_get_the_documented_defaults(api: httpx.Client) -> None:
    answer = api.post(ORDERS, json={"company_id": 1, "data": [order(None), order(None)]}).json()
    numbers = {entry["order_number"] for entry in answer["data"]}
    assert len(numbers) == 2
    assert [entry["status"] for entry in answer["data"]] == ["pending", "pending"]


def test_a_post_sent_twice_creates_its_orders_twice(api: httpx.Client, shared: Sandbox) -> None:
    first, second = (api.post(ORDERS, json=batch("TWICE", "TWICE-2", company=7)).json() for _ in range(2))
    assert first["sync_id"] != second["sync_id"]
    assert shared.store.duplicates() == {(7, "TWICE"): 2, (7, "TWICE-2"): 2}


def test_the_store_keeps_each_order_as_it_was_sent(api: httpx.Client, shared: Sandbox) -> None:
    sent = order("KEPT", total_tax=0.1, note="unknown keys too", shipping_address={"city": "Zürich"})
    api.post(ORDERS, json={"company_id": 8, "data": [sent]})
    assert [stored.content for stored in shared.store.orders(8)] == [sent]


@pytest.mark.parametrize("headers", [{}, {"api_key": "wrong"}, {"api_key": "schlüssel".encode("latin-1")}])
@pytest.mark.parametrize("path", [ORDERS, "/nowhere"])
def test_without_the_right_key_nothing_is_done(shared: Sandbox, headers: dict[str, str], path: str) -> None:
    before = shared.store.count()
    answer = httpx.post(shared.url + path, json=batch(), headers=headers, verify=TLS)
    assert answer.status_code == 401
    assert shared.store.count() == before


BAD_BODIES: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "no customer": ({"data": [order(), order(customer_id=None)]}, 400, "missing-params", "customer_id"),
    "no line items": ({"data": [order(), order(line_items=None)]}, 400, "missing-params", "line_items"),
    "no company": ({"company_id": None, "data": [order()]}, 400, "missing-params", "company_id"),
    "no data": ({}, 400, "missing-params", "data"),
    "empty data": ({"data": []}, 400, "invalid-params", "data"),
    "company as text": ({"company_id": "1", "data": [order()]}, 400, "invalid-params", "company_id"),
    "company too large": ({"company_id": 2**63, "data": [order()]}, 400, "invalid-params", "company_id"),
    "unknown currency": ({"data": [order(), order(currency_id="USX")]}, 400, "invalid-params", "currency_id"),
    "unknown status": ({"data": [order(), order(status="Pending")]}, 400, "invalid-params", "status"),
    "not a date": ({"data": [order(), order(order_date="22/01/2024")]}, 400, "invalid-params", "order_date"),
    "quantity as text": (
        {"data": [order(line_items=[{"quantity": "1"}])]},
        400,
        "invalid-params",
        "line_items.quantity",
    ),
    "too many orders": ({"data": [order()] * 6}, 413, "invalid-params", "data"),
    "too many bytes": ({"data": [order(customer_id="x" * 20_000)]}, 413, "invalid-params", "data"),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_one_bad_order_refuses_the_batch_and_is_not_named(api: httpx.Client, shared: Sandbox, case: str) -> None:
    body, status, code, name = BAD_BODIES[case]
    before = shared.store.count()
    content = {field: value for field, value in ({"company_id": 1} | body).items() if value is not None}
    answer = api.post(ORDERS, json=content)
    error = answer.json()["error"]
    lead = "Missing required field" if code == "missing-params" else "Invalid field"
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"].startswith(f"{lead}: {name}. ")
    assert "ORD-1" not in answer.text
    assert shared.store.count() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"company_id": 1, "data": [NaN]}'])
def test_a_body_that_is_not_a_request_is_refused(api: httpx.Client, content: bytes) -> None:
    answer = api.post(ORDERS, content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid-params")


def test_a_refusal_of_a_large_body_arrives(shared: Sandbox) -> None:
    assert httpx.post(shared.url + ORDERS, content=b" " * 8_000_000, verify=TLS).status_code == 401


@pytest.mark.parametrize("way", ["ASC", "DESC"])
def test_pages_show_every_order_once_while_others_are_created(api: httpx.Client, way: str) -> None:
    company = 20 if way == "ASC" else 21
    numbers = [f"{n:02}" for n in range(12)]
    for start in range(0, 12, 4):
        api.post(ORDERS, json=batch(*numbers[start : start + 4], company=company))
    query: dict[str, str | int] = {"rootfi_company_id[eq]": company, "limit": 5, "sort[rootfi_created_at]": way}
    pages: list[dict[str, Any]] = []
    cursors: list[str | None] = [None]
    while True:
        page = api.get(ORDERS, params=query | ({"next": cursors[-1]} if cursors[-1] else {})).json()
        pages.append(page)
        if page["next"] is None:
            break
        cursors.append(page["next"])
        if way == "DESC":
            api.post(ORDERS, json=batch("later", company=company))
    listed = [[entry["order_number"] for entry in page["data"]] for page in pages]
    assert sum(listed, []) == (numbers if way == "ASC" else numbers[::-1])  # noqa: RUF017 - three short lists
    assert pages[0]["total_count"] == 12
    assert pages[0]["prev"] is None
    back = api.get(ORDERS, params=query | {"prev": pages[2]["prev"]}).json()
    assert [entry["order_number"] for entry in back["data"]] == listed[1]
    if way == "ASC":  # nothing new before the first page
        assert api.get(ORDERS, params=query | {"prev": back["prev"]}).json() == pages[0]


def test_a_page_has_at_most_100_orders_of_the_company_asked_for(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "store.db") as sandbox, client(sandbox) as http:
        for company in (1, 1, 2):
            http.post(ORDERS, json=batch(*(f"{n}" for n in range(60)), company=company))
        sizes = [len(http.get(ORDERS, params={"limit": n}).json()["data"]) for n in (7, 100, 500)]
        page = http.get(ORDERS, params={"rootfi_company_id[eq]": 1}).json()
    assert sizes == [7, 100, 100]
    assert (len(page["data"]), page["total_count"]) == (100, 120)
    assert {entry["rootfi_company_id"] for entry in page["data"]} == {1}


@pytest.mark.parametrize("query", [{"next": "nonsense"}, {"limit": 0}, {"rootfi_company_id[eq]": "x"}])
def test_a_wrong_query_is_refused(api: httpx.Client, query: dict[str, str]) -> None:
    answer = api.get(ORDERS, params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid-params")


def test_one_order_is_found_by_either_id(api: httpx.Client) -> None:
    entry = api.post(ORDERS, json=batch("FOUND")).json()["data"][0]
    found = [api.get(f"{ORDERS}/{entry[name]}") for name in ("rootfi_id", "platform_id")]
    assert [answer.json()["order_number"] for answer in found] == ["FOUND", "FOUND"]
    assert [api.get(f"{ORDERS}/{name}").status_code for name in ("999999", "FOUND", "9" * 30)] == [404, 404, 404]


def test_syncs_tell_that_each_post_succeeded(api: httpx.Client) -> None:
    ids = [api.post(ORDERS, json=batch(*numbers, company=30)).json()["sync_id"] for numbers in (("a", "b"), ("c",))]
    path = "/core/companies/30/syncs"
    first = api.get(path, params={"jobType": "PUSH", "limit": 1}).json()["data"]
    rest = api.get(path, params={"jobType": "PUSH", "limit": 1, "cursor": first["next"]}).json()["data"]
    assert [first["syncs"][0]["id"], rest["syncs"][0]["id"]] == ids[::-1]
    assert rest["syncs"][0]["status"] == "SUCCESS"
    assert rest["syncs"][0]["jobCounts"]["success"] == 2
    assert rest["next"] is None


def test_the_window_slides_and_is_never_exceeded() -> None:
    window = Window(3)
    assert [window.take(at).remaining for at in (0.0, 30.0, 59.0)] == [2, 1, 0]
    refused = window.take(59.5)
    assert (refused.retry_after, refused.remaining, refused.reset) == (1, 0, 60)
    assert [window.take(at).retry_after for at in (60.0, 60.5, 89.9, 90.0)] == [None, 30, 1, None]


def test_over_the_limit_there_is_429_and_every_answer_tells_the_limit(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "store.db", requests_per_minute=2) as sandbox, client(sandbox) as http:
        answers = [http.get(ORDERS, headers={"api_key": "wrong"})]  # another key: it does not count
        answers += [http.post(ORDERS, json=batch()), http.get("/nowhere"), http.post(ORDERS, json=batch())]
        seen = [request.status for request in sandbox.requests]
        count = sandbox.store.count()
    assert [answer.status_code for answer in answers] == seen == [401, 200, 404, 429]
    assert count == 1
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"2"}
    assert 58 <= int(answers[3].headers["X-RateLimit-Reset"]) - time.time() <= 61
    assert 59 <= int(answers[3].headers["Retry-After"]) <= 60


@under(fault.Reply(status=503, skip=1, times=2, retry_after=5))
def test_a_reply_before_storing_leaves_nothing_and_hits_only_its_requests(faulty: Faulty) -> None:
    answers = [faulty.post(number) for number in "abcd"]
    assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
    assert answers[1].headers["Retry-After"] == "5"
    assert faulty.stored() == ["a", "d"]


@under(fault.Reply(status=504, body="<html>", headers={"Content-Type": "text/html"}, stored=True))
def test_a_reply_after_storing_leaves_the_orders(faulty: Faulty) -> None:
    answer = faulty.post("a", "b")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (504, "<html>", "text/html")
    assert faulty.stored() == ["a", "b"]


def test_any_final_status_can_be_scripted(tmp_path: Path) -> None:
    faults = [fault.Reply(status=status, skip=n) for n, status in enumerate(range(200, 600))]
    with Sandbox(tmp_path / "s.db", faults=faults, requests_per_minute=None) as sandbox, client(sandbox) as http:
        assert [http.post(ORDERS, json=batch()).status_code for _ in faults] == list(range(200, 600))


@under(fault.HangUp(), fault.HangUp(skip=1, stored=True))
def test_hanging_up_gives_no_answer_before_or_after_storing(faulty: Faulty) -> None:
    for number in ("before", "after"):
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            faulty.post(number)
    assert faulty.post("fine").status_code == 200
    assert faulty.stored() == ["after", "fine"]
    assert [request.status for request in faulty.sandbox.requests] == [None, None, 200]


@under(fault.Cut(), fault.Cut(on="list"))
def test_a_cut_body_ends_in_the_middle_after_storing(faulty: Faulty) -> None:
    with faulty.http.stream("POST", ORDERS, json=batch("a", "b")) as answer:
        parts = answer.iter_raw()
        beginning = next(parts)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            list(parts)
    assert 0 < len(beginning) < int(answer.headers["Content-Length"])
    assert answer.status_code == 200
    assert faulty.stored() == ["a", "b"]
    with pytest.raises(httpx.RemoteProtocolError):
        faulty.http.get(ORDERS)


@under(fault.Delay(seconds=0.3), fault.Delay(seconds=0.3, skip=1, stored=True))
def test_a_delayed_order_is_created_though_the_client_went_away(faulty: Faulty) -> None:
    counts = []
    for number in ("before", "after"):
        with pytest.raises(httpx.ReadTimeout):
            faulty.http.post(ORDERS, json=batch(number), timeout=0.1)
        counts.append(faulty.sandbox.store.count())
        time.sleep(0.3)
        counts.append(faulty.sandbox.store.count())
    assert counts == [0, 1, 2, 2]


@under(fault.Reverse(), fault.Drop(skip=1), fault.Drop(on="list", entries=9))
def test_answers_can_be_out_of_order_or_have_fewer_entries(faulty: Faulty) -> None:
    reversed_, fewer = (
        [entry["order_number"] for entry in faulty.post("a", "b", "c").json()["data"]] for _ in range(2)
    )
    assert (reversed_, fewer) == (["c", "b", "a"], ["a", "b"])
    assert faulty.http.get(ORDERS).json()["data"] == []
    assert faulty.sandbox.store.count() == 6


@under(fault.Renumber(prefix="R-"))
def test_a_platform_that_renumbers_shows_its_own_numbers_everywhere(faulty: Faulty) -> None:
    answer = faulty.post("a", "b").json()["data"]
    listed = faulty.http.get(ORDERS, params={"sort[rootfi_created_at]": "ASC"}).json()["data"]
    assert [entry["order_number"] for entry in answer] == ["R-1", "R-2"]
    assert [entry["order_number"] for entry in listed] == ["R-1", "R-2"]
    assert faulty.stored() == ["a", "b"]


@under(fault.Hide(seconds=0.3), fault.Hide(seconds=float("inf"), skip=1))
def test_hidden_orders_are_listed_late_or_never(faulty: Faulty) -> None:
    late, never = (faulty.post(number).json()["data"][0]["rootfi_id"] for number in ("late", "never"))
    empty = faulty.http.get(ORDERS).json()
    time.sleep(0.3)
    page = faulty.http.get(ORDERS).json()
    assert (empty["data"], empty["total_count"]) == ([], 0)
    assert ([entry["rootfi_id"] for entry in page["data"]], page["total_count"]) == ([late], 1)
    assert faulty.http.get(f"{ORDERS}/{never}").status_code == 404
    assert faulty.sandbox.store.count() == 2


@under(fault.Headers(headers={"X-RateLimit-Remaining": "5000", "X-RateLimit-Reset": "", "Content-Type": ""}))
def test_rate_limit_headers_can_lie_or_be_absent(faulty: Faulty) -> None:
    lie, truth = faulty.post().headers, faulty.post().headers
    assert (lie["X-RateLimit-Remaining"], "X-RateLimit-Reset" in lie) == ("5000", False)
    assert "Content-Type" not in lie
    assert (truth["X-RateLimit-Remaining"], "X-RateLimit-Reset" in truth) == ("98", True)


@under(
    fault.Reply(status=429, retry_after=90),
    fault.Reply(status=429, retry_after=90, retry_after_as="date", skip=1),
    fault.Reply(status=429, skip=2),
)
def test_a_scripted_429_tells_to_wait_in_each_way(faulty: Faulty) -> None:
    seconds, date, absent = (faulty.post().headers.get("Retry-After") for _ in range(3))
    assert (seconds, absent) == ("90", None)
    assert 88 <= parsedate_to_datetime(str(date)).timestamp() - time.time() <= 90


@under(
    fault.Reject(order_numbers=frozenset({"bad"}), times=2),
    fault.Reject(order_numbers=frozenset({"worse"}), times="always", named=True),
)
def test_rejected_orders_refuse_their_batch_named_or_not(faulty: Faulty) -> None:
    answers = [faulty.post(*numbers) for numbers in (("a", "bad"), ("a", "worse"), ("b",), ("a", "worse"), ("bad",))]
    assert [answer.status_code for answer in answers] == [422, 422, 200, 422, 200]
    assert ["bad" in answers[0].text, "worse" in answers[1].text] == [False, True]
    assert faulty.stored() == ["b", "bad"]


@under(fault.Unique(times="always"))
def test_a_platform_can_refuse_numbers_that_it_has(faulty: Faulty) -> None:
    answers = [faulty.post("a"), faulty.post("b", "a"), faulty.post("b")]
    assert [answer.status_code for answer in answers] == [200, 409, 200]
    assert answers[1].json()["error"]["code"] == "record-already-exists"
    assert faulty.stored() == ["a", "b"]


@under(fault.Delay(seconds=0.3), fault.Reply(status=504, stored=True))
def test_faults_on_one_request_work_together(faulty: Faulty) -> None:
    start = time.monotonic()
    assert faulty.post("a").status_code == 504
    assert time.monotonic() - start >= 0.3
    assert faulty.stored() == ["a"]


def test_faults_load_from_toml_and_json(tmp_path: Path) -> None:
    toml, json = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml.write_text('[[fault]]\ndo = "reply"\nstatus = 504\nstored = true\n[[fault]]\ndo = "hide"\nseconds = inf\n')
    json.write_text('{"fault": [{"do": "reject", "order_numbers": ["a"], "times": "always"}]}')
    assert load_faults(toml) == (fault.Reply(status=504, stored=True), fault.Hide(seconds=float("inf")))
    assert load_faults(json) == (fault.Reject(order_numbers=frozenset({"a"}), times="always"),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[[fault]]\ndo = "cut"\n[[fault]]\ndo = "hang_up"\nstord = true', r"fault 2, hang_up, stord: Extra"),
        ('[[fault]]\ndo = "explode"', r"fault 1: .*'explode'.*'hang_up'"),
        ('[[faults]]\ndo = "cut"', r"faults: Extra"),
        ('[[fault]]\ndo = "reply"', r"fault 1, reply, status: Field required"),
        ("do: cut", r"neither TOML nor JSON"),
        (None, r"cannot be read: No such file"),
    ],
)
def test_a_wrong_file_of_faults_is_told_in_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "faults.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_faults(path)
    assert "\n" not in str(caught.value)


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


def test_a_taken_port_is_a_usage_error_in_one_line(tmp_path: Path, shared: Sandbox) -> None:
    port = httpx.URL(shared.url).port
    assert port is not None
    with pytest.raises(UsageError, match=rf"port {port}\b.*--port") as caught, Sandbox(tmp_path / "s.db", port=port):
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
