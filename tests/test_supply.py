"""Supply: what goes out next, for any plan and any verdicts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.supply import AHEAD, MOST_OPENINGS, Supply
from schemas.delivery import Batch, Next, OrderOutcome, SentOrder, Verdict
from schemas.results import Status

Portion = tuple[int, list[SentOrder]]


def order(number: int, size: int = 50) -> SentOrder:
    return SentOrder(f"ORD-{number:05}", number, b"x" * size)


def orders(count: int, first: int = 0) -> list[SentOrder]:
    return [order(number) for number in range(first, first + count)]


def supplied_with(
    plan: Iterable[Portion], is_proven: Callable[[int], bool], most_orders: int = 100, most_bytes: int = 1_000_000
) -> Supply:
    supplied = Supply(is_proven, most_orders=most_orders, most_bytes=most_bytes)
    supplied.feed(plan)
    return supplied


def supply(*plan: Portion, proven: bool = False, most_orders: int = 100, most_bytes: int = 1_000_000) -> Supply:
    return supplied_with(plan, lambda _: proven, most_orders, most_bytes)


def verdict(batch: Batch, status: Status, then: Next = Next.NOTHING) -> Verdict:
    return Verdict(tuple(OrderOutcome(one.order_number, status) for one in batch.orders), then)


def take(supplied: Supply) -> Batch:
    batch = supplied.next()
    assert batch is not None
    return batch


def sizes(supplied: Supply) -> list[int]:
    """Send everything, one batch at a time, all of it created."""
    found = []
    while (batch := supplied.next()) is not None:
        found.append(len(batch.orders))
        supplied.take_back(batch, verdict(batch, Status.CREATED))
    return found


def test_a_proven_company_is_cut_into_full_batches_across_portions() -> None:
    assert sizes(supply((1, orders(130)), (1, orders(130, 130)), proven=True)) == [100, 100, 60]


def test_a_batch_is_at_most_so_many_bytes_whole_orders_and_at_least_one() -> None:
    plan = (1, [order(number, size) for number, size in enumerate([400, 400, 2000, 100])])
    supplied = supply(plan, proven=True, most_bytes=1000)
    found = []
    while (batch := supplied.next()) is not None:
        found.append(batch)
        supplied.take_back(batch, verdict(batch, Status.CREATED))
    assert [len(batch.orders) for batch in found] == [2, 1, 1]
    assert [len(batch.payload) <= 1000 for batch in found] == [True, False, True]


def test_a_company_without_a_control_opens_with_one_order_and_waits_for_it() -> None:
    supplied = supply((1, orders(50)))
    opening = take(supplied)
    assert len(opening.orders) == 1
    assert supplied.next() is None
    supplied.take_back(opening, verdict(opening, Status.CREATED))
    assert len(take(supplied).orders) == 49


@pytest.mark.parametrize("status", [Status.REJECTED, Status.IN_DOUBT])
def test_an_opening_that_creates_nothing_is_followed_by_another_one(status: Status) -> None:
    supplied = supply((1, orders(50)))
    first = take(supplied)
    supplied.take_back(first, verdict(first, status))
    second = take(supplied)
    assert len(second.orders) == 1
    assert second != first


def test_other_companies_go_on_while_one_waits() -> None:
    supplied = supply((1, orders(50)), (2, orders(50)))
    assert [take(supplied).company_id, take(supplied).company_id] == [1, 2]
    assert supplied.next() is None


def test_a_company_whose_openings_all_stay_in_doubt_is_held_back_and_the_others_go_on() -> None:
    supplied = supply((1, orders(50)), (1, orders(50, 50)), (2, orders(2)))
    for _ in range(MOST_OPENINGS):
        batch = take(supplied)
        assert (batch.company_id, len(batch.orders)) == (1, 1)
        supplied.take_back(batch, verdict(batch, Status.IN_DOUBT))
    assert take(supplied).company_id == 2
    assert supplied.uncontrolled == []  # a read-back may still find one of them
    supplied.give_back(1, [], closed=MOST_OPENINGS, is_proven=False)
    assert supplied.uncontrolled == [1]


def test_a_company_of_which_a_read_back_finds_an_order_goes_on_with_full_batches() -> None:
    supplied = supply((1, orders(50)))
    for _ in range(MOST_OPENINGS):
        batch = take(supplied)
        supplied.take_back(batch, verdict(batch, Status.IN_DOUBT))
    assert supplied.next() is None
    assert not supplied.done
    supplied.give_back(1, [batch.orders], closed=MOST_OPENINGS, is_proven=True)
    assert [take(supplied).orders, len(take(supplied).orders)] == [batch.orders, 50 - MOST_OPENINGS]


def test_halves_go_out_before_anything_else_and_in_their_order() -> None:
    supplied = supply((1, orders(8)), proven=True, most_orders=4)
    batch = take(supplied)
    supplied.take_back(batch, verdict(batch, Status.PENDING, Next.HALVE))
    assert [take(supplied).orders, take(supplied).orders] == [batch.orders[:2], batch.orders[2:]]
    assert take(supplied).orders == tuple(orders(4, 4))


def test_only_what_a_verdict_leaves_open_is_sent_again() -> None:
    supplied = supply((1, orders(3)), proven=True)
    batch = take(supplied)
    done, left, bad = (one.order_number for one in batch.orders)
    outcomes = (
        OrderOutcome(done, Status.CREATED),
        OrderOutcome(left, Status.PENDING),
        OrderOutcome(bad, Status.REJECTED),
    )
    supplied.take_back(batch, Verdict(outcomes, Next.SEND_AGAIN))
    assert [one.order_number for one in take(supplied).orders] == [left]
    assert supplied.next() is None


def test_a_smaller_size_is_remembered_also_for_what_was_cut_before() -> None:
    supplied = supply((1, orders(400)), proven=True)
    first, second = take(supplied), take(supplied)
    supplied.take_back(second, verdict(second, Status.PENDING, Next.SEND_AGAIN))
    supplied.take_back(first, verdict(first, Status.PENDING, Next.SHRINK))
    assert sizes(supplied) == [50] * 8


def test_a_shrunken_single_order_does_not_shrink_below_one() -> None:
    supplied = supply((1, orders(3)), proven=True, most_orders=1)
    batch = take(supplied)
    supplied.take_back(batch, verdict(batch, Status.PENDING, Next.SHRINK))
    assert sizes(supplied) == [1, 1, 1]


def test_caution_sends_one_order_and_keeps_the_rest_of_a_returned_batch() -> None:
    supplied = supply((1, orders(10)), proven=True)
    batch = take(supplied)
    supplied.take_back(batch, verdict(batch, Status.PENDING, Next.SEND_AGAIN))
    single = supplied.next(cautious=True)
    assert single is not None
    assert single.orders == batch.orders[:1]
    assert take(supplied).orders == batch.orders[1:]


def test_a_lost_batch_asks_whether_another_run_has_proven_the_company() -> None:
    proven = iter([False, True])
    supplied = supplied_with([(1, orders(50))], lambda _: next(proven))
    supplied.lose(take(supplied))
    assert len(take(supplied).orders) == 49


def test_it_is_done_only_when_everything_came_back() -> None:
    supplied = supply((1, orders(1)))
    assert not supplied.done
    batch = take(supplied)
    assert supplied.next() is None
    assert not supplied.done
    supplied.take_back(batch, verdict(batch, Status.CREATED))
    assert supplied.done


def test_the_plan_is_read_ahead_by_a_bounded_part_while_something_is_out() -> None:
    pulled = 0

    def plan() -> Iterator[Portion]:
        nonlocal pulled
        for number in range(10_000):
            pulled += 1
            yield 1, orders(50, number * 50)

    supplied = supplied_with(plan(), lambda _: False)
    take(supplied)
    assert supplied.next() is None
    assert pulled * 50 <= AHEAD * 100 + 50


def test_of_many_small_companies_only_those_under_way_are_held() -> None:
    supplied = supplied_with(((company, orders(2)) for company in range(5000)), lambda _: False)
    most = 0
    while (batch := supplied.next()) is not None:
        most = max(most, len(supplied._companies))
        supplied.take_back(batch, verdict(batch, Status.CREATED))
    assert supplied.done
    assert most <= 2


COMPANIES = st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=12), min_size=1, max_size=5)
ENDINGS = [
    (Status.CREATED, Next.NOTHING),
    (Status.IN_DOUBT, Next.NOTHING),
    (Status.REJECTED, Next.NOTHING),
    (Status.PENDING, Next.SEND_AGAIN),
    (Status.PENDING, Next.HALVE),
    (Status.PENDING, Next.SHRINK),
]


@given(COMPANIES, st.integers(1, 6), st.integers(200, 1200), st.data())
def test_every_order_is_settled_once_or_its_company_is_reported(
    companies: list[list[int]], most_orders: int, most_bytes: int, data: st.DataObject
) -> None:
    plan = [(i, [order(n, size) for n, size in enumerate(one)]) for i, one in enumerate(companies)]
    portions = [(i, some[at : at + 4]) for i, some in plan for at in range(0, len(some), 4)]
    proven = set(data.draw(st.lists(st.sampled_from(range(len(plan))))))
    supplied = supplied_with(portions, lambda i: i in proven, most_orders, most_bytes)
    out: list[Batch] = []
    doubtful: list[Batch] = []
    settled: Counter[tuple[int, str]] = Counter()
    turns = 0
    while not supplied.done:
        turns += 1
        batch = supplied.next(cautious=data.draw(st.booleans())) if len(out) < 3 else None
        if batch is not None:
            assert 1 <= len(batch.orders) <= most_orders
            assert len(batch.orders) == 1 or len(batch.payload) <= most_bytes
            assert batch.company_id in proven or not any(one.company_id == batch.company_id for one in out)
            assert batch.company_id in proven or len(batch.orders) == 1
            out.append(batch)
            continue
        assert out or doubtful  # nothing to send, and nothing to wait for, would be a run that hangs
        if doubtful and (not out or data.draw(st.booleans())):
            batch = doubtful.pop()
            found = data.draw(st.sampled_from([Status.CREATED, Status.PENDING, Status.IN_DOUBT]))
            parts = [batch.orders] if found is Status.PENDING else []
            if found is Status.CREATED:
                proven.add(batch.company_id)
            if found is not Status.PENDING:
                settled.update((batch.company_id, one.order_number) for one in batch.orders)
            closed, is_proven = len(batch.orders), found is Status.CREATED
            supplied.give_back(batch.company_id, parts, closed=closed, is_proven=is_proven)
            continue
        batch = out.pop(data.draw(st.integers(0, len(out) - 1)))
        status, then = data.draw(st.sampled_from(ENDINGS)) if turns < 60 else ENDINGS[0]
        supplied.take_back(batch, verdict(batch, status, then))
        if status is Status.CREATED:
            proven.add(batch.company_id)
        if status is Status.IN_DOUBT:
            doubtful.append(batch)
        elif status is not Status.PENDING:
            settled.update((batch.company_id, one.order_number) for one in batch.orders)
    expected = {(i, one.order_number) for i, some in plan for one in some}
    assert set(settled.values()) <= {1}
    assert {company for company, _ in expected - settled.keys()} == set(supplied.uncontrolled)
