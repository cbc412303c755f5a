"""Text files: every row is a row of the grid, under the number that a spreadsheet shows, or one line says why not."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import text_rows
from adapters.separators import SPACE
from adapters.text_files import read_text
from schemas.errors import InputError
from schemas.tables import Grid, InputFile, ReadOptions

TRAPS = Path(__file__).parents[2] / "shared" / "data" / "format_traps"
real_files = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/data is not there")


def grid_of(data: bytes, **options: str) -> Grid:
    [grid] = read_text(InputFile(Path("orders.csv"), "orders.csv", len(data), ""), data, ReadOptions(**options))
    return grid


def cells(grid: Grid) -> dict[int, list[Any]]:
    """Rows without a filled cell are left out, as they may be."""
    frame = grid.cells.astype(object)
    rows = zip(frame.index, frame.to_numpy().tolist(), strict=True)
    found = {row: [None if pd.isna(cell) else cell for cell in values] for row, values in rows}
    return {row: values for row, values in found.items() if any(values)}


def test_text_stays_text_and_empty_cells_are_null() -> None:
    grid = grid_of(b'a,b,c,d\n0123,1e5,NA,NULL\n , "x" ,"",\n"a ""b""","1\n2",true,2024-01-01\n')
    assert cells(grid) == {
        1: ["a", "b", "c", "d"],
        2: ["0123", "1e5", "NA", "NULL"],
        3: [" ", ' "x" ', None, None],
        4: ['a "b"', "1\n2", "true", "2024-01-01"],
    }
    assert list(grid.cells.columns) == [0, 1, 2, 3]
    assert {str(dtype) for dtype in grid.cells.dtypes} == {"large_string[pyarrow]"}
    assert (grid.cells.index.name, str(grid.cells.index.dtype)) == ("source_row", "int64")
    assert (grid.file, grid.sheet, grid.headers, dict(grid.ragged), grid.notices) == ("orders.csv", "", None, {}, ())


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_as_a_spreadsheet_shows_them(newline: str) -> None:
    text = 'a,b\n1,2\n\n"x\ny",3\n,\n4,5\n6,7,8\n  \n9\n10,11\n\n'.replace("\n", newline)
    grid = grid_of(text.encode())
    assert cells(grid) == {
        1: ["a", "b"],
        2: ["1", "2"],
        4: [f"x{newline}y", "3"],
        6: ["4", "5"],
        7: ["6", "7"],
        9: ["9", None],
        10: ["10", "11"],
    }
    assert grid.ragged == {7: 3, 9: 1}


def test_mixed_line_ends_end_one_row_each() -> None:
    assert list(cells(grid_of(b"a,b\r\n1,2\n3,4\r5,6\r\r\n7,8"))) == [1, 2, 3, 4, 6]


def test_titles_and_footers_are_rows_too_and_their_number_of_fields_is_told() -> None:
    grid = grid_of(b"Orders report\nfrom, May, to, June\n\na,b,c\n1,2,3\n4,5,6\n2 records\n")
    assert cells(grid) == {
        1: ["Orders report", None, None],
        2: ["from", " May", " to"],
        4: ["a", "b", "c"],
        5: ["1", "2", "3"],
        6: ["4", "5", "6"],
        7: ["2 records", None, None],
    }
    assert grid.ragged == {1: 1, 2: 4, 7: 1}


def test_most_rows_tell_the_width_and_the_first_ones_where_there_are_as_many_of_each() -> None:
    assert grid_of(b"a,b\n1,2,\n3,4,\n").cells.shape[1] == 3
    assert grid_of(b"a\na,b\n1,2,3\n").cells.shape[1] == 2


FILLER = "y" * 60


@pytest.mark.parametrize("odd", [150_000, 299_999])
@pytest.mark.parametrize("newline", ["\n", "\r"])
def test_row_numbers_hold_over_many_blocks_of_a_large_file(odd: int, newline: str) -> None:
    lines = [f"{row},{FILLER}" for row in range(1, 300_001)]
    lines[odd - 1] += ",x"
    grid = grid_of(newline.join(["a,b", *lines[1:], "", "300002,z"]).encode())
    assert (grid.cells[0][1:].dropna().astype("int64") == grid.cells[0][1:].dropna().index).all()
    assert (len(cells(grid)), grid.ragged) == (300_001, {odd: 3})


def test_a_line_end_in_quotes_at_the_end_of_a_block_is_part_of_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = b'x,"1\n2,""3\n4,5"\n'
    for block in range(60, 120):
        monkeypatch.setattr(text_rows, "BLOCK", block)
        data = b"a,b\n" * 1_010 + inner + b"c,d\n" * 20
        assert cells(grid_of(data))[1_011] == ["x", '1\n2,"3\n4,5']
        assert len(grid_of(data).cells) == 1_031


