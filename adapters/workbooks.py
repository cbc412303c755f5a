"""Workbooks (Excel, OpenDocument): a grid from each sheet, read in a process of its own."""

import contextlib
import itertools
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from adapters.names import shown
from adapters.workbook_reader import Cell, Done, Message, Refused, Rows, SheetStart, seconds_for
from schemas.errors import InputError
from schemas.tables import Grid, InputFile, ReadOptions

ARROW = {
    frozenset({str}): pa.large_string(),
    frozenset({float}): pa.float64(),
    frozenset({int}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({bool}): pa.bool_(),
    frozenset({datetime}): pa.timestamp("us"),
}
SIGXCPU = 24  # signal.SIGXCPU, which Windows lacks
START = "from adapters.workbook_reader import main; main()"


def read_workbook(file: InputFile, data: bytes, _options: ReadOptions) -> Iterator[Grid]:
    """Yield a grid for each sheet that has cells, and one without cells for each hidden sheet.

    A column whose cells have one type, its header included, has an Arrow type; any other has Python objects: str,
    float, int, bool, datetime, time, timedelta and None. Error cells and formulas that were never calculated are None
    and told in `faults`. Raises InputError for what is no workbook, has a password, is spread out too far, needs
    more memory or time than its size warrants, or has no visible sheet with cells.
    """
    empty = True
    for grid in _grids(file.name, _messages(file.name, data)):
        empty = empty and grid.is_hidden
        yield grid
    if empty:
        raise InputError(f"{file.name} has no visible sheet with cells.", "Unhide the sheet, or leave the file out.")


def _messages(name: str, data: bytes) -> Iterator[Message]:
    """Start the reader and yield what it sends; raises InputError when it refuses the workbook, or dies of it."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for us; the reader ends with its pipes
        )
        timer = threading.Timer(4 * seconds_for(len(data)), process.kill)  # its own limit is reached long before
        timer.start()
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        try:
            with contextlib.suppress(BrokenPipeError):
                stdin.write(data)
                stdin.close()
            while not isinstance(message := _next(stdout), Done):
                if message is None:
                    code = process.wait()
                    stderr.seek(0)
                    raise _death(name, code, stderr.read(), in_time=timer.is_alive())
                if isinstance(message, Refused):
                    raise InputError(message.message, message.remedy)
                yield message
        finally:
            timer.cancel()
            process.kill()
            with contextlib.suppress(BrokenPipeError):
                stdin.close()
            stdout.close()
            process.wait()


def _next(stdout: IO[bytes]) -> Message | None:
    try:
        return cast("Message", pickle.load(stdout))  # noqa: S301 - from our own process
    except (EOFError, pickle.UnpicklingError):
        return None


def _death(name: str, code: int, stderr: bytes, *, in_time: bool) -> InputError:
    if code == -SIGXCPU or not in_time:
        what = "it takes too long for a file of its size"
    elif code < 0 or b"MemoryError" in stderr:
        what = "it takes more memory than a file of its size should, or makes the reader fail"
    else:
        what = (stderr.decode(errors="replace").strip().splitlines() or [f"the reader ended with {code}"])[-1]
    remedy = "Delete what stands far outside the table, or copy the table alone into a new workbook."
    return InputError(f"{name} is not a readable workbook: {what}.", remedy)


def _grids(file: str, messages: Iterator[Message]) -> Iterator[Grid]:
    sheet: SheetStart | None = None
    numbers: list[int] = []
    columns: list[list[Any]] = []
    for message in messages:
        if isinstance(message, SheetStart):
            if sheet is not None and (numbers or sheet.is_hidden):
                yield _grid(file, sheet, numbers, columns)
            sheet, numbers, columns = message, [], []
        elif isinstance(message, Rows):
            numbers += message.numbers
            columns = columns or [[] for _ in message.columns]
            for pieces, cells in zip(columns, message.columns, strict=True):
                pieces.append(_piece(list(cells), is_mixed=bool(pieces) and isinstance(pieces[0], list)))
    if sheet is not None and (numbers or sheet.is_hidden):
        yield _grid(file, sheet, numbers, columns)


def _grid(file: str, sheet: SheetStart, numbers: list[int], columns: list[list[Any]]) -> Grid:
    index = pd.Index(numbers, dtype="int64", name="source_row")
    cells = pd.DataFrame({position: _column(pieces) for position, pieces in enumerate(columns)}, index=index)
    return Grid(
        file,
        shown(sheet.name),
        cells,
        faults=sheet.faults,
        epoch=sheet.epoch,
        is_hidden=sheet.is_hidden,
    )


def _piece(cells: list[Cell], *, is_mixed: bool) -> Any:  # noqa: ANN401 - an Arrow array, a list, or a number of blanks
    """Keep cells as they are in a column that is mixed from its first rows on, as one with a header of text is."""
    if not is_mixed:
        kinds = frozenset(set(map(type, cells)) - {type(None)})
        if not kinds:
            return len(cells)
        if kinds in ARROW:
            return pa.array(cells, ARROW[kinds])
    return cells


def _column(pieces: list[Any]) -> pd.api.extensions.ExtensionArray | npt.NDArray[np.object_]:
    kinds = {piece.type if isinstance(piece, pa.Array) else None for piece in pieces if not isinstance(piece, int)}
    if len(kinds) <= 1 and None not in kinds:
        kind = next(iter(kinds), pa.large_string())
        arrays = [pa.nulls(piece, kind) if isinstance(piece, int) else piece for piece in pieces]
        return pd.arrays.ArrowExtensionArray(pa.chunked_array(arrays, kind))
    lists = [_objects(piece) for piece in pieces]
    column = np.empty(sum(map(len, lists)), dtype=object)
    column[:] = list(itertools.chain.from_iterable(lists))
    return column


def _objects(piece: Any) -> list[Cell]:  # noqa: ANN401 - as above
    if isinstance(piece, int):
        return [None] * piece
    return list(piece.to_pylist()) if isinstance(piece, pa.Array) else list(piece)
