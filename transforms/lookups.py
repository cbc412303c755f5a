"""Translate values by a table: an e-mail into the customer's id, a SKU into the item's."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import InputError
from transforms.arrow import TEXT, text_array


@dataclass(frozen=True)
class Translation:
    """A lookup table: each key once, in lower case if case does not matter, and what it means in the same position."""

    name: str  # as messages call the table
    keys: pa.LargeStringArray
    values: pa.LargeStringArray
    ignore_case: bool = False


def translation(
    name: str, keys: pa.ChunkedArray | pd.Series, values: pa.ChunkedArray | pd.Series, *, ignore_case: bool = False
) -> Translation:
    """The lookup table of two columns of text, row by row; rows without a key or without a value say nothing.

    `name` is what messages call the table. Raises InputError for a key that has two different values.
    """
    written, meant = _text(keys), _text(values)
    said = pc.and_(_filled(written), _filled(meant))
    written, meant = written.filter(said), meant.filter(said)
    known = pc.utf8_lower(written) if ignore_case else written
    first = pc.index_in(known, value_set=known)  # where the same key stands for the first time
    other = pc.not_equal(meant, pc.take(meant, first))
    if pc.any(other).as_py():
        row = pc.index(other, value=True).as_py()
        before = meant[first[row].as_py()]
        raise InputError(
            f"The lookup table {name} translates {written[row]} into {before} and into {meant[row]}.",
            "Remove one of the two rows.",
        )
    once = pa.array(first.to_numpy() == np.arange(len(first)))
    return Translation(name, known.filter(once), meant.filter(once), ignore_case)


def translate(text: pa.ChunkedArray, table: Translation) -> tuple[pa.ChunkedArray, np.ndarray]:
    """The column with each value translated, and the positions of the values that the table does not have.

    Those keep their value; null stays null and is not looked for.
    """
    whole = text.combine_chunks().cast(TEXT)
    found = pc.index_in(pc.utf8_lower(whole) if table.ignore_case else whole, value_set=table.keys)
    translated = pc.coalesce(pc.take(table.values, found), whole)
    unknown = pc.and_(pc.is_valid(whole), pc.is_null(found))
    return pa.chunked_array([translated]), np.flatnonzero(unknown.to_numpy(zero_copy_only=False))


def _text(column: pa.ChunkedArray | pd.Series) -> pa.LargeStringArray:
    if isinstance(column, pd.Series):
        return text_array(column)
    return (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).cast(TEXT)


def _filled(text: pa.LargeStringArray) -> pa.BooleanArray:
    return pc.fill_null(pc.not_equal(text, ""), fill_value=False)
