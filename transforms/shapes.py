"""Shapes: tables with several line items in a cell, rows of other kinds, or an order on its first line only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.profile import LinesInCell
from schemas.tables import SourceTable
from transforms.cells import to_text
from transforms.columns import spell

TEXT = pa.large_string()


def spread_lines(table: SourceTable, cell: LinesInCell) -> SourceTable:
    """Give each line item that stands in a cell with others a row of its own, which repeats the other cells.

    The keys of its parts become columns called `COLUMN.KEY`, in the order of first appearance. Rows keep their
    source_row, which several rows may share then. A cell that cannot be taken apart is told in `faults`; an empty one
    has no line item, and its row stays.
    """
    column = find_header(table.cells, cell.column)
    if column is None:
        return table
    text = to_text(table.cells[column])
    lines = pc.split_pattern(pc.fill_null(text.combine_chunks(), ""), cell.lines)
    of = pc.list_parent_indices(lines).to_numpy()
    line = pc.utf8_trim_whitespace(pc.list_flatten(lines))
    filled = pc.not_equal(line, "").to_numpy(zero_copy_only=False)
    filled |= _first_of_empty(of, filled)
    of, line = of[filled], line.filter(pa.array(filled))
    parts = pc.split_pattern(line, cell.parts)
    part_of = pc.list_parent_indices(parts).to_numpy()
    part = pc.utf8_trim_whitespace(pc.list_flatten(parts))
    columns, bad = _values(part, part_of, len(line), cell.key)
    cells = table.cells.iloc[of]
    cells = cells.assign(**{f"{column}.{key}": _series(values, cells.index) for key, values in columns.items()})
    said = f"not {cell.parts!r}-separated parts of key{cell.key}value".replace("'", '"')
    rows = table.cells.index.to_numpy()[of[bad]]
    faults = dict(table.faults) | {(int(row), column): said for row in rows}
    return replace(table, cells=cells, faults=faults, positions=())


def find_header(cells: pd.DataFrame, wanted: str) -> str | None:
    """The column that a profile means: as it is written, else the only one that is spelled alike."""
    if wanted in cells:
        return wanted
    alike = [header for header in map(str, cells.columns) if spell(header) == spell(wanted)]
    return alike[0] if len(alike) == 1 else None


def is_counted(cells: pd.DataFrame, conditions: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Which rows have, in each of the columns, one of the values that count; a column that is not there asks nothing.

    "*" stands for any value, "" for an empty cell.
    """
    counted = np.ones(len(cells), dtype=bool)
    for header, values in conditions.items():
        if (column := find_header(cells, header)) is not None:
            text = pc.fill_null(to_text(cells[column]), "")
            one_of = pc.is_in(text, value_set=pa.array(values, TEXT))
            counted &= (pc.or_(one_of, pc.not_equal(text, "")) if "*" in values else one_of).to_numpy()
    return counted


def continues(orders: pd.DataFrame, lines: pd.DataFrame, fields: Sequence[str]) -> np.ndarray:
    """Which rows of a flat table have line items of the order above them, whose fields they leave all empty.

    `fields` are the columns that are the order's alone or its key. Only if no order number stands twice: where some
    repeat it, one without it has lost it.
    """
    own = [name for name in fields if name != "order_number"]
    bare = orders[own].isna().all(axis=1).to_numpy() if own else np.zeros(len(orders), dtype=bool)
    numbered = orders["order_number"].notna().to_numpy()
    started = np.logical_or.accumulate(numbered) if len(numbered) else numbered
    if orders["order_number"].dropna().duplicated().any() or (bare & numbered).any():
        return np.zeros(len(orders), dtype=bool)
    return bare & ~numbered & started & lines.notna().any(axis=1).to_numpy()


def _first_of_empty(of: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """The first piece of each cell that has no filled one."""
    has = np.zeros(of[-1] + 1 if len(of) else 0, dtype=bool)
    has[of[filled]] = True
    first = np.r_[True, of[1:] != of[:-1]] if len(of) else np.zeros(0, dtype=bool)
    starts: np.ndarray = first & ~has[of]
    return starts


def _values(part: pa.Array, part_of: np.ndarray, count: int, key: str) -> tuple[dict[str, pa.Array], np.ndarray]:
    """The value of each key in each line, and the lines that have a part without a key, or a key twice."""
    split = pc.split_pattern(part, key, max_splits=1)
    filled = pc.not_equal(part, "").to_numpy(zero_copy_only=False)
    whole = (pc.list_value_length(split).to_numpy(zero_copy_only=False) == 2) & filled
    bad = np.zeros(count, dtype=bool)
    bad[part_of[filled & ~whole]] = True
    kept = split.filter(pa.array(whole))
    names = pc.utf8_trim_whitespace(pc.list_element(kept, 0)).dictionary_encode()
    values = pc.utf8_trim_whitespace(pc.list_element(kept, 1))
    columns = {}
    for code, name in enumerate(names.dictionary.to_pylist()):
        mine = names.indices.to_numpy() == code
        at = part_of[whole][mine]
        place = np.full(count, -1, dtype="int64")
        place[at[::-1]] = np.arange(len(at))[::-1]
        bad[np.flatnonzero(np.bincount(at, minlength=count) > 1)] = True
        columns[name] = values.filter(pa.array(mine)).take(pa.array(place, mask=place < 0))
    return columns, np.flatnonzero(bad)


def _series(values: pa.Array, index: pd.Index) -> pd.Series:
    return pd.Series(pd.array(values, dtype=pd.ArrowDtype(TEXT)), index=index)
