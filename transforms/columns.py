"""Understand the columns of a table: which header is which field, and what its rows stand for."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.errors import InputError, ProfileError
from schemas.fields import FIELDS, KEY, ORDER_STATUSES, SHARED, Entity, Field
from schemas.mapping import ColumnMap, Origin
from schemas.profile import FieldSource, Profile
from transforms.headers import base_name
from transforms.suggest import suggest_by_name, told

# A table has the line items if it has two of these, or one and no customer.
LINE_ITEM_MARKS = ("item_id", "quantity", "unit_amount")
PREFIXES = {Entity.ORDER: ("orders", "order"), Entity.LINE_ITEM: ("lineitems", "lineitem")}


def spell(header: str) -> str:
    """A header without case, spaces and punctuation: `Order Number` and `order_number` are spelled alike."""
    return "".join(char for char in header.casefold() if char.isalnum())


def known_headers(profiles: Iterable[Profile]) -> frozenset[str]:
    """The spellings of all headers that mean something by themselves, or to one of the profiles."""
    fields = {
        prefix + spell(name) for entity in Entity for name in FIELDS[entity] for prefix in ("", *PREFIXES[entity])
    }
    named = {spell(header) for profile in profiles for header in (*_wanted(profile, *Entity), *profile.recognize)}
    return frozenset(fields | named)


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
        if lacking := missing(entity, mapping, fixed):
            raise _missing(place, entity, lacking, headers, mapping, fixed)
        for name, origin in mapping.fields[entity].items():
            if fixed.keys() & {name, FIELDS[entity][name].qualified}:
                raise InputError(
                    f'{place} has the column "{origin.label}", but {name} is given as the same for every row.',
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
    free = [header for header in headers if base_name(header) not in profile.ignore and header not in profile.ignore]
    named = {entity: _from_profile(place, profile, entity, headers) for entity in Entity}
    alike = {entity: _from_spelling(entity, free, named[entity]) for entity in Entity}
    found = {entity: {name: Origin((some[0],)) for name, some in alike[entity].items()} for entity in Entity}
    for entity in Entity:
        found[entity] |= named[entity]
    whole = {entity: _with_lookups(place, profile, entity, found[entity], headers) for entity in Entity}
    carried = entities or _entities(whole, fixed, named)
    if not carried:
        return None
    for entity in carried:
        _refuse_two(place, alike[entity])
    if len(carried) == len(Entity):
        _share(place, found, named)
    for entity in Entity:
        found[entity] = _with_lookups(place, profile, entity, found[entity], headers)
    used = {header for entity in carried for origin in found[entity].values() for header in _headers(origin)}
    used |= {header for wanted in _conditions(profile) for header in _present(place, wanted, headers)}
    wanted = [header for entity in carried for header in _wanted(profile, entity)]
    return ColumnMap(
        place=place,
        fields={entity: found[entity] for entity in Entity if entity in carried},
        unused=tuple(header for header in headers if header not in used),
        absent=tuple(sorted({header for header in wanted if not _present(place, header, headers)})),
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
    for table, names in (("fixed", profile.fixed), ("lookup", profile.lookup)):
        for name in names:
            if name not in everywhere:
                raise _unknown_field(name, table, everywhere)
            if name in SHARED:
                raise ProfileError(
                    f"The profile names {name} under {table}, which both orders and line items have.",
                    f"Call it orders.{name} or line_items.{name}.",
                )
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


def _profile_table(profile: Profile, entity: Entity) -> dict[str, FieldSource]:
    return profile.orders if entity is Entity.ORDER else profile.line_items


def _wanted(profile: Profile, *entities: Entity) -> list[str]:
    """The headers that a profile names."""
    sources = [source for entity in entities for source in _profile_table(profile, entity).values()]
    named = [header for one in sources for header in (*one.columns, *filter(None, [one.divide_by]))]
    named += [lookup.column for lookup in profile.lookup.values() if lookup.column]
    return [*named, *_conditions(profile)]


def _conditions(profile: Profile) -> list[str]:
    """The headers that decide which rows count, or hold many line items."""
    cells = [profile.lines_in_cell.column] if profile.lines_in_cell else []
    return [*profile.only.orders, *profile.only.line_items, *profile.status_if_filled, *cells]


def _present(place: str, wanted: str, headers: Sequence[str]) -> tuple[str, ...]:
    """The header that a profile means: as it is written, else the only one that is spelled alike."""
    if wanted in headers:
        return (wanted,)
    twice = [header for header in headers if base_name(header) == wanted]
    if twice:
        raise InputError(
            f'{place}: {len(twice)} columns are named "{wanted}".',
            f"Name the one that is meant in the profile: {' or '.join(twice)}.",
        )
    alike = [header for header in headers if spell(header) == spell(wanted) != ""]
    return tuple(alike) if len(alike) == 1 else ()


def _headers(origin: Origin) -> tuple[str, ...]:
    return origin.headers if origin.divide_by is None else (*origin.headers, origin.divide_by)


def _from_profile(place: str, profile: Profile, entity: Entity, headers: Sequence[str]) -> dict[str, Origin]:
    named = {}
    for name, source in _profile_table(profile, entity).items():
        found = tuple(header for wanted in source.columns for header in _present(place, wanted, headers))
        divisor = _present(place, source.divide_by, headers) if source.divide_by else ("",)
        if found and divisor:
            joint = source.join if source.join is not None else ", " if "_address." in name else " "
            named[name] = Origin(found, joint, divisor[0] or None)
    return named


def _with_lookups(
    place: str, profile: Profile, entity: Entity, found: Mapping[str, Origin], headers: Sequence[str]
) -> dict[str, Origin]:
    """The fields with those that a lookup brings in from another column, or translates."""
    translated = dict(found)
    for key, lookup in profile.lookup.items():
        name = _field_of(key, entity)
        if name is None:
            continue
        column = _present(place, lookup.column, headers) if lookup.column else ()
        if column:
            translated[name] = Origin(column, lookup=key)
        elif name in found and lookup.column is None:
            translated[name] = replace(found[name], lookup=key)
    return translated


def _field_of(key: str, entity: Entity) -> str | None:
    """The field of an entity that a profile calls by its name, or by its qualified name."""
    return next((name for name, field in FIELDS[entity].items() if key in (name, field.qualified)), None)


def _from_spelling(entity: Entity, headers: Sequence[str], named: Mapping[str, Origin]) -> dict[str, list[str]]:
    """The headers that are spelled like each field that the profile does not name."""
    spellings = {prefix + spell(name): name for name in FIELDS[entity] for prefix in ("", *PREFIXES[entity])}
    taken = {header for origin in named.values() for header in origin.headers}
    alike: dict[str, list[str]] = {}
    for header in headers:
        name = spellings.get(spell(base_name(header)))
        if name is not None and name not in named and header not in taken:
            alike.setdefault(name, []).append(header)
    return alike


def _entities(
    found: Mapping[Entity, Mapping[str, Origin]],
    fixed: Mapping[str, object],
    named: Mapping[Entity, Mapping[str, Origin]],
) -> frozenset[Entity]:
    """What a table carries, by its columns; what a profile names as a line item's own leaves no doubt."""
    orders, lines = found[Entity.ORDER], found[Entity.LINE_ITEM]
    only_orders = set(orders) - set(lines)
    has_orders = "customer_id" in orders or ("customer_id" in fixed and bool(only_orders))
    of_order = {header for origin in named[Entity.ORDER].values() for header in origin.headers}
    own = [name for name, one in named[Entity.LINE_ITEM].items() if name not in KEY and not of_order & set(one.headers)]
    marks = sum(mark in lines for mark in LINE_ITEM_MARKS)
    has_lines = marks > 1 or (marks == 1 and not has_orders) or bool(own)
    return frozenset(entity for entity, has in ((Entity.ORDER, has_orders), (Entity.LINE_ITEM, has_lines)) if has)


