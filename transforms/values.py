"""Values in the one spelling that checks, digests and the API see; what cannot be read stays as it was written."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import ORDER_STATUSES, Kind
from transforms.arrow import TEXT
from transforms.dates import dates
from transforms.numbers import numbers
from transforms.reading import Marks, Reading, Spelled

__all__ = ["TEXT", "Reading", "Spelled", "canonical", "statuses"]

NUMBERS = frozenset({Kind.COMPANY, Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY})


def canonical(
    text: pa.ChunkedArray,
    kind: Kind,
    reading: Reading,
    written: np.ndarray | None = None,
    marks: Marks | None = None,
) -> Spelled:
    """A column of text, each value in the canonical spelling of its kind where it can be read as one.

    `written` tells for each row whether its cell is text in the file, or a number or date of a spreadsheet; None means
    that all are text; `marks` are those of the whole column if this is a part of one. Raises UsageError for a date
    format that is none.
    """
    if kind in NUMBERS:
        return numbers(text, reading.decimal, written, marks)
    if kind is Kind.DATE:
        return dates(text, reading, written, marks)
    if kind is Kind.STATUS:
        return Spelled(statuses(text, reading.status_words))
    return Spelled(pc.utf8_upper(text) if kind is Kind.CURRENCY else text)


def statuses(text: pa.ChunkedArray, words: Mapping[str, str]) -> pa.ChunkedArray:
    """The API's statuses in lower case, and the profile's words translated, both in any case."""
    spoken = pc.utf8_lower(pa.array([*words, *ORDER_STATUSES], TEXT))  # a profile's word wins over a status
    meant = pa.array([*words.values(), *ORDER_STATUSES], TEXT)
    return pc.coalesce(pc.take(meant, pc.index_in(pc.utf8_lower(text), value_set=spoken)), text)
