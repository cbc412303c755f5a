"""Delivery against the real ledger, client and sandbox: each order is created once, whatever the API answers."""

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest
from delivering import COMPANY, Scene, numbers

from flows import early_stop
from sandbox import faults as fault
from sandbox.server import Sandbox
from schemas.errors import ApiDown, KeyRefused, NoControl, TooManyFailures, WrongMapping
from schemas.run import State

Stage = Callable[..., Scene]
ALL = numbers(250)


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERLIFT_API_KEY", raising=False)


@pytest.fixture
def stage(tmp_path: Path, ledger_url: str) -> Iterator[Stage]:
    """Open a sandbox with faults, and plan orders for it."""
    opened: list[Sandbox] = []

    def make(*faults: fault.Fault, plan: dict[int, list[str]] | None = None, **others: object) -> Scene:
        limits = {name: others.pop(name) for name in ("max_orders", "requests_per_minute") if name in others}
        sandbox = Sandbox(tmp_path / "store.db", faults=faults, **{"requests_per_minute": None} | limits)  # type: ignore[arg-type]
        opened.append(sandbox.__enter__())
        return Scene(tmp_path, sandbox, plan or {COMPANY: ALL}, ledger_url=ledger_url, **others)

    yield make
    for sandbox in opened:
        sandbox.__exit__()


def test_a_plain_run_creates_every_order_as_it_was_sent(stage: Stage) -> None:
    scene = stage(plan={1: numbers(130), 2: numbers(1), 3: numbers(40)})
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 171}
    assert scene.sandbox.store.count() == 171
    assert scene.is_exact()
    ids = {(one.company_id, one.sent_number): (one.rootfi_id, one.sync_id) for one in scene.sandbox.store.orders()}
    assert {(fact.company_id, fact.order_number): (fact.rootfi_id, fact.sync_id) for fact in scene.facts()} == ids
    assert (scene.progress[0].orders, scene.progress[0].created, scene.progress[0].requests) == (171, 171, 6)


@pytest.mark.parametrize("how", ["run", "rerun"])
def test_a_second_run_sends_nothing(stage: Stage, how: str) -> None:
    scene = stage()
    scene.run()
    before = scene.posts()
    assert getattr(scene, how)().state is State.COMPLETE
    assert scene.posts() == before


def test_the_first_request_to_a_company_carries_one_order(stage: Stage) -> None:
    scene = stage(plan={1: numbers(150), 2: numbers(150)})
    scene.run()
    batches = [
        [len(list(orders)) for _, orders in groupby(scene.sandbox.store.orders(company), key=lambda one: one.sync_id)]
        for company in (1, 2)
    ]
    assert [one[0] for one in batches] == [1, 1]
    assert [sorted(one) for one in batches] == [[1, 49, 100]] * 2


@pytest.mark.parametrize(
    "unanswered",
    [
        pytest.param(fault.Reply(skip=1, status=504, stored=True), id="504"),
        pytest.param(fault.HangUp(skip=1, stored=True), id="closed"),
        pytest.param(fault.Cut(skip=1), id="cut"),
        pytest.param(fault.Reply(skip=1, status=200, body="{}", stored=True), id="unreadable"),
    ],
)
def test_what_was_stored_without_an_answer_is_read_back_and_never_sent_again(
    stage: Stage, unanswered: fault.Fault
) -> None:
    scene = stage(unanswered, max_in_flight=1)
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 250}
    assert scene.sandbox.store.count() == 250
    before = scene.posts()
    scene.run()
    scene.rerun()
    assert scene.posts() == before
    assert scene.is_exact()
    assert scene.progress[0].settled == scene.progress[0].orders == 250


def test_what_an_answer_leaves_out_is_in_doubt_and_read_back(stage: Stage) -> None:
    scene = stage(fault.Drop(skip=1, entries=7), max_in_flight=1)
    scene.run()
    assert scene.counts() == {"created": 250}
    assert scene.ask("SELECT sum(in_doubt) FROM requests") == [(7,)]
    assert scene.is_exact()


def test_a_client_that_times_out_reads_back_what_became_of_its_orders(stage: Stage) -> None:
    scene = stage(fault.Delay(skip=1, seconds=1.5, stored=True), timeout_seconds=0.5, max_in_flight=1)
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 250}
    assert scene.sandbox.store.count() == 250
    assert scene.is_exact()


def test_429_is_waited_for_and_everything_is_created_once(stage: Stage) -> None:
    scene = stage(fault.Reply(skip=2, times=3, status=429, retry_after=1), plan={1: numbers(500), 2: numbers(500)})
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 1000}
    assert scene.is_exact()
    requests = scene.ask("SELECT started_at, finished_at, http_status FROM requests")
    refused = [finished for _, finished, status in requests if status == 429]
    assert len(refused) == 3
    assert not [at for at, _, _ in requests for answered in refused if answered < at < answered + 990_000]


def test_without_a_server_it_tries_again_then_gives_up_and_a_resume_finishes(stage: Stage) -> None:
    scene = stage()
    port = int(scene.sandbox.url.split(":")[2].split("/")[0])
    scene.sandbox.__exit__()
    ending = scene.run(give_up_after=0.5)
    assert isinstance(ending.reason, ApiDown)
    assert ending.state is State.STOPPED
    assert scene.counts() == {"pending": 250}
    with Sandbox(scene.sandbox.path, port=port, requests_per_minute=None) as scene.sandbox:
        assert scene.run().state is State.COMPLETE
        assert scene.counts() == {"created": 250}
        assert scene.is_exact()
    scene.sandbox.__enter__()


