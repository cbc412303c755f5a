"""What the tests of suggestions share: a table of which some headers are understood, and what is suggested for it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from schemas.fields import Entity
from schemas.mapping import ColumnMap, Origin
from schemas.suggestion import Suggestion
from schemas.tables import SourceTable
from transforms.suggest import suggest

ORDER, LINE = Entity.ORDER, Entity.LINE_ITEM
Fields = Mapping[Entity, Mapping[str, str]]
KNOWN: Fields = {  # of a flat table in which nothing is open that is needed
    ORDER: {"company_id": "c", "order_number": "o", "customer_id": "u", "currency_id": "e"},
    LINE: {"order_number": "o", "item_id": "i", "quantity": "q", "unit_amount": "p"},
}


def suggested(
    cells: Mapping[str, Sequence[object]], fields: Fields | None = None, fixed: Mapping[str, object] = {}
) -> list[Suggestion]:
    """What is suggested for a table, of whose headers those in `fields` are understood."""
    known = {ORDER: {}, LINE: {}} if fields is None else fields
    used = {header for some in known.values() for header in some.values()}
    frame = pd.DataFrame(
        {**{header: ["x"] * len(next(iter(cells.values()))) for header in used}, **cells}, dtype=object
    )
    origins = {entity: {name: Origin((header,)) for name, header in some.items()} for entity, some in known.items()}
    unused = tuple(header for header in cells if header not in used)
    return suggest(SourceTable("f.csv", "", frame), ColumnMap("f.csv", origins, unused, ()), fixed)


def pairs(found: Sequence[Suggestion]) -> dict[str, str]:
    return {one.header: one.target.qualified for one in found}


def without(entity: Entity, *names: str) -> Fields:
    """The known fields but some."""
    return {one: {n: h for n, h in some.items() if one is not entity or n not in names} for one, some in KNOWN.items()}