@pytest.mark.parametrize("data", [b"a;b", b"a;b\n", b"a;b\r\n\r\n"])
def test_a_header_alone_is_a_grid_of_one_row(data: bytes) -> None:
    assert cells(grid_of(data)) == {1: ["a", "b"]}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a,b\n1,2\n", {}),
        ("a;b\n1;2\n", {}),
        ("a\tb\n1\t2\n", {}),
        ("a|b\n1|2\n", {}),
        ("a~b\n1~2\n", {}),
        ("a^b\n1^2\n", {}),
        ("a b\n1 2\n", {"delimiter": " "}),
        ("a||b\n1||2\n", {"delimiter": "||"}),
        ("a<>b\n1<>2\n", {"delimiter": "<>"}),
        ("a\t\tb\n1\t\t2\n", {"delimiter": "\t\t"}),
        ("a§b\n1§2\n", {"delimiter": "§"}),
        ("'a','b'\n'1','2'\n", {"quote": "'"}),
    ],
)
def test_separators_and_quotes_are_found_or_told(text: str, options: dict[str, str]) -> None:
    assert cells(grid_of(text.encode(), **options)) == {1: ["a", "b"], 2: ["1", "2"]}


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ('"a,b,c";d\n1;2\n', 1, ["a,b,c", "d"]),
        ("a;b;c\n1;2,5;3,5\n", 2, ["1", "2,5", "3,5"]),
        ("total;tax\n2,5;3,5\n", 2, ["2,5", "3,5"]),
        ("a,b,c;\n1,2,3;\n", 2, ["1", "2", "3;"]),
        ("Report, of May\n\na;b;c\n1;2;x, y\n", 4, ["1", "2", "x, y"]),
        ("a,b,c\n1,name:x|sku:y,3\n", 2, ["1", "name:x|sku:y", "3"]),
    ],
)
def test_what_separates_most_rows_and_the_header_is_the_separator(text: str, row: int, expected: list[str]) -> None:
    grid = grid_of(text.encode())
    assert (grid.cells.shape[1], cells(grid)[row]) == (len(expected), expected)


def test_a_line_that_tells_the_separator_is_used_and_left_out() -> None:
    assert cells(grid_of(b"sep=;\na;b,c\n1;2,3\n")) == {2: ["a", "b,c"], 3: ["1", "2,3"]}
    assert list(cells(grid_of(b'Orders\n"sep=,"\n\na,b\n1,2\n'))) == [1, 4, 5]
    assert list(cells(grid_of(b"a;b\nsep=;\n", delimiter=";"))) == [1]


def test_a_long_separator_stays_in_quoted_cells() -> None:
    grid = grid_of(b'a||b\n1|2||"x||""y"\n"||"||3||4\n', delimiter="||")
    assert cells(grid) == {1: ["a", "b"], 2: ["1|2", 'x||"y'], 3: ["||", "3"]}
    assert grid.ragged == {3: 3}


def test_apostrophes_around_most_cells_enclose_them_and_that_is_told() -> None:
    grid = grid_of(b"'a','b'\n'1, 2','it''s'\n3,'\"'\n")
    assert cells(grid) == {1: ["a", "b"], 2: ["1, 2", "it's"], 3: ["3", '"']}
    assert ["apostrophes" in notice and "'a'" in notice for notice in grid.notices] == [True]
    assert cells(grid_of(b"'a',b\n'tis,x\n"))[1] == ["'a'", "b"]
    assert cells(grid_of(b"'a','b'\n'1','2'\n", quote='"'))[1] == ["'a'", "'b'"]


def test_a_backslash_before_a_quote_inside_a_cell_belongs_to_it_and_that_is_told() -> None:
    grid = grid_of(b'"a","b"\n"5\\" disk","c:\\\\"\n"\\"","x\\\ny"\n')
    assert cells(grid) == {1: ["a", "b"], 2: ['5" disk', "c:\\"], 3: ['"', "x\ny"]}
    assert ["backslash" in notice and '5\\" disk' in notice for notice in grid.notices] == [True]
    plain = grid_of(b'a,b\n"c:\\","x\\""y"\n')
    assert (cells(plain)[2], plain.notices) == (["c:\\", 'x\\"y'], ())


def test_without_a_quote_nothing_encloses_cells() -> None:
    assert cells(grid_of(b'a,b\n"1,2"\n3,"\n', quote="")) == {1: ["a", "b"], 2: ['"1', '2"'], 3: ["3", '"']}


