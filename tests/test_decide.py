"""Deciding: what is sent, what is not, an answer for every row, and control totals that add up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning import (
    LINES,
    ORDERS,
    SHOP,
    Mapped,
    answers,
    bodies,
    decided,
    drafted,
    fact,
    flat,
    numbered,
    pair,
    problems,
)

from flows.supply import Supply
from schemas.delivery import Next, OrderOutcome, SentOrder, Verdict
from schemas.ledger import SENDING, Fact
from schemas.results import Status
from schemas.run import Total
from transforms.batches import ENVELOPE_BYTES
from transforms.decide import Decision
from transforms.forecast import body_sizes, forecast
from transforms.rate import WINDOW_SECONDS
from transforms.results import as_table, plan_totals
from transforms.totals import count_orders, differences, merge


def digest_of(tables: Sequence[Mapped]) -> int:
    return int(drafted(tables).plan["digest"][0].as_py())


def with_fact(status: str, *, changed: bool = False, number: str = "A") -> Decision:
    tables = pair([{"order_number": number}], [{"order_number": number}])
    return decided(tables, [fact(number, status, digest_of(tables) + changed)])


def test_what_nobody_has_sent_is_pending() -> None:
    decision = decided(pair([{}], [{}]))
    assert set(answers(decision).values()) == {("pending", None)}
    assert decision.to_send.num_rows == 1


@pytest.mark.parametrize("number", ["A", "nan", "None", "é\u0301 \x1f'", "12345678901234567890"])
def test_what_was_created_is_already_created_and_not_sent(number: str) -> None:
    decision = with_fact("created", number=number)
    assert set(answers(decision).values()) == {("already_created", None)}
    assert decision.to_send.num_rows == 0
    assert decision.plan.num_rows == 1


@pytest.mark.parametrize("changed", [False, True])
def test_what_the_platform_had_before_is_not_sent(changed: bool) -> None:
    decision = with_fact("already_created", changed=changed)
    assert set(answers(decision).values()) == {("already_created", None)}
    assert decision.to_send.num_rows == 0


@pytest.mark.parametrize("changed", [False, True])
def test_what_is_in_doubt_is_not_sent(changed: bool) -> None:
    decision = with_fact("in_doubt", changed=changed)
    assert set(answers(decision).values()) == {("in_doubt", None)}
    assert decision.to_send.num_rows == 0


@pytest.mark.parametrize("status", ["rejected", "pending", SENDING])
@pytest.mark.parametrize("changed", [False, True])
def test_what_no_run_has_settled_is_pending(status: str, changed: bool) -> None:
    decision = with_fact(status, changed=changed)
    assert set(answers(decision).values()) == {("pending", None)}
    assert decision.to_send.num_rows == 1


def test_what_changed_since_it_was_created_is_invalid() -> None:
    decision = with_fact("created", changed=True)
    assert problems(decision) == [(ORDERS, 2, "order_number", "A", "changed_since_created")]
    assert answers(decision) == {
        (ORDERS, 2, "order"): ("invalid", "changed_since_created"),
        (LINES, 2, "line_item"): ("invalid", "order_invalid"),
    }
    assert decision.plan.num_rows == 0


def test_a_fact_is_of_its_company_alone() -> None:
    tables = pair([{"company_id": "1"}, {"company_id": "2"}], [{"company_id": "1"}, {"company_id": "2"}])
    decision = decided(tables, [fact(company_id=2, digest=digest_of(tables))])
    assert answers(decision)[ORDERS, 2, "order"] == ("pending", None)
    assert answers(decision)[ORDERS, 3, "order"] == ("already_created", None)


def test_an_order_that_no_batch_can_hold_is_too_large() -> None:
    tables = pair([{"order_number": "A"}, {"order_number": "LONG"}], [{"order_number": "A"}, {"order_number": "LONG"}])
    fits = len(drafted(tables).plan["body"][1].as_py()) + ENVELOPE_BYTES
    assert problems(decided(tables, most_bytes=fits)) == []
    decision = decided(tables, most_bytes=fits - 1)
    assert problems(decision) == [(ORDERS, 3, "order_number", "LONG", "order_too_large")]
    assert answers(decision)[LINES, 3, "line_item"] == ("invalid", "order_invalid")
    assert [order["order_number"] for order in bodies(decision)] == ["A"]


def test_the_plan_has_typed_values_and_the_lines_nested() -> None:
    [row] = decided(flat({"order_date": "2024-01-22", "total_tax": "0.1"})).plan.to_pylist()
    assert (row["company_id"], row["source_file"], row["source_row"]) == (1, SHOP, 2)
    assert row["order_date"].isoformat() == "2024-01-22T00:00:00+00:00"
    assert (row["total_tax"], row["amount"]) == (Decimal("0.1"), Decimal(3))
    assert row["line_items"][0] | {"item_id": "i", "quantity": 2, "variant_id": None} == row["line_items"][0]


def test_totals_are_per_company_currency_and_status_to_the_last_digit() -> None:
    orders = [{"order_number": "A"}, {"order_number": "B", "status": "x"}, {"order_number": "C"}]
    lines = [{"order_number": number, "quantity": "3", "unit_amount": "0.10"} for number in "AAABC"]
    tables = pair(orders, [*lines, {"order_number": "C", "quantity": "1E3"}])
    rows = [(one.status, one.orders, one.line_items, str(one.amount)) for one in decided(tables).totals]
    assert rows == [("invalid", 2, 3, "0.6"), ("pending", 1, 3, "0.9")]
    assert {(one.company_id, one.currency_id) for one in decided(tables).totals} == {("1", "EUR")}


def test_totals_that_lost_an_order_or_a_cent_differ() -> None:
    whole = Total(company_id="1", currency_id="EUR", status="pending", orders=2, line_items=3, amount=Decimal("1.00"))
    split = [whole.model_copy(update={"status": status, "orders": 1}) for status in ("created", "rejected")]
    halves = [
        one.model_copy(update={"line_items": n, "amount": Decimal("0.5")}) for one, n in zip(split, (1, 2), strict=True)
    ]
    assert differences([whole], halves) == []
    for change in ({"orders": 0}, {"line_items": 0}, {"amount": Decimal("0.49")}, {"currency_id": "USD"}):
        assert differences([whole], [halves[0].model_copy(update=change), halves[1]])


SMALL = {
    "company_id": st.sampled_from(["1", "2", None, "x"]),
    "order_number": st.sampled_from(["A", "B", "C", "D", None]),
}
AN_ORDER = st.fixed_dictionaries(
    SMALL, optional={"status": st.sampled_from(["shipped", "?"]), "customer_id": st.none()}
)
A_LINE = st.fixed_dictionaries(
    SMALL, optional={"quantity": st.sampled_from(["3", "0", "x"]), "unit_amount": st.just("0.01")}
)
A_BOTH = st.fixed_dictionaries(
    SMALL | {"order_number": st.sampled_from("DEF")}, optional={"status": st.sampled_from(["shipped", None])}
)
Rows = Sequence[Mapping[str, Any]]


@settings(deadline=None, max_examples=10)
@given(st.lists(AN_ORDER, max_size=5), st.lists(A_LINE, max_size=6), st.lists(A_BOTH, max_size=4), st.data())
def test_every_order_and_row_has_one_status_and_the_totals_agree(
    orders: Rows, lines: Rows, both: Rows, data: st.DataObject
) -> None:
    tables = [*pair(orders, lines), *flat(*both)]
    plan = drafted(tables).plan.select(["company_id", "order_number", "digest"]).to_pylist()
    statuses = st.sampled_from([None, "created", "rejected", "in_doubt", SENDING, "pending", "changed"])
    facts = [_some_fact(row, status) for row in plan if (status := data.draw(statuses))]
    decision = decided(tables, facts)
    _rows_agree(decision, tables)
    counts = count_orders(decision.totals)
    of_orders = {order: row["status"] for order, row in numbered(decision) if row["entity"] == "order"}
    assert {status: counts[status] for status in counts if counts[status]} == Counter(of_orders.values())
    assert sum(total.line_items for total in decision.totals) == len(lines) + len(both)
    assert decision.to_send.num_rows == counts.get(Status.PENDING, 0)
    invalid = [total for total in decision.totals if total.status == Status.INVALID]
    planned = decision.plan.select(["company_id", "order_number", "currency_id", "amount"])
    counted = planned.append_column(
        "line_items", pa.array(map(len, decision.plan["line_items"].to_pylist()), pa.int64())
    )
    reported = merge([*invalid, *plan_totals(counted, as_table(facts, "new"))])
    assert differences(decision.totals, reported) == []


def _some_fact(row: Mapping[str, Any], status: str) -> Fact:
    changed = status == "changed"
    digest = row["digest"] ^ changed
    return fact(row["order_number"], "created" if changed else status, digest, row["company_id"])


def _rows_agree(decision: Decision, tables: Sequence[Mapped]) -> None:
    rows = decision.rows.to_pylist()
    keys = Counter((row["source_file"], row["source_row"], row["entity"]) for row in rows)
    assert set(keys.values()) <= {1}
    assert {(file, row) for file, row, _ in keys} == {(one.file, row) for one, _ in tables for row in one.cells.index}
    statuses = {(order, row["status"]) for order, row in numbered(decision)}
    assert len(statuses) == len({order for order, _ in statuses})
    assert all((row["status"] == "invalid") == (row["error_code"] is not None) for row in rows)
    assert all((row["error_message"] is None) == (row["error_code"] is None) for row in rows)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 8).map(lambda count: 50 * count - 1)), max_size=40),
    st.integers(1, 9),
    st.integers(8, 30).map(lambda count: 50 * count + ENVELOPE_BYTES),  # so that batches are often exactly full
    st.integers(1, 7),
)
def test_the_forecast_is_the_number_of_batches_that_are_cut(
    sizes: list[tuple[int, int]], most_orders: int, most_bytes: int, per_minute: int
) -> None:
    sizes.sort(key=lambda one: one[0])
    plan = pa.table(
        {
            "company_id": pa.array([company for company, _ in sizes], pa.int64()),
            "body": pa.array(["x" * size for _, size in sizes], pa.large_string()),
        }
    )
    portions = ((company, [SentOrder(str(at), 0, b"x" * size)]) for at, (company, size) in enumerate(sizes))
    supply = Supply(lambda _: False, most_orders=most_orders, most_bytes=most_bytes)
    supply.feed(portions)
    count = 0
    while batch := supply.next():
        outcomes = tuple(OrderOutcome(order.order_number, Status.CREATED) for order in batch.orders)
        supply.take_back(batch, Verdict(outcomes, Next.NOTHING))
        count += 1
        assert len(batch.payload) <= most_bytes
    found = forecast(body_sizes(plan), most_orders, most_bytes, per_minute)
    assert found.requests == count
    assert found.seconds == max(0, count - 1) // per_minute * WINDOW_SECONDS


def test_the_plan_is_sorted_by_company_and_number_as_the_ledger_is() -> None:
    rows = [{"company_id": key[:-1], "order_number": key[-1]} for key in ("10B", "9C", "10A", "10a")]
    plan = decided(pair(rows, rows)).plan.select(["company_id", "order_number"]).to_pylist()
    assert [f"{row['company_id']}{row['order_number']}" for row in plan] == ["9C", "10A", "10B", "10a"]
