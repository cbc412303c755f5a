"""Partition: which rows of a large input are planned together, so that whatever concerns one order meets."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.tables import SourceTable
from transforms.arrow import TEXT
from transforms.cells import to_text
from transforms.normalization import Normalization
from transforms.texts import texts_of

NUMBER = "order_number"
WHOLE = r"^(?:0|[1-9]\d{0,17})(?:\.0)?$"  # which are the same number in a column of ids and in one of numbers
MOST = 10**18  # they are below it


@dataclass
class Downward:
    """Whether orders of a flat table may reach down to rows without a number (`transforms.shapes.continues`).

    That is so if no order number stands twice and none stands in a row that is otherwise empty.
    """

    place: int = 0  # the partition of the last order number above
    is_open: bool = True
    _seen: list[np.ndarray] = field(default_factory=list)

    def see(self, numbered: np.ndarray, hashes: np.ndarray, bare: np.ndarray) -> None:
        """Take in the next rows: which have an order number, what it hashes to, and which have no other order field."""
        if not self.is_open:
            return
        new = hashes[numbered]
        self._seen.append(new)
        if (bare & numbered).any() or len(np.unique(new)) < len(new):
            self._close()

    def decide(self) -> bool:
        """The answer for the whole table."""
        if self.is_open and self._seen:
            every = np.concatenate(self._seen)
            if len(np.unique(every)) < len(every):
                self._close()
        return self.is_open

    def _close(self) -> None:
        self.is_open = False
        self._seen.clear()


def assign(table: SourceTable, mapping: ColumnMap, how: Normalization, parts: int, down: Downward) -> np.ndarray:
    """The number of the partition, from 0, of each row of a table, or of a part of one whose parts come in order.

    All rows of one order number go to the same, whatever their company: a line item may get its company from its
    order. Rows without a number go where the order above them went in a flat table, and are spread over all elsewhere.
    """
    entity = Entity.ORDER if Entity.ORDER in mapping.fields else Entity.LINE_ITEM
    hashes, numbered = _hashes(table, mapping, entity, how)
    codes = (hashes % np.uint64(parts)).astype("int64")
    if numbered.all():
        if mapping.is_flat and len(codes):
            down.see(numbered, hashes, _bare(table, mapping, how) if down.is_open else ~numbered)
            down.place = int(codes[-1])
        return codes
    if not mapping.is_flat:
        rows = table.cells.index.to_numpy("int64")
        return np.where(numbered, codes, rows % parts)
    down.see(numbered, hashes, _bare(table, mapping, how) if down.is_open else ~numbered)
    above = np.maximum.accumulate(np.where(numbered, np.arange(len(codes)), -1))
    codes = np.where(above >= 0, codes[above], down.place)
    down.place = int(codes[-1])
    return codes


def _hashes(
    table: SourceTable, mapping: ColumnMap, entity: Entity, how: Normalization
) -> tuple[np.ndarray, np.ndarray]:
    """A number for each row's order number, the same wherever and however it is written; and which rows have one."""
    origin = mapping.fields[entity].get(NUMBER)
    if origin is None:  # the same for all rows
        return np.zeros(len(table.cells), "uint64"), np.ones(len(table.cells), dtype=bool)
    column = table.cells[origin.headers[0]]
    is_integer = isinstance(column.dtype, pd.ArrowDtype) and pa.types.is_integer(column.dtype.pyarrow_dtype)
    numbers = pa.array(column, from_pandas=True) if is_integer else None
    is_plain = len(origin.headers) == 1 and origin.lookup is None and not how.null_words
    if numbers is not None and is_plain and _are_whole(numbers):
        numbered = np.asarray(numbers.is_valid())
        return _mixed(pc.fill_null(numbers, 0).to_numpy().astype("int64").view("uint64")), numbered
    text, _, _ = texts_of(table.cells, origin, how)
    numbered = np.asarray(text.is_valid())
    whole = pc.fill_null(pc.match_substring_regex(text, WHOLE), fill_value=False)
    digits = pc.if_else(whole, pc.replace_substring(text, ".0", ""), pa.scalar("0", TEXT)).cast(pa.int64())
    hashes = _mixed(digits.to_numpy().view("uint64"))
    other = ~np.asarray(whole) & numbered
    if other.any():
        words = text.filter(pa.array(other)).combine_chunks().to_pandas().astype("str")
        hashes = hashes.copy()
        hashes[other] = pd.util.hash_array(words.array, categorize=False)
    return hashes, numbered


def _are_whole(numbers: pa.ChunkedArray) -> bool:
    """Whether all numbers are such that their texts match `WHOLE`."""
    least, most = pc.min_max(numbers).as_py().values()
    return least is None or (least >= 0 and most < MOST)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Whole numbers with all their bits stirred (the finalizer of MurmurHash3), so that neighbors part."""
    mixed = numbers ^ (numbers >> np.uint64(33))
    mixed = mixed * np.uint64(0xFF51AFD7ED558CCD)
    return np.asarray(mixed ^ (mixed >> np.uint64(33)))


def _bare(table: SourceTable, mapping: ColumnMap, how: Normalization) -> np.ndarray:
    """Which rows have none of the order's own fields but its number; as `continues` sees them."""
    own = [origin for name, origin in mapping.fields[Entity.ORDER].items() if name != NUMBER]
    bare = np.full(len(table.cells), bool(own))
    for origin in own:
        if not bare.any():
            break
        for header in origin.headers:
            bare &= ~np.asarray(to_text(table.cells[header], how.null_words).is_valid())
    return bare
