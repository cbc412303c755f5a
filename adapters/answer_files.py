"""Answer files: what became of the rows of each part, kept on disk until all are put together in source order."""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from adapters.files import scratch_file
from adapters.merge import merge
from schemas.places import Place
from schemas.results import PLACE, RESULTS, SourcePlace

HELD = 200_000  # rows of all parts that are read at a time
LEAST = 1_000
KEPT = pa.schema([*(one for one in RESULTS if one.name not in PLACE), pa.field("place", pa.int32())])
AT = "at"  # place and row as one number, by which answers are sorted
ROWS = 40  # bits
OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def write_answers(path: Place, tables: Iterable[pa.Table], parts: int) -> None:
    """Write the answers of one of so many parts; `place` says of each row in which of the part's places it stands."""
    with scratch_file(path, "wb") as file, pa.ipc.new_file(file, KEPT, options=OPTIONS) as writer:
        for table in tables:
            writer.write_table(table.select(KEPT.names).cast(KEPT), max(LEAST, HELD // parts))


def read_answers(
    paths: Sequence[Place], places: Sequence[Sequence[SourcePlace]], ordered: Sequence[SourcePlace]
) -> Iterator[pa.Table]:
    """The answers of all parts in source order, a bounded number at a time.

    `places` are those of each part, `ordered` those of all in the order of the results.
    """
    ranks = {place: rank for rank, place in enumerate(ordered)}
    ranked = [pa.array([ranks[place] for place in own], pa.int64()) for own in places]
    texts = dict(zip(PLACE, map(pa.array, zip(*ordered, strict=True)), strict=True)) if ordered else {}
    for table in merge(map(_read, paths, ranked), [AT]):
        rank = pc.shift_right(table[AT], ROWS)
        columns = {name: text.take(rank) for name, text in texts.items()}
        yield pa.table([columns[name] if name in columns else table[name] for name in RESULTS.names], schema=RESULTS)


def _read(path: Place, ranks: pa.Array) -> Iterator[pa.RecordBatch]:
    with scratch_file(path, "rb") as file, pa.ipc.open_file(file) as reader:
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            at = pc.add(pc.shift_left(ranks.take(batch["place"]), ROWS), batch["source_row"])
            yield batch.drop_columns("place").append_column(AT, at)
