"""The process that reads one workbook: its bytes come on standard input, pickled messages go to standard output.

calamine aborts the process on some files, asks for any amount of memory on others, and may hang: here that takes
nothing else down. Imports as little as it can, since it starts anew for each workbook.
"""

import contextlib
import gc
import io
import pickle
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from adapters.archives import MEBI, damaged
from adapters.book_facts import LAST_COLUMN, Faults
from adapters.book_kinds import facts_of
from schemas.errors import InputError

Cell = str | int | float | bool | datetime | date | time | timedelta | None

CELLS_AT_ONCE = 200_000
BASE_MEMORY, MEMORY_PER_BYTE = 320 * MEBI, 60  # of address space, of which some is never touched
BASE_SECONDS, BYTES_PER_SECOND = 30, MEBI // 2


@dataclass(frozen=True)
class SheetStart:
    """A sheet begins; one that is hidden has no rows."""

    name: str
    is_hidden: bool
    epoch: int
    faults: Faults


@dataclass(frozen=True)
class Rows:
    """Some rows of the sheet, by column; an empty cell is None, and all rows of a sheet have the same columns."""

    numbers: list[int]
    columns: list[tuple[Cell, ...]]


@dataclass(frozen=True)
class Refused:
    """The workbook cannot be read: an InputError to raise."""

    message: str
    remedy: str


@dataclass(frozen=True)
class Done:
    """Everything was read."""


Message = SheetStart | Rows | Refused | Done


def seconds_for(size: int) -> int:
    """How long a workbook of so many bytes may take."""
    return BASE_SECONDS + size // BYTES_PER_SECOND


def read(name: str, data: bytes) -> Iterator[Message]:
    """Yield the sheets and rows of a workbook; the last message is Done or Refused."""
    try:
        facts = facts_of(name, data)
        book = _open(data)
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            is_hidden = about.visible != SheetVisibleEnum.Visible
            faults = {} if is_hidden else facts.faults.get(about.name, {})
            yield SheetStart(about.name, is_hidden, facts.epoch, faults)
            if not is_hidden:
                place = f'{name}, sheet "{about.name}"'
                yield from _rows(place, book.get_sheet_by_name(about.name), faults)
        yield Done()
    except PasswordError:
        yield Refused(f"{name} is protected by a password.", "Save a copy without one.")
    except InputError as error:
        yield Refused(error.message, error.remedy)
    except MemoryError:
        raise
    except BaseException as error:
        # A Rust panic is no Exception, and calamine, zip and XML have no error in common.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        refusal = damaged(name, error)
        yield Refused(refusal.message, refusal.remedy)


def _open(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise
    except CalamineError as error:  # it has tried every format, and only says that none fits
        raise CalamineError("it is damaged, or of a kind that is not known") from error


def _rows(place: str, sheet: CalamineSheet, faults: Faults) -> Iterator[Rows]:
    """Yield the rows that have a filled cell or a fault, with all columns from A on."""
    left = sheet.start[1] if sheet.start else 0  # calamine leaves out empty columns on the left, and keeps empty rows
    width = max([left + sheet.width, *(column + 1 for _, column in faults)])
    if width > LAST_COLUMN:
        raise damaged(place, f"it has more than {LAST_COLUMN:,} columns")
    step = max(1, CELLS_AT_ONCE // max(1, width))
    faulty = {row for row, _ in faults}
    numbers: list[int] = []
    rows: list[Sequence[Cell]] = []
    for number, row in _numbered(sheet, max(faulty, default=0)):
        if row.count("") == len(row) and number not in faulty:
            continue
        numbers.append(number)
        rows.append(row)
        if len(rows) == step:
            yield Rows(numbers, _columns(rows, left, width))
            numbers, rows = [], []
    if rows:
        yield Rows(numbers, _columns(rows, left, width))


def _numbered(sheet: CalamineSheet, last: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Number the rows from 1 on, down to the last one that is filled or holds a fault."""
    number = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, row
    blank = [""] * sheet.width
    yield from ((beyond, blank) for beyond in range(number + 1, last + 1))


def _columns(rows: list[Sequence[Cell]], left: int, width: int) -> list[tuple[Cell, ...]]:
    blank = (None,) * len(rows)
    columns = [_plain(column) for column in zip(*rows, strict=True)]
    return [blank] * left + columns + [blank] * (width - left - len(columns))


def _plain(column: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Empty text becomes None, and a date its midnight, since calamine calls whole days of any column dates."""
    if "" in column:
        column = tuple([None if cell == "" else cell for cell in column])
    if date in set(map(type, column)):
        column = tuple([datetime(c.year, c.month, c.day) if type(c) is date else c for c in column])  # noqa: DTZ001
    return column


def _limit(size: int) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - there is none on Windows

    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds_for(size)),
        (resource.RLIMIT_AS, BASE_MEMORY + MEMORY_PER_BYTE * size),
    ):
        hard = resource.getrlimit(what)[1]
        with contextlib.suppress(ValueError, OSError):  # a lower limit was set for us
            resource.setrlimit(what, (most, hard))


def main() -> None:
    """Read the workbook on standard input, whose name is the one argument."""
    gc.disable()  # nothing here forms cycles, and looking for them takes a third of the time
    data = sys.stdin.buffer.read()
    _limit(len(data))
    for message in read(sys.argv[1], data):
        pickle.dump(message, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