def test_a_server_that_comes_back_is_found_by_one_order_at_a_time(stage: Stage) -> None:
    scene = stage(fault.Reply(skip=3, times=2, status=503), plan={COMPANY: numbers(400)}, max_in_flight=1)
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 400}
    assert scene.is_exact()


@pytest.mark.parametrize("named", [False, True])
def test_one_bad_order_of_a_hundred_is_found(stage: Stage, *, named: bool) -> None:
    scene = stage(
        fault.Reject(times="always", order_numbers=frozenset({ALL[57]}), named=named, status=400),
        plan={COMPANY: ALL[:101]},
    )
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 100, "rejected": 1}
    assert [fact.order_number for fact in scene.facts() if fact.status == "rejected"] == [ALL[57]]
    assert scene.posts() <= 2 + (1 if named else 14)
    assert scene.is_exact()


def test_413_makes_smaller_batches_that_are_remembered(stage: Stage) -> None:
    scene = stage(plan={COMPANY: numbers(1000)}, max_orders=30, max_in_flight=1)
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 1000}
    assert [one.status for one in scene.sandbox.requests].count(413) == 2  # 100, 50; then 25 fit
    assert scene.posts() == 1 + 2 + 40
    assert scene.is_exact()


def test_a_refused_key_stops_with_everything_pending_and_a_resume_finishes(stage: Stage) -> None:
    scene = stage()
    (scene.workspace / "key").write_text("another-key")
    ending = scene.run()
    assert isinstance(ending.reason, KeyRefused)
    assert scene.counts() == {"pending": 250}
    assert scene.posts() == 1
    (scene.workspace / "key").write_text("sandbox-key")
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 250}


def test_a_key_that_is_refused_in_the_middle_loses_nothing(stage: Stage) -> None:
    scene = stage(fault.Reply(skip=4, times="always", status=401), plan={COMPANY: numbers(2000)})
    assert isinstance(scene.run().reason, KeyRefused)
    assert scene.counts() == {"created": 301, "pending": 1699}
    assert scene.posts() <= 4 + 8
    assert scene.is_exact()


def test_a_wrong_mapping_stops_after_three_single_orders(stage: Stage) -> None:
    scene = stage(fault.Reply(times="always", status=422, body='{"message": "Invalid field: currency_id."}'))
    assert isinstance(scene.run().reason, WrongMapping)
    assert scene.posts() == 3
    assert scene.counts() == {"rejected": 3, "pending": 247}


def test_too_many_refused_orders_stop_the_run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_stop, "RATIO_FROM", 30)
    bad = fault.Reject(times="always", order_numbers=frozenset(ALL[1::2]))
    scene = stage(bad, max_orders_per_batch=1)
    assert isinstance(scene.run(max_failure_ratio=0.2).reason, TooManyFailures)
    assert 30 <= 250 - scene.counts()["pending"] <= 30 + 8
    assert scene.is_exact()


def test_a_company_without_a_control_is_held_back_and_the_others_go_on(stage: Stage) -> None:
    unanswered = fault.Reply(times=3, status=504, stored=True)
    cannot_list = fault.Reply(on="list", times="always", status=405)
    scene = stage(unanswered, cannot_list, plan={1: numbers(50), 2: numbers(50)}, max_in_flight=1)
    ending = scene.run()
    assert isinstance(ending.reason, NoControl)
    assert "company 1 " in str(ending.reason)
    assert scene.counts() == {"in_doubt": 3, "created": 50, "pending": 47}
    assert scene.is_exact()


def test_a_company_that_had_nothing_more_to_send_is_complete_though_in_doubt(stage: Stage) -> None:
    cannot_list = fault.Reply(on="list", times="always", status=405)
    scene = stage(fault.Reply(times=3, status=504, stored=True), cannot_list, plan={COMPANY: numbers(3)})
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"in_doubt": 3}


def test_a_platform_that_renumbers_has_created_them_all(stage: Stage) -> None:
    scene = stage(fault.Renumber(times="always"))
    scene.run()
    assert scene.counts() == {"created": 250}
    ids = {one.sent_number: one.rootfi_id for one in scene.sandbox.store.orders()}
    assert {fact.order_number: fact.rootfi_id for fact in scene.facts()} == ids  # each has a customer of its own


def test_answers_are_matched_by_order_number_and_never_by_position(stage: Stage) -> None:
    scene = stage(fault.Reverse(times="always"))
    scene.run()
    ids = {one.sent_number: one.rootfi_id for one in scene.sandbox.store.orders()}
    assert {fact.order_number: fact.rootfi_id for fact in scene.facts()} == ids


def test_an_order_that_the_platform_refuses_to_have_twice_is_found_there(stage: Stage) -> None:
    scene = stage(fault.Unique(times="always"), plan={COMPANY: ALL[:100]})
    scene.sandbox.store.add(COMPANY, [{"customer_id": "c", "currency_id": "USD", "order_number": ALL[40]}])
    assert scene.run().state is State.COMPLETE
    assert scene.counts().total() == 100
    assert scene.counts()["created"] >= 99
    assert scene.sandbox.store.duplicates() == {}


def test_the_rate_limit_of_the_api_is_never_hit(stage: Stage) -> None:
    scene = stage(plan={1: numbers(20), 2: numbers(20)}, max_orders_per_batch=1, requests_per_minute=40)
    assert scene.run().state is State.COMPLETE
    assert {one.status for one in scene.sandbox.requests} == {200}
