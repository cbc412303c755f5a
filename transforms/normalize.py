"""Normalize: a table of a file becomes rows of orders and rows of line items, in canonical columns and spellings."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import FIELDS, KEY, NAMED, Entity, Field, Kind
from schemas.mapping import ColumnMap, Origin
from schemas.tables import SourceTable
from transforms.cells import has_numbers, to_text
from transforms.currencies import named_currencies
from transforms.divide import divide
from transforms.findings import findings, gather
from transforms.ids import identifiers
from transforms.normalization import Normalization, Texts
from transforms.reading import Marks
from transforms.shapes import continues, find_header, is_counted
from transforms.texts import divisor_key, texts_key, texts_of
from transforms.validate import IDENTIFIERS
from transforms.values import NUMBERS, Spelled, canonical

TEXT = pa.large_string()
COUNT = "{count}"
MONEY = frozenset({Kind.AMOUNT, Kind.PRICE})


@dataclass(frozen=True)
class Normalized:
    """The rows of one entity in a table: source columns, then text in canonical spelling, or None.

    Every required field has a column; other fields only where the table or the normalization gives them. Beside an
    amount stands `NAMED`, the currencies that its cells name, if any does. `doubts` are findings about cells that could
    not be read for sure; their rows are positions in `rows`. `notices` tell what whole columns have proved, `counts`
    what was made of how many rows, in texts with `COUNT` in the place of the number.
    """

    rows: pd.DataFrame
    doubts: pd.DataFrame
    notices: list[str]
    counts: Mapping[str, int] = field(default_factory=dict)


def normalize(table: SourceTable, mapping: ColumnMap, how: Normalization) -> dict[Entity, Normalized]:
    """The rows of a table for each entity that it carries."""
    how = replace(how, reading=replace(how.reading, epoch=table.epoch))
    whole = {entity: _fields(table, mapping, entity, how) for entity in mapping.fields}
    if mapping.is_flat:
        whole = _filled_down(table, mapping, whole, how)
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
    text, written, missing = texts_of(cells, origin, how)
    spelled = _spelled(text, written, origin, how, one, is_number=_is_number(cells, origin))
    doubts = ({"not_in_lookup": missing} if len(missing) else {}) | dict(spelled.doubts)
    raw, text = text, spelled.text
    if origin.divide_by is not None:
        divisor = Origin((origin.divide_by,))
        by, by_written, _ = texts_of(cells, divisor, how)
        if not _is_number(cells, divisor):
            marks = _marks(how, divisor_key(origin.divide_by))
            by = canonical(by, Kind.QUANTITY, how.reading, by_written, marks).text
        text, inexact = divide(text, by)
        doubts |= {"inexact_division": inexact} if len(inexact) else {}
    names_none = one.kind not in MONEY or (written is not None and not written.any())
    currencies = None if names_none else named_currencies(raw, written)
    return replace(spelled, text=text, doubts=doubts, currencies=currencies)


def _spelled(  # noqa: PLR0913 - the cells, and what is known of them
    text: pa.ChunkedArray,
    written: np.ndarray | None,
    origin: Origin,
    how: Normalization,
    one: Field,
    *,
    is_number: bool,
) -> Spelled:
    marks = _marks(how, texts_key(origin, one))
    if one.name in IDENTIFIERS:
        return identifiers(text, written, marks)
    if one.kind in NUMBERS and is_number:
        return Spelled(text)
    return canonical(text, one.kind, how.reading, written, marks)


def _is_number(cells: pd.DataFrame, origin: Origin) -> bool:
    return len(origin.headers) == 1 and origin.lookup is None and has_numbers(cells[origin.headers[0]])


def _marks(how: Normalization, key: Texts) -> Marks | None:
    return None if how.marks is None else how.marks.get(key, {})


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
    table: SourceTable, mapping: ColumnMap, whole: Mapping[Entity, Normalized], how: Normalization
) -> dict[Entity, Normalized]:
    """The rows with the key of the order above where they continue it."""
    orders, lines = whole[Entity.ORDER], whole[Entity.LINE_ITEM]
    own = [name for name in mapping.fields[Entity.ORDER] if name in orders.rows]
    items = [name for name in mapping.fields[Entity.LINE_ITEM] if name not in KEY]
    below = continues(orders.rows, lines.rows[items], own)
    if not (how.fills_down and below.any()):
        return dict(whole)
    filled = {}
    for entity, one in whole.items():
        key = {name: one.rows[name].where(~below, orders.rows[name].ffill()) for name in KEY}
        filled[entity] = replace(one, rows=one.rows.assign(**key))
    notice = f"{table.place}: {COUNT} rows without an order number are line items of the order above them."
    return filled | {Entity.ORDER: replace(filled[Entity.ORDER], counts={notice: int(below.sum())})}


def _counted(table: SourceTable, whole: Normalized, entity: Entity, only: Mapping[str, Sequence[str]]) -> Normalized:
    """The rows that count; how many do not is told."""
    counted = is_counted(table.cells, only)
    if counted.all():
        return whole
    place = np.cumsum(counted) - 1
    doubts = whole.doubts[counted[whole.doubts["row"].to_numpy()]]
    doubts = doubts.assign(row=place[doubts["row"].to_numpy()])
    kind = entity.value.replace("_", " ")
    notice = f"{table.place}: {COUNT} rows are left out as {kind}s, as the profile says."
    counts = {**whole.counts, notice: int((~counted).sum())}
    return Normalized(whole.rows[counted], doubts.reset_index(drop=True), whole.notices, counts)


def in_words(counts: Mapping[str, int]) -> list[str]:
    """Counts as notices."""
    return [text.replace(COUNT, f"{count:,}") for text, count in counts.items()]


def _source(table: SourceTable) -> pd.DataFrame:
    count = len(table.cells)
    return pd.DataFrame(
        {
            "source_file": pd.Categorical.from_codes(np.zeros(count, dtype="int8"), pd.Index([table.file])),
            "source_sheet": pd.Categorical.from_codes(np.zeros(count, dtype="int8"), pd.Index([table.sheet])),
            "source_row": table.cells.index.to_numpy("int64"),
        }
    )
