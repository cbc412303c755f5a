"""Parquet files, read with the types that they have."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.separators import MAX_FIELDS
from schemas.errors import InputError
from schemas.tables import Grid, InputFile, ReadOptions

MANY_BYTES = 500_000_000  # so much may come out of any file at once
MOST_RATIO = 100  # and so much more than it has, out of larger ones


def read_parquet(file: InputFile, data: bytes, _options: ReadOptions) -> Iterator[Grid]:
    """Yield the one grid of a Parquet file, in Arrow types, its rows counted from 1.

    Raises InputError for what is no Parquet file, has no columns or too many, or holds far more than its size tells.
    """
    with readable(file.name):
        head = pq.ParquetFile(pa.BufferReader(data))
        texts = check_head(file.name, head, len(data))
        # As dictionaries, since a long text that is repeated takes next to nothing in the file.
        table = pq.ParquetFile(pa.BufferReader(data), metadata=head.metadata, read_dictionary=texts).read()
        grid = as_grid(file.name, table, first=1, most_bytes=max(MANY_BYTES, MOST_RATIO * len(data)))
    yield grid


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what Arrow says of a file that is none into an InputError."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{name} is not a readable Parquet file: {reason}.", "Export it again.") from error


def check_head(name: str, head: pq.ParquetFile, size: int) -> Sequence[str]:
    """The columns of text; raises InputError unless the file has columns, and not too many or far too much in them."""
    about, limit = head.metadata, max(MANY_BYTES, MOST_RATIO * size)
    if not about.num_columns:
        raise InputError(f"{name} has no columns.", "Export it again.")
    if about.num_columns > MAX_FIELDS:
        raise InputError(f"{name} has more than {MAX_FIELDS:,} columns.", "Export only those that are needed.")
    _check_size(name, about.num_rows * about.num_columns * 8, limit)
    _check_size(name, sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups)), limit)
    return [field.name for field in head.schema_arrow if _is_text(field.type)]


def as_grid(name: str, table: pa.Table, *, first: int, most_bytes: int) -> Grid:
    """Some rows as a grid, of which the first has that number; raises InputError if their text takes too many bytes."""
    _check_size(name, sum(map(_decoded_bytes, table.columns)), most_bytes)
    columns = [_plain(column) for column in table.columns]
    positions = [str(position) for position in range(len(columns))]
    # A new table has no metadata, so that what pandas once stored as an index stays a column.
    cells = pa.table(columns, names=positions).to_pandas(types_mapper=pd.ArrowDtype)
    cells.columns = pd.RangeIndex(len(columns))
    cells.index = pd.Index(np.arange(first, first + len(cells), dtype=np.int64), name="source_row")
    return Grid(name, "", cells, headers=tuple(table.column_names))


def _check_size(name: str, unpacked: int, limit: int) -> None:
    if unpacked > limit:
        message = f"{name} unpacks to {unpacked:,} bytes, far more than a file of orders does."
        raise InputError(message, "Export it again, in several files if need be.")


def _decoded_bytes(column: pa.ChunkedArray) -> int:
    """Count the bytes of text that a column of a dictionary and indices stands for."""
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return 0
    lengths = (pc.binary_length(chunk.dictionary).cast(pa.int64()).take(chunk.indices) for chunk in column.chunks)
    return sum(pc.sum(of_chunk).as_py() or 0 for of_chunk in lengths)


def _is_text(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decode dictionaries and extension types, and give all text the type that Arrow computes best with."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if _is_text(kind):
        kind = pa.large_string()
    plain = column if kind == column.type else column.cast(kind)
    if _is_text(kind):
        plain.validate(full=True)  # raises for text that is not UTF-8
    return plain
