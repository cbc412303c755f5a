"""Normalizing: cells become values of fields, and what cannot be read for sure is told of its cell."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from planning import FLAT, LINES, ORDERS, SHOP, bodies, decided, flat, mapped, pair, problems, table

from schemas.profile import Profile
from transforms.decide import Decision, decide, draft
from transforms.intake import Intake, Understood, take_in
from transforms.lookups import translation
from transforms.normalization import Normalization
from transforms.values import Reading

LOOKUP = {"file": "customers.csv", "from": "Email", "to": "customer_id"}


def taken(
    *rows: Mapping[str, Any], faults: Mapping[tuple[int, str], str] = {}, epoch: int = 1900, **profile: Any
) -> tuple[Intake, Decision]:
    """A flat table read with a profile; what is given replaces cells of FLAT."""
    how = Profile.model_validate(profile)
    whole = replace(table(SHOP, [FLAT | dict(row) for row in rows]), faults=faults, epoch=epoch)
    _, mapping = mapped(whole, how)
    tables = {
        name: translation(one.file, pd.Series(["a@b.c", "i"]), pd.Series(["77", "Tea"]), ignore_case=one.ignore_case)
        for name, one in how.lookup.items()
    }
    reading = Reading(decimal=how.decimal, status_words=how.status_words)
    normalization = Normalization(reading, how.null_words, how.fixed, how.only, how.status_if_filled, tables)
    intake = take_in([Understood(whole, mapping, normalization)])
    return intake, decide(draft(intake, 10**6), [], {(SHOP, ""): mapping}, "UTC")


def test_a_lookup_translates_values_and_brings_in_others() -> None:
    product = LOOKUP | {"column": "item_id"}
    _, decision = taken({"customer_id": "a@b.c"}, lookup={"customer_id": LOOKUP, "name": product})
    [order] = bodies(decision)
    assert (order["customer_id"], order["line_items"][0]["name"]) == ("77", "Tea")


def test_a_value_that_is_not_in_the_lookup_is_a_problem_that_names_it_and_the_table() -> None:
    _, decision = taken({"customer_id": "x@y.z"}, lookup={"customer_id": LOOKUP})
    assert problems(decision) == [(SHOP, 2, "customer_id", "x@y.z", "not_in_lookup")]
    assert "customers.csv" in decision.problems["message"][0]


def test_case_matters_in_a_lookup_unless_the_profile_says_otherwise() -> None:
    assert problems(taken({"customer_id": "A@B.C"}, lookup={"customer_id": LOOKUP})[1])
    assert not problems(taken({"customer_id": "A@B.C"}, lookup={"customer_id": LOOKUP | {"ignore_case": True}})[1])


def test_a_cell_that_cannot_be_read_is_one_problem_with_its_column() -> None:
    _, decision = taken({}, {"order_number": "B", "unit_amount": None}, faults={(3, "unit_amount"): "the error #N/A"})
    assert problems(decision) == [(SHOP, 3, "unit_amount", "the error #N/A", "unreadable_cell")]


def test_a_fault_in_a_column_that_is_not_sent_does_no_harm() -> None:
    _, decision = taken({"note": None}, faults={(2, "note"): "the error #REF!"})
    assert not problems(decision)


def test_a_total_is_divided_by_its_quantity_exactly_or_a_problem() -> None:
    divided = {"unit_amount": {"columns": "total", "divide_by": "quantity"}}
    whole, third = {"total": "5", "quantity": "2"}, {"order_number": "B", "total": "10", "quantity": "3"}
    _, decision = taken({"unit_amount": None} | whole, {"unit_amount": None} | third, line_items=divided)
    assert problems(decision) == [(SHOP, 3, "total", "10", "inexact_division")]
    assert bodies(decision)[0]["line_items"][0]["unit_amount"] == 2.5


def test_several_columns_are_joined_where_they_are_filled() -> None:
    rows = [
        {"street": "Mill Lane", "no": "5"},
        {"order_number": "B", "street": None, "no": "7"},
        {"order_number": "C", "street": None, "no": None},
    ]
    _, decision = taken(*rows, orders={"shipping_address.street": ["street", "no"]})
    streets = [order.get("shipping_address", {}).get("street") for order in bodies(decision)]
    assert streets == ["Mill Lane, 5", "7", None]


def test_a_filled_column_tells_the_status_before_any_word() -> None:
    rows = [
        {"state": "Done", "gone": None},
        {"order_number": "B", "state": "Done", "gone": "2024-05-01"},
    ]
    _, decision = taken(
        *rows, orders={"status": "state"}, status_words={"Done": "delivered"}, status_if_filled={"gone": "canceled"}
    )
    assert [order["status"] for order in bodies(decision)] == ["delivered", "canceled"]


def test_what_a_column_has_proved_is_told_with_the_row_that_proved_it() -> None:
    rows = [{"order_date": "03/04/2024"}, {"order_number": "B", "order_date": "25/04/2024"}]
    intake, decision = taken(*rows)
    assert not problems(decision)
    assert [order["order_date"] for order in bodies(decision)] == [
        "2024-04-03T00:00:00.000Z",
        "2024-04-25T00:00:00.000Z",
    ]
    assert any("row 3" in notice and "order_date" in notice for notice in intake.notices)


def test_the_sides_of_a_doubt_are_told_once() -> None:
    _, decision = taken({"unit_amount": "1,234"})
    assert problems(decision) == [(SHOP, 2, "unit_amount", "1,234", "ambiguous_number")]


def test_day_numbers_count_from_the_year_of_their_workbook() -> None:
    def dated(epoch: int) -> str:
        whole = table(SHOP, [FLAT])
        cells = whole.cells.assign(order_date=pd.Series([44197.0], index=whole.cells.index))
        one, mapping = mapped(replace(whole, cells=cells, epoch=epoch))
        intake = take_in([Understood(one, mapping, Normalization())])
        return str(intake.orders["order_date"][0])

    assert dated(1900) == "2021-01-01T00:00:00.000Z"
    assert dated(1904) == "2025-01-02T00:00:00.000Z"


def test_doubts_of_a_second_table_are_told_of_its_own_rows() -> None:
    first, second = flat({}), mapped(table(ORDERS.replace("orders", "more"), [FLAT | {"order_number": "B"}]))
    one, mapping = second
    broken = replace(one, faults={(2, "item_id"): "the error #N/A"})
    intake = take_in([Understood(*first[0], Normalization()), Understood(broken, mapping, Normalization())])
    assert intake.findings[["entity", "row", "code"]].to_numpy().tolist() == [["line_item", 1, "unreadable_cell"]]


def test_an_amount_in_another_currency_than_its_order_is_a_problem() -> None:
    rows = [{"unit_amount": "€ 5.00"}, {"order_number": "B", "unit_amount": "$5.00"}]
    _, decision = taken(*rows)
    assert problems(decision) == [(SHOP, 3, "unit_amount", decision.problems["value"][0], "other_currency")]
    assert decision.problems["message"][0].endswith("but the currency of its order is EUR")


def test_a_sign_of_several_currencies_fits_each_of_them_and_an_unknown_word_none() -> None:
    rows = [
        {"currency_id": "CAD", "unit_amount": "$5.00"},
        {"order_number": "B", "currency_id": "SEK", "unit_amount": "5 kr"},
    ]
    assert not problems(taken(*rows)[1])


def test_the_currency_of_line_items_in_a_file_of_their_own_is_that_of_their_order() -> None:
    decision = decided(pair([{}], [{"unit_amount": "5 USD"}]))
    assert problems(decision) == [(LINES, 2, "unit_amount", "USD", "other_currency")]


def test_no_sign_says_nothing_and_neither_does_a_number_of_a_spreadsheet() -> None:
    assert not problems(taken({"unit_amount": "5.00"}, {"order_number": "B", "total_tax": "1"})[1])
