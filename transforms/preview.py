"""Preview: the first orders of an input as they would be sent, or its first rows as far as they can be read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import pyarrow.compute as pc

from schemas.fields import FIELDS, Entity
from schemas.mapping import ColumnMap
from transforms.decide import Draft
from transforms.findings import describe, places
from transforms.shown import printable

ORDERS, LINES, PROBLEMS, ROWS = 2, 2, 3, 2  # how many are shown
LONG = 60  # characters of a text
ELLIPSIS = "…"


@dataclass(frozen=True)
class Preview:
    """The body of a request with the first orders, line by line, and what is wrong with others."""

    orders: int  # that would be sent
    shown: int
    body: list[str]
    problems: int
    first_problems: list[str]


def preview(drafted: Draft, maps: Mapping[tuple[str, str], ColumnMap], timezone: str, width: int = 80) -> Preview:
    """The first orders of the plan, in the order of the file, in one request of one company, and the first problems."""
    plan = drafted.plan
    first = pc.sort_indices(plan.select(["source_row"]), sort_keys=[("source_row", "ascending")])
    rows = plan.take(first[:ORDERS])
    companies = rows["company_id"].to_pylist()
    bodies = [
        body for body, company in zip(rows["body"].to_pylist(), companies, strict=True) if company == companies[0]
    ]
    request = (
        {"company_id": companies[0], "data": [json.loads(body, parse_float=Decimal) for body in bodies]}
        if bodies
        else {}
    )
    found = drafted.findings
    stacked = {Entity.ORDER: drafted.groups.orders, Entity.LINE_ITEM: drafted.groups.lines}
    problems = describe(found.head(PROBLEMS), stacked, maps, timezone)
    said = (places(problems) + ": " + problems["message"]).tolist() if len(problems) else []
    return Preview(len(plan), len(bodies), pretty(request, width) if bodies else [], len(found), said)


def first_values(rows: pd.DataFrame, entity: Entity) -> list[tuple[str, list[str]]]:
    """The values of the first rows, as far as they can be read: fields that have any, with one text for each row."""
    head = rows.head(ROWS)
    given = [name for name in FIELDS[entity] if name in head and head[name].notna().any()]
    return [(name, head[name].fillna("").astype("str").tolist()) for name in given]


def pretty(value: object, width: int) -> list[str]:
    """JSON in lines of at most `width` characters where that is possible; long texts and lists are cut."""
    return list(_lines(value, width, ""))


def _lines(value: object, width: int, before: str, indent: int = 0, after: str = "") -> Iterator[str]:
    margin = "  " * indent
    flat = margin + before + _flat(value) + after
    if len(flat) <= width and not (isinstance(value, list) and value):
        yield flat
    elif isinstance(value, dict):
        yield f"{margin}{before}{{"
        for number, (key, one) in enumerate(value.items(), 1):
            yield from _lines(one, width, f"{json.dumps(key)}: ", indent + 1, "," if number < len(value) else "")
        yield f"{margin}}}{after}"
    elif isinstance(value, list):
        yield f"{margin}{before}["
        for number, one in enumerate(value[:LINES], 1):
            yield from _lines(one, width, "", indent + 1, "," if number < len(value) else "")
        if len(value) > LINES:
            yield f"{margin}  {ELLIPSIS} {len(value) - LINES:,} more"
        yield f"{margin}]{after}"
    else:
        yield flat


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)}: {_flat(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str):
        cut = value if len(value) <= LONG else value[: LONG - 1] + ELLIPSIS
        return printable(json.dumps(cut, ensure_ascii=False))
    return json.dumps(value)
