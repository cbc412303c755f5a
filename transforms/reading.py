"""Reading: how the values of a file are to be read, and a column as it was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Reading:
    """What a person says of the values: time zone and layout of dates, decimal separator, words for statuses."""

    timezone: str = "UTC"  # of dates without one
    date_format: str | None = None  # strptime, or a word of `transforms.serials.WORDS`; None: ISO 8601, or proved
    decimal: str | None = None  # "." or ","; None: each column proves it
    status_words: Mapping[str, str] = field(default_factory=dict)
    epoch: int = 1900  # the year that the day serials of the workbook count from


# What the texts of a whole column show of how it is to be read: each mark with the position, or source_row, of the
# first text that has it. A column that is read in parts has the marks of all of them, so that each part is read alike.
Marks = Mapping[str, int]


def only(marks: Marks, choices: Sequence[str]) -> str | None:
    """The one of the choices that the column proves; None if it proves none, or several."""
    proved = [choice for choice in choices if choice in marks]
    return proved[0] if len(proved) == 1 else None


@dataclass(frozen=True)
class Spelled:
    """A column in canonical spelling; what cannot be read stays as it was written.

    `doubts` has the positions (from 0) of the cells that have a problem which only the way of reading knows, by its
    code; such a cell stays as it was written, so that later checks may find it wrong as well. `notice` is what the
    column proved and the person should know, `proof` the position of the cell that proved it.
    """

    text: pa.ChunkedArray
    doubts: Mapping[str, np.ndarray] = field(default_factory=dict)
    notice: str = ""
    proof: int | None = None
    currencies: pa.ChunkedArray | None = None  # of amounts: which ones the cells name, as `transforms.currencies` says
