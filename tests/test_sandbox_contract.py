"""The embedded API keeps the contract of the orders API: answers, refusals, pages, lookups and the rate limit."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandboxes import ORDERS, TLS, batch, client, order

from sandbox.limits import Window
from sandbox.server import Sandbox
from schemas.wire import CreatedOrder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    path = tmp_path_factory.mktemp("sandbox") / "store.db"
    with Sandbox(path, requests_per_minute=None, max_orders=5, max_bytes=20_000) as sandbox:
        yield sandbox


@pytest.fixture
def api(shared: Sandbox) -> Iterator[httpx.Client]:
    with client(shared) as http:
        yield http


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
