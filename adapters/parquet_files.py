"""Parquet files, read with the types that they have."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import InputError
from schemas.tables import Grid, InputFile, ReadOptions


def read_parquet(file: InputFile, data: bytes, _options: ReadOptions) -> Iterator[Grid]:
    """Yield the one grid of a Parquet file, in Arrow types, its rows counted from 1; raises InputError."""
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        columns = [_plain(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{file.name} is not a readable Parquet file: {reason}.", "Export it again.") from error
    if not columns:
        raise InputError(f"{file.name} has no columns.", "Export it again.")
    positions = [str(position) for position in range(len(columns))]
    # A new table has no metadata, so that what pandas once stored as an index stays a column.
    cells = pa.table(columns, names=positions).to_pandas(types_mapper=pd.ArrowDtype)
    cells.index = pd.Index(np.arange(1, len(cells) + 1), name="source_row")
    cells.columns = pd.RangeIndex(len(columns))
    yield Grid(file.name, "", cells, headers=tuple(table.column_names))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decode dictionaries and extension types, and give all text the type that Arrow computes best with."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        kind = pa.large_string()
    return column if kind == column.type else column.cast(kind)
