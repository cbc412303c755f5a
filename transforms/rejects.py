"""Rejects: the rows that were not created, where they stood in the input, each with what is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath

import numpy as np
import pandas as pd
from pandas.api.types import is_string_dtype

from schemas.errors import InputError
from schemas.fields import SOURCE
from schemas.rejects import PROBLEM_COLUMN, RejectSheet
from schemas.tables import SourceTable
from transforms.sheet_names import SheetNames

MOST_COLUMNS = 16_384  # of an Excel sheet
MOST_ROWS = 1_048_576

Messages = dict[int, list[str]]  # by source_row


def reject_sheets(
    tables: Iterable[SourceTable], rejected: pd.DataFrame, problems: pd.DataFrame, most_rows: int = MOST_ROWS
) -> list[RejectSheet]:
    """Give for each table that has rejected rows a sheet of exactly those, with all that stands around them.

    `rejected` has source_file, source_sheet, source_row, error_code and error_message, and may have a row several
    times; `problems` has the columns of problems.parquet, also of other rows. The distinct messages of a row are
    joined, and the cells that they are about marked. Titles, header and footers stay, so that what finds the table in
    the file finds it here. A table whose header is kept apart from its rows gets it as row 1; one without a header
    gets no column `problem`, since its columns are known by their number alone, and begins in column A. The names of
    the sheets are unique and legal in Excel; those of workbooks come before those of other files. What does not fit
    into `most_rows` goes on in another sheet, which has the same around it. Raises InputError for what no sheet can
    hold.
    """
    said = rejected[list(SOURCE)].assign(message=rejected["error_message"].fillna(rejected["error_code"]))
    messages = {place: _by_row(part) for place, part in _by_place(said)}
    found = dict(_by_place(problems))
    sheets: list[RejectSheet] = []
    is_book: list[bool] = []
    for table in tables:
        place = (table.file, table.sheet)
        rows = table.cells[table.cells.index.isin(list(messages.get(place, ())))]
        if len(rows):
            faults = found.get(place, problems.iloc[:0])
            sheets.append(_sheet(table, rows, messages[place], faults[faults["source_row"].isin(rows.index)]))
            is_book.append(bool(table.sheet))
    sheets = _of_one_epoch(sheets)
    names = SheetNames()
    books_first = sorted(range(len(sheets)), key=lambda number: not is_book[number])
    named = {number: names.add(sheets[number].name) for number in books_first}
    return [
        part
        for number, sheet in enumerate(sheets)
        for part in _parts(replace(sheet, name=named[number]), names, most_rows)
    ]


def _parts(sheet: RejectSheet, names: SheetNames, most_rows: int) -> Iterator[RejectSheet]:
    size = most_rows - sheet.height - sheet.depth
    for start in range(0, len(sheet.rows), size):
        which = slice(start, start + size)
        name = names.add(sheet.name) if start else sheet.name
        yield replace(sheet, name=name, rows=sheet.rows.iloc[which], problems=sheet.problems[which])


def _sheet(table: SourceTable, rows: pd.DataFrame, messages: Messages, faults: pd.DataFrame) -> RejectSheet:
    positions = dict(zip(rows.columns, table.positions or range(rows.shape[1]), strict=True))
    own = {header: position for header, position in positions.items() if header != PROBLEM_COLUMN}
    above, below, problem_at = table.above, table.below, None
    if table.has_header:
        if above.empty:
            above = pd.DataFrame([list(own)], index=[1], columns=list(own.values()), dtype=object)
        last = max(0, *own.values(), *map(int, above.columns[above.iloc[-1].notna()]))
        problem_at = positions.get(PROBLEM_COLUMN, last + 1)  # once more where an earlier round had it
        above = _with_problem(above, problem_at, own)
    else:  # its columns are counted from the first that has cells, which may be another among fewer rows
        start = min(own.values())
        own = {header: position - start for header, position in own.items()}
        above, below = _moved(above, start), _moved(below, start)
    further = _by_row(faults)
    sheet = RejectSheet(
        name=table.sheet or PurePath(table.file.removesuffix(".gz")).stem,
        rows=rows[list(own)],
        problems=tuple("; ".join(dict.fromkeys([*messages[row], *further.get(row, ())])) for row in rows.index),
        positions=tuple(own.values()),
        above=above,
        below=_closed_up(below, after=table.last_row or int(table.cells.index[-1])),
        marks=_marks(faults, own),
        problem_at=problem_at,
        epoch=table.epoch,
    )
    if max(problem_at or 0, *own.values()) >= MOST_COLUMNS or sheet.height + sheet.depth >= MOST_ROWS:
        raise InputError(
            f"{table.place} has rejected rows, and does not fit into a sheet of {MOST_COLUMNS:,} columns.",
            "Leave out the columns that are not needed.",
        )
    return sheet


def _with_problem(above: pd.DataFrame, position: int, own: Mapping[str, int]) -> pd.DataFrame:
    """The header with `problem` in its last row, and in those above it of which a group would reach that far."""
    above = above.astype(object).set_axis([int(at) for at in above.columns], axis=1)
    if position not in above:
        above[position] = pd.Series([None] * len(above), above.index, dtype=object)
    name = max(own, key=lambda header: own[header], default="")
    for row in reversed(above.index):
        texts = {at: " ".join(str(cell).split()) for at, cell in above.loc[row].dropna().items() if at < position}
        above.loc[row, position] = PROBLEM_COLUMN
        reaching = texts[max(texts)] if texts else ""
        if not reaching or not name.endswith(f" {reaching}"):
            break
        name = name.removesuffix(reaching).strip()
    return above


def _of_one_epoch(sheets: list[RejectSheet]) -> list[RejectSheet]:
    """The sheets as one workbook can hold them, in which all day numbers count from the same year.

    If they do not, the numbers of those that count from 1904 become text, which is never taken for another day.
    """
    with_numbers = {sheet.epoch for sheet in sheets if not all(map(is_string_dtype, dict(sheet.rows.items()).values()))}
    epoch = next(iter(with_numbers)) if len(with_numbers) == 1 else 1900
    return [
        replace(sheet, epoch=epoch, rows=sheet.rows if sheet.epoch == epoch else sheet.rows.map(_number_as_text))
        for sheet in sheets
    ]


def _number_as_text(cell: object) -> object:
    if isinstance(cell, bool) or not isinstance(cell, int | float) or cell != cell:  # noqa: PLR0124 - NaN
        return cell
    return str(int(cell)) if cell == int(cell) else str(cell)


def _marks(faults: pd.DataFrame, positions: Mapping[str, int]) -> dict[int, dict[int, str]]:
    """The cells at fault, by source_row and position, each with its messages."""
    cells = {label: _cells(label, positions) for label in faults["column"].dropna().unique()}
    marks: dict[int, dict[int, str]] = {}
    for row, label, message in zip(faults["source_row"], faults["column"], faults["message"], strict=True):
        for position in cells.get(label, ()):
            mine = marks.setdefault(row, {})
            if message not in mine.get(position, "").split("\n"):
                mine[position] = f"{mine[position]}\n{message}" if position in mine else message
    return marks


def _cells(label: str, positions: Mapping[str, int]) -> tuple[int, ...]:
    """Where the columns stand that a problem names: one, several joined by ` + `, or the one that has a part of it."""
    if label in positions:
        return (positions[label],)
    for header, position in positions.items():
        if label.startswith(f"{header} + ") and (others := _cells(label.removeprefix(f"{header} + "), positions)):
            return (position, *others)
    whole = [header for header in positions if label.startswith(f"{header}.")]  # COLUMN.KEY of lines in one cell
    return (positions[max(whole, key=len)],) if whole else ()


def _by_place(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """The frame in parts, by source_file and source_sheet."""
    sheets = frame["source_sheet"].astype(object).fillna("")
    for (file, sheet), part in frame.groupby([frame["source_file"].astype(object), sheets], sort=False):
        yield (str(file), str(sheet)), part


def _by_row(frame: pd.DataFrame) -> Messages:
    """The distinct messages of each row, in their order."""
    messages: Messages = {}
    for row, message in (
        frame[["source_row", "message"]].fillna({"message": ""}).drop_duplicates().itertuples(index=False)
    ):
        messages.setdefault(row, []).append(message)
    return messages


def _moved(around: pd.DataFrame, start: int) -> pd.DataFrame:
    """The rows with their columns counted from `start`; what is left of it has no cells."""
    return around.set_axis([int(position) - start for position in around.columns], axis=1).iloc[:, start:]


def _closed_up(below: pd.DataFrame, after: int) -> pd.DataFrame:
    """The rows below the data, counted from its end, with at most one empty row at a time between them."""
    steps = np.clip(np.diff([after, *below.index]), 1, 2)
    return below.set_axis(np.cumsum(steps), axis=0)
