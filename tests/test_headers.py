"""Headers: which row it is, over how many rows it goes, what its columns are called; and what is no table of orders."""

import datetime as dt
from typing import Any

import pytest
from grids import found, known, sheet, text
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.errors import NoTable
from schemas.tables import Grid, Layout
from transforms.headers import base_name, header_texts, joined, letter, rows_text, unique_names
from transforms.locate import locate

ROW = ["A1", "C1", "shipped"]
GROUPED = [
    ["order_number", "Billing", "", "Shipping", "", "status"],
    ["", "Street", "City", "Street", "City", ""],
]
CELLS = ["A1", "Main St", "Rome", "Side St", "Oslo", "shipped"]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["Order Number", "STATUS"], ["A1", "shipped"]], 1),
        ([["order_number"], ["order_number", "status", "x"], ROW], 2),
        ([["status", "name", "a", "b"], ["order_number", "status", "name", "b"], ["A1", "x", 1, 2]], 2),
        ([["Orders"], ["No", "Who", "What"], ROW, ROW], 2),
        ([["Orders"], ["May"], ["No", "Who", "What"], ["1", "2", "3"], ["1", "2"], ["1", "2", "3"]], 3),
        ([["Orders"], ["No", "Who", 2024], ROW, ROW], 2),
        ([["Orders"], [1, 2, 3], [1, 2, 3]], 2),
        ([["Orders"], ["No", "Who", "What"]], 2),
        ([["No"], ["A1"], ["A2"]], 1),
    ],
    ids=[
        *("however it is spelled", "one word is no header", "most known fields", "words as wide as the table"),
        *("below notes", "mostly words", "numbers if nothing else", "without rows", "one column"),
    ],
)
def test_the_header_is_found(rows: list[list[Any]], header: int) -> None:
    table = found(sheet(rows))
    assert table.above.index[-1] == header
    assert table.cells.index.tolist() == list(range(header + 1, len(rows) + 1))


def test_a_header_is_looked_for_in_the_first_fifty_filled_rows() -> None:
    header = ["order_number", "status", "x"]
    assert found(sheet({**{n: ["note"] for n in range(1, 99, 2)}, 99: header, 100: ROW})).above.index[-1] == 99
    assert found(sheet([*[["a", "b", "c"]] * 99, header, ROW])).above.index[-1] == 1


def test_a_header_of_two_rows_is_joined_and_told() -> None:
    table = found(sheet([*GROUPED, CELLS]))
    names = ["order_number", "Billing Street", "Billing City", "Shipping Street", "Shipping City", "status"]
    assert list(table.cells) == names
    assert table.notices == ('orders.xlsx, sheet "May": the header is rows 1 and 2',)
    assert table.above.index.tolist() == [1, 2]


def test_two_rows_that_name_no_more_than_one_are_not_joined() -> None:
    table = found(sheet([["order_number", "status", "name"], ["", "", "x"], ROW]))
    assert (list(table.cells), table.cells.index.tolist()) == (["order_number", "status", "name"], [2, 3])


def test_a_row_of_data_is_never_taken_for_a_part_of_the_header() -> None:
    table = found(sheet([["order_number", "status", "", ""], ["A1", "shipped", "name", "x"], ROW]))
    assert table.cells.index.tolist() == [2, 3]
    table = found(sheet([["order_number", "Billing", "", "x"], ["A1", "Street", "City", 7], ROW]))
    assert table.cells.index.tolist() == [2, 3]


def test_a_list_of_fields_is_no_table_with_many_headers() -> None:
    rows = [["Field", "Label"], ["order_number", "Order number"], ["customer_id", "Customer ID"]]
    assert found(sheet(rows)).cells.index.tolist() == [2, 3]


def test_a_title_over_an_empty_column_is_no_part_of_the_header() -> None:
    table = found(sheet([["", "", "status"], ["order_number", "name", "", "x"], ["A1", "Tea", "", 1]]))
    assert list(table.cells) == ["order_number", "name", "x"]


def test_labels_of_values_are_no_header() -> None:
    labels = ["Order number:", "A1", "Customer id:", "C1", "Status:", "new"]
    table = found(sheet([labels, ["item_id", "quantity", "x"], ["I1", 2, 3]]))
    assert table.above.index.tolist() == [1, 2]


def test_rows_with_a_blank_row_between_are_no_header_of_two_rows() -> None:
    table = found(sheet({1: GROUPED[0], 3: GROUPED[1], 4: CELLS}))
    assert table.above.index.tolist() == [1]


def test_each_part_of_a_repeated_header_of_two_rows_is_left_out() -> None:
    table = found(sheet([*GROUPED, CELLS, *GROUPED, CELLS]))
    assert table.cells.index.tolist() == [3, 6]


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([["a", "", "b"], ["x", "y", "z"]], ["a x", "a y", "b z"]),
        ([["No", "", "b"], ["", "Date", "z"]], ["No", "Date", "b z"]),
        ([["Total", "b"], ["Total", ""]], ["Total", "b"]),
        ([["A", "", "B", ""], ["x", "", "", "y"], ["1", "2", "3", "4"]], ["A x 1", "A x 2", "B 3", "B y 4"]),
        ([["A", "", "", ""], ["x", "", "y", ""]], ["A x", "", "A y", ""]),
    ],
    ids=["merged to the right", "merged downward", "the same twice", "groups end groups below", "nothing below"],
)
def test_header_rows_are_joined_as_merged_cells_are_meant(rows: list[list[str]], names: list[str]) -> None:
    assert joined(rows) == names


