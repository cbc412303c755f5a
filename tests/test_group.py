"""Grouping: line items join their orders, and what does not fit together makes the whole order invalid."""

import pytest
from planning import (
    FLAT,
    LINE,
    LINES,
    ORDER,
    ORDERS,
    SHOP,
    answers,
    bodies,
    decided,
    flat,
    mapped,
    numbered,
    pair,
    problems,
    table,
)

from schemas.profile import Profile

INVALID = ("invalid", "order_invalid")
PENDING = ("pending", None)


def without(name: str, row: dict[str, str]) -> dict[str, str]:
    return {key: cell for key, cell in row.items() if key != name}


def test_line_items_are_found_wherever_they_stand_and_keep_their_order() -> None:
    orders = [{"order_number": "A"}, {"order_number": "B"}]
    lines = [{"order_number": number, "item_id": item} for number, item in ("B1", "A1", "B2", "A2")]
    sent = bodies(decided(pair(orders, lines)))
    assert [order["order_number"] for order in sent] == ["A", "B"]
    assert [[line["item_id"] for line in order["line_items"]] for order in sent] == [["1", "2"], ["1", "2"]]


def test_the_same_number_in_two_companies_is_two_orders() -> None:
    rows = [{"company_id": "2", "customer_id": "x"}, {"company_id": "1", "customer_id": "y"}]
    plan = decided(pair(rows, [{"company_id": "1"}, {"company_id": "2"}])).plan
    assert plan.select(["company_id", "customer_id"]).to_pylist() == [
        {"company_id": 1, "customer_id": "y"},
        {"company_id": 2, "customer_id": "x"},
    ]


def test_an_order_without_line_items_is_invalid() -> None:
    decision = decided(pair([{"order_number": "A"}, {"order_number": "B"}], [{"order_number": "A"}]))
    assert problems(decision) == [(ORDERS, 3, None, "B", "no_line_items")]
    assert answers(decision)[ORDERS, 2, "order"] == PENDING


def test_a_line_item_without_an_order_is_invalid() -> None:
    decision = decided(pair([{"order_number": "A"}], [{"order_number": "A"}, {"order_number": "B"}]))
    assert problems(decision) == [(LINES, 3, None, "B", "no_order")]
    assert answers(decision)[LINES, 3, "line_item"] == ("invalid", "no_order")
    assert answers(decision)[LINES, 2, "line_item"] == PENDING


def test_a_line_item_of_another_company_is_not_of_the_order() -> None:
    decision = decided(pair([{"company_id": "1"}], [{"company_id": "1"}, {"company_id": "2"}]))
    assert problems(decision) == [(LINES, 3, None, "A", "no_order")]
    assert bodies(decision)[0]["line_items"] == [{"item_id": "i", "quantity": 2, "unit_amount": 1.5}]


def test_an_order_given_twice_is_invalid_with_an_answer_for_both_rows() -> None:
    decision = decided(pair([{}, {}], [{}]))
    assert problems(decision) == [(ORDERS, 3, "order_number", "A", "duplicate_order")]
    assert decision.problems["message"].tolist() == ["order A stands more than once; first in orders.csv, row 2"]
    assert answers(decision) == {
        (ORDERS, 2, "order"): INVALID,
        (ORDERS, 3, "order"): ("invalid", "duplicate_order"),
        (LINES, 2, "line_item"): INVALID,
    }


def test_an_order_in_a_table_of_orders_and_in_one_of_both_is_given_twice() -> None:
    decision = decided([mapped(table(ORDERS, [ORDER])), mapped(table(LINES, [LINE])), *flat({"item_id": "j"})])
    assert problems(decision) == [(SHOP, 2, "order_number", "A", "duplicate_order")]


def test_rows_that_repeat_an_order_are_one_order_with_one_answer() -> None:
    decision = decided(flat({"item_id": "1"}, {"item_id": "2"}))
    assert answers(decision) == {
        (SHOP, 2, "order"): PENDING,
        (SHOP, 2, "line_item"): PENDING,
        (SHOP, 3, "line_item"): PENDING,
    }
    assert len(bodies(decision)[0]["line_items"]) == 2


def test_repeated_rows_that_differ_are_in_conflict_with_the_first_that_says_something() -> None:
    decision = decided(flat({"status": None}, {"status": "shipped"}, {"status": "pending"}, {"status": "shipped"}))
    assert problems(decision) == [(SHOP, 4, "status", "pending", "conflicting_values")]
    told = "status of one order differs: pending here, shipped in shop.csv, row 3"
    assert decision.problems["message"].tolist() == [told]
    assert answers(decision)[SHOP, 4, "line_item"] == ("invalid", "conflicting_values")
    assert answers(decision)[SHOP, 2, "order"] == INVALID


def test_values_that_are_spelled_differently_are_no_conflict() -> None:
    rows = [{"status": "Pending", "total_tax": "1.50", "order_date": "2024-01-22"}]
    rows += [{"status": "pending", "total_tax": "1.5", "order_date": "2024-01-22T00:00Z"}]
    assert problems(decided(flat(*rows))) == []


def test_an_empty_repeated_field_is_taken_from_the_row_that_has_it() -> None:
    rows = [
        {"customer_id": None, "shipping_address.city": None},
        {"shipping_address.city": "Rome"},
        {"customer_id": None},
    ]
    [order] = bodies(decided(flat(*rows)))
    assert order["customer_id"] == "c"
    assert order["shipping_address"] == {"city": "Rome"}


def test_a_field_that_every_repeated_row_leaves_empty_is_missing_in_each() -> None:
    decision = decided(flat({"customer_id": None}, {"customer_id": None}))
    assert problems(decision) == [(SHOP, row, "customer_id", None, "missing") for row in (2, 3)]


