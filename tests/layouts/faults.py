"""One fault planted in one order of a table, and what is to be said of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from schemas.fields import Entity

from .orders import Order
from .spelling import Fault
from .tables import Table
from .ways import Way


@dataclass(frozen=True)
class Planted:
    """The order that has the fault, the table and records that show it, the header of its column, and its code."""

    order: int
    table: Table
    records: tuple[int, ...]
    column: str | None
    code: str


def plant(draw: st.DataObject, tables: Sequence[Table], orders: Sequence[Order], way: Way) -> Planted:
    """Break a cell or a row, in one of the ways that the layout allows."""
    order = draw.draw(st.integers(0, len(orders) - 1))
    table = draw.draw(st.sampled_from(tables))
    first, last = tables[0], tables[-1]
    choices: list[Callable[[], Planted]] = []
    if first.kind != "parquet" and orders[order].fields.get("order_date") and not way.dates.startswith("%"):
        choices.append(lambda: _in_order(first, order, "order_date", "03/04/2024", "ambiguous_date"))
    if table.kind == "csv" and len(table.records) > 3:  # so many that the others are the rule
        choices.append(lambda: _longer_row(table, order))
    if last.kind != "parquet" and way.shape != "in a cell":
        choices.append(lambda: _in_line(last, order, "quantity", "two", "not_a_number"))
        choices.append(lambda: _in_line(last, order, "unit_amount", "-1", "negative"))
    if last.kind == "xlsx" and way.shape != "in a cell":
        choices.append(lambda: _in_line(last, order, "unit_amount", Fault(), "unreadable_cell"))
    if not choices or (Entity.ORDER, "currency_id") in first.columns:
        column = "currency_id" if (Entity.ORDER, "currency_id") in first.columns else "customer_id"
        choices.append(lambda: _in_order(first, order, column, None, "missing"))
    return draw.draw(st.sampled_from(choices))()


def _in_order(table: Table, order: int, field: str, cell: str | None, code: str) -> Planted:
    """In all rows that have the fields of the order."""
    at = table.columns.index((Entity.ORDER, field))
    mine = [place for place, record in enumerate(table.records) if record.order == order]
    for place in mine:
        if table.records[place].heads:
            table.records[place].cells[at] = cell
    # What no row of an order has is missing in each of them.
    at_fault = tuple(place for place in mine if cell is None or table.records[place].heads)
    return Planted(order, table, at_fault, table.headers[at], code)


def _in_line(table: Table, order: int, field: str, cell: str | Fault, code: str) -> Planted:
    """In the row of the first line item that the file has of the order."""
    at = table.columns.index((Entity.LINE_ITEM, field))
    place = next(place for place, record in enumerate(table.records) if record.order == order)
    table.records[place].cells[at] = cell
    return Planted(order, table, (place,), table.headers[at], code)


def _longer_row(table: Table, order: int) -> Planted:
    """In a text file: a cell that no header stands above."""
    mine = [place for place, record in enumerate(table.records) if record.order == order]
    table.records[mine[0]].cells.append("x")
    return Planted(order, table, (mine[0],), None, "malformed_row")
