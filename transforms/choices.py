"""Choices: sheets of one workbook that may hold the same orders twice, for a person to choose from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import InputError
from schemas.fields import Entity
from schemas.mapping import ColumnMap, Origin
from schemas.tables import SourceTable
from transforms.cells import TEXT, to_text
from transforms.naming import fold

Mapped = tuple[SourceTable, ColumnMap]

SAME = 0.5  # the share of a sheet's orders, or of their items, that makes it a copy when they stand in others too
KEYS = {Entity.ORDER: ("company_id", "order_number"), Entity.LINE_ITEM: ("company_id", "order_number", "item_id")}
WHAT = {Entity.ORDER: "orders", Entity.LINE_ITEM: "line items"}


def check_choices(tables: Sequence[Mapped]) -> None:
    """Raise InputError, with the choices, where several sheets of a workbook could be its orders or its line items.

    Sheets that plainly are parts of one table, with the same columns and other orders (such as one for each month), are
    no choice. To be called with the tables of sheets that nobody has chosen.
    """
    books: dict[str, list[Mapped]] = defaultdict(list)
    for table, mapping in tables:
        if table.sheet and len(table.cells):
            books[table.file].append((table, mapping))
    for file, sheets in books.items():
        for entity in (Entity.LINE_ITEM, Entity.ORDER):
            some = [one for one in sheets if entity in one[1].fields]
            reason = _reason(entity, some) if len(some) > 1 else None
            if reason is not None:
                *names, last = (f'"{table.sheet}"' for table, _ in some)
                raise InputError(
                    f"{file}: the sheets {', '.join(names)} and {last} could {'all' if len(names) > 1 else 'both'} be "
                    f"the {WHAT[entity]}: {reason}.",
                    "Name the ones to read in a profile, as sheet = [...], or hide the others.",
                )


def _reason(entity: Entity, some: Sequence[Mapped]) -> str | None:
    """Why the sheets are not plainly parts of one table."""
    first, understood = some[0]
    for table, mapping in some[1:]:
        if mapping.is_flat != understood.is_flat:
            flat, plain = (first, table) if understood.is_flat else (table, first)
            return f'"{flat.sheet}" has orders and line items in the same rows, "{plain.sheet}" has not'
        mine, theirs = _headers(understood), _headers(mapping)
        only = [(first, [mine[name] for name in mine if name not in theirs])]
        only += [(table, [theirs[name] for name in theirs if name not in mine])]
        apart = [f'only "{one.sheet}" has {_listed(own)}' for one, own in only if own]
        if apart:
            return " and ".join(apart)
    return None if entity is Entity.ORDER and understood.is_flat else _copy(entity, some)


def _headers(mapping: ColumnMap) -> dict[str, str]:
    """The headers that are read, by their spelling."""
    origins = [origin for fields in mapping.fields.values() for origin in fields.values()]
    return {fold(header): header for origin in origins for header in origin.headers}


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(f'"{header}"' for header in headers[:3]) + (", ..." if len(headers) > 3 else "")


def _copy(entity: Entity, some: Sequence[Mapped]) -> str | None:
    """Which sheet has orders, with the same items, that others have too."""
    keys = [_keys(table, mapping.fields[entity], KEYS[entity]) for table, mapping in some]
    codes, _ = pd.factorize(pd.Series(pd.array(pa.chunked_array(keys), dtype="str")))
    ends = np.cumsum([len(key) for key in keys])
    own = [np.unique(part[part >= 0]) for part in np.split(codes, ends[:-1])]
    spread = np.bincount(np.concatenate(own), minlength=1)  # in how many sheets each key stands
    for number, mine in enumerate(own):
        if len(mine) and np.mean(spread[mine] > 1) >= SAME:
            shared = [len(np.intersect1d(mine, other)) if at != number else 0 for at, other in enumerate(own)]
            other = some[int(np.argmax(shared))][0].sheet
            with_items = " with the same items" if entity is Entity.LINE_ITEM else ""
            return f'"{some[number][0].sheet}" has orders that "{other}" has too{with_items}'
    return None


def _keys(table: SourceTable, fields: Mapping[str, Origin], names: Sequence[str]) -> pa.LargeStringArray:
    """The key of each row as text; null where it has no order number."""
    parts = [_text(table.cells[fields[name].headers[0]]) for name in names if name in fields]
    if "order_number" not in fields or not parts:
        return pa.nulls(0, TEXT)
    number = _text(table.cells[fields["order_number"].headers[0]])
    joined = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), pa.scalar("\x1f", TEXT))
    return pc.if_else(pc.is_valid(number), joined, pa.scalar(None, TEXT))


def _text(column: pd.Series) -> pa.LargeStringArray:
    """A column as text, by its distinct values."""
    codes, values = pd.factorize(column)
    text = to_text(pd.Series(values, name=column.name)).combine_chunks()
    return text.take(pa.array(codes, mask=codes < 0))
