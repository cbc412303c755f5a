"""Suggest: which unused headers may stand for the fields that are still open, and why; nothing of it is applied."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.fields import FIELDS, KEY, Entity
from schemas.mapping import ColumnMap
from schemas.suggestion import Suggestion
from schemas.tables import SourceTable
from transforms.guesses import by_values
from transforms.looks import Look, look
from transforms.naming import by_name

__all__ = ["Suggestion", "best", "suggest", "suggest_by_name", "told"]

MOST_HEADERS = 300  # more are not looked at: no table of orders has as many
DOUBTED = 0.4  # times this where the values speak against the name
LEAST = 0.3
SURE = 0.97  # two reasons together are never certain
LIKELY = 0.8
COMPARED = ("order_number", "quantity", "unit_amount")  # what the values of other columns are compared with
NAMED = 0.6  # a name that is at least as good as this makes an entity plausible
# Of how many of which fields a table must have headers, or names that may be theirs, to be taken for an entity's.
MARKS = {Entity.ORDER: (1, ("customer_id",)), Entity.LINE_ITEM: (2, ("item_id", "quantity", "unit_amount"))}


def suggest(
    table: SourceTable, mapping: ColumnMap, fixed: Mapping[str, object], null_words: Collection[str] = ()
) -> list[Suggestion]:
    """The likeliest headers for the fields without one, by names and by a sample of values; required fields first.

    A header is suggested for one field, and a field has one header, unless others are exactly as likely. Only headers
    in `mapping.unused` are looked at.
    """
    free = [header for header in mapping.unused[:MOST_HEADERS] if header in table.cells.columns]
    seen = {header: look(table.cells[header], null_words) for header in free}
    looks = {header: one for header, one in seen.items() if one is not None}
    named = [_tested(one, looks.get(header)) for header in free for one in by_name(header)]
    carried = _carried(mapping, named)
    known = _known(mapping, named)
    known = {name: header for name, header in known.items() if header in table.cells.columns}
    for header in known.values():
        if header not in looks and (one := look(table.cells[header], null_words)) is not None:
            looks[header] = one
    valued = by_values(looks, [header for header in free if header in looks], known, carried)
    return _assigned([*named, *valued], _open(mapping, fixed, carried))


def suggest_by_name(mapping: ColumnMap, fixed: Mapping[str, object]) -> list[Suggestion]:
    """Do as `suggest` does where only the headers are known."""
    named = [one for header in mapping.unused[:MOST_HEADERS] for one in by_name(header)]
    return _assigned(named, _open(mapping, fixed, _carried(mapping, named)))


def best(suggestions: Iterable[Suggestion], field: str, entity: Entity | None = None) -> list[Suggestion]:
    """The likeliest suggestions for a field, or none."""
    mine = [one for one in suggestions if one.field == field and entity in (None, one.entity)]
    return [one for one in mine if one.confidence == max(other.confidence for other in mine)]


def told(suggestions: Iterable[Suggestion], field: str, entity: Entity | None = None) -> str:
    """The likeliest headers for a field in words, such as `"Menge" (German for quantity)`; "" if there are none."""
    return " or ".join(f'"{one.header}" ({one.reason})' for one in best(suggestions, field, entity))


def _tested(one: Suggestion, seen: Look | None) -> Suggestion:
    """A suggestion by name, doubted where the values speak against it."""
    why = seen.misfit(one.target) if seen else None
    if why is None:
        return one
    if one.field == "company_id":
        return replace(one, reason=f"{one.reason}; {why}")
    return replace(one, reason=f"{one.reason}, but {why}", confidence=round(one.confidence * DOUBTED, 3))


def _known(mapping: ColumnMap, named: Sequence[Suggestion]) -> dict[str, str]:
    """The header of the order number, of the quantity and of the price; that of the order number may be likely only."""
    likely = [one for one in named if one.field == "order_number" and one.confidence >= LIKELY]
    known = {one.field: one.header for one in likely[:1]}
    for fields in mapping.fields.values():
        known |= {name: fields[name].headers[0] for name in COMPARED if name in fields}
    return known


def _carried(mapping: ColumnMap, named: Sequence[Suggestion]) -> frozenset[Entity]:
    """The entities that the table has, or may have by the names of its headers."""
    carried = set()
    for entity in Entity:
        found = {name for name in mapping.fields.get(entity, {}) if name not in KEY}
        hits = {one.field for one in named if one.entity is entity and one.confidence >= NAMED}
        least, marks = MARKS[entity]
        if found or sum(mark in found | hits for mark in marks) >= least:
            carried.add(entity)
    return frozenset(carried) or frozenset(mapping.fields)


def _open(
    mapping: ColumnMap, fixed: Mapping[str, object], carried: Collection[Entity]
) -> dict[tuple[Entity, str], tuple[Entity, str]]:
    """The fields without a header or a value; the key of a line item is that of its order where the table has both."""
    wanted = {}
    both = len(carried) == len(Entity)
    for entity in (entity for entity in Entity if entity in carried):
        for name, field in FIELDS[entity].items():
            if name in mapping.fields.get(entity, {}) or fixed.keys() & {name, field.qualified}:
                continue
            if entity is Entity.LINE_ITEM and (name == "company_id" or (both and name in KEY)):
                continue
            wanted[entity, name] = (entity, name)
            if name in KEY:  # its names are kept with the order's fields
                wanted.setdefault((Entity.ORDER, name), (entity, name))
    return wanted


def _assigned(found: Sequence[Suggestion], wanted: Mapping[tuple[Entity, str], tuple[Entity, str]]) -> list[Suggestion]:
    """The best pairs of field and header, each of them once unless several are equally good."""
    merged: dict[tuple[Entity, str, str], Suggestion] = {}
    for one in found:
        if (one.entity, one.field) in wanted:
            entity, field = wanted[one.entity, one.field]
            key = (entity, field, one.header)
            mine = replace(one, entity=entity)
            merged[key] = _together(merged[key], mine) if key in merged else mine
    ranked: dict[float, list[Suggestion]] = defaultdict(list)
    for one in merged.values():
        if one.confidence >= LEAST:
            ranked[one.confidence].append(one)
    chosen: list[Suggestion] = []
    fields: set[tuple[Entity, str]] = set()
    headers: set[str] = set()
    for confidence in sorted(ranked, reverse=True):
        fresh = [
            one for one in ranked[confidence] if (one.entity, one.field) not in fields and one.header not in headers
        ]
        chosen += fresh
        fields |= {(one.entity, one.field) for one in fresh}
        headers |= {one.header for one in fresh}
    order = {(entity, name): number for number, (entity, name) in enumerate(_all_fields())}
    return sorted(chosen, key=lambda one: (not one.target.required, order[one.entity, one.field]))


def _together(one: Suggestion, other: Suggestion) -> Suggestion:
    """Two reasons for the same: surer than each of them."""
    if other.reason in one.reason:
        return one
    confidence = min(SURE, round(1 - (1 - one.confidence) * (1 - other.confidence), 3))
    return replace(one, reason=f"{one.reason}; {other.reason}", confidence=confidence)


def _all_fields() -> list[tuple[Entity, str]]:
    return [(entity, name) for entity in Entity for name in FIELDS[entity]]
