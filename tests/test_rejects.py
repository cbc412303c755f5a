"""Rejects: exactly the rows that were not created, with all that stood around them, and the cells at fault marked."""

import datetime as dt

import pandas as pd
import pytest
from reject_files import grid, problems, rejected, sheets_of, table

from schemas.errors import InputError
from schemas.tables import SourceTable
from transforms.rejects import reject_sheets


def objects(*cells: object) -> pd.Series:
    return pd.Series(cells, dtype=object)


def test_a_sheet_has_exactly_the_rejected_rows_in_the_order_of_the_file() -> None:
    source = table({"number": ["a", "b", "c", "d"], "date": objects(1, None, "x", dt.date(2024, 1, 2))})
    bad = rejected(("orders.csv", "", 5, "late"), ("orders.csv", "", 3, "early"), ("other.csv", "", 2, "not ours"))

    [found] = reject_sheets([source], bad, problems())

    assert found.rows.index.tolist() == [3, 5]
    assert found.rows.columns.tolist() == ["number", "date"]
    assert found.rows["date"].tolist() == [None, dt.date(2024, 1, 2)]
    assert found.problems == ("early", "late")


def test_the_messages_of_one_row_are_joined_and_said_once() -> None:
    place = ("orders.csv", "", 2)
    bad = rejected((*place, "no date"), (*place, "no price"), (*place, "no date"), ("orders.csv", "", 3, None))
    more = problems((2, "date", "no date"), (2, "name", "no name"), (4, "date", "another row"))

    [found] = reject_sheets([table({"number": ["a", "b", "c"]})], bad, more)

    assert found.problems == ("no date; no price; no name", "not_a_date")


def test_every_cell_at_fault_is_marked_with_its_messages() -> None:
    source = table({"number": ["a", "b"], "date": ["x", "y"], "price": [1, 2]}, positions=(0, 3, 4))
    more = problems((3, "date", "no date"), (3, "price", "no price"), (3, "price", "too low"), (3, "price", "no price"))

    [found] = sheets_of(source, more)

    assert found.marks == {3: {3: "no date", 4: "no price\ntoo low"}}


@pytest.mark.parametrize(
    ("label", "marked"),
    [
        ("Street", [1]),
        ("Street + City", [1, 2]),
        ("City + Street", [1, 2]),
        ("A + B", [3]),
        ("Street + A + B", [1, 3]),
        ("lines.name", [4]),
        ("lines.old.name", [5]),
        ("currency_id", []),
        ("Street + Nowhere", []),
        ("problem", []),
        (None, []),
    ],
)
def test_a_problem_marks_the_columns_that_its_label_names(label: str | None, marked: list[int]) -> None:
    headers = ("number", "Street", "City", "A + B", "lines", "lines.old", "problem")
    [found] = sheets_of(table({header: ["a"] for header in headers}), problems((2, label, "bad")))
    assert sorted(found.marks.get(2, {})) == marked
    assert found.problems == ("bad",)


def test_problems_of_rows_that_are_not_rejected_or_of_other_places_are_left_out() -> None:
    more = [problems((3, "number", "x")), problems((2, "number", "x"), file="b.csv")]
    more.append(problems((2, "number", "x"), sheet="May"))
    [found] = sheets_of(table({"number": ["a", "b"]}), pd.concat(more), 2)
    assert found.marks == {}
    assert found.problems == ("bad",)


def test_what_stands_around_the_data_stays_where_it_was() -> None:
    above = grid({1: ["Orders of May", None, None], 4: ["number", None, "date"]})
    below = grid({9: [None, None, "Total"], 10: ["end", None, None], 20: ["page 1", None, None]})
    source = table({"number": ["a"], "date": ["b"]}, positions=(0, 2), above=above, below=below)

    [found] = sheets_of(source)

    assert found.above.index.tolist() == [1, 4]
    assert found.height == 4
    assert found.below.index.tolist() == [2, 3, 5]
    assert found.positions == (0, 2)
    assert found.problem_at == 3


