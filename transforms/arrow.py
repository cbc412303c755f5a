"""The step from pandas' text columns to Arrow arrays."""

import numpy as np
import pandas as pd
import pyarrow as pa

TEXT = pa.large_string()


def text_array(column: pd.Series) -> pa.LargeStringArray:
    """A column of text, or of categories of text, as one Arrow array; null where pandas has no value."""
    array = pa.array(column, from_pandas=True)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(TEXT)


def has_byte(text: pa.LargeStringArray, characters: bytes) -> bool:
    """Whether any of these ASCII characters may stand in a column; one look at all bytes costs a tenth of one by value.

    A column that is a part of a longer one is answered for with all of that.
    """
    written = np.frombuffer(text.buffers()[2] or b"", "uint8")
    return any((written == one).any() for one in characters)
