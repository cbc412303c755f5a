"""Plan reader: the orders of all parts of a plan as one, sorted, company by company, from any position on.

A plan never changes, so its positions do not either: they are cut at the first order of each row group of the part that
has the most of them. A position is found by what the files say of their row groups, without reading what is before it.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.files import parquet_file
from adapters.merge import Key, count_below, key_at, merge
from schemas.places import Place

KEY = ["company_id", "order_number"]
PORTION = 10_000  # orders of a portion, at most
LEAST = 200  # orders that are read from a part at a time


class PlanPortion(NamedTuple):
    """Orders of one company, and their position in the plan; several portions may have the same."""

    position: int
    orders: pa.RecordBatch


class PlanReader:
    """The parts of a plan, open while the context lasts."""

    def __init__(self, parts: Sequence[Place]) -> None:
        self._parts = parts
        self._stack = ExitStack()
        self._files: list[pq.ParquetFile] = []

    def __enter__(self) -> Self:
        self._files = [self._stack.enter_context(parquet_file(part, buffer_size=2**16)) for part in self._parts]
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def portions(self, columns: Sequence[str], start: int = 0) -> Iterator[PlanPortion]:
        """The orders at this position and behind it, by company and number; with their key and these columns."""
        names = [*dict.fromkeys([*KEY, *columns])]
        size = max(LEAST, PORTION // len(self._files))
        skipped = zip(self._files, self._skipped(start), strict=True)
        position, following = start, self._first_key(start + 1)
        for table in merge([_read(file, names, size, skip) for file, skip in skipped], KEY):
            for orders in _portions(table):
                left = orders
                while following is not None and key_at(left, KEY, -1) >= following:
                    here = count_below(left, KEY, following)
                    if here:
                        yield PlanPortion(position, left.slice(0, here))
                    left = left.slice(here)
                    position, following = position + 1, self._first_key(position + 2)
                yield PlanPortion(position, left)

    def orders_before(self, start: int) -> int:
        """How many orders come before a position."""
        return sum(self._skipped(start))

    def _skipped(self, start: int) -> list[int]:
        """How many orders of each part come before a position; all of them if the plan does not have it."""
        key = self._first_key(start) if start else None
        if start and key is None:
            return [file.metadata.num_rows for file in self._files]
        return [_count_before(file, key) if key else 0 for file in self._files]

    def _first_key(self, position: int) -> Key | None:
        longest = max(self._files, key=lambda file: file.num_row_groups)
        if position >= longest.num_row_groups:
            return None
        return key_at(longest.read_row_group(position, columns=KEY), KEY, 0)


def _portions(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """The orders of a sorted table, cut where the company changes and where they are too many."""
    for batch in table.combine_chunks().to_batches(max_chunksize=PORTION):
        edges = np.flatnonzero(np.diff(batch.column("company_id").to_numpy())) + 1
        starts = [0, *edges.tolist()]
        for start, end in zip(starts, [*starts[1:], len(batch)], strict=True):
            yield batch.slice(start, end - start)


def _read(file: pq.ParquetFile, columns: Sequence[str], size: int, skip: int) -> Iterator[pa.RecordBatch]:
    """The rows of a file but for the first ones, of which whole row groups are not read."""
    group = 0
    while group < file.num_row_groups and skip >= (rows := file.metadata.row_group(group).num_rows):
        group, skip = group + 1, skip - rows
    for batch in file.iter_batches(size, range(group, file.num_row_groups), columns):
        if skip < len(batch):
            yield batch.slice(skip)
        skip = max(0, skip - len(batch))


def _count_before(file: pq.ParquetFile, key: Key) -> int:
    """How many rows of a sorted file come before a key: whole row groups by what is said of them, the others read."""
    count = 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if not _is_before(file.metadata.row_group(group), key):
            before = count_below(file.read_row_group(group, columns=KEY), KEY, key)
            if before < rows:
                return count + before
        count += rows
    return count


def _is_before(group: pq.RowGroupMetaData, key: Key) -> bool:
    """Whether all rows of a row group are known to come before a key, by the largest values of their columns."""
    said = {group.column(at).path_in_schema: group.column(at).statistics for at in range(group.num_columns)}
    companies, numbers = (said[name] for name in KEY)
    if companies is None or not companies.has_min_max:
        return False
    if companies.max < key[0]:
        return True
    is_same = companies.min == companies.max == key[0]
    return bool(is_same and numbers is not None and numbers.has_min_max and numbers.max < key[1])
