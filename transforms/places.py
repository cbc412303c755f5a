"""Places: the tables in which the rows of a run stand, in the order in which they are told."""

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import Entity
from schemas.results import PLACE, SourcePlace

ENTITIES = [entity.value for entity in (Entity.ORDER, Entity.LINE_ITEM)]


def places(rows: pa.Table) -> tuple[list[SourcePlace], pa.Array]:
    """The places of rows, in the order in which they appear, and the number of each row's place among these."""
    text = pc.binary_join_element_wise(*(rows[name] for name in PLACE), "\x1f")
    codes = text.combine_chunks().dictionary_encode()
    return [tuple(one.split("\x1f")) for one in codes.dictionary.to_pylist()], codes.indices


def order_places(parts: Iterable[Sequence[SourcePlace]], files: Sequence[str]) -> list[SourcePlace]:
    """All places in the order of the input: those of orders first, by file, and by sheet as every part has them."""
    sorter: TopologicalSorter[SourcePlace] = TopologicalSorter()
    for part in parts:
        for place in part:
            sorter.add(place)
        for before, behind in pairwise(part):
            sorter.add(behind, before)
    in_file = {file: rank for rank, file in enumerate(files)}
    sheets = {place: rank for rank, place in enumerate(sorter.static_order())}
    return sorted(sheets, key=lambda place: (ENTITIES.index(place[0]), in_file.get(place[1], 0), sheets[place]))
