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
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from adapters.archives import MEBI, damaged
from adapters.book_facts import Faults
from adapters.book_kinds import facts_of
from schemas.errors import InputError

Cell = str | int | float | bool | datetime | date | time | timedelta | None

CELLS_AT_ONCE = 200_000
BASE_MEMORY, MEMORY_PER_BYTE = 450 * MEBI, 60
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
                yield from _rows(book.get_sheet_by_name(about.name), {row for row, _ in faults})
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
    return CalamineWorkbook.from_filelike(io.BytesIO(data))


def _rows(sheet: CalamineSheet, faulty: set[int]) -> Iterator[Rows]:
    """Leave out rows without a filled cell, unless one of them holds a fault."""
    step = max(1, CELLS_AT_ONCE // max(1, sheet.total_width))
    numbers: list[int] = []
    rows: list[Sequence[Cell]] = []
    for number, row in enumerate(sheet.iter_rows(), 1):
        if row.count("") == len(row) and number not in faulty:
            continue
        numbers.append(number)
        rows.append(row)
        if len(rows) == step:
            yield Rows(numbers, [_plain(column) for column in zip(*rows, strict=True)])
            numbers, rows = [], []
    if rows:
        yield Rows(numbers, [_plain(column) for column in zip(*rows, strict=True)])


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