@pytest.mark.parametrize(
    ("data", "options", "says"),
    [
        (b"a\n1\n", {}, "has only one column when split by comma, semicolon, tab, pipe"),
        (b"a;b\n1;2\n", {"delimiter": ","}, "has only one column when split by ','"),
        (b"a;b,c\n1;2,3\n", {}, "comma or semicolon may separate its columns"),
        (b"1;2,5\n2;3,5\n", {}, "comma or semicolon may separate its columns"),
        (b"a,b\n", {"delimiter": 'x"'}, "cannot separate fields"),
        (b"a,b\n", {"delimiter": ""}, "cannot separate fields"),
        (b"a,b\n", {"quote": "ab"}, "cannot enclose cells"),
        (b"a,b\n1,2\n\0,3\n", {}, "line 3 has a NUL byte"),
        (b"PK\x03\x04\0\xff\n", {}, "line 1 has a NUL byte. If it is text"),
        (b"\n \n,,\n", {}, "has no text in it"),
        (b'a,b\n1,2\n3,"4\n5,6\n', {}, "a quote in row 3 is never closed"),
        (b'a,b\n1,2\n3,4,"4\n5,6', {}, "a quote in row 3 is never closed"),
        (b'a,"b\n1,2\n', {}, "a quote in row 1 is never closed"),
        (b'a,b,c\n1,2,"x\n4,5,"y"\n7,8,9\n', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b,c\n1,2,"x\n4,5,"y"', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b\n1,2,"x\n4,5,"y"\n7,8\n', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b\n1,2\n3,"' + b"x" * 20_000_000 + b'"\n', {}, "a cell in row 3 or below does not end"),
        (b'"' + b"x" * 200_000 + b'",b\n', {}, "a cell in row 1 does not end"),
        (b"a" + b",a" * 1_000_000 + b"\n", {}, "row 1 has more than 16,384 fields"),
        (b"a,b\n" + b",a" * 1_000_000 + b"\n", {}, "row 2 has more than 16,384 fields"),
        (b"x" * 30_000_000, {}, "a cell in row 1 does not end"),
        (b"x,y;" * 300_000, {}, "row 1 has more than 16,384 fields"),
        ((b"x" * 300 + b",") * 5_000, {}, "row 1 does not end within a million bytes"),
        (b"a,b\n" + b"\n" * 30_000_000 + b"1,2", {}, "most of its 30,000,002 lines are blank"),
    ],
)
def test_text_that_cannot_be_read_is_refused_with_a_remedy(data: bytes, options: dict[str, str], says: str) -> None:
    with pytest.raises(InputError) as raised:
        grid_of(data, **options)
    assert "orders.csv" in raised.value.message
    assert says in str(raised.value)
    assert raised.value.remedy
    assert "\n" not in str(raised.value)


def test_too_many_rows_of_another_length_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_rows, "MANY_ROWS", 5)
    rows = b"1,2\n" * 1_000
    assert len(grid_of(b"a,b\n" + rows + b"1\n" * 5).ragged) == 5
    with pytest.raises(InputError, match="more than 5 rows have not 2 fields"):
        grid_of(b"a,b\n" + rows + b"1\n" * 6)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
tricky = st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r", "\r\n", "\n\n", 'a"b', '"\n"', " ", "\ufeff", "\x85", "\u2028", "\\"]
)
tables = st.lists(st.lists(texts | tricky | st.just(""), min_size=1, max_size=4))


def written(rows: list[list[str]], delimiter: str, newline: str) -> bytes:
    stream = io.StringIO(newline="")
    # The writer leaves LF without quotes where rows end with CR alone, and the other way round.
    quoting = csv.QUOTE_MINIMAL if newline == "\r\n" else csv.QUOTE_ALL
    csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)
    return stream.getvalue().encode()


def expected_rows(rows: list[list[str]], width: int) -> Mapping[int, list[str | None]]:
    filled = {number: row for number, row in enumerate(rows, 1) if any(row)}
    # A row of another length that holds nothing but whitespace is a blank line.
    filled = {n: row for n, row in filled.items() if len(row) == width or any(cell.strip(SPACE) for cell in row)}
    return {n: [cell or None for cell in [*row, *[""] * width][:width]] for n, row in filled.items()}


@settings(max_examples=300, deadline=None)
@given(tables, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\r\n", "\n", "\r"]))
def test_whatever_csv_writes_comes_back(rows: Any, delimiter: str, newline: str) -> None:
    rows = [*[["a", "b", "c"]] * 40, *rows]
    grid = grid_of(written(rows, delimiter, newline), delimiter=delimiter, quote='"')
    expected = expected_rows(rows, 3)
    assert cells(grid) == {n: row for n, row in expected.items() if any(row)}
    assert dict(grid.ragged) == {n: len(rows[n - 1]) for n in expected if len(rows[n - 1]) != 3}


@real_files
def test_real_text_files_are_read_or_refused_in_one_line() -> None:
    refused: dict[str, str] = {}
    files = sorted(TRAPS.parent.glob("*/*.csv"))
    for path in files:
        try:
            grid_of(path.read_bytes())
        except InputError as error:
            refused[path.name] = str(error)
    assert sorted(refused) == ["csvkit_null_byte.csv", "leading-zeros.csv"]
    assert not [message for message in refused.values() if "\n" in message]
