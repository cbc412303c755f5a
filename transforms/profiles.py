"""Write out how a table is understood, as a profile to edit."""

import json
from collections.abc import Mapping, Sequence

from schemas.fields import FIELDS, Entity
from schemas.mapping import ColumnMap
from transforms.columns import missing

TABLES = {Entity.ORDER: "orders", Entity.LINE_ITEM: "line_items"}
CLOSING = """
[fixed]
# A value that is the same for every row, such as:
# currency_id = "USD"

[status_words]
# A word of the file = pending, processing, shipped, delivered or canceled, such as:
# "Complete" = "delivered"
"""


def profile_text(mappings: Sequence[ColumnMap], fixed: Mapping[str, object]) -> str:
    """A TOML profile of what is understood, with what is missing and what is unused as comments."""
    lines = ["# Which header of the file is which field."]
    lines += ['# null_words = ["NULL"]', '# timezone = "Europe/Paris"', '# date_format = "%d/%m/%Y"']
    for entity, table in TABLES.items():
        lines += ["", f"[{table}]"]
        named: dict[str, str] = {}
        for mapping in (one for one in mappings if entity in one.fields):
            named |= mapping.fields[entity]
            lines += [f'# missing: {name} = "..."' for name in missing(entity, mapping, fixed)]
        lines += [f"{_key(name)} = {_quoted(named[name])}" for name in FIELDS[entity] if name in named]
        unused = dict.fromkeys(header for one in mappings if entity in one.fields for header in one.unused)
        lines += [f"# not read: {_quoted(header)}" for header in unused]
    return "\n".join(lines) + "\n" + CLOSING


def _key(name: str) -> str:
    return f'"{name}"' if "." in name else name


def _quoted(text: str) -> str:
    """A TOML basic string: as in JSON, but for DEL, which must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
