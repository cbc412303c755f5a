"""Suggestions by values: what a column may stand for whatever it is called, and what speaks against its name."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from suggesting import KNOWN, LINE, ORDER, Fields, pairs, suggested, without

from transforms.looks import SAMPLE, look
from transforms.suggest import Suggestion

MANY = 6


def reasons(found: Sequence[Suggestion]) -> dict[str, str]:
    return {one.target.qualified: one.reason for one in found}


@pytest.mark.parametrize(
    ("values", "without_", "field", "reason"),
    [
        (["EUR", "USD", None], "currency_id", "currency_id", "every value is an ISO 4217 code"),
        (["2024-01-22", "2024-01-23T10:00:00"], "", "order_date", "every value is a date"),
        (["22.01.2024", "3.2.24"], "", "order_date", "every value is a date"),
        (["1/22/2024 21:06", "12/1/2024"], "", "order_date", "every value is a date"),
        (["22 Jan 2024", "Jan 22, 2024"], "", "order_date", "every value is a date"),
        (["a@b.example", "c.d@e.example"], "customer_id", "customer_id", "every value is an e-mail address, which a"),
        (["versendet", "storniert", "versendet"], "", "status", "2 words that tell how far an order is"),
        (["shipped"] * 20 + ["Versandt!"], "", "status", "2 words that tell how far an order is"),
        (["DE", "FR"], "", "shipping_address.country", "every value is an ISO 3166 country code"),
    ],
)
def test_values_tell_what_an_order_field_may_be(
    values: Sequence[object], without_: str, field: str, reason: str
) -> None:
    found = reasons(suggested({"Spalte X": values}, without(ORDER, without_)))
    assert found.pop(f"orders.{field}").startswith(reason)
    assert found == {}


@pytest.mark.parametrize(
    "values",
    [
        ["EUR", "Euro"],
        ["EURO", "USDO"],
        ["1.2.3.4", "10.0.0.1"],
        ["a@b", "c d@e.example"],
        ["CA", "NY", "TX"],
        ["red", "shipped", "blue", "green"],
        [str(number) for number in range(30)],
        [None, None],
    ],
)
def test_values_that_only_seem_so_suggest_nothing(values: Sequence[object]) -> None:
    assert suggested({"Spalte X": values}, without(ORDER, "currency_id", "customer_id")) == []


def test_an_id_that_neighbouring_rows_share_may_be_the_order_number() -> None:
    known = {ORDER: {"customer_id": "u"}, LINE: {"item_id": "i"}}
    runs = ["#1001", "#1001", "#1002", "#1003", "#1003", "#1003"]
    assert reasons(suggested({"Spalte X": runs}, known))["orders.order_number"] == "an id that neighbouring rows share"
    for others in (["#1", "#2", "#1", "#2", "#1", "#2"], ["#1"] * 6, list("abcdef"), ["1.5", "1.5", "2.5"] * 2):
        assert "orders.order_number" not in reasons(suggested({"Spalte X": others}, known))


def test_an_id_that_no_two_orders_share_may_be_the_order_number() -> None:
    known = {ORDER: {"customer_id": "u"}}
    assert reasons(suggested({"Spalte X": ["A1", "A2"]}, known)) == {
        "orders.order_number": "an id that no two rows share"
    }
    assert suggested({"Spalte X": ["A1", "A1"]}, known) == []


def test_small_whole_numbers_may_be_quantities_unless_they_are_called_otherwise() -> None:
    known = without(LINE, "quantity")
    assert reasons(suggested({"X": [1, 3, 12.0]}, known)) == {"line_items.quantity": "small whole numbers"}
    for header, values in (("X", [0, 1]), ("X", [100, 200]), ("X", ["1.5", "2"]), ("X", ["01"]), ("Supplier ID", [1])):
        assert suggested({header: values}, known) == []


def test_amounts_with_decimals_may_be_prices() -> None:
    known = without(LINE, "unit_amount")
    assert reasons(suggested({"X": ["€ 1.234,50", "2,50"]}, known)) == {
        "line_items.unit_amount": "amounts with decimals"
    }
    assert suggested({"X": ["-1.50", "2.50"]}, known) == []
    assert suggested({"X": ["0.00", "0.00"]}, known) == []


def test_one_amount_for_each_order_is_the_orders() -> None:
    known: Fields = {ORDER: {**KNOWN[ORDER], "order_number": "No"}, LINE: {**KNOWN[LINE], "order_number": "No"}}
    numbers = ["1", "1", "2", "3"]
    for values in (["9.50", "9.50", "3.20", "4.10"], ["9.50", None, "3.20", "4.10"]):
        found = suggested({"No": numbers, "X": values}, known)
        assert reasons(found) == {"orders.total_amount": "one amount for each order"}
    alone = suggested({"No": ["1", "2", "3"], "Total": ["9.50", "8.50", "3.20"]}, known)  # it may as well be the line's
    assert [one.confidence for one in alone] == [0.6, 0.6]
    differing = suggested({"No": numbers, "Total": ["9.50", "8.50", "3.20", "4.10"]}, known)
    assert "line_items.total_amount" in reasons(differing)


@pytest.mark.parametrize(
    "known", [without(LINE, "quantity", "unit_amount"), {LINE: {"order_number": "o", "item_id": "i"}}]
)
def test_a_product_tells_quantity_price_and_total(known: Fields) -> None:
    cells = {"A": ["2", "1", "3"], "B": ["1.50", "2.00", "0.99"], "C": ["3.00", "2.00", "2.97"]}
    assert reasons(suggested(cells, known)) == {
        "line_items.quantity": 'small whole numbers; "B" times it is "C"',
        "line_items.unit_amount": '"A" times it is "C"; amounts with decimals',
        "line_items.total_amount": '"A" times "B"',
    }
    assert "line_items.total_amount" not in reasons(suggested(cells | {"C": ["3.00", "2.00", "3.97"]}, known))


def test_a_name_and_values_that_agree_are_surer_than_each() -> None:
    named, both = (
        suggested({"Waehrung": values}, without(ORDER, "currency_id"))[0] for values in ([None], ["EUR", "USD"])
    )
    assert both.confidence > named.confidence
    assert both.reason == "German for currency; every value is an ISO 4217 code"
    assert (named.likelihood, both.likelihood) == ("likely", "likely")


@pytest.mark.parametrize(
    ("header", "values", "reason"),
    [
        ("Waehrung", ["Euro", "Dollar"], "German for currency, but its values are no ISO 4217 codes"),
        ("Bestelldatum", ["gestern", "heute"], "German for order date, but its values are no dates"),
        ("Menge", ["viel", "wenig"], "German for quantity, but its values are no numbers"),
        ("Order number", ["red", "blue"], "a usual name, but its values are no ids"),
    ],
)
def test_values_that_speak_against_a_name_make_it_a_guess(header: str, values: Sequence[str], reason: str) -> None:
    (found,) = suggested({header: values}, {ORDER: {"customer_id": "u"}, LINE: {"item_id": "i", "unit_amount": "p"}})
    assert found.reason == reason
    assert found.likelihood == "a guess"


def test_day_numbers_of_a_spreadsheet_may_be_dates() -> None:
    (found,) = suggested({"Bestelldatum": [45292.5, 45293]}, KNOWN)
    assert found.reason == "German for order date"


def test_another_header_is_taken_where_the_values_of_the_first_do_not_fit() -> None:
    found = suggested({"Total price": ["a", "b"], "Amount": ["1", "2"]}, {ORDER: KNOWN[ORDER]})
    assert pairs(found) == {"Amount": "orders.total_amount"}


def test_only_the_first_rows_are_looked_at() -> None:
    seen = look(pd.Series(["EUR"] * SAMPLE + ["x"] * SAMPLE))
    assert seen is not None
    assert (seen.filled, seen.shares["currency"]) == (SAMPLE, 1)


def test_null_words_are_no_values() -> None:
    seen = look(pd.Series(["EUR", "NULL"]), ["NULL"])
    assert seen is not None
    assert (seen.filled, seen.distinct, seen.shares["currency"]) == (1, 1, 1)


@given(
    st.dictionaries(
        st.text(max_size=12),
        st.lists(
            st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.dates(), st.booleans()),
            min_size=MANY,
            max_size=MANY,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_table_is_looked_at_and_each_pair_is_suggested_once(cells: Mapping[str, Sequence[object]]) -> None:
    found = suggested({f"{header} ": values for header, values in cells.items()})
    assert len({(one.entity, one.field, one.header) for one in found}) == len(found)
    assert all(0.3 <= one.confidence < 1 and one.reason for one in found)
