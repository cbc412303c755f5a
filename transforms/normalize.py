"""Normalize: a table of a file becomes rows of orders and rows of line items, in canonical columns and spellings."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import union_categoricals

from schemas.fields import FIELDS, KEY, NAMED, SOURCE, Entity, Field, Kind
from schemas.mapping import ColumnMap, Origin
from schemas.profile import Only
from schemas.tables import SourceTable
from transforms.cells import is_text, to_text
from transforms.currencies import named_currencies
from transforms.divide import divide
from transforms.findings import findings, gather
from transforms.ids import identifiers
from transforms.lookups import Translation, translate
from transforms.shapes import continues, find_header, is_counted
from transforms.validate import IDENTIFIERS
from transforms.values import Reading, Spelled, canonical

TEXT = pa.large_string()
MONEY = frozenset({Kind.AMOUNT, Kind.PRICE})


@dataclass(frozen=True)
class Normalization:
    """What is known beside the cells.

    How to read values, words for no value, fields that every row shares, which rows count, columns that tell the status
    of an order by being filled, and the tables by which values are translated.
    """

    reading: Reading = field(default_factory=Reading)
    null_words: Sequence[str] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)
    only: Only = field(default_factory=Only)
    status_if_filled: Mapping[str, str] = field(default_factory=dict)
    lookups: Mapping[str, Translation] = field(default_factory=dict)


@dataclass(frozen=True)
class Normalized:
    """The rows of one entity in a table: source columns, then text in canonical spelling, or None.

    Every required field has a column; other fields only where the table or the normalization gives them. Beside an
    amount stands `NAMED`, the currencies that its cells name, if any does. `doubts` are
    findings about cells that could not be read for sure; their rows are positions in `rows`. `notices` tell what whole
    columns have proved, and what was made of rows.
    """

    rows: pd.DataFrame
    doubts: pd.DataFrame
    notices: list[str]


def normalize(table: SourceTable, mapping: ColumnMap, how: Normalization) -> dict[Entity, Normalized]:
    """The rows of a table for each entity that it carries."""
    how = replace(how, reading=replace(how.reading, epoch=table.epoch))
    whole = {entity: _fields(table, mapping, entity, how) for entity in mapping.fields}
    if mapping.is_flat:
        whole = _filled_down(table, mapping, whole)
    conditions = {Entity.ORDER: how.only.orders, Entity.LINE_ITEM: how.only.line_items}
    return {entity: _counted(table, all_, entity, conditions[entity]) for entity, all_ in whole.items()}


def _fields(table: SourceTable, mapping: ColumnMap, entity: Entity, how: Normalization) -> Normalized:
    """All rows of the table as one entity's."""
    origins = mapping.fields[entity]
    read = partial(_column, table, origins, how)
    with ThreadPoolExecutor(pa.cpu_count()) as pool:  # Arrow does not hold Python's lock while it computes
        columns = zip(FIELDS[entity].values(), pool.map(read, FIELDS[entity].values()), strict=True)
    given = {one.name: column for one, column in columns if column is not None}
    frame = _source(table)
    rows = frame.assign(**{name: pd.Series(column.text, frame.index, "str") for name, column in given.items()})
    named = {name: column.currencies for name, column in given.items() if column.currencies is not None}
    rows = rows.assign(**{name + NAMED: pd.Series(codes, frame.index, "str") for name, codes in named.items()})
    tables = {name: how.lookups[one.lookup].name for name, one in origins.items() if one.lookup}
    doubts = [_doubts(entity, name, column, tables.get(name, "")) for name, column in given.items()]
    notices = [
        f"{table.place}, {mapping.header(entity, name)}: {column.notice}{_proof(table, column)}."
        for name, column in given.items()
        if column.notice
    ]
    return Normalized(rows, gather([_faults(table, entity, origins), *doubts]), notices)


