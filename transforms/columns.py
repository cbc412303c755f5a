"""Understand the columns of a table: which header is which field, and what its rows stand for."""

import difflib
from collections.abc import Mapping, Sequence

from schemas.errors import InputError, ProfileError
from schemas.fields import FIELDS, KEY, ORDER_STATUSES, SHARED, Entity, Field
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
    InputError for a header that could be two fields, two headers for one field, a required field without a header, and
    a fixed field with one.
    """
    mapping = match(place, headers, profile, fixed, entities)
    if mapping is None:
        return None
    for entity in mapping.fields:
        for name in missing(entity, mapping, fixed):
            raise _missing(place, entity, name, headers, mapping)
        for name, header in mapping.fields[entity].items():
            if fixed.keys() & {name, FIELDS[entity][name].qualified}:
                raise InputError(
                    f'{place} has the column "{header}", but {name} is given as the same for every row.',
                    "Do not give it, or list the column under `ignore` in a profile.",
                )
    return mapping


def match(
    place: str,
    headers: Sequence[str],
    profile: Profile,
    fixed: Mapping[str, object],
    entities: frozenset[Entity] | None = None,
) -> ColumnMap | None:
    """Do as `understand` does, but let required fields be without a header."""
    free = [header for header in headers if header not in profile.ignore]
    named = {entity: _from_profile(profile, entity, headers) for entity in Entity}
    alike = {entity: _from_spelling(entity, free, named[entity]) for entity in Entity}
    found = {entity: {name: some[0] for name, some in alike[entity].items()} | named[entity] for entity in Entity}
    carried = entities or _entities(found, fixed)
    if not carried:
        return None
    for entity in carried:
        _refuse_two(place, alike[entity])
    if len(carried) == len(Entity):
        _share(place, found, named)
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
    """Raise ProfileError for a field that nothing has or a status that the API has not, naming the closest one."""
    for entity in Entity:
        for name in _profile_table(profile, entity):
            if name not in FIELDS[entity]:
                raise _unknown_field(name, entity.value, FIELDS[entity])
    everywhere = {field.qualified: field for fields in FIELDS.values() for field in fields.values()}
    everywhere |= {field.name: field for fields in FIELDS.values() for field in fields.values()}
    for name in profile.fixed:
        if name not in everywhere:
            raise _unknown_field(name, "fixed", everywhere)
        if name in SHARED:
            raise ProfileError(f"The profile fixes {name}.", f"Call it orders.{name} or line_items.{name}.")
    for word, status in profile.status_words.items():
        if status not in ORDER_STATUSES:
            raise ProfileError(
                f"The profile translates {word} into {status}.", f"The API has {', '.join(ORDER_STATUSES)}."
            )


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


def _from_spelling(entity: Entity, headers: Sequence[str], named: Mapping[str, str]) -> dict[str, list[str]]:
    """The headers that are spelled like each field that the profile does not name."""
    spellings = {prefix + spell(name): name for name in FIELDS[entity] for prefix in ("", *PREFIXES[entity])}
    alike: dict[str, list[str]] = {}
    for header in headers:
        name = spellings.get(spell(header))
        if name is not None and name not in named and header not in named.values():
            alike.setdefault(name, []).append(header)
    return alike


def _entities(found: Mapping[Entity, Mapping[str, str]], fixed: Mapping[str, object]) -> frozenset[Entity]:
    orders, lines = found[Entity.ORDER], found[Entity.LINE_ITEM]
    only_orders = set(orders) - set(lines)
    has_orders = "customer_id" in orders or ("customer_id" in fixed and bool(only_orders))
    marks = sum(mark in lines for mark in LINE_ITEM_MARKS)
    has_lines = marks > 1 or (marks == 1 and not has_orders)
    return frozenset(entity for entity, has in ((Entity.ORDER, has_orders), (Entity.LINE_ITEM, has_lines)) if has)


def _refuse_two(place: str, alike: Mapping[str, Sequence[str]]) -> None:
    for name, headers in alike.items():
        if len(headers) > 1:
            raise InputError(
                f'{place}: the columns "{headers[0]}" and "{headers[1]}" both stand for {name}.',
                "Remove one, or list it under `ignore` in a profile.",
            )


def _share(place: str, found: Mapping[Entity, dict[str, str]], named: Mapping[Entity, Mapping[str, str]]) -> None:
    """Divide the columns of one table: the key is that of both entities, any other column of one of them alone."""
    for entity, other in ((Entity.ORDER, Entity.LINE_ITEM), (Entity.LINE_ITEM, Entity.ORDER)):
        mine, theirs = found[entity], found[other]
        claimed = set(named[other].values())
        for name in [name for name in mine if name not in named[entity] and name not in KEY and mine[name] in claimed]:
            del mine[name]
        mine |= {name: theirs[name] for name in KEY if name in theirs and name not in mine}
    for name in SHARED - named[Entity.ORDER].keys():
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
