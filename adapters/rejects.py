"""rejects.xlsx: the rejected rows, with cells that stay what they were, so that the mended file can be read again."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters.excel_values import exact, fitting
from adapters.files import replacing, scratch_beside
from schemas.places import Place
from schemas.rejects import RejectSheet

MOST_COMMENTS = 10_000  # of a sheet: with many more, it takes minutes to open
MOST_FROZEN = 10  # rows that stay in sight; more would leave no place for others on a small screen
SAMPLE = 100  # rows that the column widths are taken from
PLAIN = "General"
DATE_FORMATS = {
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "milliseconds": "yyyy-mm-dd hh:mm:ss.000",
    "time": "hh:mm:ss",
    "timedelta": "[h]:mm:ss",
}
FAULT = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}

Looks = Mapping[str, Format | None]  # by kind of value


@dataclass(frozen=True)
class Style:
    """The formats of a workbook: of cells as they were, of the header, of cells at fault."""

    plain: Looks
    header: Looks
    fault: Looks


def write_rejects(path: Place, sheets: Sequence[RejectSheet]) -> int:
    """Write the sheets to one workbook, in one step, and return how many rows it has; without rows there is no file.

    Each cell stands where it stood in its file, `problem` behind its row. Cells at fault are colored and have a
    comment, up to 10,000 in a sheet. Text stays text and dates stay dates; what Excel cannot hold becomes text: whole
    numbers and decimals of more than 15 digits, times with parts of a millisecond, with a zone, or before 1901.
    """
    if not any(len(sheet.rows) for sheet in sheets):
        path.unlink(missing_ok=True)
        return 0
    with scratch_beside(path) as scratch, replacing(path) as file:
        options = {"constant_memory": True, "tmpdir": scratch, "date_1904": sheets[0].epoch == 1904}
        with xlsxwriter.Workbook(file, options) as book:
            style = Style(*(_looks(book, properties) for properties in ({}, {"bold": True}, FAULT)))
            for sheet in sheets:
                _write_sheet(book.add_worksheet(sheet.name), sheet, style)
    return sum(len(sheet.rows) for sheet in sheets)


def _looks(book: xlsxwriter.Workbook, properties: Mapping[str, object]) -> Looks:
    dates = {kind: book.add_format({**properties, "num_format": shown}) for kind, shown in DATE_FORMATS.items()}
    return {PLAIN: book.add_format(properties) if properties else None, **dates}


def _write_sheet(to: Worksheet, sheet: RejectSheet, style: Style) -> None:
    """Write from top to bottom: xlsxwriter does not keep the rows that it has written."""
    if 0 < sheet.height <= MOST_FROZEN:
        to.freeze_panes(sheet.height, 0)
    _set_widths(to, sheet)
    for row, cells in _rows(sheet.above):
        is_header = row == sheet.height and sheet.problem_at is not None
        _write_cells(to, row - 1, cells, style.header if is_header else style.plain, sheet.epoch)
    _write_rejected(to, sheet, style)
    for row, cells in _rows(sheet.below):
        _write_cells(to, sheet.height + len(sheet.rows) + row - 1, cells, style.plain, sheet.epoch)


def _set_widths(to: Worksheet, sheet: RejectSheet) -> None:
    for position, header in zip(sheet.positions, sheet.rows.columns, strict=True):
        sample = (str(cell) for cell in sheet.rows[header].iloc[:SAMPLE])
        to.set_column(position, position, min(40, max([len(header), *map(len, sample)]) + 2))
    if sheet.problem_at is not None:
        to.set_column(sheet.problem_at, sheet.problem_at, 80)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[int, dict[int, object]]]:
    """Each row's number, and its cells by position."""
    positions = [int(position) for position in frame.columns]
    for row, *cells in frame.itertuples(name=None):
        yield int(row), dict(zip(positions, cells, strict=True))


def _write_rejected(to: Worksheet, sheet: RejectSheet, style: Style) -> None:
    comments = 0
    columns = (sheet.rows[header] for header in sheet.rows)
    rows = zip(sheet.rows.index, sheet.problems, *columns, strict=True)
    for row, (source_row, problem, *cells) in enumerate(rows, sheet.height):
        if sheet.problem_at is None and row == sheet.height and exact(cells[-1]) is None:
            cells[-1] = ""  # without a header, this tells how many columns there are
        _write_cells(to, row, dict(zip(sheet.positions, cells, strict=True)), style.plain, sheet.epoch)
        marks = sheet.marks.get(source_row, {})
        if marks:
            at_fault = {at: cell for at, cell in zip(sheet.positions, cells, strict=True) if at in marks}
            _write_cells(to, row, at_fault, style.fault, sheet.epoch)
        if sheet.problem_at is not None:
            to.write_string(row, sheet.problem_at, fitting(problem), style.fault[PLAIN])
        elif not marks:  # nowhere else to say it
            marks = {sheet.positions[0]: problem}
            _write_cells(to, row, {sheet.positions[0]: cells[0]}, style.header, sheet.epoch)
        for position, message in marks.items():
            if comments < MOST_COMMENTS:
                lines = 1 + len(message) // 45 + message.count("\n")
                size = {"width": 300, "height": min(400, 20 + 15 * lines)}
                to.write_comment(row, position, fitting(message), size)
                comments += 1


def _write_cells(to: Worksheet, row: int, cells: Mapping[int, object], looks: Looks, epoch: int) -> None:
    """Write by type, never by what the text looks like: `=1+1` and `00123` stay text."""
    for position, cell in cells.items():
        value = exact(cell, epoch)
        if isinstance(value, str):
            to.write_string(row, position, fitting(value), looks[PLAIN])
        elif value is None:
            if looks[PLAIN]:
                to.write_blank(row, position, None, looks[PLAIN])
        elif isinstance(value, bool):
            to.write_boolean(row, position, value, looks[PLAIN])
        elif isinstance(value, int | float):
            to.write_number(row, position, value, looks[PLAIN])
        else:  # the stubs know only datetime, the documentation of write_datetime() all four
            to.write_datetime(row, position, cast("dt.datetime", value), looks[_kind(value)])


def _kind(value: dt.datetime | dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.datetime):
        return "milliseconds" if value.microsecond else "datetime" if value.time() != dt.time() else "date"
    return "timedelta" if isinstance(value, dt.timedelta) else "time" if isinstance(value, dt.time) else "date"
