"""Rows below a table that are no data, and rows inside it that look like totals: left out and told, or a problem."""

import datetime as dt
from typing import Any

import pytest
from grids import found, sheet, text, values

from schemas.tables import Layout

HEADER = ["order_number", "customer_id", "item_id", "name", "quantity", "unit_amount"]
ROWS = [
    ["A1", "C1", "I1", "Tea", 1, 2.5],
    ["A1", "C1", "I2", "Cup", 2, 3.5],
    ["A2", "C2", "I1", "Tea", 3, 2.5],
]
LINES = ["order_number", "item_id", "quantity", "unit_amount"]  # whose order number stands on the first line only
FILLED_DOWN = [["A1", "Tea", 1, 2.5], [None, "Cup", 2, 3.5], ["A2", "Tea", 3, 2.5], [None, "Pot", 1, 9.5]]


@pytest.mark.parametrize(
    "footer",
    [
        ["Total", "", "", "", 6, 17.5],
        ["", "", "", "TOTAL:", 6, 17.5],
        ["Grand total", "", "", "", 6],
        ["Summe", "", "", "", 6, 17.5],
        ["Gesamtergebnis", "", "", "", 6],
        ["Total général", "", "", "", 6],
        ["ИТОГО:", "", "", "", 6],
        ["合計", "", "", "", 6],
        ["Total (3)"],
        ["Total orders: 3"],
        ["Total EUR", "", "", "", "", 17.5],
        ["83 record(s) downloaded"],
        [83, "record(s) downloaded"],
        ["Seller ID : shop"],
        ["Generated on 2024-05-01 by Ann"],
        ["Page 1 of 3"],
        ["End of report"],
        ["* prices with tax"],
        ["Note: prices with tax"],
        ["---------"],
    ],
    ids=str,
)
def test_what_is_clearly_no_data_is_left_out_and_told(footer: list[Any]) -> None:
    table = found(sheet([HEADER, *ROWS, footer]))
    first = next(cell for cell in footer if cell)
    assert list(table.cells.index) == [2, 3, 4]
    assert table.notices == (f'orders.xlsx, sheet "May": row 5 below the table is not read ("{first}")',)
    assert (table.below.index.tolist(), table.malformed) == ([5], {})
    assert str(table.cells["quantity"].dtype) == "int64[pyarrow]"


def test_several_footers_with_blank_rows_between_are_one() -> None:
    rows = {
        1: HEADER,
        2: ROWS[0],
        3: ROWS[1],
        5: ["Total", "", "", "", 3],
        6: ["with tax"],
        8: ["checked", "Ann"],
        9: ["see the shop"],
    }
    table = found(sheet(rows))
    assert table.below.empty
    rows[8] = ["checked by Ann"]
    table = found(sheet(rows))
    assert table.below.index.tolist() == [5, 6, 8, 9]
    assert table.notices[0].endswith(
        'rows 5, 6, 8, 9 below the table are not read ("Total", "with tax", "checked by Ann", ...)'
    )


@pytest.mark.parametrize("notes", [["prices with tax"], ["Shop:", "Ann"], ["Currency: EUR"], ["", "", "see page 2"]])
def test_notes_are_left_out_only_after_a_blank_row(notes: list[str]) -> None:
    data = {1: HEADER, 2: ROWS[0], 3: ROWS[1], 4: ROWS[2]}
    assert found(sheet({**data, 6: notes})).below.index.tolist() == [6]
    assert found(sheet({**data, 5: notes})).cells.index.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "row",
    [
        ["Total", "C3", "I9", "Total Gym", 1, 99.5],
        ["A3", "Summe GmbH", "I9", "Gym", 1, 99.5],
        ["Total Gym", "C3", "I9", "Gym", 1, 99.5],
        ["A3", "C3", "I9", "Total", 1, ""],
        ["A3"],
        ["A3", "", "", "", 1],
        ["", "", "", "Tea", 1, 2.5],
        ["Sumner", "", "", "", 1, 2.5],
        ["Total Gym", "", "", "", 1, 2.5],
        ["A3", "", "", "Total", 1],
        [12345],
        [dt.date(2024, 5, 1)],
    ],
    ids=str,
)
@pytest.mark.parametrize("gap", [0, 1])
def test_a_last_row_that_may_be_data_stays(row: list[Any], gap: int) -> None:
    table = found(sheet({1: HEADER, 2: ROWS[0], 3: ROWS[1], 4: ROWS[2], 5 + gap: row}))
    assert list(table.cells.index) == [2, 3, 4, 5 + gap]
    assert (table.malformed, table.notices, len(table.below)) == ({}, (), 0)


