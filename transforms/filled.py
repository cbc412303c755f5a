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
    """How the rows of a frame are filled: how many cells, and the place of the first; -1 if there is none."""

    counts: Ints
    leftmost: Ints


def measure(cells: pd.DataFrame) -> Fill:
    """Say how each row is filled; white space counts as filled here, since looking into all cells takes long."""
    counts = np.zeros(len(cells), dtype=np.int64)
    leftmost = np.full(len(cells), -1, dtype=np.int64)
    for place in reversed(range(cells.shape[1])):
        full = _has_cell(cells.iloc[:, place])
        counts += full
        leftmost[full] = place
    return Fill(counts, leftmost)


def shares(cells: pd.DataFrame, rows: Bools) -> npt.NDArray[np.float64]:
    """The share of the given rows that fill each column."""
    total = max(int(rows.sum()), 1)
    return np.array([(_has_cell(cells.iloc[:, place]) & rows).sum() / total for place in range(cells.shape[1])])


def to_rows(cells: pd.DataFrame) -> list[Cells]:
    """A few rows as Python objects, each as long as the frame is wide, with None for blank cells."""
    columns = []
    for place in range(cells.shape[1]):
        column = cells.iloc[:, place]
        values = column.astype(object).tolist()
        columns.append([value if full else None for value, full in zip(values, ~_is_blank(column), strict=True)])
    return list(zip(*columns, strict=True)) if columns else [() for _ in range(len(cells))]


def filled_rows(cells: pd.DataFrame, most: int) -> list[Row]:
    """The first filled rows of a frame."""
    places = np.flatnonzero(measure(cells).counts)[:most]
    rows = zip(cells.index[places].tolist(), to_rows(cells.iloc[places]), strict=True)
    return [row for row in rows if any(cell is not None for cell in row[1])]


def text_cells(column: pd.Series) -> pa.Array:
    """The text cells of a column; null for others."""
    if column.dtype == object:
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
    return not _has_cell(column).any() or bool(_is_blank(column).all())


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


def _has_cell(column: pd.Series) -> Bools:
    return np.asarray(column.notna(), dtype=bool)


def _is_blank(column: pd.Series) -> Bools:
    if column.dtype == object:
        nothing = column.isna().to_numpy(dtype=bool)
        texts = ((isinstance(cell, str) and not SPACE.sub("", cell)) for cell in column)
        return np.asarray(nothing | np.fromiter(texts, bool, len(column)))
    if not _is_text(column):
        return ~_has_cell(column)
    text = pa.array(column, from_pandas=True)
    text = text.cast(pa.large_string()) if pa.types.is_string_view(text.type) else text
    blank = pc.or_(pc.utf8_is_space(text), pc.equal(pc.binary_length(text), 0))
    return np.asarray(pc.fill_null(blank, fill_value=True).to_numpy(zero_copy_only=False), dtype=bool)
