"""Problem files: what is wrong with the rows of each part, put together in source order, a bounded number at a time."""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.files import parquet_file, source, write_parquet
from adapters.merge import merge
from schemas.places import Place
from schemas.problems import PROBLEMS
from schemas.results import RESULTS

HELD = 200_000  # problems of all parts that are read at a time
LEAST = 1_000
PLACE = ["file", "sheet"]  # numbers, in the order of the input
ORDER = [*PLACE, "source_row"]
PLACED = pa.schema([*((name, pa.int32()) for name in PLACE), *PROBLEMS])


def first_at_fault(path: Place, most: int) -> pd.DataFrame:
    """The first problems of a run, but for those of rows that only share an order with the one at fault."""
    return _first(path, PROBLEMS, lambda batch: pc.not_equal(batch["code"], "order_invalid"), most)


def first_rejected(results: Place, most: int) -> pd.DataFrame:
    """The first order rows of the results that the API rejected."""
    return _first(results, RESULTS, _is_rejected_order, most)


def _is_rejected_order(batch: pa.RecordBatch) -> pa.Array:
    return pc.and_(pc.equal(batch["entity"], "order"), pc.equal(batch["status"], "rejected"))


def _first(path: Place, schema: pa.Schema, which: Callable[[pa.RecordBatch], pa.Array], most: int) -> pd.DataFrame:
    found, left = [schema.empty_table()], most
    with parquet_file(path) as file:
        for batch in file.iter_batches(HELD):
            some = batch.filter(which(batch))[:left]
            found.append(pa.Table.from_batches([some], schema))
            left -= len(some)
            if not left:
                break
    first: pd.DataFrame = pa.concat_tables(found).to_pandas()
    return first


def merge_problems(parts: Sequence[Place], files: Sequence[str]) -> Iterator[pa.Table]:
    """The problems of all parts by file, in the order of `files`, by sheet and by row; those of one part as they are.

    Rewrites the files of the parts, which are no longer needed then.
    """
    if len(parts) == 1:
        yield pq.read_table(source(parts[0]))
        return
    ranks: list[dict[str, int]] = [{name: rank for rank, name in enumerate(files)}, {}]
    size = max(LEAST, HELD // max(1, len(parts)))
    for part in parts:
        table = pq.read_table(source(part))
        for name, known in zip(PLACE, ranks, strict=True):
            table = table.append_column(name, _rank(table[f"source_{name}"], known))
        order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in ORDER])
        write_parquet(part, table.take(order).select(PLACED.names), PLACED, size)
    for table in merge([_read(part, size) for part in parts], ORDER):
        yield table.select(PROBLEMS.names)


def _rank(names: pa.ChunkedArray, known: dict[str, int]) -> pa.Array:
    """A number for each name, the same in every part: names that are not known follow those that are."""
    codes = names.combine_chunks().dictionary_encode()
    ranks = [known.setdefault(name, len(known)) for name in codes.dictionary.to_pylist()]
    return pa.array(ranks, pa.int32()).take(codes.indices)


def _read(path: Place, size: int) -> Iterator[pa.RecordBatch]:
    with parquet_file(path) as file:
        yield from file.iter_batches(size)