def test_a_header_without_a_column_is_not_overwritten() -> None:
    above = grid({1: ["number", None, None, "note"], 2: ["number", None, "date", None]})
    [found] = sheets_of(table({"number": ["a"]}, positions=(0,), above=above))
    assert found.problem_at == 3


def test_the_header_of_a_file_that_keeps_it_apart_becomes_the_first_row() -> None:
    [found] = sheets_of(table({"number": ["a"], "date": ["b"]}, "orders.parquet"))
    assert found.above.loc[1].tolist() == ["number", "date", "problem"]
    assert (found.height, found.problem_at) == (1, 2)


def test_a_table_without_a_header_gets_none_and_no_column_of_problems() -> None:
    [found] = sheets_of(table({"number": ["a"]}, has_header=False), problems((2, "number", "bad")))
    assert (found.height, found.problem_at) == (0, None)
    assert found.marks == {2: {0: "bad"}}
    [titled] = sheets_of(table({"number": ["a"]}, has_header=False, above=grid({1: ["Orders"]})))
    assert (titled.height, titled.problem_at) == (1, None)


def test_a_table_without_a_header_begins_in_the_first_column() -> None:
    below = grid({9: [None, None, "end", None]})
    source = table({"a": ["x"], "b": ["y"]}, has_header=False, positions=(1, 3), below=below)
    [found] = sheets_of(source, problems((2, "b", "bad")))
    assert found.positions == (0, 2)
    assert found.below.columns.tolist() == [0, 1, 2]
    assert found.marks == {2: {2: "bad"}}


@pytest.mark.parametrize(
    ("name", "upper", "rows"),
    [
        ("Shipping City", ["Billing", None, "Shipping", None], [4, 5]),
        ("City", ["Orders of May", None, None, None], [5]),
        ("City [D]", [None, None, None, "City"], [5]),
        ("All Shipping City", ["Billing", None, "Shipping", None], [3, 4, 5]),
    ],
)
def test_no_group_of_headers_reaches_over_the_problem(name: str, upper: list[str | None], rows: list[int]) -> None:
    above = grid({1: ["title"], 3: ["All"], 4: upper, 5: ["Street", "City", "Street", "City"]})
    source = table({"first": ["a"], name: ["b"]}, positions=(0, 3), above=above)
    [found] = sheets_of(source)
    assert found.above.index[found.above[4] == "problem"].tolist() == rows


def test_numbers_of_workbooks_that_count_days_from_different_years_become_text() -> None:
    cells = {"number": objects("a", 5, 1.5, 2.0, True, None)}
    texts = table({"number": ["a"]}, "c.csv")
    old, new = table(cells, "a.xls", "May", epoch=1904), table(cells, "b.xlsx", "May")

    def of(*sources: SourceTable) -> list[tuple[int, list[object]]]:
        bad = rejected(*((one.file, one.sheet, int(row), "bad") for one in sources for row in one.cells.index))
        return [(one.epoch, one.rows["number"].tolist()) for one in reject_sheets(sources, bad, problems())]

    as_they_were = cells["number"].tolist()
    assert of(old) == [(1904, as_they_were)]
    assert of(texts, old) == [(1904, ["a"]), (1904, as_they_were)]
    assert of(old, new) == [(1900, ["a", "5", "1.5", "2", True, None]), (1900, as_they_were)]


def test_the_problem_of_an_earlier_round_is_replaced() -> None:
    above = grid({1: ["number", "problem"]})
    source = table({"number": ["a", "b"], "problem": ["old", "old"]}, positions=(0, 1), above=above)

    [found] = reject_sheets([source], rejected(("orders.csv", "", 3, "new")), problems())

    assert found.rows.columns.tolist() == ["number"]
    assert found.problems == ("new",)
    assert found.problem_at == 1


def test_a_table_without_rejected_rows_has_no_sheet() -> None:
    source = table({"number": ["a"]})
    assert reject_sheets([source], rejected(("orders.csv", "May", 2, "another sheet")), problems()) == []
    assert reject_sheets([source], rejected(("orders.csv", "", 99, "no such row")), problems()) == []
    assert reject_sheets([source], rejected(), problems()) == []


