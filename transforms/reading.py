"""Reading: how the values of a file are to be read, and a column as it was read."""

from collections.abc import Mapping
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
