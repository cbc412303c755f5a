"""Understand the columns of a table: which header is which field, and what its rows stand for."""

import difflib
from collections.abc import Mapping, Sequence

from schemas.errors import InputError, ProfileError
from schemas.fields import FIELDS, SHARED, Entity, Field
from schemas.mapping import ColumnMap
from schemas.profile import Profile

# A table has the line items if it has two of these, or one and no customer.
LINE_ITEM_MARKS = ("item_id", "quantity", "unit_amount")
PREFIXES = {Entity.ORDER: ("orders", "order"), Entity.LINE_ITEM: ("lineitems", "lineitem")}


def spell(header: str) -> str:
    """A header without case, spaces and punctuation: `Order Number` and `order_number` are spelled alike."""
    return "".join(char for char in header.casefold() if char.isalnum())


def understand(
    place: str,
    headers: Sequence[str],
    profile: Profile,
    fixed: Mapping[str, object],
    entities: frozenset[Entity] | None = None,
) -> ColumnMap | None:
    """Say which header is which field, or None if the table carries neither orders nor line items.

    `fixed` are the fields that need no column; `entities` is what the caller knows the table to carry. Raises
    InputError for a header that could be two fields, two headers for one field, and a required field without a header.
    """
    mapping = match(place, headers, profile, fixed, entities)
    for entity in mapping.fields if mapping else ():
        for name in missing(entity, mapping, fixed):
            raise _missing(place, entity, name, headers, mapping)
    return mapping


def match(
    place: str,
    headers: Sequence[str],
    profile: Profile,
    fixed: Mapping[str, object],
    entities: frozenset[Entity] | None = None,
) -> ColumnMap | None:
    """Do as `understand` does, but let required fields be without a header."""
    named = {entity: _from_profile(profile, entity, headers) for entity in Entity}
    claimed = {header for fields in named.values() for header in fields.values()}
    free = [header for header in headers if header not in claimed and header not in profile.ignore]
    found = {entity: _from_spelling(place, entity, free, named[entity]) for entity in Entity}
    carried = entities or _entities(found, fixed)
    if not carried:
        return None
    if len(carried) == len(Entity):
        _refuse_shared(place, found)
    used = {header for entity in carried for header in found[entity].values()}
    wanted = {header for entity in carried for header in _profile_table(profile, entity).values()}
    return ColumnMap(
        place=place,
        fields={entity: found[entity] for entity in Entity if entity in carried},
        unused=tuple(header for header in headers if header not in used),
        absent=tuple(sorted(wanted - set(headers))),
    )


def missing(entity: Entity, mapping: ColumnMap, fixed: Mapping[str, object]) -> list[str]:
    """The required fields of an entity that have neither a header nor a fixed value."""
    # The company of a line item is that of its order, so its own column may be absent.
    inherited = {"company_id"} if entity is Entity.LINE_ITEM else set()
    given = mapping.fields[entity].keys() | fixed.keys() | inherited
    return [name for name, field in FIELDS[entity].items() if field.required and not {name, field.qualified} & given]


def check_profile(profile: Profile) -> None:
    """Raise ProfileError for a field that no order and no line item has, naming the closest one."""
    for entity in Entity:
        for name in _profile_table(profile, entity):
            if name not in FIELDS[entity]:
                raise _unknown_field(name, entity.value, FIELDS[entity])
    everywhere = {field.qualified: field for fields in FIELDS.values() for field in fields.values()}
    everywhere |= {field.name: field for fields in FIELDS.values() for field in fields.values()}
    for name in profile.fixed:
        if name not in everywhere:
            raise _unknown_field(name, "fixed", everywhere)


def closest(name: str, choices: Sequence[str]) -> list[str]:
    """Up to three of the choices that are spelled most like the name."""
    spelled = {spell(choice): choice for choice in choices}
    return [spelled[match] for match in difflib.get_close_matches(spell(name), list(spelled), n=3, cutoff=0.5)]


def _unknown_field(name: str, table: str, fields: Mapping[str, Field]) -> ProfileError:
    near = ", ".join(closest(name, list(fields)))
    return ProfileError(f"The profile names the field {name} under {table}, which does not exist.", f"Closest: {near}.")


def _profile_table(profile: Profile, entity: Entity) -> dict[str, str]:
    return profile.orders if entity is Entity.ORDER else profile.line_items


def _from_profile(profile: Profile, entity: Entity, headers: Sequence[str]) -> dict[str, str]:
    return {name: header for name, header in _profile_table(profile, entity).items() if header in headers}


def _from_spelling(place: str, entity: Entity, headers: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    spellings = {prefix + spell(name): name for name in FIELDS[entity] for prefix in ("", *PREFIXES[entity])}
    found = dict(named)
    for header in headers:
        name = spellings.get(spell(header))
        if name is None or name in named:
            continue
        if name in found:
            raise InputError(
                f'{place}: the columns "{found[name]}" and "{header}" both stand for {name}.',
                "Remove one, or list it under `ignore` in a profile.",
            )
        found[name] = header
    return found


def _entities(found: Mapping[Entity, Mapping[str, str]], fixed: Mapping[str, object]) -> frozenset[Entity]:
    orders, lines = found[Entity.ORDER], found[Entity.LINE_ITEM]
    only_orders = set(orders) - set(lines)
    has_orders = "customer_id" in orders or ("customer_id" in fixed and bool(only_orders))
    marks = sum(mark in lines for mark in LINE_ITEM_MARKS)
    has_lines = marks > 1 or (marks == 1 and not has_orders)
    return frozenset(entity for entity, has in ((Entity.ORDER, has_orders), (Entity.LINE_ITEM, has_lines)) if has)


def _refuse_shared(place: str, found: Mapping[Entity, Mapping[str, str]]) -> None:
    for name in SHARED:
        header = found[Entity.ORDER].get(name)
        if header is not None and header == found[Entity.LINE_ITEM].get(name):
            raise InputError(
                f"{place}: \"{header}\" can be the order's or the line item's.",
                f"Call it orders.{name} or line_items.{name}, or list it under `ignore` in a profile.",
            )


def _missing(place: str, entity: Entity, name: str, headers: Sequence[str], mapping: ColumnMap) -> InputError:
    near = closest(name, mapping.unused)
    hint = f" Closest: {', '.join(near)}." if near else ""
    option = " (or give --company-id N)" if name == "company_id" else ""
    return InputError(
        f"{place}: no column for {name}, which every {entity.value.replace('_', ' ')} needs. "
        f"Found: {', '.join(headers)}.{hint}",
        f"Name the column in a profile{option}; `orderlift columns FILE --write PROFILE.toml` makes one to edit.",
    )
