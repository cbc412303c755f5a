"""The step from pandas' text columns to Arrow arrays."""

import pandas as pd
import pyarrow as pa

TEXT = pa.large_string()


def text_array(column: pd.Series) -> pa.LargeStringArray:
    """A column of text, or of categories of text, as one Arrow array; null where pandas has no value."""
    array = pa.array(column, from_pandas=True)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(TEXT)