@pytest.mark.parametrize("label", ["Total", "Subtotal A1", "A1 Total", "Total for A1", "Zwischensumme", "Total 1001"])
def test_a_total_inside_the_table_is_a_problem_and_stays(label: str) -> None:
    rows = [HEADER, ROWS[0], ROWS[1], [label, "", "", "", 3], ROWS[2]]
    table = found(sheet(rows))
    assert list(table.cells.index) == [2, 3, 4, 5]
    assert list(table.malformed) == [4]
    assert table.malformed[4].startswith(f'looks like a total ("{label}"), not like an order: remove the row')


def test_many_subtotals_among_few_rows_are_all_found() -> None:
    rows: list[list[Any]] = [HEADER]
    for number in range(1, 200):
        rows += [[f"A{number}", *ROWS[0][1:]], [f"A{number} Total", "", "", "", 1]]
    table = found(sheet([*rows, ["Grand Total", "", "", "", 199]]))
    assert sorted(table.malformed) == list(range(3, 400, 2))
    assert table.below.index.tolist() == [400]


def test_a_total_that_would_become_a_line_of_the_last_order_is_a_problem() -> None:
    table = found(sheet([LINES, *FILLED_DOWN, [None, "Total", 7, 18]]))
    assert list(table.malformed) == [6]
    assert len(table.cells) == 5


def test_rows_without_order_number_are_no_totals() -> None:
    rows = [LINES, *FILLED_DOWN, [None, "Total Gym", 1, 99.5], ["A3", "Total", 1, 2.5]]
    assert found(sheet(rows)).malformed == {}


def test_a_narrow_table_loses_its_total_and_no_order() -> None:
    table = found(
        sheet(
            [["order_number", "status", "total_amount"], ["A1", "shipped", 2], ["A2", "shipped", 3], ["Total", "", 5]]
        )
    )
    assert values(table) == {2: ["A1", "shipped", 2], 3: ["A2", "shipped", 3]}


def test_footers_of_a_table_without_rows_are_no_rows() -> None:
    table = found(sheet([HEADER, ["Total", "", "", "", 0]]))
    assert (len(table.cells), len(table.below)) == (0, 1)


def test_the_rows_to_skip_are_the_last_filled_ones_and_no_others_are_left_out() -> None:
    rows = {
        1: HEADER,
        2: ROWS[0],
        3: ROWS[1],
        4: ["Total", "", "", "", 3],
        5: ["x", "y"],
        7: [" "],
        9: ["A7", "C", "I", "N", 1, 2],
    }
    table = found(sheet(rows), Layout(skip_footer=2))
    assert table.below.index.tolist() == [5, 9]
    assert list(table.malformed) == [4]
    assert table.notices == ('orders.xlsx, sheet "May": rows 5 and 9 below the table are not read ("x", "A7")',)
    assert len(found(sheet(rows), Layout(skip_footer=50)).cells) == 0


def test_footers_of_text_files_may_have_any_number_of_fields() -> None:
    content = "order_number,status,name\nA1,shipped,Tea\nA2,shipped,Cup\n\n2 record(s) downloaded\nSeller ID : shop\n"
    table = found(text(content, 3))
    assert table.below.index.tolist() == [5, 6]
    assert (list(table.cells.index), table.malformed) == ([2, 3], {})


def test_sparse_columns_do_not_make_orders_into_totals() -> None:
    rows = [["note", *HEADER], *(["", *row] for row in ROWS), ["Total of the week", "A3", "C1", "I1", "Tea", 1, 2]]
    assert found(sheet(rows)).malformed == {}
