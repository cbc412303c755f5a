"""Rejected: the rows of an input that were not created, as many as somebody may mend by hand, in whole orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from schemas.fields import SOURCE
from schemas.tables import SourceTable


@dataclass(frozen=True)
class Rejected:
    """What is said of rows that were not created, the problems found in them, and how many more of them there are."""

    rows: pd.DataFrame
    problems: pd.DataFrame
    left_out: int = 0


def reject(wrong: pa.Table, problems: pd.DataFrame, most: int) -> Rejected:
    """About the first `most` of the rows that were not created; `wrong` has what is said of each."""
    if len(wrong) <= most:
        return Rejected(wrong.to_pandas(), problems)
    keys = pd.MultiIndex.from_frame(wrong.select(["company_id", "order_number"]).to_pandas())
    codes, _ = pd.factorize(keys)
    ends = np.cumsum(np.bincount(codes + 1))[codes + 1]
    kept = wrong.filter(pa.array(ends <= max(most, ends.min()))).to_pandas()
    places, about = (pd.MultiIndex.from_frame(frame[list(SOURCE)]) for frame in (kept, problems))
    return Rejected(kept, problems[about.isin(places)], len(wrong) - len(kept))


def put_together(parts: Sequence[Rejected]) -> Rejected:
    """What was rejected in several parts of an input."""
    if len(parts) == 1:
        return parts[0]
    rows, problems = (
        pd.concat(frames, ignore_index=True)
        for frames in ([part.rows for part in parts], [part.problems for part in parts])
    )
    return Rejected(rows, problems, sum(part.left_out for part in parts))


def only_rows(table: SourceTable, parts: Iterable[SourceTable], rows: np.ndarray) -> SourceTable:
    """A table with some of its rows alone, picked from its parts one after the other."""
    found, last = [table.cells.iloc[:0]], 0
    for part in parts:
        found.append(part.cells[part.cells.index.isin(rows)])
        last = max([last, *part.cells.index[-1:]])
    return replace(table, cells=pd.concat(found), last_row=last)
