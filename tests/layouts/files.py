"""The writer: rows of cells as files of each format."""

import csv
import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from .spelling import Cell, Fault

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
Rows = Sequence[Sequence[Cell]]


def write_xlsx(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Write typed cells as such, and every text as a text."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, Decimal):
                        sheet.write_number(at, column, float(cell))
                    elif isinstance(cell, dt.datetime):
                        sheet.write_datetime(at, column, cell)
                    elif isinstance(cell, Fault):
                        sheet.write_formula(at, column, "=NA()", None, "#N/A")
                    elif cell is not None:
                        sheet.write_string(at, column, cell)


def write_ods(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Write an OpenDocument spreadsheet; lines of a text are paragraphs."""
    names = " ".join(f'xmlns:{name}="{OFFICE}{name}:1.0"' for name in ("office", "table", "text"))
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(
            f"<table:table-row>{''.join(map(_ods_cell, row)) or _ods_cell(None)}</table:table-row>" for row in rows
        )
        + "</table:table>"
        for name, rows in sheets.items()
    )
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<office:document-content {names}>{body}</office:document-content>")
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{OFFICE}manifest:1.0"/>')


def _ods_cell(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f'<table:table-cell office:value-type="float" office:value="{cell:f}"/>'
    if isinstance(cell, dt.datetime):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    if not isinstance(cell, str):
        return "<table:table-cell/>"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def text_of(rows: Rows, delimiter: str, line_end: str, *, quotes_all: bool) -> str:
    """The rows as separated text; a separator may be longer than a character."""
    stream = io.StringIO()
    stand_in = delimiter if len(delimiter) == 1 else "\x1f"
    # Where a line ends with \r, the module does not enclose cells with \n.
    all_ = quotes_all or stand_in != delimiter or line_end == "\r"
    quoting = csv.QUOTE_ALL if all_ else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=stand_in, lineterminator=line_end, quoting=quoting).writerows(
        ["" if cell is None else cell for cell in row] for row in rows
    )
    return stream.getvalue().replace(stand_in, delimiter)


def write_csv(path: Path, text: str, encoding: str) -> None:
    """Write a text, packed where the name says so."""
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_parquet(path: Path, headers: Sequence[str], records: Rows) -> None:
    """Write columns of decimals, times or text."""
    columns = [
        pa.array(list(cells), None if any(cell is not None for cell in cells) else pa.string())
        for cells in zip(*records, strict=True)
    ]
    pq.write_table(pa.table(columns, names=list(headers)), path)
