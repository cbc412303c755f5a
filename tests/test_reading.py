"""Reading: what a person sees in a file is what comes out, with its row numbers, or one clear line says why not."""

import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.inputs import find_inputs, read_tables
from schemas.errors import InputError
from schemas.tables import ReadOptions, SourceTable

TRAPS = Path(__file__).parents[2] / "shared" / "data" / "format_traps"
real_files = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/data is not there")


def read(path: Path, **options: str) -> list[SourceTable]:
    return list(read_tables(find_inputs([str(path)])[0], ReadOptions(**options)))


def read_bytes(folder: Path, data: bytes, name: str = "orders.csv", **options: str) -> SourceTable:
    path = folder / name
    path.write_bytes(data)
    [table] = read(path, **options)
    return table


def cells(table: SourceTable) -> dict[int, list[Any]]:
    frame = table.cells.astype(object)
    return {row: [None if pd.isna(v) else v for v in values] for row, values in zip(frame.index, frame.values.tolist())}  # noqa: B905, PD011 - of one frame


def workbook(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return path


def sheet_of(path: Path, rows: dict[str, list[Any]]) -> Path:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Orders")
        for place, values in rows.items():
            sheet.write_row(place, values)

    return workbook(path, fill)


# Which files are meant


def test_a_folder_gives_its_supported_files_by_name_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    (folder / "deeper.csv").mkdir(parents=True)
    for name in ("b.csv", "a.csv.gz", "C.XLSX", ".hidden.csv", "~$C.xlsx", "notes.txt", "deeper.csv/x.csv"):
        (folder / name).write_text(name)
    assert [file.name for file in find_inputs(["in/"])] == ["in/C.XLSX", "in/a.csv.gz", "in/b.csv"]
    assert [file.name for file in find_inputs(["in/*.csv"])] == ["in/b.csv"]
    assert [file.name for file in find_inputs(["./in/b.csv", "in/*.gz"])] == ["./in/b.csv", "in/a.csv.gz"]


def test_a_file_is_described_by_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n")
    [file] = find_inputs([str(tmp_path / "a.csv")])
    assert (file.bytes, file.sha256) == (4, hashlib.sha256(b"a,b\n").hexdigest())


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("order.csv", "order.csv does not exist. Did you mean orders.csv?"),
        ("zzz", "zzz does not exist. Check the path."),
        ("nowhere/orders.csv", "nor does the folder nowhere"),
        ("*.xlsx", "No file matches *.xlsx"),
        ("bare", "bare has no file that can be read. Supported are .xlsx, "),
        ("bare/*", "bare/* has no file that can be read"),
        ("bare/notes.txt", "bare/notes.txt has an ending that is not supported. Supported are .xlsx, "),
        ("empty.csv", "empty.csv is empty (0 bytes)"),
        ("*.csv*", "empty.csv is empty"),
        ("orders.csv copy.csv", "orders.csv and copy.csv have the same content"),
    ],
)
def test_inputs_that_cannot_be_meant_are_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare/notes.txt").write_text("x")
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    (tmp_path / "copy.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").touch()
    with pytest.raises(InputError) as raised:
        find_inputs(pattern.split())
    assert says in str(raised.value)
    assert raised.value.remedy


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")

    def refuse(*_args: Any, **_options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"a\.csv cannot be read: Permission denied"):
        find_inputs([str(tmp_path / "a.csv")])


def test_a_file_that_changed_since_it_was_found_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    [file] = find_inputs([str(path)])
    path.write_text("a,b\n1,3\n")
    with pytest.raises(InputError, match="changed while it was read"):
        list(read_tables(file, ReadOptions()))


@pytest.mark.parametrize(
    ("start", "stop", "other"), [(0, -9, b""), (0, 20, b""), (5, None, b""), (0, 10, b"\xff" * 99)]
)
def test_a_damaged_gz_is_refused(tmp_path: Path, start: int, stop: int | None, other: bytes) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 99, mtime=0)
    assert len(read_bytes(tmp_path, packed, "a.csv.gz").cells) == 99
    with pytest.raises(InputError, match=r"b\.csv\.gz is not a complete gzip file"):
        read_bytes(tmp_path, packed[start:stop] + other, "b.csv.gz")


