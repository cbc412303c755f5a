"""Explain: how the columns of a table are understood, field by field, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.fields import FIELDS, KEY, Entity, Field
from schemas.mapping import ColumnMap, Origin
from schemas.profile import FieldSource, Profile
from schemas.tables import SourceTable
from transforms.columns import missing, spell
from transforms.headers import base_name


@dataclass(frozen=True)
class Explained:
    """A field, where its values come from, and how that is known; `is_missing` where it is needed and not there.

    The source of a missing field tells the headers that the profile names in vain.
    """

    field: Field
    source: str
    how: str
    is_missing: bool = False


def explain(
    mapping: ColumnMap, profile: Profile, fixed: Mapping[str, object], named: str | None = None
) -> list[Explained]:
    """Every field that a table gives or must give, in the order of the API's documentation.

    `named` is the profile's name, if it has one.
    """
    explained = []
    for entity, origins in mapping.fields.items():
        lacking = missing(entity, mapping, fixed)
        mine, other = profile.orders, profile.line_items
        if entity is Entity.LINE_ITEM:
            mine, other = other, mine
        sources = {name: other[name] for name in KEY if name in other and mapping.is_flat} | mine
        for name, field in FIELDS[entity].items():
            value = fixed.get(field.qualified, fixed.get(name))
            if name in origins:
                how = _how(field, origins[name], sources.get(name), named)
                explained.append(Explained(field, _source(origins[name]), how))
            elif value is not None:
                explained.append(Explained(field, f"always {value}", "given"))
            elif name in lacking:
                absent = f"no {', '.join(sources[name].columns)}" if name in sources else ""
                explained.append(Explained(field, absent, "missing", is_missing=True))
    return explained


def remarks(table: SourceTable, told: Iterable[str]) -> list[str]:
    """What was found out about a table, without its name before each: the row of its header, what was left out."""
    said = dict.fromkeys([*table.notices, *(notice for notice in told if notice.startswith(table.place))])
    short = [notice.removeprefix(table.place).lstrip(": ") for notice in said]
    if len(table.above) and not any("header is row" in one for one in short):
        short.insert(0, f"The header is row {table.above.index[-1]}.")
    return [one[:1].upper() + one[1:] for one in short]


def _how(field: Field, origin: Origin, source: FieldSource | None, named: str | None) -> str:
    if origin.lookup is not None:
        return f"lookup {origin.lookup}"
    if source is not None and set(map(base_name, origin.headers)) <= set(map(base_name, source.columns)):
        return f"profile {named}" if named else "profile"
    same = {spell(field.name), spell(field.qualified)}
    return "same name" if spell(base_name(origin.label)) in same else "similar name"


def _source(origin: Origin) -> str:
    return f"{origin.label} / {origin.divide_by}" if origin.divide_by else origin.label
