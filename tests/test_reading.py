"""Reading: what a person sees in a file is what comes out, with its row numbers, or one clear line says why not."""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

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