# Text files


def test_text_stays_text_and_empty_cells_are_null(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b'a,b,c,d\n0123,1e5,NA,NULL\n , "x" ,"",\n"a ""b""","1\n2",true,2024-01-01\n')
    assert cells(table) == {
        2: ["0123", "1e5", "NA", "NULL"],
        3: [" ", ' "x" ', None, None],
        4: ['a "b"', "1\n2", "true", "2024-01-01"],
    }
    assert {str(dtype) for dtype in table.cells.dtypes} == {"large_string[pyarrow]"}
    assert (table.cells.index.name, str(table.cells.index.dtype)) == ("source_row", "int64")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path, newline: str) -> None:
    text = 'a,b\n1,2\n\n"x\ny",3\n,\n4,5\n6,7,8\n  \n9\n10,11\n\n'.replace("\n", newline)
    table = read_bytes(tmp_path, text.encode())
    assert cells(table) == {
        2: ["1", "2"],
        4: [f"x{newline}y", "3"],
        6: ["4", "5"],
        7: ["6", "7"],
        9: ["9", None],
        10: ["10", "11"],
    }
    assert table.malformed == {
        7: "the row has 3 fields, the header has 2",
        9: "the row has 1 fields, the header has 2",
    }


def test_row_numbers_hold_over_many_blocks_of_a_large_file(tmp_path: Path) -> None:
    filler = "y" * 60
    lines = ["a,b", *(f"{row},{filler}" for row in range(2, 300_000)), f"300000,{filler},x", "", "300002,z"]
    table = read_bytes(tmp_path, "\n".join(lines).encode())
    assert (table.cells["a"].astype("int64") == table.cells.index).all()
    assert (len(table.cells), list(table.malformed)) == (300_000, [300_000])


def test_blank_lines_before_the_header_count_as_rows(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b'\n,,\n\n"order\nnumber", total ,c\n1,2,3\n4,5,6,7\n')
    assert list(table.cells.columns) == ["order number", "total", "c"]
    assert cells(table) == {5: ["1", "2", "3"], 6: ["4", "5", "6"]}


@pytest.mark.parametrize("data", [b"a;b", b"a;b\n", b"a;b\r\n\r\n"])
def test_a_header_alone_is_a_table_without_rows(tmp_path: Path, data: bytes) -> None:
    table = read_bytes(tmp_path, data)
    assert (list(table.cells.columns), len(table.cells)) == (["a", "b"], 0)


@pytest.mark.parametrize(
    ("data", "name", "options"),
    [
        (b"a,b\n1,2\n", "x.csv", {}),
        (b"a;b\n1;2\n", "x.csv", {}),
        (b"a\tb\n1\t2\n", "x.csv", {}),
        (b"a|b\n1|2\n", "x.CSV", {}),
        (b"a\tb\n1\t2\n", "x.tsv", {}),
        (b"a~b\n1~2\n", "x.tsv", {"delimiter": "~"}),
        (b"\xef\xbb\xbfa,b\n1,2", "x.csv", {}),
        (b"\xef\xbb\xbfa,b\n1,2", "x.csv", {"encoding": "cp1252"}),
        ("\ufeffa,b\n1,2\n".encode("utf-16-le"), "x.csv", {}),
        ("\ufeffa,b\n1,2\n".encode("utf-16-be"), "x.csv", {}),
        ("a,b\n1,2\n".encode("utf-16-be"), "x.csv", {"encoding": "utf-16-be"}),
        (gzip.compress(b"a\tb\n1\t2\n", mtime=0), "x.tsv.gz", {}),
    ],
)
def test_separator_and_encoding_are_found_or_told(
    tmp_path: Path, data: bytes, name: str, options: dict[str, str]
) -> None:
    table = read_bytes(tmp_path, data, name, **options)
    assert list(table.cells.columns) == ["a", "b"]
    assert cells(table) == {2: ["1", "2"]}


def test_quotes_are_respected_when_the_separator_is_sought(tmp_path: Path) -> None:
    assert list(read_bytes(tmp_path, b'"a,b,c";d\n1;2\n').cells.columns) == ["a,b,c", "d"]


