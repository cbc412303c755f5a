"""Workbooks: what a person sees in a sheet is what comes out, with its rows and columns, or is named as a fault."""

import struct
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from books import HEADER, WORKBOOK, edited, ods_of, read, rows_of, sheet_of, sheet_xml, workbook, xlsx_of, zip_of

from schemas.errors import InputError

TRAPS = Path(__file__).parents[2] / "shared" / "data" / "format_traps"
real_files = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/data is not there")
MOMENT = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - Excel has no zones
ONE, ONES = [1.0, None, None, None], [1.0, 1.0, None, None]
DAY = datetime(2024, 1, 2)  # noqa: DTZ001 - the same


def test_cells_keep_their_types_and_days_are_midnights(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Orders")
        sheet.write_row("A1", ["0123", 17850.0, 1.5, True])
        for place, moment, shape in (("E1", MOMENT, "yyyy-mm-dd hh:mm:ss"), ("F1", DAY, "yyyy-mm-dd")):
            sheet.write_datetime(place, moment, book.add_format({"num_format": shape}))
        sheet.write_datetime("G1", time(3, 4, 5), book.add_format({"num_format": "hh:mm:ss"}))
        sheet.write_number("H1", 1.25, book.add_format({"num_format": "[h]:mm"}))
        sheet.write_string("I1", "")
        sheet.write_row("A2", ["", *[None] * 8, "x"])

    [grid] = read(workbook(tmp_path / "a.xlsx", fill))
    assert rows_of(grid) == {
        1: ["0123", 17850.0, 1.5, True, MOMENT, DAY, time(3, 4, 5), timedelta(hours=30), None, None],
        2: [None] * 9 + ["x"],
    }
    assert (grid.file, grid.sheet, grid.epoch) == (str(tmp_path / "a.xlsx"), "Orders", 1900)
    assert (grid.cells.index.name, str(grid.cells.index.dtype)) == ("source_row", "int64")
    assert list(grid.cells.columns) == list(range(10))


def test_a_column_of_one_type_has_it_and_a_mixed_one_has_python_objects(tmp_path: Path) -> None:
    rows = {"A1": ["t", 1, True, None, "head"], "A2": ["u", 2.5, False, None, 7]}
    [grid] = read(sheet_of(tmp_path / "a.xlsx", {**rows, "F3": ["end"]}))
    kinds = ["large_string", "double", "bool", "large_string"]
    assert [str(kind) for kind in grid.cells.dtypes] == [
        *(f"{kind}[pyarrow]" for kind in kinds),
        "object",
        "large_string[pyarrow]",
    ]
    assert grid.cells[4].tolist() == ["head", 7.0, None]


@pytest.mark.parametrize("odd", [None, 2, 29_000])
def test_a_column_is_whole_wherever_it_turns_out_to_be_mixed(tmp_path: Path, odd: int | None) -> None:
    numbers: list[Any] = [float(row) for row in range(30_000)]
    if odd is not None:
        numbers[odd] = "odd"
    xml = "".join(
        f'<row r="{row}"><c r="A{row}" t="{"str" if number == "odd" else "n"}"><v>{number}</v></c>'
        f'<c r="L{row}"><v>1</v></c></row>'
        for row, number in enumerate(numbers, 1)
    )
    [grid] = read(xlsx_of(tmp_path / "a.xlsx", sheet_xml(xml)))
    assert grid.cells[0].tolist() == numbers
    assert list(grid.cells.index) == list(range(1, 30_001))
    assert [str(grid.cells[place].dtype) for place in (0, 11)] == [
        "double[pyarrow]" if odd is None else "object",
        "double[pyarrow]",
    ]


def test_rows_and_columns_keep_their_numbers_wherever_the_table_stands(tmp_path: Path) -> None:
    [grid] = read(sheet_of(tmp_path / "a.xlsx", {"C3": ["order", 2024], "C5": ["x", 1], "C9": ["y", 0]}))
    assert rows_of(grid) == {
        3: [None, None, "order", 2024],
        5: [None, None, "x", 1],
        9: [None, None, "y", 0],
    }


def test_hidden_sheets_are_named_and_not_read_and_empty_ones_and_charts_left_out(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name in ("May", "Secret", "Secrets", "Blank", "June"):
            sheet = book.add_worksheet(name)
            if name != "Blank":
                sheet.write_row("A1", ["a", "b"])
            if name == "Secret":
                sheet.hide()
            if name == "Secrets":
                sheet.very_hidden()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=May!$A$1:$B$1"})
        book.add_chartsheet("Chart").set_chart(chart)

    grids = read(workbook(tmp_path / "a.xlsx", fill))
    found = {grid.sheet: (grid.is_hidden, grid.cells.shape) for grid in grids}
    seen, hidden = (False, (1, 2)), (True, (0, 0))
    assert found == {"May": seen, "Secret": hidden, "Secrets": hidden, "June": seen}


def test_a_workbook_without_a_visible_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no visible sheet with cells"):
        read(sheet_of(tmp_path / "a.xlsx", {}))


@pytest.mark.parametrize("prefix", ["", "x:", "ns0:"])
def test_error_cells_and_formulas_without_a_result_are_faults_of_their_cells(tmp_path: Path, prefix: str) -> None:
    rows = (
        '<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="AB2" s="1" t="e"><v>#N/A</v></c></row>'
        '<row r="3"><c r="A3"><v>1</v></c><c r="B3"><f>A4*2</f></c><c r="C3"><f>A4*2</f><v></v></c></row>'
        '<row r="4"><c r="A4"><f>A4*2</f><v>2</v></c><c r="B4" t="str"><f>""&amp;""</f><v></v></c></row>'
        '<row r="5">\n<c t="e" r="A5">\n <f ca="1">NA()</f>\n <v>#NAME?</v>\n</c></row>'
        '<row r="6"><c r="A6"><f t="shared" ref="A6:A9" si="0">A4</f><v/></c><c r="B6"><f t="shared" si="0"/></c></row>'
    )
    xml = sheet_xml(HEADER + rows)
    if prefix:
        xml = xml.replace("</", "\0").replace("<", f"<{prefix}").replace("\0", f"</{prefix}")
        xml = xml.replace("xmlns=", f"xmlns:{prefix[:-1]}=")
    [grid] = read(xlsx_of(tmp_path / "a.xlsx", xml))
    never = "a formula that was never calculated"
    assert grid.faults == {
        (2, 0): "the error #DIV/0!",
        (2, 27): "the error #N/A",
        (3, 1): never,
        (3, 2): never,
        (5, 0): "the error #NAME?",
        (6, 0): never,
        (6, 1): never,
    }
    filled = {row: [cell for cell in cells if cell is not None] for row, cells in rows_of(grid).items()}
    assert filled == {1: ["a", "b"], 2: [], 3: [1.0], 4: [2.0], 5: [], 6: []}


def test_faults_of_an_ods_are_counted_over_repeated_rows_and_cells(tmp_path: Path) -> None:
    one = '<table:table-cell office:value-type="float" office:value="1"/>'
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    uncalculated = '<table:table-cell table:formula="of:=[.A1]"/>'
    rows = (
        f'<table:table-row table:number-rows-repeated="2">{one}{one}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="2">{one}{error}</table:table-row>'
        f'<table:table-row><table:table-cell table:number-columns-repeated="3"/>{uncalculated}</table:table-row>'
    )
    [grid] = read(ods_of(tmp_path / "a.ods", rows))
    never = "a formula that was never calculated"
    assert grid.faults == {(3, 1): "the error #DIV/0!", (4, 1): "the error #DIV/0!", (5, 3): never}
    assert rows_of(grid) == {1: ONES, 2: ONES, 3: ONE, 4: ONE, 5: [None] * 4}


def record(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body)]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def test_error_cells_and_the_epoch_of_an_xlsb_are_found(tmp_path: Path) -> None:
    cell = struct.Struct("<II")
    sheet = b"".join(
        [
            record(129, b""),
            record(148, struct.pack("<IIII", 0, 1, 0, 1)),
            record(145, b""),
            record(0, struct.pack("<I", 0) + bytes(21)),
            record(6, cell.pack(0, 0) + wide("a")),
            record(6, cell.pack(1, 0) + wide("b")),
            record(0, struct.pack("<I", 1) + bytes(21)),
            record(5, cell.pack(0, 0) + struct.pack("<d", 2.5)),
            record(3, cell.pack(1, 0) + b"\x2a"),
            record(146, b""),
            record(130, b""),
        ]
    )
    book = record(131, b"") + record(153, struct.pack("<II", 1, 0) + wide("")) + record(143, b"")
    book += record(156, struct.pack("<II", 0, 1) + wide("r1") + wide("S")) + record(144, b"") + record(132, b"")
    xlsx_of(tmp_path / "a.xlsx", "")
    links = edited(tmp_path / "a.xlsx", tmp_path / "b.xlsx", b"sheet1.xml", b"sheet1.bin")
    with zipfile.ZipFile(links) as archive:
        link = archive.read("xl/_rels/workbook.xml.rels")
    parts = {"xl/_rels/workbook.bin.rels": link, "xl/workbook.bin": book, "xl/worksheets/sheet1.bin": sheet}
    [grid] = read(zip_of(tmp_path / "a.xlsb", {"[Content_Types].xml": "<Types/>", **parts}))
    assert (grid.faults, grid.epoch) == ({(2, 1): "the error #N/A"}, 1904)
    assert rows_of(grid) == {1: ["a", "b"], 2: [2.5, None]}


def test_the_epoch_of_a_workbook_is_told(tmp_path: Path) -> None:
    book = WORKBOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    [grid] = read(xlsx_of(tmp_path / "a.xlsx", sheet_xml(HEADER), book=book))
    assert grid.epoch == 1904


def test_a_sheets_name_is_shown_on_one_line(tmp_path: Path) -> None:
    book = WORKBOOK.replace('name="S"', 'name="a&#10;b"')
    [grid] = read(xlsx_of(tmp_path / "a.xlsx", sheet_xml(HEADER), book=book))
    assert grid.sheet == r"a\nb"


@real_files
def test_other_formats_are_read_alike() -> None:
    for name in ("any_sheets.ods", "any_sheets.xls"):
        grids = read(TRAPS / name)
        assert [(grid.sheet, grid.is_hidden) for grid in grids] == [
            ("Visible", False),
            ("Hidden", True),
            ("VeryHidden", True),
        ]
        assert {row: cells for row, cells in rows_of(grids[0]).items() if row < 4} == {1: [1, 2], 2: [3, 4], 3: [5, 6]}
        assert list(grids[0].cells.index) == [1, 2, 3, 5]
    repeated = read(TRAPS / "number_rows_repeated.ods")
    assert [list(grid.cells.index) for grid in repeated] == [[1, 2, 3, 6, 8], [2, 3, 4, 7, 9], [3, 4, 5, 8, 10]]


@real_files
@pytest.mark.parametrize("name", ["date_1904.xls", "date_1904.xlsx"])
def test_dates_that_count_from_1904_are_read_right(name: str) -> None:
    [grid] = read(TRAPS / name)
    assert grid.epoch == 1904
    assert grid.cells[0].tolist()[:2] == [datetime(2021, 1, 1), datetime(2021, 1, 2)]  # noqa: DTZ001 - no zones


@real_files
def test_errors_of_a_real_file_are_faults() -> None:
    [grid] = read(TRAPS / "errors.xlsx")
    assert grid.faults[1, 0] == "the error #DIV/0!"
    assert {row for row, _ in grid.faults} == {1, 2, 3, 4, 5, 6, 7}


@real_files
def test_a_workbook_with_a_password_says_so() -> None:
    with pytest.raises(InputError, match="is protected by a password"):
        read(TRAPS / "pass_protected.xlsx")


@real_files
def test_a_used_range_of_everything_is_read_in_little_time_and_memory() -> None:
    [grid] = read(TRAPS / "issue_174.xlsx")
    assert grid.cells.shape == (2, 11)
