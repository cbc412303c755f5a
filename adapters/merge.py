"""Merge: several sorted streams of rows as one, a bounded number of rows at a time, without a step for each row."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Key = tuple[Any, ...]
HELD = 2  # record batches of a stream, at least: then each step takes about one of every stream


def merge(streams: Iterable[Iterator[pa.RecordBatch]], by: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of streams that are sorted by these columns, sorted; equal ones in the order of the streams.

    Holds about two record batches of each stream. No key may be null.
    """
    left = [_Stream(stream, by) for stream in streams]
    while left := [stream for stream in left if stream.fill()]:
        # Up to where every stream is known; of rows that are equal there, its own before those of the streams behind.
        bound, first = min(((one.last, at) for at, one in enumerate(left) if not one.ended), default=(None, 0))
        taken = [part for at, one in enumerate(left) if (part := one.take(bound, inclusive=at <= first))]
        table = pa.Table.from_batches([batch for part in taken for batch in part])
        yield table.take(_order(table, by)) if len(taken) > 1 else table


def _order(table: pa.Table, by: Sequence[str]) -> pa.Array:
    if len(by) == 1 and pa.types.is_integer(table[by[0]].type):
        return pa.array(np.argsort(table[by[0]].to_numpy(), kind="stable"))  # quick where runs are sorted
    return pc.sort_indices(table, sort_keys=[(name, "ascending") for name in by])


def count_below(rows: pa.RecordBatch | pa.Table, by: Sequence[str], key: Key, *, inclusive: bool = False) -> int:
    """How many rows of a sorted batch come before a key; with `inclusive` those that have it count too."""
    columns = [rows.column(name) for name in by]
    bisect = bisect_right if inclusive else bisect_left
    return bisect(range(len(rows)), key, key=lambda at: tuple(column[at].as_py() for column in columns))


def key_at(rows: pa.RecordBatch | pa.Table, by: Sequence[str], at: int) -> Key:
    """The key of a row."""
    return tuple(rows.column(name)[at].as_py() for name in by)


class _Stream:
    """A stream, and what was read of it and not taken yet."""

    def __init__(self, batches: Iterator[pa.RecordBatch], by: Sequence[str]) -> None:
        self._batches = batches
        self._by = by
        self._held: deque[pa.RecordBatch] = deque()
        self.ended = False

    def fill(self) -> bool:
        """Read on if few rows are held; whether any are."""
        while not self.ended and len(self._held) < HELD:
            batch = next(self._batches, None)
            if batch is None:
                self.ended = True
            elif len(batch):
                self._held.append(batch)
        return bool(self._held)

    @property
    def last(self) -> Key:
        return key_at(self._held[-1], self._by, -1)

    def take(self, bound: Key | None, *, inclusive: bool) -> list[pa.RecordBatch]:
        """The rows up to a key; all that are held if there is none."""
        taken = []
        while self._held:
            batch = self._held.popleft()
            is_whole = bound is None or key_at(batch, self._by, -1) < bound
            count = (
                len(batch) if is_whole or bound is None else count_below(batch, self._by, bound, inclusive=inclusive)
            )
            if count:
                taken.append(batch.slice(0, count))
            if count < len(batch):
                self._held.appendleft(batch.slice(count))
                break
        return taken
