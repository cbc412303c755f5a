"""From orders to tables: which column has which field, and which record which order or line item."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

from schemas.fields import FIELDS, Entity, Kind

from .orders import Order, Value
from .spelling import STATUS_WORDS, Cell, header, moment, number
from .ways import Numbers, Way

PLAIN = Numbers(is_text=True, decimal=".", group="", mark="{}", negative="-{}")
NUMERIC = (Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY)
TEXT_KINDS = ("csv",)
ITEMS = "Items"
KEYS = {"item_id": "sku", "name": "name", "quantity": "quantity", "unit_amount": "price", "tax_amount": "tax"}
SEPARATORS = [(";", "|", ":"), ("//", "¦", "="), ("\n", " & ", ": "), ("@@1", "@@2", "@@3")]
Column = tuple[Entity, str]


@dataclass
class Record:
    """A row of a table: what it has of which order, by index, and of which of its line items."""

    cells: list[Cell]
    order: int
    lines: tuple[int, ...]
    heads: bool  # whether it has the fields of the order


@dataclass
class Table:
    """Columns and records of one file or sheet, and where they come to stand."""

    kind: str
    columns: list[Column]
    headers: list[str]
    records: list[Record]
    is_flat: bool
    file: str = ""
    sheet: str = ""
    rows: list[int] = field(default_factory=list)  # source_row of each record


def tables_of(orders: Sequence[Order], way: Way) -> list[Table]:
    """One or two tables that have all orders."""
    both = way.kinds if way.shape == "two files" else (_book(way), _book(way)) if way.shape == "two sheets" else None
    if both is None:
        return [_in_cells(orders, way) if way.shape == "in a cell" else _flat(orders, way)]
    first, second = both
    lines = [
        Record(
            _cells([(Entity.LINE_ITEM, name) for name in _line_fields()], order, line, way, second), at, (place,), False
        )
        for at, order in enumerate(orders)
        for place, line in enumerate(order.lines)
    ]
    columns: list[Column] = [(Entity.LINE_ITEM, name) for name in _line_fields()]
    mine: list[Column] = [(Entity.ORDER, name) for name in _order_fields(orders, way)]
    heads = [Record(_cells(mine, order, {}, way, first), at, (), True) for at, order in enumerate(orders)]
    return [
        _table(first, mine, heads, way, is_flat=False),
        _table(second, columns, _mixed(lines, way), way, is_flat=False),
    ]


def cell_signs(orders: Sequence[Order]) -> tuple[str, str, str]:
    """Text between lines, parts and keys that stands in no value."""
    values = [str(value) for order in orders for line in order.lines for value in line.values()]
    return next(signs for signs in SEPARATORS if not any(sign in value for sign in signs[:2] for value in values))


def _flat(orders: Sequence[Order], way: Way) -> Table:
    kind = way.kinds[0]
    mine = [(Entity.ORDER, name) for name in _order_fields(orders, way)]
    theirs = [(Entity.LINE_ITEM, name) for name in _line_fields() if name != "order_number"]
    columns: list[Column] = [*mine, *theirs]
    records = []
    for at, order in enumerate(orders):
        for place, line in enumerate(order.lines):
            cells = _cells(columns, order, line, way, kind)
            if place and way.shape != "repeated":
                keep = () if way.shape == "blank number" else ("order_number",)
                cells = [
                    cell if one in theirs or one[1] in keep else None for cell, one in zip(cells, columns, strict=True)
                ]
            records.append(Record(cells, at, (place,), place == 0 or way.shape == "repeated"))
    return _table(kind, columns, _mixed(records, way) if way.shape == "repeated" else records, way, is_flat=True)


def _in_cells(orders: Sequence[Order], way: Way) -> Table:
    kind = way.kinds[0]
    columns: list[Column] = [(Entity.ORDER, name) for name in _order_fields(orders, way)]
    records = []
    between, parts, sign = cell_signs(orders)
    how = replace(way.numbers, is_text=True) if way.numbers.is_text else PLAIN
    for at, order in enumerate(orders):
        lines = [
            parts.join(
                f"{KEYS[name]}{sign}{_spelled((Entity.LINE_ITEM, name), value, way, how, order)}"
                for name, value in line.items()
                if value is not None
            )
            for line in order.lines
        ]
        cells = [*_cells(columns, order, {}, way, kind), between.join(lines)]
        records.append(Record(cells, at, tuple(range(len(lines))), True))
    table = _table(kind, columns, records, way, is_flat=True)
    table.headers.append(ITEMS)
    table.columns.append((Entity.LINE_ITEM, ITEMS))
    return table


def _table(kind: str, columns: list[Column], records: list[Record], way: Way, *, is_flat: bool) -> Table:
    headers = [header(entity, name, way.headers, is_flat=is_flat) for entity, name in columns]
    return Table(kind, columns, headers, records, is_flat)


def _mixed(records: list[Record], way: Way) -> list[Record]:
    if way.is_scattered:
        Random(len(records)).shuffle(records)  # noqa: S311 - an example
    return records


def _book(way: Way) -> str:
    return "ods" if way.kinds[0] == "ods" else "xlsx"


def _order_fields(orders: Sequence[Order], way: Way) -> list[str]:
    return [name for name in orders[0].fields if name not in fixed_fields(orders, way)]


def fixed_fields(orders: Sequence[Order], way: Way) -> dict[str, Value]:
    """The fields that all orders share and the profile gives."""
    shared = {name: orders[0].fields[name] for name in way.fixed}
    return {name: value for name, value in shared.items() if all(order.fields[name] == value for order in orders)}


def _line_fields() -> list[str]:
    return ["order_number", *KEYS]


def _cells(columns: Sequence[Column], order: Order, line: object, way: Way, kind: str) -> list[Cell]:
    how = PLAIN if kind in TEXT_KINDS and not way.numbers.is_text else way.numbers
    style = "iso" if kind in TEXT_KINDS and way.dates == "typed" else way.dates
    cells = []
    for entity, name in columns:
        of = order.fields if entity is Entity.ORDER or name == "order_number" else line
        cells.append(_spelled((entity, name), of[name], replace(way, dates=style), how, order))  # type: ignore[index]
    return cells


def _spelled(column: Column, value: Value, way: Way, how: Numbers, order: Order) -> Cell:
    entity, name = column
    kind = FIELDS[entity][name].kind
    if value is None:
        return None
    if isinstance(value, Decimal):
        return number(value, how, kind, str(order.fields["currency_id"]))
    if not isinstance(value, str):
        return moment(value, way.dates)
    return STATUS_WORDS.get(value, value) if kind is Kind.STATUS and way.translates_status else value
