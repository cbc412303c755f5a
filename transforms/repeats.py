"""Further headers below a header: the same one again, which page breaks bring, or that of a second table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from transforms.filled import Cells, Fill, Ints, Row, blank_rows, equal, filled_rows, text_cells, to_rows
from transforms.headers import ENOUGH, Known, is_wordy, known_names

NEAR = 50  # filled rows below a header that are looked at even if no blank row announces a second one
MOST_PART = 0.5  # of its cells are known, in a second header that no blank row announces
WORDS = r"^\D{1,80}$"


def find_repeats(body: pd.DataFrame, header: Sequence[Cells]) -> list[int]:
    """The source rows of a table's body that are the same, cell by cell, as one of its header rows."""
    places = np.concatenate([np.zeros(0, dtype=np.int64), *(_same(body, cells) for cells in header)])
    return [int(row) for row in body.index[np.unique(places)]]


def second_header(above: Sequence[Row], body: pd.DataFrame, fill: Fill, is_known: Known) -> Row | None:
    """The first row that is the header of another table, or None.

    `above` are the filled rows over the header, taken for titles; the one directly over it may as well belong to it.
    """
    near = [*above[:-1], *filled_rows(body.iloc[: 2 * NEAR], NEAR)]
    found = [row for row in near if _is_header(row[1], is_known, MOST_PART)]
    found += [row for row in _after_gaps(body, fill) if _is_header(row[1], is_known)]
    return min(found, default=None, key=lambda row: row[0])


def _is_header(cells: Cells, is_known: Known, share: float = 0) -> bool:
    """Whether all cells are words, and at least two, and more than a share of them, are known."""
    filled = [cell for cell in cells if cell is not None]
    least = max(ENOUGH, int(share * len(filled)) + 1)
    return all(map(is_wordy, filled)) and len(known_names(filled, is_known)) >= least


def _same(body: pd.DataFrame, cells: Cells) -> Ints:
    places = np.arange(len(body))
    if sum(cell is not None for cell in cells) < ENOUGH:
        return places[:0]
    for at in sorted(range(len(cells)), key=lambda at: cells[at] is None):
        column = body.iloc[:, at] if len(places) == len(body) else body.iloc[places, at]
        same = blank_rows(column.to_frame()) if cells[at] is None else equal(column, cells[at])
        places = places[same]
        if not len(places):
            break
    return places


def _after_gaps(body: pd.DataFrame, fill: Fill) -> list[Row]:
    """The rows that stand below a blank row and begin with a word."""
    whole = fill.counts[: len(body)]
    if len(body) and whole.all() and body.index[-1] - body.index[0] == len(body) - 1:
        return []
    filled = np.flatnonzero(whole)
    numbers = body.index.to_numpy()[filled]
    after = filled[1:][numbers[1:] - numbers[:-1] > 1]
    found = [np.zeros(0, dtype=np.int64)]
    if not len(after):
        return []
    for at in np.unique(fill.leftmost[after]):
        rows = after[fill.leftmost[after] == at]
        match = pc.match_substring_regex(text_cells(body.iloc[rows, at]), WORDS)
        found.append(rows[pc.fill_null(match, fill_value=False).to_numpy(zero_copy_only=False)])
    places = np.sort(np.concatenate(found))
    return list(zip(body.index[places].tolist(), to_rows(body.iloc[places]), strict=True))
