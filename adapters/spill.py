"""Spill: the rows of a large input on disk, cut into partitions.

A chunk of rows is a file with a record batch for each partition. So no file stays open, chunks can be written anywhere
and in any order, and a partition is read by its place in each.
"""

import pickle
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from adapters.files import scratch_file
from schemas.places import Place

OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")
ROW = "source_row"


def write_chunk(path: Place, cells: pd.DataFrame, codes: np.ndarray, parts: int) -> None:
    """Write some rows, whose partitions are `codes` (0 to `parts` - 1), in their order within each partition."""
    order = np.argsort(codes.astype(np.min_scalar_type(parts)), kind="stable")
    edges = np.searchsorted(codes[order], np.arange(parts + 1))
    positions = range(cells.shape[1])
    columns = [_taken(cells.iloc[:, position], order, edges) for position in positions]
    table = pa.record_batch([pa.array(cells.index.to_numpy()[order]), *columns], names=[ROW, *map(str, positions)])
    with scratch_file(path, "wb") as file, pa.ipc.new_file(file, table.schema, options=OPTIONS) as writer:
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            writer.write_batch(table.slice(start, end - start))


def read_partition(paths: Sequence[Place], part: int, like: pd.DataFrame) -> pd.DataFrame:
    """The rows of a partition out of all chunks, in the order of these; columns and types are those of `like`."""
    batches = list(_batches(paths, part))
    table = pa.Table.from_batches(batches) if batches else None
    columns = {}
    for position in range(like.shape[1]):
        dtype = like.dtypes.iloc[position]
        if table is None:
            columns[position] = pd.Series([], dtype=dtype)
        elif pd.api.types.is_object_dtype(dtype):
            columns[position] = pd.Series(_objects(table.column(position + 1)), dtype=object)
        else:
            columns[position] = pd.Series(pd.arrays.ArrowExtensionArray(table.column(position + 1)))
    cells = pd.DataFrame(columns, copy=False)
    cells.columns = like.columns
    rows = np.zeros(0, dtype="int64") if table is None else table.column(ROW).to_numpy()
    cells.index = pd.Index(rows, name=like.index.name, dtype="int64")
    return cells


def _batches(paths: Sequence[Place], part: int) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with scratch_file(path, "rb") as file, pa.ipc.open_file(file) as reader:
            yield reader.get_batch(part)


def _taken(column: pd.Series, order: np.ndarray, edges: np.ndarray) -> pa.Array:
    if not pd.api.types.is_object_dtype(column.dtype):
        array = pa.array(column, from_pandas=True)
        taken = array.take(pa.array(order))
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
    # Python's own objects: those of a partition in its first row.
    cells = column.to_numpy()[order]
    packed: list[bytes | None] = [None] * len(cells)
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if end > start:
            packed[start] = pickle.dumps(cells[start:end].tolist())
    return pa.array(packed, pa.large_binary())


def _objects(column: pa.ChunkedArray) -> list[object]:
    return [cell for packed in column.drop_null().to_pylist() for cell in pickle.loads(packed)]  # noqa: S301 - our own
