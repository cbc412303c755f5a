"""Texts: the cells of a field as text, joined and translated, before they are spelled."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import Field, Kind
from schemas.mapping import ColumnMap, Origin
from transforms.arrow import TEXT
from transforms.cells import is_text, to_text
from transforms.lookups import translate
from transforms.normalization import IDS, Normalization, Texts
from transforms.shapes import find_header
from transforms.validate import IDENTIFIERS


def texts_of(
    cells: pd.DataFrame, origin: Origin, how: Normalization
) -> tuple[pa.ChunkedArray, np.ndarray | None, np.ndarray]:
    """The cells of a field, joined and translated, before they are spelled.

    With it, which of them are text in the file (None: all), and the positions of those that a lookup does not have.
    """
    texts = [to_text(cells[header], how.null_words) for header in origin.headers]
    text = texts[0] if len(texts) == 1 else _joined(texts, origin.joint)
    written = is_text(cells[origin.headers[0]]) if len(texts) == 1 else None
    missing = np.zeros(0, dtype="int64")
    if origin.lookup is not None:
        text, missing = translate(text, how.lookups[origin.lookup])
    return text, written, missing


def needed_columns(cells: pd.DataFrame, mapping: ColumnMap, how: Normalization) -> list[str]:
    """The columns of a table that `normalize` looks at, in their order."""
    origins = [origin for fields in mapping.fields.values() for origin in fields.values()]
    headers = {header for origin in origins for header in (*origin.headers, origin.divide_by)}
    told = (*how.only.orders, *how.only.line_items, *how.status_if_filled)
    headers |= {find_header(cells, header) for header in told}
    return [name for name in cells.columns if name in headers]


def texts_key(origin: Origin, one: Field) -> Texts:
    """What the marks of a field's texts are kept under."""
    return origin.headers, origin.lookup, IDS if one.name in IDENTIFIERS else one.kind


def divisor_key(header: str) -> Texts:
    """What the marks of a column that divides another are kept under."""
    return (header,), None, Kind.QUANTITY


def _joined(texts: Sequence[pa.ChunkedArray], joint: str) -> pa.ChunkedArray:
    """The filled cells of each row with the joint between them; null where none is filled."""
    joined, *others = (text.combine_chunks() for text in texts)
    for text in others:
        both = pc.binary_join_element_wise(joined, text, pa.scalar(joint, TEXT))
        joined = pc.coalesce(both, joined, text)
    return pa.chunked_array([joined])
