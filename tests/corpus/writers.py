"""Small writers of files: text in any encoding, workbooks, OpenDocument sheets, Parquet."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

Rows = Iterable[Sequence[Any]]
FLAT = ["order_number", "customer_id", "currency_id", "order_date", "item_id", "quantity", "unit_amount"]
DAY, MOMENT = "yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd hh:mm:ss"


def text(lines: str, encoding: str = "utf-8", newline: str = "\r\n") -> bytes:
    """A text file of these lines; blank ones at the start and the end are left out."""
    return (lines.strip("\n") + "\n").replace("\n", newline).encode(encoding)


def separated(rows: Rows, delimiter: str = ",", encoding: str = "utf-8", newline: str = "\r\n") -> bytes:
    """Rows as a spreadsheet program saves them; None is an empty cell."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return stream.getvalue().encode(encoding)


def orders_but_for(*changes: dict[str, object]) -> list[list[object]]:
    """Orders A, B, ... of one line item each, but for these cells."""
    usual = dict(zip(FLAT, ["", "c", "USD", "2024-01-02", "x", "1", "10"], strict=True))
    numbers = [{"order_number": chr(ord("A") + n)} for n in range(len(changes))]
    rows = [{**usual, **number, **change} for number, change in zip(numbers, changes, strict=True)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [names, *([row.get(name) for name in names] for row in rows)]


def book(*sheets: tuple[str, Callable[["Sheet"], object]], **options: Any) -> bytes:
    """An .xlsx with these sheets; the options are those of xlsxwriter's Workbook."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, **options}) as workbook:
        for name, fill in sheets:
            fill(Sheet(workbook, workbook.add_worksheet(name)))
    return stream.getvalue()


class Sheet:
    """A sheet that writes what it is given as a person would have typed it: text stays text, dates look like dates."""

    def __init__(self, workbook: Workbook, worksheet: Worksheet) -> None:
        self.workbook, self.own = workbook, worksheet
        self._formats: dict[str, Format] = {}

    def shown(self, pattern: str) -> Format:
        """A number format."""
        if pattern not in self._formats:
            self._formats[pattern] = self.workbook.add_format({"num_format": pattern})
        return self._formats[pattern]

    def rows(self, rows: Rows, top: int = 1, left: int = 0) -> "Sheet":
        """Write rows from row `top`, as a person counts it."""
        for number, row in enumerate(rows, top - 1):
            for column, cell in enumerate(row, left):
                self.put(number, column, cell)
        return self

    def put(self, row: int, column: int, cell: Any) -> None:
        """Write one cell; row and column count from 0."""
        if isinstance(cell, str):
            self.own.write_string(row, column, cell)
        elif isinstance(cell, datetime):
            self.own.write_datetime(row, column, cell, self.shown(MOMENT))
        elif isinstance(cell, date):
            self.own.write_datetime(row, column, cell, self.shown(DAY))
        elif isinstance(cell, time):
            self.own.write_datetime(row, column, cell, self.shown("hh:mm:ss"))
        elif cell is not None:
            self.own.write(row, column, cell)


def plain(rows: Rows, top: int = 1, left: int = 0) -> Callable[[Sheet], object]:
    """A sheet with these rows."""
    return lambda sheet: sheet.rows(rows, top, left)


def without_result(workbook: bytes, *cells: str) -> bytes:
    """The workbook as a program leaves it that does not calculate: the formulas of these cells have no result."""
    edited = io.BytesIO()
    pattern = "|".join(f'<c r="{cell}"' for cell in cells)
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(edited, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                xml = re.sub(rf"((?:{pattern})[^>]*>(?:<f>[^<]*</f>))<v>[^<]*</v>", r"\1", part.decode())
                part = xml.encode()
            new.writestr(name, part)
    return edited.getvalue()


def parquet(columns: Mapping[str, Any], **options: Any) -> bytes:
    """A Parquet file of Arrow arrays, or of what becomes one."""
    stream = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), stream, **options)
    return stream.getvalue()


NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in {"office": "office", "table": "table", "text": "text", "style": "style"}.items()
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"


def ods(sheets: Mapping[str, Rows], empty_rows_below: int = 0, hidden: Sequence[str] = ()) -> bytes:
    """An OpenDocument spreadsheet as LibreOffice writes it: equal empty cells and rows are counted, not repeated."""
    hide = '<style:style style:name="gone" style:family="table"><style:table-properties table:display="false"/>'
    styles = f"<office:automatic-styles>{hide}</style:style></office:automatic-styles>"
    gone = dict.fromkeys(hidden, ' table:style-name="gone"')
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}{gone.get(name, '')}>"
        f'<table:table-column table:number-columns-repeated="1024"/>{"".join(map(_ods_row, rows))}'
        f"{_ods_gap(empty_rows_below)}</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMESPACES} office:version="1.3">{styles}'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", SPREADSHEET, zipfile.ZIP_STORED)
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", MANIFEST.format(kind=SPREADSHEET))
    return stream.getvalue()


def _ods_gap(rows: int) -> str:
    cell = '<table:table-cell table:number-columns-repeated="1024"/>'
    return f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>' if rows else ""


def _ods_row(row: Sequence[Any]) -> str:
    blank = '<table:table-cell table:number-columns-repeated="{}"/>'
    return f"<table:table-row>{''.join(map(_ods_cell, row))}{blank.format(1024 - len(row))}</table:table-row>"


def _ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date | datetime):
        kind, shown = f'office:value-type="date" office:date-value="{cell.isoformat()}"', f"{cell:%d.%m.%Y}"
    elif isinstance(cell, int | float):
        kind, shown = f'office:value-type="float" office:value="{cell}"', str(cell)
    else:
        kind, shown = 'office:value-type="string"', str(cell)
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in shown.split("\n"))
    return f"<table:table-cell {kind}>{paragraphs}</table:table-cell>"
