"""Which cells of a frame are filled: a cell is blank if it has nothing, or nothing but white space."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Cells = Sequence[Any]  # one row as Python objects; None where it is blank
Row = tuple[int, Cells]  # with its source_row

SPACE = re.compile(r"[\s\u200b\ufeff]+")
# Column types that cells of one kind become; others stay objects, since Arrow would make dates of times, or 1 of TRUE.
TYPES = {
    "string": pa.large_string(),
    "integer": pa.int64(),
    "floating": pa.float64(),
    "mixed-integer-float": pa.float64(),
    "datetime": pa.timestamp("us"),
    "datetime64": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Fill:
    """How a frame is filled; white space counts as filled, since to look into all cells takes long."""

    counts: Ints  # cells in each row
    leftmost: Ints  # place of the first cell in each row, -1 if there is none
    columns: Sequence[Bools | None]  # the rows that fill each column, None if all do

    def shares(self, rows: Bools) -> npt.NDArray[np.float64]:
        """The share of some rows that fill each column."""
        total = np.count_nonzero(rows)
        return np.array([1.0 if full is None else np.count_nonzero(full & rows) / total for full in self.columns])


def measure(cells: pd.DataFrame) -> Fill:
    """Say how a frame is filled."""
    columns = [_fullness(cells.iloc[:, place]) for place in range(cells.shape[1])]
    counts = np.full(len(cells), sum(full is None for full in columns), dtype=np.int64)
    whole = next((place for place, full in enumerate(columns) if full is None), -1)
    leftmost = np.full(len(cells), whole, dtype=np.int64)
    for place, full in reversed([*enumerate(columns)]):
        if full is not None:
            counts += full
            if place < whole or whole < 0:
                leftmost[full] = place
    return Fill(counts, leftmost, columns)


def to_rows(cells: pd.DataFrame) -> list[Cells]:
    """A few rows as Python objects, each as long as the frame is wide, with None for blank cells."""
    columns = []
    for place in range(cells.shape[1]):
        values = cells.iloc[:, place].astype(object).tolist()
        columns.append([None if _is_nothing(value) else value for value in values])
    return list(zip(*columns, strict=True)) if columns else [() for _ in range(len(cells))]


def rows_at(cells: pd.DataFrame, places: Ints) -> pd.DataFrame:
    """Some rows of a frame, in order; out of a slice, since to pick from many chunks takes long."""
    if not len(places):
        return cells.iloc[:0]
    part: pd.DataFrame = cells.iloc[places[0] : places[-1] + 1].iloc[places - places[0]]
    return part


def filled_rows(cells: pd.DataFrame, most: int) -> list[Row]:
    """The first filled rows of a frame."""
    found: list[Row] = []
    start = 0
    while len(found) < most and start < len(cells):
        part = cells.iloc[start : start + max(most, start)]  # twice as many each time
        places = np.flatnonzero(measure(part).counts)[:most]
        rows = zip(part.index[places].tolist(), to_rows(rows_at(part, places)), strict=True)
        found += [row for row in rows if any(cell is not None for cell in row[1])]
        start += len(part)
    return found[:most]


def equal(column: pd.Series, cell: object) -> Bools:
    """Which cells of a column are the same as one that is not blank."""
    same = column == cell if _is_text(column) and isinstance(cell, str) else column.isin([cell])
    return np.asarray(same.to_numpy(dtype=bool, na_value=False))


def text_cells(column: pd.Series) -> pa.Array:
    """The text cells of a column; null for others."""
    if column.dtype == object:
        try:
            return pa.array(column.to_numpy(), pa.large_string(), from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            return pa.array([cell if isinstance(cell, str) else None for cell in column], pa.large_string())
    array = pa.array(column, from_pandas=True)
    kind = array.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return pa.nulls(len(column), pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def blank_rows(cells: pd.DataFrame) -> Bools:
    """Which rows have no filled cell."""
    blank = np.zeros(len(cells), dtype=bool)
    alive = np.arange(len(cells))
    # Where one column is filled, the others need no look; numbers tell it without one into each cell.
    for place in sorted(range(cells.shape[1]), key=lambda place: _effort(cells.iloc[:, place])):
        if not len(alive):
            return blank
        alive = alive[_is_blank(cells.iloc[:, place] if len(alive) == len(cells) else cells.iloc[alive, place])]
    blank[alive] = True
    return blank


def is_empty(column: pd.Series) -> bool:
    """Whether a column has no filled cell."""
    full = _fullness(column)
    return bool(_is_blank(column if full is None else column[full]).all())


def typed(cells: pd.DataFrame) -> pd.DataFrame:
    """The same cells, where columns of objects that are all text, numbers or times have become Arrow columns."""
    columns = {name: _typed(cells[name]) for name in cells.columns}
    changed = any(column.dtype != before for column, before in zip(columns.values(), cells.dtypes, strict=True))
    return pd.DataFrame(columns, index=cells.index, copy=False) if changed else cells


def _typed(column: pd.Series) -> pd.Series:
    if column.dtype != object:
        return column
    values = column.to_numpy()
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in TYPES:
        return column
    try:
        array = pa.array(values, from_pandas=True) if kind.startswith("datetime") else None
        if array is not None and array.type != TYPES[kind]:
            return column
        array = pa.array(values, TYPES[kind], from_pandas=True)
    except (pa.ArrowException, OverflowError):
        return column
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([array])), index=column.index, name=column.name)


def _effort(column: pd.Series) -> int:
    if column.dtype == object:
        return 2
    return int(_is_text(column))


def _is_text(column: pd.Series) -> bool:
    kind = column.dtype
    if isinstance(kind, pd.ArrowDtype):
        kinds = pa.types
        arrow = kind.pyarrow_dtype
        return bool(kinds.is_string(arrow) or kinds.is_large_string(arrow) or kinds.is_string_view(arrow))
    return isinstance(kind, pd.StringDtype)


def _fullness(column: pd.Series) -> Bools | None:
    """The rows that fill a column, or None if all do."""
    if isinstance(column.dtype, pd.ArrowDtype) and not pa.array(column).null_count:
        return None
    full = np.asarray(column.notna(), dtype=bool)
    return None if full.all() else full


def _is_nothing(cell: object) -> bool:
    return not SPACE.sub("", cell) if isinstance(cell, str) else bool(pd.isna(cell))  # type: ignore[call-overload]


def _is_blank(column: pd.Series) -> Bools:
    if column.dtype == object:
        nothing = np.asarray(column.isna(), dtype=bool)
        texts = ((isinstance(cell, str) and not SPACE.sub("", cell)) for cell in column)
        return np.asarray(nothing | np.fromiter(texts, bool, len(column)))
    if not _is_text(column):
        return np.asarray(column.isna(), dtype=bool)
    text = pa.array(column, from_pandas=True)
    text = text.cast(pa.large_string()) if pa.types.is_string_view(text.type) else text
    blank = pc.or_(pc.utf8_is_space(text), pc.equal(pc.binary_length(text), 0))
    return np.asarray(pc.fill_null(blank, fill_value=True).to_numpy(zero_copy_only=False), dtype=bool)
