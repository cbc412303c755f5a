"""Normalization: what is known beside the cells of a table, for reading them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.fields import Kind
from schemas.profile import Only
from transforms.lookups import Translation
from transforms.reading import Marks, Reading

IDS = "ids"
Texts = tuple[tuple[str, ...], str | None, Kind | str]  # headers, the lookup that translates, the kind (or IDS)


@dataclass(frozen=True)
class Normalization:
    """What is known beside the cells.

    How to read values, words for no value, fields that every row shares, which rows count, columns that tell the status
    of an order by being filled, and the tables by which values are translated. Of a table that is read in parts:
    `marks` of its whole columns, and whether an order reaches down to rows without its number.
    """

    reading: Reading = field(default_factory=Reading)
    null_words: Sequence[str] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)
    only: Only = field(default_factory=Only)
    status_if_filled: Mapping[str, str] = field(default_factory=dict)
    lookups: Mapping[str, Translation] = field(default_factory=dict)
    marks: Mapping[Texts, Marks] | None = None
    fills_down: bool = True