def _column(table: SourceTable, origins: Mapping[str, Origin], how: Normalization, one: Field) -> Spelled | None:
    """A field of all rows in canonical spelling; None where nothing gives it and nothing asks for it."""
    count = len(table.cells)
    told = {find_header(table.cells, header): status for header, status in how.status_if_filled.items()}
    telling = {header: status for header, status in told.items() if header is not None}
    if one.kind is Kind.STATUS and telling:
        return _status(table.cells, origins.get(one.name), telling, how, one)
    if one.name in origins:
        return _from_cells(table.cells, origins[one.name], how, one)
    if (value := how.fixed.get(one.qualified, how.fixed.get(one.name))) is not None:
        text = pa.chunked_array([pa.repeat(to_text(pd.Series([value], dtype=object))[0], count)])
        return canonical(text, one.kind, how.reading, np.zeros(count, dtype=bool))
    return Spelled(pa.chunked_array([pa.nulls(count, TEXT)])) if one.required else None


def _from_cells(cells: pd.DataFrame, origin: Origin, how: Normalization, one: Field) -> Spelled:
    """Join the cells, translate them, spell them, divide them."""
    texts = [to_text(cells[header], how.null_words) for header in origin.headers]
    text = texts[0] if len(texts) == 1 else _joined(texts, origin.joint)
    written = is_text(cells[origin.headers[0]]) if len(texts) == 1 else None
    unknown: dict[str, np.ndarray] = {}
    if origin.lookup is not None:
        text, missing = translate(text, how.lookups[origin.lookup])
        unknown = {"not_in_lookup": missing} if len(missing) else {}
    spelled = identifiers(text, written) if one.name in IDENTIFIERS else canonical(text, one.kind, how.reading, written)
    doubts = {**unknown, **spelled.doubts}
    raw, text = text, spelled.text
    if origin.divide_by is not None:
        divisor = cells[origin.divide_by]
        by = canonical(to_text(divisor, how.null_words), Kind.QUANTITY, how.reading, is_text(divisor))
        text, inexact = divide(text, by.text)
        doubts |= {"inexact_division": inexact} if len(inexact) else {}
    currencies = named_currencies(raw, written) if one.kind in MONEY else None
    return replace(spelled, text=text, doubts=doubts, currencies=currencies)


def _status(
    cells: pd.DataFrame, origin: Origin | None, telling: Mapping[str, str], how: Normalization, one: Field
) -> Spelled:
    """The status that the first filled one of the telling columns means, else what the status column says."""
    nothing = Spelled(pa.chunked_array([pa.nulls(len(cells), TEXT)]))
    said = nothing if origin is None else _from_cells(cells, origin, how, one)
    text = said.text
    for header, told in reversed(list(telling.items())):
        text = pc.if_else(pc.is_valid(to_text(cells[header], how.null_words)), pa.scalar(told, TEXT), text)
    return replace(said, text=text)


def _joined(texts: Sequence[pa.ChunkedArray], joint: str) -> pa.ChunkedArray:
    """The filled cells of each row with the joint between them; null where none is filled."""
    joined, *others = (text.combine_chunks() for text in texts)
    for text in others:
        both = pc.binary_join_element_wise(joined, text, pa.scalar(joint, TEXT))
        joined = pc.coalesce(both, joined, text)
    return pa.chunked_array([joined])


def _doubts(entity: Entity, name: str, column: Spelled, lookup: str) -> pd.DataFrame:
    """The cells that could not be read for sure, or are not in the lookup table of that name."""
    parts = []
    for code, rows in column.doubts.items():
        values = column.text.take(pa.array(rows)).to_pandas()
        other = pd.Series([lookup] * len(rows))
        parts.append(findings(entity, rows, code=code, field=name, value=values, other=other))
    return gather([findings(entity, [], code="missing"), *parts])


def _faults(table: SourceTable, entity: Entity, origins: Mapping[str, Origin]) -> pd.DataFrame:
    """The cells of fields of which nothing can be read; a column whose cells were taken apart is no field itself."""
    of = {header: name for name, origin in origins.items() for header in origin.headers}
    of |= {header: header for _, header in table.faults if any(other.startswith(f"{header}.") for other in of)}
    found = [
        findings(entity, at, code="unreadable_cell", field=of[header], value=[said] * len(at))
        for (row, header), said in table.faults.items()
        if header in of
        for at in [np.flatnonzero(table.cells.index == row)]
    ]
    return gather([findings(entity, [], code="missing"), *found])


