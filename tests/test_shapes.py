"""Shapes: line items in one cell, rows of other kinds, and order fields on the first line only."""

import numpy as np
import pandas as pd
import pytest
from planning import FLAT, SHOP, answers, bodies, decided, flat, mapped, problems, table

from schemas.profile import LinesInCell, Profile
from transforms.shapes import is_counted, spread_lines

CELL = LinesInCell(column="items")
COLUMNS = ["items.sku", "items.quantity", "items.price"]


def spread(*cells: str | None, cell: LinesInCell = CELL) -> pd.DataFrame:
    return spread_lines(table(SHOP, [{"n": str(n), "items": one} for n, one in enumerate(cells)]), cell).cells


def test_each_line_item_in_a_cell_has_a_row_and_each_key_a_column() -> None:
    rows = spread("sku:a|quantity:1|price:2.50;sku:b|quantity:3", "quantity:2|sku:c|price:1")
    assert list(rows.index) == [2, 2, 3]
    assert list(rows["n"]) == ["0", "0", "1"]
    assert rows[COLUMNS].astype(object).where(rows[COLUMNS].notna(), None).to_numpy().tolist() == [
        ["a", "1", "2.50"],
        ["b", "3", None],
        ["c", "2", "1"],
    ]


def test_a_cell_without_line_items_keeps_its_row() -> None:
    rows = spread(None, "sku:a;", "  ")
    assert list(rows.index) == [2, 3, 4]
    assert rows["items.sku"].isna().tolist() == [True, False, True]


def test_spaces_around_parts_do_not_matter_and_a_value_may_hold_the_key_sign() -> None:
    [name] = spread(" sku : a:b | quantity: 1 ")["items.sku"]
    assert name == "a:b"


def test_other_separators_can_be_told() -> None:
    rows = spread(
        "sku=a,quantity=1 // sku=b,quantity=2", cell=LinesInCell(column="items", lines="//", parts=",", key="=")
    )
    assert rows["items.sku"].tolist() == ["a", "b"]


@pytest.mark.parametrize("cell", ["nothing of the kind", "sku:a|quantity", "sku:a|sku:b"])
def test_a_cell_that_cannot_be_taken_apart_is_told(cell: str) -> None:
    whole = spread_lines(table(SHOP, [{"items": "sku:a"}, {"items": cell}]), CELL)
    assert set(whole.faults) == {(3, "items")}


def test_a_table_without_the_column_stays_as_it_is() -> None:
    one = table(SHOP, [{"n": "1"}])
    assert spread_lines(one, CELL) is one


def test_an_empty_table_can_be_spread() -> None:
    one = table(SHOP, [{"items": "sku:a"}])
    assert spread_lines(type(one)(SHOP, "", one.cells.iloc[:0]), CELL).cells.empty


def test_rows_count_that_have_one_of_the_values_in_each_column() -> None:
    cells = table(SHOP, [{"a": "x", "b": "1"}, {"a": "y", "b": "1"}, {"a": None, "b": "1"}, {"a": "x", "b": "2"}]).cells
    assert is_counted(cells, {"a": ("x", "z"), "b": ("1",), "absent": ("q",)}).tolist() == [True, False, False, False]
    assert is_counted(cells, {}).all()


BELOW = dict.fromkeys(("company_id", "order_number", "customer_id", "currency_id"))


def test_a_line_item_without_any_order_field_belongs_to_the_order_above() -> None:
    decision = decided(flat({}, BELOW | {"item_id": "j"}, {"order_number": "B"}, BELOW | {"item_id": "k"}))
    assert [[item["item_id"] for item in body["line_items"]] for body in bodies(decision)] == [["i", "j"], ["i", "k"]]
    assert not problems(decision)


def test_where_the_number_is_repeated_a_row_without_it_has_lost_it() -> None:
    repeated = dict.fromkeys(("company_id", "customer_id", "currency_id"))
    decision = decided(flat({}, repeated | {"item_id": "j"}, BELOW | {"item_id": "k"}))
    assert (SHOP, 4, "order_number", None, "missing") in problems(decision)


def test_a_row_with_any_other_order_field_begins_an_order_and_needs_a_number() -> None:
    decision = decided(flat({}, BELOW | {"customer_id": "d"}))
    assert (SHOP, 3, "order_number", None, "missing") in problems(decision)


def test_the_first_row_has_no_order_above_it() -> None:
    decision = decided(flat(BELOW, {"order_number": "B"}))
    assert (SHOP, 2, "order_number", None, "missing") in problems(decision)
    assert answers(decision)[SHOP, 3, "order"] == ("pending", None)


def test_rows_of_other_kinds_are_no_line_items() -> None:
    profile = Profile.model_validate({"only": {"line_items": {"type": "Line Item"}}})
    rows = [FLAT | {"type": "Line Item"}, FLAT | {"type": "Shipping Line", "item_id": None, "quantity": None}]
    decision = decided([mapped(table(SHOP, rows), profile)], profile=profile)
    assert not problems(decision)
    assert np.shape(bodies(decision)[0]["line_items"]) == (1,)
