"""The step from pandas' text columns to Arrow arrays."""

import pandas as pd
import pyarrow as pa

TEXT = pa.large_string()


def text_array(column: pd.Series) -> pa.LargeStringArray:
    """A text column as one Arrow array, null where pandas has no value."""
    array = pa.array(column, TEXT, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