def _refuse_two(place: str, alike: Mapping[str, Sequence[str]]) -> None:
    for name, headers in alike.items():
        if len(headers) > 1:
            raise InputError(
                f'{place}: the columns "{headers[0]}" and "{headers[1]}" both stand for {name}.',
                "Remove one, or list it under `ignore` in a profile.",
            )


def _share(place: str, found: Mapping[Entity, dict[str, Origin]], named: Mapping[Entity, Mapping[str, Origin]]) -> None:
    """Divide the columns of one table: the key is that of both entities, any other column of one of them alone."""
    for entity, other in ((Entity.ORDER, Entity.LINE_ITEM), (Entity.LINE_ITEM, Entity.ORDER)):
        mine, theirs = found[entity], found[other]
        claimed = {header for origin in named[other].values() for header in _headers(origin)}
        for name in [name for name in mine if name not in named[entity] and name not in KEY]:
            if claimed & set(mine[name].headers):
                del mine[name]
        mine |= {name: theirs[name] for name in KEY if name in theirs and name not in mine}
    for name in SHARED - named[Entity.ORDER].keys():
        origin = found[Entity.ORDER].get(name)
        if origin is not None and origin == found[Entity.LINE_ITEM].get(name):
            raise InputError(
                f"{place}: \"{origin.label}\" can be the order's or the line item's.",
                f"Call it orders.{name} or line_items.{name}, or list it under `ignore` in a profile.",
            )


def listed(words: Sequence[str]) -> str:
    """The words as a person lists them: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _missing(  # noqa: PLR0913, PLR0917 - what the message tells
    place: str,
    entity: Entity,
    names: Sequence[str],
    headers: Sequence[str],
    mapping: ColumnMap,
    fixed: Mapping[str, object],
) -> InputError:
    suggestions = suggest_by_name(mapping, fixed)
    near = {name: told(suggestions, name, entity) for name in names}
    hints = [f" Perhaps {name} is {found}." for name, found in near.items() if found]
    option = " (or give --company-id N)" if "company_id" in names else ""
    return InputError(
        f"{place}: no column for {listed(names)}, which every {entity.value.replace('_', ' ')} needs. "
        f"Found: {', '.join(headers)}.{''.join(hints)}",
        f"Name the column in a profile{option}; `orderlift columns FILE --write PROFILE.toml` makes one to edit.",
    )
