"""Distinct: the values of a column each once, since values repeat and reading one takes long."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.arrow import TEXT


@dataclass(frozen=True)
class Distinct:
    """The values of a column; text and typed cells count as different ones even where they look the same."""

    text: pa.LargeStringArray  # each value once
    typed: np.ndarray  # of each value: whether its cells are no text, but a spreadsheet's numbers and dates
    codes: pa.Array  # of each row: the number of its value, or null

    def spread(self, values: pa.Array) -> pa.ChunkedArray:
        """The column with each of its values replaced; `values` are in the order of the own ones."""
        return pa.chunked_array([pc.take(values, self.codes)])

    def rows(self, mask: np.ndarray) -> np.ndarray:
        """The positions of all cells with one of the values in `mask`."""
        if not mask.any():
            return np.zeros(0, dtype="int64")
        codes = pc.fill_null(self.codes, len(mask)).to_numpy()
        return np.flatnonzero(np.append(mask, False)[codes])

    def first(self, mask: np.ndarray) -> int | None:
        """The position of the first cell with one of the values in `mask`."""
        rows = self.rows(mask)
        return int(rows[0]) if len(rows) else None


def distinct(text: pa.ChunkedArray, written: np.ndarray | None) -> Distinct:
    """The distinct values of a column; `written` tells which cells are text in the file, None means all."""
    column = text.combine_chunks()
    if written is None or written.all():
        return _encoded(column, typed=False)
    if not written.any():
        return _encoded(column, typed=True)
    nothing = pa.scalar(None, TEXT)
    is_text = pa.array(written)
    texts = _encoded(pc.if_else(is_text, column, nothing), typed=False)
    typed = _encoded(pc.if_else(is_text, nothing, column), typed=True)
    return Distinct(
        pa.concat_arrays([texts.text, typed.text]),
        np.concatenate([texts.typed, typed.typed]),
        pc.coalesce(texts.codes, pc.add(typed.codes, pa.scalar(len(texts.text), pa.int32()))),
    )


def _encoded(column: pa.Array, *, typed: bool) -> Distinct:
    coded = column.dictionary_encode()
    return Distinct(coded.dictionary, np.full(len(coded.dictionary), typed), coded.indices)
