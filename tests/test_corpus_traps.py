"""Traps of other libraries' own tests: each table is found where it stands, with every cell as a person sees it."""

import re
from datetime import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from corpus.case import SHARED

from adapters.inputs import find_inputs, read_grids
from flows.opening import Notices, open_tables
from schemas.errors import InputError
from schemas.profile import Profile
from schemas.tables import Grid, ReadOptions, SourceTable

TRAPS = SHARED / "format_traps"
pytestmark = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/data is not there")

Cells = dict[int, list[Any]]


def grids(name: str, **options: str) -> list[Grid]:
    [file] = find_inputs([str(TRAPS / name)])
    return list(read_grids(file, ReadOptions(**options)))


def tables(name: str, **profile: Any) -> tuple[list[SourceTable], str]:
    """The tables of a file, and all notices."""
    [file] = find_inputs([str(TRAPS / name)])
    notices = Notices()
    found = [one.table for one in open_tables(file, Profile.model_validate(profile), notices)]
    return found, "\n".join(notices.told).replace(str(Path(TRAPS)), "")


def cells(frame: pd.DataFrame) -> Cells:
    """The filled rows, up to their last filled cell."""
    rows = {int(row): [None if pd.isna(cell) else cell for cell in frame.loc[row]] for row in frame.index}
    for row in rows.values():
        while row and row[-1] is None:
            row.pop()
    return {number: row for number, row in rows.items() if row}


@pytest.mark.parametrize("name", ["any_sheets.ods", "any_sheets.xls"])
def test_hidden_sheets_are_told_and_chart_sheets_are_no_tables(name: str) -> None:
    found = grids(name)
    assert [grid.sheet for grid in found if grid.is_hidden] == ["Hidden", "VeryHidden"]
    filled = {grid.sheet: cells(grid.cells) for grid in found if not grid.is_hidden and len(grid.cells)}
    assert filled.keys() == {"Visible"}
    assert {row: filled["Visible"][row] for row in (1, 2, 3)} == {1: [1, 2], 2: [3, 4], 3: [5, 6]}
    assert filled["Visible"][5] == ["This workbook contains 4 sheets: Visible, Hidden, VeryHidden and Chart"]


TEXTS = [
    ("bom.csv", {}, {1: ["id", "name"], 2: ["1", "english"], 3: ["2", "中国人"]}),
    ("csvkit_test_latin1.csv", {"encoding": "latin-1"}, {1: ["a", "b", "c"], 2: ["1", "2", "3"], 3: ["4", "5", "©"]}),
    ("csvkit_test_locale.csv", {}, {1: ["a", "b", "c"], 2: ["1,7", "200.000.000"]}),
    ("csvkit_test_utf16_little.csv", {}, {1: ["a", "b", "c"], 2: ["1", "2", "3"], 3: ["4", "5", "ʤ"]}),
]


@pytest.mark.parametrize(("name", "options", "wanted"), TEXTS, ids=[name for name, *_ in TEXTS])
def test_texts_are_read_as_they_stand(name: str, options: dict[str, str], wanted: Cells) -> None:
    [grid] = grids(name, **options)
    assert cells(grid.cells) == wanted


def test_a_byte_that_is_no_utf8_is_decoded_and_told_or_the_encoding_is_asked_for() -> None:
    try:
        [grid] = grids("csvkit_test_latin1.csv")
    except InputError as error:
        assert "encoding" in str(error)  # noqa: PT017 - either is right
    else:
        assert cells(grid.cells)[3] == ["4", "5", "©"]
        assert any("1252" in notice or "8859" in notice for notice in grid.notices)


def test_a_nul_is_refused_or_kept_to_be_found_in_its_cell() -> None:
    try:
        [grid] = grids("csvkit_null_byte.csv")
    except InputError as error:
        assert re.search("2.*NUL", str(error))  # noqa: PT017 - either is right
    else:
        assert cells(grid.cells)[2] == ["\0", "2", "3"]


@pytest.mark.parametrize("name", ["date_1904.xls", "date_1904.xlsx"])
def test_dates_counted_from_1904(name: str) -> None:
    [grid] = grids(name)
    found = cells(grid.cells)
    assert grid.epoch == 1904
    assert [pd.Timestamp(found[row][0]) for row in (1, 2)] == [pd.Timestamp(2021, 1, 1), pd.Timestamp(2021, 1, 2)]
    assert [found[row][1] for row in (1, 2, 3)] == [15, 16, 17]


