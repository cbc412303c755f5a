"""Halving: an API that refuses a whole batch for one bad order gets all the good ones, at a bounded cost."""

import math
from collections.abc import Sequence

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.supply import Supply
from schemas.delivery import Answer, Batch, Next, SentOrder
from schemas.results import Status
from transforms.verdict import judge

COMPANY = 7
REFUSAL = Answer(422, {}, b'{"error":{"code":"invalid-params","message":"An order is not valid."}}')


def answer(batch: Batch, bad: frozenset[str]) -> Answer:
    """All or nothing, and it does not say which order is at fault."""
    numbers = [order.order_number for order in batch.orders]
    if not bad.isdisjoint(numbers):
        return REFUSAL
    return Answer(200, {}, orjson.dumps({"data": [{"order_number": number} for number in numbers]}))


def send_all(
    orders: Sequence[SentOrder], bad: frozenset[str], most_orders: int, *, proven: bool
) -> tuple[dict[str, Status], int]:
    """What becomes of each order, and how many requests that takes."""
    supply = Supply(lambda _: proven, most_orders=most_orders, most_bytes=10**9)
    supply.feed([(COMPANY, list(orders[at : at + 40])) for at in range(0, len(orders), 40)])
    settled: dict[str, Status] = {}
    requests = 0
    while (batch := supply.next()) is not None:
        requests += 1
        verdict = judge(batch, answer(batch, bad))
        for one in verdict.outcomes:
            if one.status is not Status.PENDING:
                assert one.order_number not in settled
                settled[one.order_number] = one.status
        assert verdict.next in (Next.NOTHING, Next.HALVE)
        supply.take_back(batch, verdict)
    assert supply.done
    return settled, requests


def some_orders(count: int) -> list[SentOrder]:
    return [SentOrder(f"ORD-{number:05}", number, b"{}") for number in range(count)]


@settings(deadline=None)
@given(st.integers(1, 250), st.integers(1, 100), st.booleans(), st.data())
def test_all_good_orders_are_created_and_all_bad_ones_rejected_at_a_bounded_cost(
    count: int,
    most_orders: int,
    proven: bool,
    data: st.DataObject,
) -> None:
    orders = some_orders(count)
    numbers = [order.order_number for order in orders]
    bad = data.draw(st.frozensets(st.sampled_from(numbers), max_size=20))
    settled, requests = send_all(orders, bad, most_orders, proven=proven)
    assert settled == {number: Status.REJECTED if number in bad else Status.CREATED for number in numbers}
    _, without = send_all(orders, frozenset(), most_orders, proven=proven)
    largest = min(count, most_orders)
    assert requests - without <= len(bad) * (2 * math.log2(largest) + 2)


def test_one_bad_order_in_a_hundred_costs_at_most_fourteen_requests_wherever_it_is() -> None:
    orders = some_orders(100)
    costs = [send_all(orders, frozenset({one.order_number}), 100, proven=True)[1] - 1 for one in orders]
    assert max(costs) == 14