def _proof(table: SourceTable, column: Spelled) -> str:
    return "" if column.proof is None else f" (row {table.cells.index[column.proof]})"


def _filled_down(
    table: SourceTable, mapping: ColumnMap, whole: Mapping[Entity, Normalized]
) -> dict[Entity, Normalized]:
    """The rows with the key of the order above where they continue it."""
    orders, lines = whole[Entity.ORDER], whole[Entity.LINE_ITEM]
    own = [name for name in mapping.fields[Entity.ORDER] if name in orders.rows]
    items = [name for name in mapping.fields[Entity.LINE_ITEM] if name not in KEY]
    below = continues(orders.rows, lines.rows[items], own)
    if not below.any():
        return dict(whole)
    filled = {}
    for entity, one in whole.items():
        key = {name: one.rows[name].where(~below, orders.rows[name].ffill()) for name in KEY}
        filled[entity] = replace(one, rows=one.rows.assign(**key))
    count = int(below.sum())
    notice = f"{table.place}: {count:,} rows without an order number are line items of the order above them."
    return filled | {Entity.ORDER: replace(filled[Entity.ORDER], notices=[*orders.notices, notice])}


def _counted(table: SourceTable, whole: Normalized, entity: Entity, only: Mapping[str, Sequence[str]]) -> Normalized:
    """The rows that count; how many do not is told."""
    counted = is_counted(table.cells, only)
    if counted.all():
        return whole
    place = np.cumsum(counted) - 1
    doubts = whole.doubts[counted[whole.doubts["row"].to_numpy()]]
    doubts = doubts.assign(row=place[doubts["row"].to_numpy()])
    kind = entity.value.replace("_", " ")
    notice = f"{table.place}: {int((~counted).sum()):,} rows are left out as {kind}s, as the profile says."
    return Normalized(whole.rows[counted], doubts.reset_index(drop=True), [*whole.notices, notice])


def stack(frames: Sequence[pd.DataFrame], entity: Entity) -> pd.DataFrame:
    """The rows of all tables in one frame with a unique index; the required columns are there even without rows."""
    text = {name: pd.Series(dtype="str") for name, one in FIELDS[entity].items() if one.required}
    nothing = pd.DataFrame(
        {"source_file": pd.Categorical([]), "source_sheet": pd.Categorical([]), "source_row": []} | text
    )
    frames = [frame for frame in frames if len(frame)] or [nothing]
    stacked = pd.concat([frame.drop(columns=["source_file", "source_sheet"]) for frame in frames], ignore_index=True)
    for name in ("source_file", "source_sheet"):
        stacked[name] = union_categoricals([frame[name] for frame in frames])
    fields = [name for one in FIELDS[entity] for name in (one, one + NAMED) if name in stacked]
    return stacked[[*SOURCE, *fields]].astype({"source_row": "int64"} | dict.fromkeys(fields, "str"))


def inherit_company(rows: pd.DataFrame, orders: pd.DataFrame, heirs: np.ndarray | None = None) -> pd.DataFrame:
    """Give rows without a company that of the only order with their number; leave open what several have.

    `heirs` tells which rows may inherit; None means all.
    """
    open_ = rows["company_id"].isna() if heirs is None else rows["company_id"].isna() & heirs
    if not open_.any():
        return rows
    keys = orders[list(KEY)].dropna().drop_duplicates()
    owners = keys.drop_duplicates("order_number", keep=False).set_index("order_number")["company_id"]
    inherited = rows["order_number"].map(owners)
    return rows.assign(company_id=rows["company_id"].where(~open_, inherited).astype("str"))


def _source(table: SourceTable) -> pd.DataFrame:
    count = len(table.cells)
    return pd.DataFrame(
        {
            "source_file": pd.Categorical.from_codes(np.zeros(count, dtype="int8"), pd.Index([table.file])),
            "source_sheet": pd.Categorical.from_codes(np.zeros(count, dtype="int8"), pd.Index([table.sheet])),
            "source_row": table.cells.index.to_numpy("int64"),
        }
    )