def test_an_encoding_that_is_told_is_used(tmp_path: Path) -> None:
    assert cells(read_bytes(tmp_path, "a,b\né,ü\n".encode("cp1252"), encoding="cp1252")) == {2: ["é", "ü"]}


def test_an_empty_column_without_a_header_is_dropped(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"a,,b,\n1,,2,\n")
    assert list(table.cells.columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "options", "says"),
    [
        (b"a,b,a\n1,2,3\n", {}, 'columns 1, 3 are all named "a"'),
        (b"a, a \n1,2\n", {}, 'columns 1, 2 are all named "a"'),
        (b"a,b,\n1,2,3\n", {}, "column 3 has no header"),
        (b"a\n1\n", {}, "has only one column when split by comma, semicolon, tab, pipe"),
        (b"a;b\n1;2\n", {"delimiter": ","}, "has only one column when split by comma"),
        (b"a;b,c\n1;2,3\n", {}, "comma or semicolon may separate its columns"),
        (b"a,b\n", {"delimiter": "||"}, "the delimiter must be one character, not '||'"),
        (b"a,b\n1,2\n3,\xe9\n", {}, "is not utf-8 text: line 3 has other bytes. Set `encoding`"),
        (b"a,b\n1,\xe9,x\n", {}, "line 2 has other bytes"),
        (b"\xff\xfea\0,\0b\0\n\0\xd8\xd8", {}, "is not utf-16 text: line 2"),
        (b"a,b\n", {"encoding": "klingon"}, "there is no text encoding klingon"),
        (b"a,b\n", {"encoding": "hex"}, "there is no text encoding hex"),
        (b"a,b\n1,2\n\0,3\n", {}, "line 3 has a NUL byte"),
        ("a,b\n1,2\n".encode("utf-16-le"), {}, "line 1 has a NUL byte. If it is text: Set `encoding`"),
        (b"PK\x03\x04\0\xff\n", {}, "line 1 has a NUL byte. If it is text"),
        (b"\n \n,,\n", {}, "has no text in it"),
        (b'a,b\n1,2\n3,"4\n5,6\n', {}, "a quote in row 3 is never closed"),
        (b'a,b\n1,2\n3,4,"4\n5,6', {}, "a quote in row 3 is never closed"),
        (b'a,"b\n1,2\n', {}, "a cell in row 1 or below does not end"),
        (b'a,b,c\n1,2,"x\n4,5,"y"\n7,8,9\n', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b,c\n1,2,"x\n4,5,"y"', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b\n1,2,"x\n4,5,"y"\n7,8\n', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b\n1,2\n3,"' + b"x" * 20_000_000 + b'"\n', {}, "a cell in row 3 or below does not end"),
        (b'"' + b"x" * 200_000 + b'",b\n', {}, "the header cannot be read"),
    ],
)
def test_text_that_cannot_be_read_is_refused_with_a_remedy(
    tmp_path: Path, data: bytes, options: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError) as raised:
        read_bytes(tmp_path, data, **options)
    assert "orders.csv" in raised.value.message
    assert says in str(raised.value)
    assert raised.value.remedy


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
tricky = st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r", "\r\n", "\n\n", 'a"b', '"\n"', " ", "\ufeff", "\x85", "\u2028"]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(text | tricky | st.just(""), min_size=1, max_size=4)), st.sampled_from([",", ";", "\t"]))
def test_whatever_csv_writes_comes_back(tmp_path: Path, rows: Any, delimiter: str) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([["a", "b", "c"], *rows])
    table = read_bytes(tmp_path, stream.getvalue().encode())
    expected = {number: row for number, row in enumerate(rows, 2) if any(row)}
    # A row of another length that holds nothing but whitespace is a blank line.
    expected = {n: row for n, row in expected.items() if len(row) == 3 or any(cell.strip() for cell in row)}
    assert cells(table) == {n: [v or None for v in [*row, "", ""][:3]] for n, row in expected.items()}
    assert set(table.malformed) == {n for n, row in expected.items() if len(row) != 3}


# Workbooks


