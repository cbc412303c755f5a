"""Write out how a table is understood, as a profile to edit."""

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.fields import FIELDS, Entity
from schemas.mapping import ColumnMap, Origin
from schemas.profile import FieldSource, Profile
from schemas.suggestion import Suggestion
from transforms.columns import missing

TABLES = {Entity.ORDER: "orders", Entity.LINE_ITEM: "line_items"}
HINTS = {  # written as comments while the profile does not have them
    "null_words": '["NULL"]',
    "timezone": '"Europe/Paris"',
    "date_format": '"%d/%m/%Y"',
}
CLOSING = {
    "fixed": '# A value that is the same for every row, such as:\n# currency_id = "USD"',
    "status_words": "# A word of the file = pending, processing, shipped, delivered or canceled, such as:\n"
    '# "Complete" = "delivered"',
}
PROSE = ("description", "refuse")
BARE = re.compile(r"[A-Za-z0-9_-]+")


def profile_text(
    mappings: Sequence[ColumnMap],
    fixed: Mapping[str, object],
    profile: Profile | None = None,
    suggestions: Sequence[Suggestion] = (),
) -> str:
    """A TOML profile of what is understood; what is missing, suggested and unused stands in comments.

    All that `profile` says is kept: read back, the text is the same profile, with the fields of the mappings added.
    """
    known = profile or Profile()
    said = known.model_dump(by_alias=True, exclude_defaults=True)
    tables = {key: said.pop(key) for key in list(said) if isinstance(said[key], dict)}
    lines = ["# Which header of the file is which field."]
    lines += [f"{key} = {_prose(value) if key in PROSE else _value(value)}" for key, value in said.items()]
    lines += [f"# {key} = {example}" for key, example in HINTS.items() if key not in said]
    for entity, table in TABLES.items():
        carrying = [one for one in mappings if entity in one.fields]
        given = known.orders if entity is Entity.ORDER else known.line_items
        lines += ["", f"[{table}]"]
        lines += [f'# missing: {name} = "..."' for one in carrying for name in missing(entity, one, fixed)]
        lines += [f"{_key(name)} = {_source(source)}" for name, source in _sources(entity, carrying, given).items()]
        lines += [_comment(one) for one in dict.fromkeys(suggestions) if one.entity is entity]
        unused = dict.fromkeys(header for one in carrying for header in one.unused)
        lines += [f"# not read: {_quoted(header)}" for header in unused]
        tables.pop(table, None)
    for table in (*tables, *(name for name in CLOSING if name not in tables)):
        lines += _table((table,), tables.get(table, {}))
        lines += [CLOSING[table]] if table in CLOSING and table not in tables else []
    return "\n".join(lines) + "\n"


def _sources(entity: Entity, mappings: Sequence[ColumnMap], given: Mapping[str, FieldSource]) -> dict[str, FieldSource]:
    """Where each field comes from: as the profile has it, unless the tables have other columns for it."""
    found = {name: origin for one in mappings for name, origin in one.fields[entity].items()}
    read = {
        name: given[name] if name in given and set(given[name].columns) & set(origin.headers) else _as_source(origin)
        for name, origin in found.items()
    }
    sources = dict(given) | read
    names = dict.fromkeys([*FIELDS[entity], *sources])  # in the order of the API's documentation
    return {name: sources[name] for name in names if name in sources}


def _comment(one: Suggestion) -> str:
    """A suggestion that is a line of the profile once the words before the field are taken away."""
    return f"# {one.likelihood}: {_key(one.field)} = {_quoted(one.header)}  # {one.reason}"


def _as_source(origin: Origin) -> FieldSource:
    joint = origin.joint if len(origin.headers) > 1 else None
    return FieldSource(columns=origin.headers, join=joint, divide_by=origin.divide_by)


def _source(source: FieldSource) -> str:
    said = source.model_dump(exclude_defaults=True)
    return _value(said["columns"]) if len(said) == 1 else _value(said)


def _table(path: tuple[str, ...], content: Mapping[str, Any]) -> list[str]:
    """A table and those in it, each under its own name."""
    inner = {key: value for key, value in content.items() if isinstance(value, dict)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in content.items() if key not in inner]
    if lines or not inner:
        lines = ["", f"[{'.'.join(map(_key, path))}]", *lines]
    return [*lines, *(line for key, value in inner.items() for line in _table((*path, key), value))]


def _value(value: object) -> str:  # noqa: PLR0911 - one line per type of TOML
    """A value in TOML; a tuple of one, which is what several may stand for, is written as that one."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, tuple) and len(value) == 1:
        return _value(value[0])
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_value(one)}' for key, one in value.items())} }}"
    return repr(value)  # int and float are spelled as in Python


def _prose(text: str) -> str:
    """A text of several lines as such; the line break behind the opening quotes is not part of it."""
    lines = text.split("\n")
    return '"""\n' + "\n".join(_quoted(line)[1:-1] for line in lines) + '"""' if len(lines) > 1 else _quoted(text)


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """A TOML basic string: as in JSON, but for DEL, which must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