def test_an_empty_field_of_a_table_of_orders_is_not_excused_by_another_table() -> None:
    tables = [mapped(table(ORDERS, [ORDER | {"customer_id": None}])), *flat({})]
    assert (ORDERS, 2, "customer_id", None, "missing") in problems(decided(tables))


def test_rows_without_an_order_number_are_orders_of_their_own() -> None:
    decision = decided(flat({"order_number": None}, {"order_number": None}, {}))
    assert problems(decision) == [(SHOP, row, "order_number", None, "missing") for row in (2, 3)] * 2
    assert answers(decision)[SHOP, 4, "order"] == PENDING
    assert len({order for order, _ in numbered(decision)}) == 3


def test_a_line_item_inherits_the_company_of_the_only_order_with_its_number() -> None:
    orders = [{"order_number": "A", "company_id": "1"}, {"order_number": "B", "company_id": "2"}]
    lines = mapped(table(LINES, [without("company_id", LINE | {"order_number": number}) for number in "BA"]))
    decision = decided([pair(orders, [])[0], lines])
    assert problems(decision) == []
    assert [row["company_id"] for row in decision.rows.to_pylist()] == [1, 2, 2, 1]


def test_a_line_item_without_a_company_is_not_given_to_one_of_two() -> None:
    orders = [{"company_id": "1"}, {"company_id": "2"}]
    lines = [{"company_id": None}, {"company_id": "1"}]
    decision = decided(pair(orders, lines))
    assert (LINES, 2, "company_id", None, "missing") in problems(decision)
    assert (ORDERS, 3, None, "A", "no_line_items") in problems(decision)
    assert answers(decision)[ORDERS, 2, "order"] == PENDING


def test_one_problem_makes_the_whole_order_invalid_and_the_others_name_the_row_at_fault() -> None:
    decision = decided(pair([{}, {"order_number": "B"}], [{}, {"quantity": "0"}, {"order_number": "B"}]))
    assert answers(decision) == {
        (ORDERS, 2, "order"): INVALID,
        (ORDERS, 3, "order"): PENDING,
        (LINES, 2, "line_item"): INVALID,
        (LINES, 3, "line_item"): ("invalid", "not_positive"),
        (LINES, 4, "line_item"): PENDING,
    }
    said = [row["error_message"] for row in decision.rows.to_pylist() if row["error_code"] == "order_invalid"]
    because = "not sent, because of another row of this order: lines.csv, row 3: quantity must be above 0; found 0"
    assert said == [because] * 2


def test_tables_with_different_columns_stack() -> None:
    more = mapped(
        table("more.csv", [FLAT | {"order_number": "B", "status": "shipped", "variant_id": "v"}], sheet="May")
    )
    fixed = mapped(table("shop.csv", [without("currency_id", FLAT)]), Profile(), {"currency_id": "EUR"})
    decision = decided([fixed, more], fixed={"currency_id": "EUR"})
    first, second = bodies(decision)
    assert "status" not in first
    assert (second["status"], second["line_items"][0]["variant_id"]) == ("shipped", "v")
    assert decision.plan["source_sheet"].to_pylist() == ["", "May"]


@pytest.mark.parametrize(
    "tables",
    [pair([], []), flat(), pair([{}], []), pair([], [{}]), pair([{"status": "x"}] * 3, [{"quantity": "x"}] * 3)],
    ids=["no rows", "no rows of both", "only orders", "only line items", "all invalid"],
)
def test_an_input_without_a_valid_order_gives_an_empty_plan_and_an_answer_for_every_row(tables: list) -> None:
    decision = decided(tables)
    assert decision.plan.num_rows == decision.to_send.num_rows == 0
    assert decision.rows.num_rows == sum(len(one.cells) for one, _ in tables)
    assert {status for status, _ in answers(decision).values()} <= {"invalid"}


def test_a_line_item_is_not_asked_for_the_company_that_its_order_lacks() -> None:
    lines = [{"company_id": None}, {"company_id": None, "order_number": "LOST"}]
    decision = decided(pair([{"company_id": None}], lines))
    assert problems(decision) == [(LINES, 3, None, "LOST", "no_order"), (ORDERS, 2, "company_id", None, "missing")]
    assert answers(decision)[LINES, 2, "line_item"] == INVALID


def test_a_repeated_row_inherits_the_company_but_a_row_of_a_table_of_orders_does_not() -> None:
    [order] = bodies(decided(flat({}, {"company_id": None})))
    assert len(order["line_items"]) == 2
    assert (ORDERS, 3, "company_id", None, "missing") in problems(decided(pair([{}, {"company_id": None}], [{}])))


def test_an_order_in_two_flat_tables_stands_twice() -> None:
    other = "again.csv"
    decision = decided([mapped(table(SHOP, [FLAT])), mapped(table(other, [FLAT]))])
    assert (other, 2, "order_number", "A", "duplicate_order") in problems(decision)
    assert not bodies(decision)


def test_a_line_item_that_another_table_repeats_is_a_problem() -> None:
    tables = [*pair([{}], [{}, {"item_id": "j"}]), mapped(table("more.csv", [LINE, LINE | {"item_id": "k"}]))]
    assert problems(decided(tables)) == [("more.csv", 2, "item_id", "i", "repeated_line_item")]


def test_line_items_of_one_order_may_stand_in_several_tables_and_alike_in_one() -> None:
    tables = [*pair([{}], [{}, {}]), mapped(table("more.csv", [LINE | {"quantity": "3"}]))]
    [order] = bodies(decided(tables))
    assert len(order["line_items"]) == 3