def test_cells_of_a_workbook_stay_python_objects(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - Excel has no zones

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Orders")
        sheet.write_row("A1", ["text", "whole", "part", "flag", "moment", "day", "hour", "none"])
        sheet.write_row("A2", ["0123", 17850.0, 1.5, True])
        sheet.write_datetime("E2", moment, book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))
        sheet.write_datetime("F2", date(2024, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_datetime("G2", time(3, 4, 5), book.add_format({"num_format": "hh:mm:ss"}))
        sheet.write_string("H2", "")

    [table] = read(workbook(tmp_path / "a.xlsx", fill))
    assert cells(table) == {2: ["0123", 17850, 1.5, True, moment, date(2024, 1, 2), time(3, 4, 5), None]}
    assert [type(cell).__name__ for cell in table.cells.iloc[0][:4]] == ["str", "int", "float", "bool"]
    assert (table.file, table.sheet) == (str(tmp_path / "a.xlsx"), "Orders")
    assert (table.cells.index.name, str(table.cells.index.dtype)) == ("source_row", "int64")


def test_row_numbers_are_those_of_the_sheet_wherever_the_table_stands(tmp_path: Path) -> None:
    [table] = read(sheet_of(tmp_path / "a.xlsx", {"B3": [" order\nnumber ", 2024], "B5": ["x", 1], "B9": ["y", 0]}))
    assert list(table.cells.columns) == ["order number", "2024"]
    assert cells(table) == {5: ["x", 1], 9: ["y", 0]}


def test_every_visible_sheet_with_cells_is_a_table(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name in ("May", "Secret", "Blank", "June"):
            sheet = book.add_worksheet(name)
            if name != "Blank":
                sheet.write_row("A1", ["a", "b"])
            if name == "Secret":
                sheet.very_hidden()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=May!$A$1:$B$1"})
        book.add_chartsheet("Chart").set_chart(chart)

    tables = read(workbook(tmp_path / "a.xlsx", fill))
    assert [(table.sheet, len(table.cells)) for table in tables] == [("May", 0), ("June", 0)]


def test_error_cells_and_formulas_without_a_result_are_told(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Orders")
        sheet.write_row("A1", ["a", "b"])
        sheet.write_row("A2", [1, 2])
        sheet.write_formula("B3", "=1/0", None, "#DIV/0!")
        sheet.write_row("A4", [1])
        sheet.write_formula("B4", "=A4*2", None, "")
        sheet.write_formula("A5", "=A4*2", None, 2)
        sheet.write_formula("B5", '=""&""', None, "")

    edited = io.BytesIO()
    with zipfile.ZipFile(workbook(tmp_path / "a.xlsx", fill)) as old, zipfile.ZipFile(edited, "w") as new:
        for name in old.namelist():  # Excel marks what it calculated to an empty text
            new.writestr(name, old.read(name).replace(b'<c r="B5">', b'<c r="B5" t="str">'))
    table = read_bytes(tmp_path, edited.getvalue(), "b.xlsx")
    assert cells(table) == {2: [1, 2], 3: [None, None], 4: [1, None], 5: [2, None]}
    assert table.malformed == {
        3: "cell B3 holds the error #DIV/0!",
        4: "cell B4 holds a formula that was never calculated",
    }


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"A1": ["a", "b", "a"]}, 'columns 1, 3 are all named "a"'),
        ({"A1": ["a", None, "c"], "A2": [1, 2, 3]}, "column 2 has no header"),
        ({"A1": ["Report"], "A3": ["a", "b", "c"]}, "columns 2, 3 have no header"),
        ({"A1": ["a", "b"], "XFD1048576": ["x"]}, "only 3 cells are filled, but they reach down to row 1048576"),
        ({}, "has no visible sheet with cells"),
    ],
)
def test_sheets_that_are_no_tables_are_refused_with_a_remedy(tmp_path: Path, rows: Any, says: str) -> None:
    with pytest.raises(InputError) as raised:
        read(sheet_of(tmp_path / "a.xlsx", rows))
    assert ('a.xlsx, sheet "Orders"' if rows else "a.xlsx") in raised.value.message
    assert says in str(raised.value)
    assert raised.value.remedy