def test_dates_in_iso_8601_in_the_xml() -> None:
    [grid] = grids("date_iso.xlsx")
    found = cells(grid.cells)
    assert [pd.Timestamp(found[row][0]) for row in (1, 2)] == [
        pd.Timestamp(2021, 1, 1),
        pd.Timestamp(2021, 1, 1, 10, 10, 10),
    ]
    assert found[3][0] == time(10, 10, 10)


def test_error_cells_are_faults_that_name_the_error() -> None:
    [grid, *_] = grids("errors.xlsx")
    wanted = ["#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"]
    assert list(grid.faults) == [(row, 0) for row in range(1, 8)]
    assert [error for error, said in zip(wanted, grid.faults.values(), strict=True) if error not in said] == []


def test_a_used_range_to_the_last_cell_has_only_its_filled_rows() -> None:
    [grid] = grids("issue_174.xlsx")
    assert list(cells(grid.cells)) == [1, 2]
    assert grid.cells.shape[0] < 100
    assert grid.cells.shape[1] < 100


def test_a_header_below_notes_is_found() -> None:
    [table], notices = tables("header-row.xlsx")
    assert list(table.cells.columns) == ["Columns", "Column A", "Column B", "Column C"]
    assert cells(table.cells) == {10: ["put data here", 1, 2, 3]}
    assert "row 9" in notices
    [told], _ = tables("header-row.xlsx", header_row=9)
    assert told.cells.equals(table.cells)


def test_a_header_over_three_rows_is_joined_as_told() -> None:
    [table], _ = tables("multiline-headers.xlsx", header_row=[1, 4, 5])
    assert ["".join(name.split()) for name in table.cells.columns] == [
        "Region",
        "Caloriccontribution(%)",
        "Cumulativeimpactofchangesoncostoffoodbasketfrompreviousquarter",
        "Cumulativeimpactofchangesoncostoffoodbasketfrombaseline(%)",
    ]
    assert cells(table.cells) == {6: ["A", "B", "C", "D"]}


def test_a_title_above_and_a_total_below_are_left_out_and_told() -> None:
    [table], notices = tables("skip-rows.xlsx", header_row=2, skip_footer=1)
    assert list(table.cells.columns) == ["A", "B"]
    assert cells(table.cells) == {3: [8, 9]}
    [found], notices = tables("skip-rows.xlsx")
    assert found.cells.equals(table.cells)
    assert "Table 1" in notices
    assert "TOTAL" in notices


def test_headers_that_stand_twice_or_not_at_all_are_told_apart_by_their_columns() -> None:
    [table], _ = tables("duplicate-headers.csv")
    assert list(table.cells.columns) == ["id [A]", "name", "id [C]", "age", "id [E]"]
    assert cells(table.cells) == {2: ["1101", "John", "0", "30", "001101"], 3: ["1102", "Julie", "0", "26", "001102"]}
    [table], _ = tables("issue-312.xlsx")
    assert list(table.cells.columns) == ["id", "name [B]", "[C]", "name [D]", "[E]"]
    assert {row: line for row, line in cells(table.cells).items() if row != 6} == {
        row: [number, "english"] for row, number in ((2, 1), (3, 1), (4, 11))
    }
    assert cells(table.cells)[6] == [2, "german", 1, 2, 3]


def test_rows_that_an_ods_file_counts_have_their_own_numbers() -> None:
    found = grids("number_rows_repeated.ods")
    assert [list(cells(grid.cells)) for grid in found] == [[1, 2, 3, 6, 8], [2, 3, 4, 7, 9], [3, 4, 5, 8, 10]]
    assert [cells(grid.cells)[row] for grid, row in zip(found, (6, 7, 8), strict=True)] == [["C", "D"]] * 3


def test_numbers_as_texts_are_not_touched_by_reading() -> None:
    [table], _ = tables("number-test.csv")
    assert cells(table.cells)[11][0] == "$4.00 "
    assert [cells(table.cells)[row][0] for row in (2, 9, 10, 12, 13)] == ["NaN", "-0", "95%", "-2.00E-02", "3E+3"]