def test_header_cells_become_text() -> None:
    cells = [
        " Order\n  number\u00a0",
        2024.0,
        1.5,
        dt.datetime(2024, 5, 1),  # noqa: DTZ001 - as spreadsheets have it
        dt.date(2024, 5, 2),
        None,
        True,
        "\ufeffid",
    ]
    assert header_texts(cells) == ["Order number", "2024", "1.5", "2024-05-01", "2024-05-02", "", "TRUE", "id"]


def test_columns_without_a_header_are_called_by_their_letter() -> None:
    table = found(sheet([["", "order_number", "", "status", "", ""], ["", "A1", "x", "shipped", " ", "y"]]))
    assert list(table.cells) == ["order_number", "[C]", "status", "[F]"]
    assert table.notices == (
        'orders.xlsx, sheet "May": 2 columns with cells have no header and are called "[C]", "[F]"',
    )


def test_headers_that_stand_twice_get_their_letters() -> None:
    table = found(sheet([["Name", "order_number", "status", "Name"], ["Tea", "A1", "x", "Ann"]]))
    assert list(table.cells) == ["Name [A]", "order_number", "status", "Name [D]"]
    assert table.notices == (
        'orders.xlsx, sheet "May": 2 columns are named "Name": they are called "Name [A]", "Name [D]"',
    )


@given(st.lists(st.sampled_from(["", "a", "b", "a [A]", "a [B]", "[A]", "[B]", "a [A] [A]"]), max_size=6))
@example(["a [B]", "a", "a"])
def test_headers_are_always_unique_and_lead_back(texts: list[str]) -> None:
    names, notices = unique_names(texts, range(len(texts)), "f")
    assert len(set(names)) == len(names)
    assert all(names)
    assert [base_name(name) for name, text in zip(names, texts, strict=True) if text] == [
        base_name(t) for t in texts if t
    ]
    assert bool(notices) == ("" in texts or len(set(texts)) < len(texts))


@pytest.mark.parametrize(
    ("header", "base"),
    [("Name [E]", "Name"), ("Name", "Name"), ("[C]", "[C]"), ("Weight [kg]", "Weight [kg]"), ("a [B] [AB]", "a")],
)
def test_the_name_without_its_letter(header: str, base: str) -> None:
    assert base_name(header) == base


@pytest.mark.parametrize(
    ("position", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_letters_are_those_of_spreadsheets(position: int, name: str) -> None:
    assert letter(position) == name


@pytest.mark.parametrize(
    ("rows", "told"),
    [([5], "row 5"), ([5, 6], "rows 5 and 6"), ([5, 6, 7], "rows 5 to 7"), ([5, 7, 9], "rows 5, 7, 9"),
     (list(range(1, 30, 2)), "rows 1, 3, 5, 7, 9, 11, 13, 15, 17, ...")],
)  # fmt: skip
def test_rows_are_told_as_people_do(rows: list[int], told: str) -> None:
    assert rows_text(rows) == told


PIVOTS = [
    ["Jan", "Feb", "Mar"],
    ["January 2024", "February 2024", "March 2024"],
    ["2024-01", "2024-02", "2024-03"],
    ["Q1 2024", "Q2 2024", "Q3 2024", "Q4 2024", "Total"],
    [2022, 2023, 2024.0],
    [dt.date(2024, 5, 1), dt.date(2024, 5, 2), dt.date(2024, 5, 3)],
    ["KW 18", "KW 19", "KW 20"],
    [4711, 4712, 4713],
]


@pytest.mark.parametrize("heads", PIVOTS, ids=str)
@pytest.mark.parametrize("title", [[], [["Sales"]]], ids=["", "title"])
def test_a_cross_tab_is_refused_with_what_is_needed(heads: list[Any], title: list[list[str]]) -> None:
    rows = [*title, ["Item", *heads], ["Tea", *range(1, len(heads) + 1)], ["Cup", *range(len(heads))]]
    with pytest.raises(NoTable, match=r"is a cross-tab.*One row for each order or line item is needed"):
        locate(sheet(rows), Layout(), known())


def test_a_cross_tab_in_text_is_refused() -> None:
    with pytest.raises(NoTable, match=r'orders.csv is a cross-tab: its columns "Jan", "Feb", "Mar", '):
        locate(text("Item,Jan,Feb,Mar\nTea,1,,2.5\nCup,3,4,5\n", 4), Layout(), known())


@pytest.mark.parametrize(
    "grid",
    [
        sheet(
            [["order_number", "item_id", "quantity", "name", "2022", "2023", "2024"], ["A1", "I1", 1, "Tea", 2, 3, 4]]
        ),
        sheet([["Item", "Jan", "Feb", "Mar"], ["Tea", "yes", "no", "x"]]),
        sheet([[1001, 1, 2, 3], [1002, 4, 5, 6]]),
        sheet([["Nr", "Line 1", "Line 2", "Marked", "Mayor", "Quality"], [1, 2, 3, 4, 5, 6]]),
    ],
    ids=["half of them", "no numbers", "a row of data", "words that begin alike"],
)
def test_other_tables_are_no_cross_tabs(grid: Grid) -> None:
    assert locate(grid, Layout(), known()) is not None
