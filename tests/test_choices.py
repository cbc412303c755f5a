"""Choices: several sheets of one workbook that could be the same orders are asked about, parts of one table are not."""

from collections.abc import Sequence

import pandas as pd
import pytest

from schemas.errors import InputError
from schemas.fields import FIELDS, Entity
from schemas.mapping import ColumnMap, Origin
from schemas.tables import SourceTable
from transforms.choices import check_choices

ORDER, LINE = frozenset({Entity.ORDER}), frozenset({Entity.LINE_ITEM})
BOTH = ORDER | LINE
Row = dict[str, object]


def sheet(name: str, entities: frozenset[Entity], *rows: Row, file: str = "book.xlsx") -> tuple[SourceTable, ColumnMap]:
    """A sheet whose headers are called as the fields."""
    cells = pd.DataFrame(list(rows), dtype=object)
    fields = {
        entity: {name: Origin((name,)) for name in cells if name in FIELDS[entity]}
        for entity in Entity
        if entity in entities
    }
    table = SourceTable(file, name, cells)
    return table, ColumnMap(table.place, fields, (), ())


def lines(*pairs: tuple[object, object], **more: object) -> list[Row]:
    return [
        {"order_number": number, "item_id": item, "quantity": 1, "unit_amount": 2.5} | more for number, item in pairs
    ]


def orders(*numbers: object, **more: object) -> list[Row]:
    return [{"company_id": 1, "order_number": number, "customer_id": "c"} | more for number in numbers]


def flat(*pairs: tuple[object, object]) -> list[Row]:
    return [row | orders(row["order_number"])[0] for row in lines(*pairs)]


FINE: dict[str, Sequence[tuple[SourceTable, ColumnMap]]] = {
    "one sheet": [sheet("A", BOTH, *flat(("1", "x")))],
    "orders and line items": [sheet("Orders", ORDER, *orders("1")), sheet("Lines", LINE, *lines(("1", "x")))],
    "a sheet for each month": [
        sheet(month, BOTH, *flat((f"{month}-1", "x"), (f"{month}-2", "x"))) for month in ("Jan", "Feb", "Mar")
    ],
    "orders that go on in the next sheet": [
        sheet("Jan", BOTH, *flat(("1", "x"), ("2", "x"))),
        sheet("Feb", BOTH, *flat(("1", "y"), ("2", "y"))),
    ],
    "a few orders that stand in both": [
        sheet("Jan", LINE, *lines(("1", "x"), ("2", "x"), ("3", "x"))),
        sheet("Feb", LINE, *lines(("3", "x"), ("4", "x"), ("5", "x"))),
    ],
    "the same numbers of two companies": [
        sheet("One", ORDER, *orders("1", "2")),
        sheet("Two", ORDER, *orders("1", "2", company_id=2)),
    ],
    "a sheet without rows": [
        sheet("Jan", LINE, *lines(("1", "x"))),
        (
            SourceTable("book.xlsx", "Feb", pd.DataFrame({"quantity": []})),
            ColumnMap("", {Entity.LINE_ITEM: {}}, (), ()),
        ),
    ],
    "rows without an order number": [
        sheet("Jan", LINE, *lines((None, "x"), ("1", "x"))),
        sheet("Feb", LINE, *lines((None, "x"), ("2", "x"))),
    ],
    "copies in two files": [
        sheet("Jan", LINE, *lines(("1", "x"))),
        sheet("Jan", LINE, *lines(("1", "x")), file="other.xlsx"),
    ],
    "text files": [sheet("", LINE, *lines(("1", "x"))), sheet("", LINE, *lines(("1", "x")))],
}
ASKED: dict[str, tuple[Sequence[tuple[SourceTable, ColumnMap]], str]] = {
    "a copy": (
        [sheet("Lines", LINE, *lines((1, "x"), (2, "y"))), sheet("Lines (2)", LINE, *lines(("1", "x"), (2.0, "y")))],
        'could both be the line items: "Lines" has orders that "Lines (2)" has too with the same items.',
    ),
    "all months beside the months": (
        [
            sheet("Jan", BOTH, *flat(("1", "x"))),
            sheet("Feb", BOTH, *flat(("2", "x"))),
            sheet("All", BOTH, *flat(("1", "x"), ("2", "x"))),
        ],
        'the sheets "Jan", "Feb" and "All" could all be the line items: "Jan" has orders that "All" has too',
    ),
    "a part of another": (
        [sheet("All", ORDER, *orders("1", "2", "3", "4", "5")), sheet("Open", ORDER, *orders("2"))],
        'the sheets "All" and "Open" could both be the orders: "Open" has orders that "All" has too.',
    ),
    "other columns": (
        [sheet("Lines", LINE, *lines(("1", "x"))), sheet("Returns", LINE, *lines(("2", "x"), tax_amount=1))],
        'could both be the line items: only "Returns" has "tax_amount".',
    ),
    "a flat table beside orders and line items": (
        [
            sheet("Export", BOTH, *flat(("1", "x"))),
            sheet("Orders", ORDER, *orders("2")),
            sheet("Lines", LINE, *lines(("2", "x"))),
        ],
        '"Export" and "Lines" could both be the line items: "Export" has orders and line items in the same rows',
    ),
    "a flat table beside orders": (
        [sheet("Orders", ORDER, *orders("2")), sheet("Export", BOTH, *flat(("1", "x")))],
        '"Orders" and "Export" could both be the orders: "Export" has orders and line items in the same rows',
    ),
}


@pytest.mark.parametrize("tables", FINE.values(), ids=FINE.keys())
def test_sheets_that_are_parts_of_one_table_are_all_read(tables: Sequence[tuple[SourceTable, ColumnMap]]) -> None:
    check_choices(tables)


@pytest.mark.parametrize(("tables", "told"), ASKED.values(), ids=ASKED.keys())
def test_sheets_that_could_be_the_same_are_asked_about(
    tables: Sequence[tuple[SourceTable, ColumnMap]], told: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_choices(tables)
    assert told in caught.value.message
    assert caught.value.message.startswith("book.xlsx: ")
    assert "sheet = [...]" in caught.value.remedy


def test_headers_that_differ_in_case_and_spaces_alone_are_the_same() -> None:
    table, mapping = sheet("Jan", LINE, *lines(("1", "x")))
    cells = table.cells.set_axis([name.replace("_", " ").upper() for name in table.cells], axis=1)
    origins = {name: Origin((name.replace("_", " ").upper(),)) for name in mapping.fields[Entity.LINE_ITEM]}
    cells["ORDER NUMBER"] = "2"
    other = SourceTable("book.xlsx", "Feb", cells)
    check_choices([(table, mapping), (other, ColumnMap("", {Entity.LINE_ITEM: origins}, (), ()))])