def test_places_may_come_as_arrow_columns() -> None:
    bad = rejected(("orders.csv", "", 2, "x"), ("orders.csv", "", 2, "y"))
    more = problems((2, "number", "z"))
    [found] = reject_sheets(
        [table({"number": ["a", "b"]})],
        bad.convert_dtypes(dtype_backend="pyarrow"),
        more.convert_dtypes(dtype_backend="pyarrow"),
    )
    assert found.problems == ("x; y; z",)
    assert found.marks == {2: {0: "z"}}


def test_a_place_without_a_sheet_may_be_null() -> None:
    bad = rejected(("orders.csv", "", 2, "x")).assign(source_sheet=None)
    [found] = reject_sheets([table({"number": ["a"]})], bad, problems((2, "number", "x")).assign(source_sheet=None))
    assert found.marks == {2: {0: "x"}}


def test_names_of_sheets_are_legal_and_unique_in_excel() -> None:
    wanted = [
        ("a.xlsx", "May"),
        ("b.xlsx", "MAY"),
        ("in/May.csv.gz", ""),
        ("c.csv", "[x]:*?/\\y"),
        ("d.csv", "'" + "n" * 40),
        ("e.csv", "n" * 40),
        ("f.csv", "History"),
        ("g.csv", "''"),
        ("h.csv", "😀" * 31),
        ("i.csv", "\ufffe\uffff"),
    ]
    sources = [table({"number": ["a"]}, file, name) for file, name in wanted]
    found = reject_sheets(sources, rejected(*((file, name, 2, "bad") for file, name in wanted)), problems())

    names = [one.name for one in found]
    assert names[:4] == ["May", "MAY (2)", "May (3)", "_x______y"]
    assert names[4:] == ["n" * 31, "n" * 27 + " (2)", "History (2)", "rejects", "😀" * 15, "__"]


def test_a_sheet_that_a_profile_may_name_keeps_its_name() -> None:
    sources = [table({"number": ["a"]}, "Orders.csv"), table({"number": ["a"]}, "b.xlsx", " Orders")]
    sources.append(table({"number": ["a"]}, "b.xlsx", "Orders"))
    found = reject_sheets(sources, rejected(*((one.file, one.sheet, 2, "bad") for one in sources)), problems())
    assert [one.name for one in found] == ["Orders (2)", " Orders", "Orders"]


def test_rows_beyond_the_last_of_a_sheet_continue_in_another() -> None:
    above, below = grid({1: ["Orders"], 2: ["number"]}), grid({9: ["end"]})
    sources = [
        table({"number": [1, 2, 3, 4, 5]}, "May.csv", positions=(0,), above=above, below=below),
        table({"number": [6]}, "may (2).csv"),
    ]
    bad = rejected(*(("May.csv", "", row, f"bad {row}") for row in range(2, 7)), ("may (2).csv", "", 2, "bad"))

    found = reject_sheets(sources, bad, problems(), most_rows=6)

    rows = {one.name: one.rows["number"].tolist() for one in found}
    assert rows == {"May": [1, 2], "May (3)": [3, 4], "May (4)": [5], "may (2)": [6]}
    assert [one.problems for one in found][1] == ("bad 4", "bad 5")
    assert found[1].above.equals(grid({1: ["Orders", None], 2: ["number", "problem"]}))
    assert found[1].depth == 2


@pytest.mark.parametrize(
    "source",
    [
        table({"number": ["a"]}, positions=(16_383,), above=grid({1: [*[None] * 16_383, "number"]})),
        table({"number": ["a"]}, above=grid({2**20 - 1: ["number"]}), below=grid({2**20: ["end"]})),
    ],
)
def test_what_no_sheet_can_hold_is_refused(source: SourceTable) -> None:
    with pytest.raises(InputError, match="does not fit"):
        sheets_of(source)
