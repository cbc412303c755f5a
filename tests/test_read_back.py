"""Reading back from the real sandbox: doubt is settled by what the platform shows, and by nothing less."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from delivering import COMPANY, Scene, numbers

from sandbox import faults as fault
from sandbox.server import Sandbox
from schemas.errors import CanaryFailed, CannotList, ListingEndsEarly
from schemas.results import Status
from schemas.run import State

Stage = Callable[..., Scene]
ALL = numbers(120)
STORED = fault.Reply(skip=1, status=504, stored=True)
NOT_STORED = fault.Reply(skip=1, status=504)


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERLIFT_API_KEY", raising=False)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    opened: list[Sandbox] = []

    def make(*faults: fault.Fault, plan: dict[int, list[str]] | None = None, **others: object) -> Scene:
        sandbox = Sandbox(tmp_path / "store.db", faults=faults, requests_per_minute=None)
        opened.append(sandbox.__enter__())
        return Scene(tmp_path, sandbox, plan or {COMPANY: ALL}, **({"max_in_flight": 1} | others))

    yield make
    for sandbox in opened:
        sandbox.__exit__()


def add(scene: Scene, *some: str) -> None:
    lines = [{"item_id": "prod", "quantity": 1, "unit_amount": 9.5}]
    orders = [{"customer_id": "c", "currency_id": "USD", "order_number": one, "line_items": lines} for one in some]
    scene.sandbox.store.add(COMPANY, orders)


def statuses(scene: Scene) -> dict[str, str]:
    return {fact.order_number: fact.status for fact in scene.facts()}


def test_what_is_not_there_is_sent_again_and_its_attempts_are_counted(stage: Stage) -> None:
    scene = stage(NOT_STORED)
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 120}
    assert sorted({fact.attempts for fact in scene.facts()}) == [1, 2]
    assert scene.is_exact()


def test_orders_that_show_late_but_within_settle_seconds_are_not_sent_again(stage: Stage) -> None:
    scene = stage(fault.Hide(times="always", seconds=0.6), STORED, settle_seconds=0.8)
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 120}
    assert scene.is_exact()


@pytest.mark.parametrize("late", [fault.Hide(times="always", seconds=float("inf")), fault.Renumber(times="always")])
@pytest.mark.parametrize("unanswered", [STORED, NOT_STORED])
def test_a_platform_that_shows_no_order_under_its_number_leaves_them_in_doubt(
    stage: Stage, late: fault.Fault, unanswered: fault.Fault
) -> None:
    scene = stage(late, unanswered, settle_seconds=0.1)
    assert scene.run().state is State.COMPLETE
    counts = scene.counts()
    assert counts["in_doubt"]
    assert counts["created"] + counts["in_doubt"] == 120
    assert scene.sandbox.store.duplicates() == {}
    told = {fact.error_message for fact in scene.facts() if fact.status == Status.IN_DOUBT}
    assert all("lists no order under its number" in (one or "") for one in told)


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_an_api_that_cannot_list_leaves_them_in_doubt_and_the_run_goes_on(stage: Stage, status: int) -> None:
    scene = stage(STORED, fault.Reply(on="list", times="always", status=status), plan={COMPANY: numbers(300)})
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 200, "in_doubt": 100}
    assert "cannot be read back" in {fact.error_message for fact in scene.facts() if fact.error_message}.pop()


def test_a_listing_without_order_numbers_proves_nothing(stage: Stage) -> None:
    body = '{"data": [{"rootfi_id": 1, "rootfi_created_at": "2026-01-01T00:00:00Z"}], "next": null}'
    scene = stage(NOT_STORED, fault.Reply(on="list", times="always", status=200, body=body))
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 20, "in_doubt": 100}


def test_a_listing_that_fails_for_a_while_is_read_again(stage: Stage) -> None:
    scene = stage(STORED, fault.Reply(on="list", times=2, status=503), fault.HangUp(on="list", skip=2))
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 120}


def test_an_order_that_is_there_twice_is_created_and_reported(stage: Stage) -> None:
    scene = stage(STORED, fault.Reply(on="list", times=1, status=503))

    def twice(*_: object) -> None:
        if scene.sandbox.store.count() >= 101 and not scene.sandbox.store.duplicates():
            add(scene, ALL[5])

    scene.sandbox.store.page = _before(scene.sandbox.store.page, twice)  # type: ignore[method-assign]
    assert scene.run().state is State.COMPLETE
    fact = next(fact for fact in scene.facts() if fact.order_number == ALL[5])
    assert (fact.status, fact.error_code) == ("created", "duplicate_on_platform")
    assert "The platform has 2 orders with this number" in (fact.error_message or "")


def _before(do: Callable[..., object], first: Callable[..., None]) -> Callable[..., object]:
    def both(*args: object, **named: object) -> object:
        first()
        return do(*args, **named)

    return both


def test_of_a_batch_that_is_refused_as_known_those_that_are_there_are_already_created(stage: Stage) -> None:
    scene = stage(fault.Unique(times="always"))
    add(scene, ALL[40], ALL[90])
    assert scene.run().state is State.COMPLETE
    found = statuses(scene)
    assert {number for number, status in found.items() if status == "already_created"} == {ALL[40], ALL[90]}
    assert scene.counts() == {"created": 118, "already_created": 2}
    assert scene.sandbox.store.count() == 120


def test_one_order_that_is_refused_as_known_but_not_listed_is_rejected(stage: Stage) -> None:
    refused = fault.Reply(skip=1, times=1, status=409)
    scene = stage(refused, max_orders_per_batch=1, plan={COMPANY: ALL[:5]})
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 4, "rejected": 1}
    assert scene.sandbox.store.count() == 4


def test_existing_orders_are_read_first_and_not_sent(stage: Stage) -> None:
    scene = stage(skip_existing=True, plan={COMPANY: ALL, 2: numbers(3)})
    add(scene, *ALL[:30], "of another import")
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 93, "already_created": 30}
    assert scene.sandbox.store.duplicates() == {}
    assert scene.progress[0].settled == scene.progress[0].orders == 123


def test_one_empty_page_does_not_prove_that_no_orders_exist(stage: Stage) -> None:
    scene = stage(fault.Reply(on="list", times=2, status=200, body='{"data": []}'), skip_existing=True)
    add(scene, *ALL[:30], "of another import")
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 90, "already_created": 30}
    assert scene.sandbox.store.duplicates() == {}


def test_pages_that_are_empty_although_a_total_was_told_stop_the_run_before_it_sends(stage: Stage) -> None:
    cut = fault.Reply(on="list", times=1, status=200, body='{"data": [{"order_number": "A"}], "total_count": 30}')
    empty = fault.Reply(on="list", times="always", status=200, body='{"data": []}')
    scene = stage(cut, empty, skip_existing=True)
    ending = scene.run()
    assert (ending.state, type(ending.reason)) == (State.STOPPED, ListingEndsEarly)
    assert scene.sandbox.store.count() == 0


def test_an_order_that_is_listed_on_two_pages_does_not_stand_for_one_that_is_not_listed(stage: Stage) -> None:
    first = '{"data": [{"order_number": "A", "rootfi_id": 1}], "next": "1", "total_count": 2}'
    again = '{"data": [{"order_number": "A", "rootfi_id": 1}], "total_count": 2}'
    pages = [fault.Reply(on="list", times=times, status=200, body=body) for times, body in ((1, first), (3, again))]
    ending = stage(*pages, skip_existing=True).run()
    assert (ending.state, type(ending.reason)) == (State.STOPPED, CannotList)


def test_existing_orders_that_cannot_be_listed_stop_the_run_before_it_sends(stage: Stage) -> None:
    scene = stage(fault.Reply(on="list", times="always", status=405), skip_existing=True)
    ending = scene.run()
    assert (ending.state, type(ending.reason)) == (State.STOPPED, CannotList)
    assert scene.sandbox.store.count() == 0


def test_a_canary_that_is_created_lets_the_others_go(stage: Stage) -> None:
    scene = stage(canary=3)
    assert scene.run().state is State.COMPLETE
    assert scene.counts() == {"created": 120}
    first = [order.sync_id for order in scene.sandbox.store.orders()[:4]]
    assert len(set(first[:3])) == 2  # the first alone, as the control of the company
    assert first[3] not in first[:3]


def test_a_canary_that_is_not_created_stops_the_run(stage: Stage) -> None:
    bad = fault.Reject(times="always", order_numbers=frozenset({ALL[2]}))
    scene = stage(bad, canary=5)
    ending = scene.run()
    assert isinstance(ending.reason, CanaryFailed)
    assert ALL[2] in str(ending.reason)
    assert scene.counts() == {"created": 4, "rejected": 1, "pending": 115}


def test_what_a_dead_run_left_in_doubt_is_settled_by_the_next_one(stage: Stage) -> None:
    scene = stage(STORED, fault.Reply(on="list", times="always", status=405))
    scene.run()
    assert scene.counts() == {"created": 20, "in_doubt": 100}
    port = int(scene.sandbox.url.split(":")[2].split("/")[0])
    scene.sandbox.__exit__()
    with Sandbox(scene.sandbox.path, port=port, requests_per_minute=None) as scene.sandbox:
        assert scene.rerun().state is State.COMPLETE
        assert scene.counts() == {"created": 120}
        assert scene.is_exact()
    scene.sandbox.__enter__()
