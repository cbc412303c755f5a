"""rejects.xlsx: the rejected rows, with cells that stay what they were, so that the mended file can be read again."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from schemas.rejects import PROBLEM_COLUMN, RejectSheet

MOST_ROWS = 1_048_575  # of a sheet, below its header
LONGEST_TEXT = 32_767  # UTF-16 units of a cell
LONGEST_NAME = 31
EXACT = 10**15  # below it a whole number keeps all its digits
SAMPLE = 100  # rows that the column widths are taken from
DATE_FORMATS = {
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "milliseconds": "yyyy-mm-dd hh:mm:ss.000",
    "time": "hh:mm:ss",
    "timedelta": "[h]:mm:ss",
}
Cell = str | bool | int | float | dt.datetime | dt.date | dt.time | dt.timedelta


def write_rejects(path: Path, sheets: Sequence[RejectSheet], most_rows: int = MOST_ROWS) -> int:
    """Write the sheets to one workbook, in one step, and return how many rows it has; without rows there is no file.

    The last column of a sheet is `problem`. Text stays text and dates stay dates; what Excel cannot hold becomes text:
    whole numbers and decimals of more than 15 digits, times with parts of a millisecond, with a zone, or before 1901.
    """
    if not any(len(sheet.rows) for sheet in sheets):
        path.unlink(missing_ok=True)
        return 0
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".rejects-") as folder:
        unfinished = Path(folder) / path.name
        with xlsxwriter.Workbook(unfinished, {"constant_memory": True, "tmpdir": folder}) as book:
            bold = book.add_format({"bold": True})
            dates = {kind: book.add_format({"num_format": shown}) for kind, shown in DATE_FORMATS.items()}
            red = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
            for name, rows in _parts(sheets, most_rows):
                _write_sheet(book.add_worksheet(name), rows, bold, red, dates)
        unfinished.replace(path)
    return sum(len(sheet.rows) for sheet in sheets)


def _parts(sheets: Sequence[RejectSheet], most_rows: int) -> Iterator[tuple[str, pd.DataFrame]]:
    taken = {sheet.name.casefold() for sheet in sheets}
    for sheet in sheets:
        yield sheet.name, sheet.rows.iloc[:most_rows]
        for start in range(most_rows, len(sheet.rows), most_rows):
            endings = (f" ({number})" for number in count(2))
            names = (f"{sheet.name[: LONGEST_NAME - len(ending)]}{ending}" for ending in endings)
            name = next(name for name in names if name.casefold() not in taken)
            taken.add(name.casefold())
            yield name, sheet.rows.iloc[start : start + most_rows]


def _write_sheet(sheet: Worksheet, rows: pd.DataFrame, bold: Format, red: Format, dates: dict[str, Format]) -> None:
    sheet.freeze_panes(1, 0)
    for column, header in enumerate(rows.columns):
        sample = (str(cell) for cell in rows.iloc[:SAMPLE, column])
        width = 80 if header == PROBLEM_COLUMN else min(40, max([len(header), *map(len, sample)]) + 2)
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, _fitting(header), bold)
    for row, cells in enumerate(zip(*(rows.iloc[:, column] for column in range(rows.shape[1])), strict=True), 1):
        *own, problem = cells
        for column, cell in enumerate(own):
            if (value := _exact(cell)) is not None:
                _write_cell(sheet, row, column, value, dates)
        sheet.write_string(row, len(own), _fitting(problem), red)


def _exact(cell: object) -> Cell | None:  # noqa: PLR0911 - one line per type that a file's cells have
    """Give a cell as Excel can hold it without loss; None for an empty one."""
    if isinstance(cell, str | bool):
        return cell
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    if isinstance(cell, float):
        return None if cell != cell else cell if abs(cell) < EXACT else str(cell)  # noqa: PLR0124 - NaN
    if isinstance(cell, int | np.integer):
        return int(cell) if abs(int(cell)) < EXACT else str(cell)
    if isinstance(cell, Decimal):
        digits = "".join(map(str, cell.as_tuple().digits)).strip("0")
        return None if cell.is_nan() else float(cell) if cell.is_finite() and len(digits) <= 15 else str(cell)
    if isinstance(cell, dt.datetime):
        parts = cell.microsecond % 1000 or getattr(cell, "nanosecond", 0)
        return cell.isoformat() if cell.tzinfo or parts or cell.year <= 1900 else cell
    if isinstance(cell, dt.date):
        return cell if cell.year > 1900 else cell.isoformat()
    if isinstance(cell, dt.time | dt.timedelta):
        return cell
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else str(cell)


def _write_cell(sheet: Worksheet, row: int, column: int, value: Cell, dates: dict[str, Format]) -> None:
    """Write by type, never by what the text looks like: `=1+1` and `00123` stay text."""
    if isinstance(value, str):
        sheet.write_string(row, column, _fitting(value))
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:  # the stubs know only datetime, the documentation of write_datetime() all four
        sheet.write_datetime(row, column, cast("dt.datetime", value), dates[_kind(value)])


def _kind(value: dt.datetime | dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.datetime):
        return "milliseconds" if value.microsecond else "datetime" if value.time() != dt.time() else "date"
    return "timedelta" if isinstance(value, dt.timedelta) else "time" if isinstance(value, dt.time) else "date"


def _fitting(text: str) -> str:
    """Cut a text that is too long for a cell; it ends with an ellipsis then."""
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # xlsxwriter would take it for its own markup, and write it unescaped
    if len(text) <= LONGEST_TEXT // 2:
        return text
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * LONGEST_TEXT else units[: 2 * LONGEST_TEXT - 2].decode("utf-16-le", "ignore") + "…"
