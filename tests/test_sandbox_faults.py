"""Scripted faults strike where they say, and a wrong script is told in one line."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from sandboxes import ORDERS, Faulty, batch, client, under

from sandbox import faults as fault
from sandbox.faults import Fault, load_faults
from sandbox.server import Sandbox
from schemas.errors import UsageError


@pytest.fixture
def faulty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Faulty]:
    faults: list[Fault] = request.param
    with Sandbox(tmp_path / "store.db", faults=faults) as sandbox, client(sandbox) as http:
        yield Faulty(sandbox, http)


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
