"""Large Parquet files, read a bounded number of rows at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.input_files import opened
from adapters.parquet_files import MANY_BYTES, as_grid, check_head, readable
from schemas.tables import Grid, InputFile


def count_rows(file: InputFile) -> int:
    """How many rows a Parquet file says that it has; raises InputError for what is none or cannot be reached."""
    with opened(file.path, file.name) as stream, readable(file.name):
        return int(pq.ParquetFile(stream).metadata.num_rows)


def stream_parquet(file: InputFile, most_rows: int, columns: Mapping[int, str] | None = None) -> Iterator[Grid]:
    """Yield the rows of a Parquet file as grids of at most so many, as `read_parquet` gives them all in one.

    `columns` are the positions of the only columns to read, each with the header to give it. A file without rows gives
    one grid. Raises InputError as `read_parquet` does.
    """
    with opened(file.path, file.name) as stream:
        with readable(file.name):
            head = pq.ParquetFile(stream)
            schema, texts = head.schema_arrow, check_head(file.name, head, file.bytes)
            chosen = dict(enumerate(schema.names)) if columns is None else dict(columns)
            wanted = [schema.names[position] for position in chosen]
            is_unique = len(set(schema.names)) == len(schema.names)
            repeated = _repeated(stream, head, [name for name in texts if name in wanted], most_rows)
            # Without `pre_buffer`, which would fetch all row groups before the first row.
            reader = pq.ParquetFile(stream, metadata=head.metadata, read_dictionary=repeated, pre_buffer=False)
            batches = reader.iter_batches(batch_size=most_rows, columns=wanted if is_unique else None)
        first = 1
        while True:
            with readable(file.name):
                batch = next(batches, None)
                if batch is None and first > 1:
                    return
                table = pa.table(schema.empty_table() if batch is None else batch)
                at = [table.schema.names.index(name) for name in wanted] if is_unique else list(chosen)
                table = pa.table([table.column(one) for one in at], names=list(chosen.values()))
                grid = as_grid(file.name, table, first=first, most_bytes=MANY_BYTES)
            yield grid
            if batch is None:
                return
            first += len(table)


def _repeated(stream: BinaryIO, head: pq.ParquetFile, texts: Sequence[str], most_rows: int) -> list[str]:
    """The columns of text that must be read as dictionaries, since a text of theirs may be repeated far too often.

    That takes long where texts differ, so it is asked of the dictionaries, which come with the first value, beforehand.
    """
    about, found = head.metadata, []
    reader = pq.ParquetFile(stream, metadata=about, read_dictionary=texts)
    for name in texts:
        for group in range(about.num_row_groups):
            first = next(reader.iter_batches(batch_size=1, row_groups=[group], columns=[name]), None)
            if first is None:
                continue
            coded = first.column(0)
            longest = pc.max(pc.binary_length(coded.dictionary)).as_py() if pa.types.is_dictionary(coded.type) else 0
            if (longest or 0) * most_rows > MANY_BYTES:
                found.append(name)
                break
    return found
