"""Answer files: what became of the rows of each part, kept on disk until all are put together in source order."""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from adapters.files import scratch_file
from adapters.merge import merge
from schemas.places import Place
from schemas.results import RESULTS

HELD = 200_000  # rows of all parts that are read at a time
LEAST = 1_000
ORDER = ["place", "source_row"]
PLACED = RESULTS.append(pa.field("place", pa.int32()))
OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def write_answers(path: Place, tables: Iterable[pa.Table], parts: int) -> None:
    """Write the answers of one of so many parts; `place` says of each row in which of the part's places it stands."""
    with scratch_file(path, "wb") as file, pa.ipc.new_file(file, PLACED, options=OPTIONS) as writer:
        for table in tables:
            writer.write_table(table.select(PLACED.names).cast(PLACED), max(LEAST, HELD // parts))


def read_answers(paths: Sequence[Place], ranks: Sequence[Sequence[int]]) -> Iterator[pa.Table]:
    """The answers of all parts in source order, a bounded number at a time.

    `ranks` has for each part the rank of its places among those of all parts.
    """
    streams = [_read(path, pa.array(ranked, pa.int32())) for path, ranked in zip(paths, ranks, strict=True)]
    for table in merge(streams, ORDER):
        yield table.select(RESULTS.names)


def _read(path: Place, ranks: pa.Array) -> Iterator[pa.RecordBatch]:
    with scratch_file(path, "rb") as file, pa.ipc.open_file(file) as reader:
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            yield batch.set_column(PLACED.get_field_index("place"), PLACED.field("place"), ranks.take(batch["place"]))