def test_formats_far_outside_the_table_do_no_harm(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["a", "b"])
        sheet.write_blank("XFD1048576", None, book.add_format({"bold": True}))

    [table] = read(workbook(tmp_path / "a.xlsx", fill))
    assert table.cells.shape == (0, 2)


@pytest.mark.parametrize("damage", ["text", "cut", "hollow", "part"])
def test_files_that_are_no_workbooks_are_refused_with_a_remedy(tmp_path: Path, damage: Any) -> None:
    whole = sheet_of(tmp_path / "whole.xlsx", {"A1": ["a", "b"]}).read_bytes()
    hollow, part = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(hollow, "w") as book:
        book.writestr("readme.txt", "x")
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(part, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[: 200 if "sheet1" in name else None])
    data = {"text": b"a,b\n1,2\n", "cut": whole[:-900], "hollow": hollow.getvalue(), "part": part.getvalue()}[damage]
    with pytest.raises(InputError) as raised:
        read_bytes(tmp_path, data, "orders.xlsx")
    assert "orders.xlsx is not a readable workbook" in raised.value.message
    assert "save it as .xlsx" in raised.value.remedy


@real_files
def test_other_workbook_formats_are_read_alike() -> None:
    for name in ("any_sheets.ods", "any_sheets.xls"):
        [table] = read(TRAPS / name)
        assert (table.sheet, list(table.cells.columns), list(table.cells.index)) == ("Visible", ["1", "2"], [2, 3, 5])
    repeated = read(TRAPS / "number_rows_repeated.ods")
    assert [list(table.cells.index) for table in repeated] == [[2, 3, 6, 8], [3, 4, 7, 9], [4, 5, 8, 10]]


@real_files
def test_a_workbook_with_a_password_says_so() -> None:
    with pytest.raises(InputError, match="is protected by a password"):
        read(TRAPS / "pass_protected.xlsx")


@real_files
def test_real_files_are_read_or_refused_in_one_line() -> None:
    refused: dict[str, str] = {}
    files = [path for path in TRAPS.parent.glob("*/*") if path.suffix != ".md"]
    for path in files:
        try:
            read(path)
        except InputError as error:
            refused[path.name] = str(error)
    assert len(files) - len(refused) > 15
    assert {"errors.xlsx", "duplicate-headers.csv", "csvkit_null_byte.csv", "skip-rows.xlsx"} <= set(refused)
    assert not [message for message in refused.values() if "\n" in message]


# Parquet files


def test_parquet_keeps_its_types_and_counts_rows_from_1(tmp_path: Path) -> None:
    table = pa.table(
        {
            " text ": pa.array(["a", None], pa.string_view()),
            "word": pa.array(["x", "x"]).dictionary_encode(),
            "amount": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
            "day": pa.array([date(2024, 1, 2), None]),
            "whole": pa.array([1, None], pa.int64()),
            "lines": pa.array([[{"item": "a"}], None]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    [found] = read(tmp_path / "a.parquet")
    assert {name: str(dtype.pyarrow_dtype) for name, dtype in found.cells.dtypes.items()} == {
        "text": "large_string",
        "word": "large_string",
        "amount": "decimal128(9, 2)",
        "day": "date32[day]",
        "whole": "int64",
        "lines": "list<element: struct<item: string>>",
    }
    assert found.cells["amount"][1] == Decimal("1.50")
    assert (list(found.cells.index), found.cells.index.name) == ([1, 2], "source_row")


def test_parquet_written_by_pandas_loses_no_index_column(tmp_path: Path) -> None:
    pd.DataFrame({"order": ["a"], "n": [1]}).set_index("order").to_parquet(tmp_path / "a.parquet")
    [found] = read(tmp_path / "a.parquet")
    assert list(found.cells.columns) == ["n", "order"]


@pytest.mark.parametrize("damage", ["text", "cut", "twice"])
def test_parquet_that_cannot_be_read_is_refused(tmp_path: Path, damage: Any) -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(twice, tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    data = {"text": b"a,b\n1,2\n", "cut": whole[:-20], "twice": whole}[damage]
    with pytest.raises(InputError, match=r"orders\.parquet(: columns 1, 2 are all named| is not a readable Parquet)"):
        read_bytes(tmp_path, data, "orders.parquet")
