"""Workbooks whose table has to be found: titles, totals, headers over two rows, other sheets, gaps, far cells."""

import gzip
from datetime import date

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, Sheet, book, plain

CASES = Cases()
ONE = {"orders": 2, "lines": 3, "amounts": {"EUR": "8.5"}}
TWO = {"orders": 4, "lines": 6, "amounts": {"EUR": "17"}}
DAY_ONE, DAY_TWO = date(2024, 1, 2), date(2024, 1, 3)
ROWS = [
    FLAT,
    ["A", "c1", "EUR", DAY_ONE, "x", 1, 2.5],
    ["A", "c1", "EUR", DAY_ONE, "y", 2, 1],
    ["B", "c2", "EUR", DAY_TWO, "x", 4, 1],
]
FEBRUARY = [FLAT, *([f"{row[0]}2", *row[1:]] for row in ROWS[1:])]
ORDERS = [FLAT[:4], ROWS[1][:4], ROWS[3][:4]]
LINES = [["order_number", *FLAT[4:]], *([row[0], *row[4:]] for row in ROWS[1:])]


@CASES.add
def one_flat_sheet() -> Case:
    return Case(
        {"a.xlsx": book(("Orders", plain(ROWS)))}, sent={"B": {"order_date": "2024-01-03T00:00:00.000Z"}}, **ONE
    )


@CASES.add
def orders_and_line_items_in_two_sheets() -> Case:
    return Case({"a.xlsx": book(("Orders", plain(ORDERS)), ("Items", plain(LINES)))}, **ONE)


@CASES.add
def orders_and_line_items_in_two_files_of_different_kinds() -> Case:
    files = {"orders.xlsx": book(("Orders", plain(ORDERS))), "lines.xlsm": book(("Items", plain(LINES)))}
    return Case(files, **ONE)


@CASES.add
def compressed_once_more() -> Case:
    return Case({"a.xlsx.gz": gzip.compress(book(("Orders", plain(ROWS))), mtime=0)}, **ONE)


@CASES.add
def titles_notes_and_totals_around_the_table() -> Case:
    def fill(sheet: Sheet) -> None:
        sheet.own.merge_range("A1:G1", "Orders of January", sheet.shown("@"))
        sheet.rows([["Printed by", "Ann", None, DAY_TWO], [], ["All amounts without VAT"]], top=2)
        sheet.rows(ROWS, top=6)
        sheet.rows([["Total", None, None, None, None, 7, 8.5], [], ["Prices as of January"]], top=10)

    notices = ("rows 1 to 5 above .* not read", "rows 10 and 12 .* not read")
    return Case({"report.xlsx": book(("Orders", fill))}, notices=notices, **ONE)


@CASES.add
def totals_with_a_formula() -> Case:
    def fill(sheet: Sheet) -> None:
        sheet.rows(ROWS)
        sheet.rows([[None, None, None, None, "Sum"]], top=5)
        sheet.own.write_formula("F5", "=SUM(F2:F4)", None, 7)
        sheet.own.write_formula("G5", "=SUMPRODUCT(F2:F4,G2:G4)", None, 8.5)

    notices = ("row 5.*(left out|footer|total|not read)",)
    return Case({"a.xlsx": book(("Orders", fill))}, notices=notices, **ONE)


@CASES.add
def last_row_that_lost_its_number_is_no_footer() -> Case:
    """An item, a quantity and a price: somebody has ordered that, and nobody may drop it."""
    rows = [*ROWS, [None, None, None, None, "z", 3, 1]]
    case = found("Orders", (5, "order_number", "missing"), (5, "customer_id", "missing"), (5, "currency_id", "missing"))
    return Case({"a.xlsx": book(("Orders", plain(rows)))}, invalid=1, problems=case, silent=("row 5.*left out",), **ONE)


def _two_row_header(sheet: Sheet) -> None:
    group = sheet.workbook.add_format({"bold": True, "align": "center"})
    sheet.rows([["Order book 2024"]])
    sheet.own.merge_range("A3:B3", "Order", group)
    sheet.rows([["Customer", "Currency"]], top=3, left=2)
    sheet.own.merge_range("E3:G3", "Shipping address", group)
    sheet.rows([["Item", None, "Unit"]], top=3, left=7)
    sheet.own.merge_range("I3:I4", "Quantity", group)
    sheet.rows([["Number", "Date", "ID", "ID", "Street", "City", "Country", "ID", None, "Amount"]], top=4)
    places = {"A": ("Main St 1", "Springfield", "US"), "B": ("Rue 2", "Lyon", "FR")}
    rows = [[row[0], row[3], row[1], row[2], *places[row[0]], *row[4:]] for row in ROWS[1:]]
    sheet.rows(rows, top=5)


TWO_ROWS = {
    "A": {"shipping_address.street": "Main St 1", "shipping_address.city": "Springfield", "customer_id": "c1"},
    "B": {"shipping_address.country": "FR", "order_date": "2024-01-03T00:00:00.000Z"},
}


@CASES.add
def header_over_two_rows_with_merged_groups() -> Case:
    return Case({"a.xlsx": book(("Book", _two_row_header))}, sent=TWO_ROWS, **ONE)


@CASES.add
def header_over_two_rows_told() -> Case:
    return Case({"a.xlsx": book(("Book", _two_row_header))}, profile="header_row = [3, 4]\n", sent=TWO_ROWS, **ONE)


@CASES.add
def table_far_from_the_corner_with_gaps() -> Case:
    rows = [[*row[:2], None, *row[2:]] for row in ROWS]
    spread = [line for row in rows for line in (row, [])]
    return Case({"a.xlsx": book(("Orders", plain(spread, top=7, left=3)))}, **ONE)


@CASES.add
def problems_have_the_row_numbers_of_the_sheet() -> Case:
    rows = [*ROWS, [], [], ["C", "c", "EURO", DAY_ONE, "x", 0, 1], [], ["D", "c", "EUR", DAY_ONE, "x", 1, -1]]
    cells = [(14, "currency_id", "not_a_currency"), (14, "quantity", "not_positive"), (16, "unit_amount", "negative")]
    return Case(
        {"a.xlsx": book(("Orders", plain(rows, top=8, left=2)))}, invalid=2, problems=found("Orders", *cells), **ONE
    )


@CASES.add
def blank_and_duplicate_headers() -> Case:
    rows = [["No.", "Name", "Cur", None, "Item", "Name", "Qty", "Price", "Price"]]
    rows += [[row[0], row[1], row[2], row[3], row[4], "Tea", row[5], row[6], 99] for row in ROWS[1:]]
    profile = """
[orders]
order_number = "No."
customer_id = "Name [B]"
currency_id = "Cur"
order_date = "[D]"
[line_items]
order_number = "No."
item_id = "Item"
name = "Name [F]"
quantity = "Qty"
unit_amount = "Price [H]"
"""
    sent = {"A": {"customer_id": "c1", "line_items.0.name": "Tea", "order_date": "2024-01-02T00:00:00.000Z"}}
    return Case({"a.xlsx": book(("Orders", plain(rows)))}, profile=profile, sent=sent, **ONE)


@CASES.add
def duplicate_header_that_is_asked_for() -> Case:
    rows = [[*FLAT, "Unit Amount"], *([*row, 99] for row in ROWS[1:])]
    return Case({"a.xlsx": book(("Orders", plain(rows)))}, refused=("a.xlsx", "unit_amount", "both|two|twice"))


@CASES.add
def hidden_sheets_are_named_and_not_read() -> Case:
    def hide(sheet: Sheet) -> None:
        sheet.rows(FEBRUARY)
        sheet.own.hide()

    def hide_well(sheet: Sheet) -> None:
        sheet.rows(FEBRUARY)
        sheet.own.very_hidden()

    data = book(("Orders", plain(ROWS)), ("Old", hide), ("Secret", hide_well))
    return Case({"a.xlsx": data}, notices=("old.*hidden|hidden.*old", "secret.*hidden|hidden.*secret"), **ONE)


@CASES.add
def hidden_rows_and_columns_are_read() -> Case:
    def fill(sheet: Sheet) -> None:
        sheet.rows(ROWS)
        sheet.own.set_row(2, None, None, {"hidden": True})
        sheet.own.set_column("B:C", None, None, {"hidden": True})
        sheet.own.autofilter("A1:G4")

    return Case({"a.xlsx": book(("Orders", fill))}, **ONE)


@CASES.add
def two_months_in_two_sheets() -> Case:
    return Case({"a.xlsx": book(("Jan", plain(ROWS)), ("Feb", plain(FEBRUARY)))}, **TWO)


@CASES.add
def one_of_two_months_told() -> Case:
    data = book(("Jan", plain(ROWS)), ("Feb", plain(FEBRUARY)))
    return Case({"a.xlsx": data}, profile='sheet = "Feb"\n', sent={"A2": {"customer_id": "c1"}}, **ONE)


@CASES.add
def a_sheet_that_is_not_there() -> Case:
    data = book(("Jan", plain(ROWS)), ("Feb", plain(FEBRUARY)))
    return Case({"a.xlsx": data}, profile='sheet = "March"\n', refused=("March", "Jan", "Feb"))


@CASES.add
def notes_in_a_sheet_beside_the_orders() -> Case:
    notes = [["To do"], ["call Bob", "tomorrow"], [], ["pay", 12.5]]
    data = book(("Read me", plain(notes)), ("Orders", plain(ROWS)), ("Empty", plain([])))
    return Case({"a.xlsx": data}, notices=('"read me" was not read',), **ONE)


@CASES.add
def two_sheets_that_could_be_the_line_items() -> Case:
    shipped = [["order_number", "item_id", "quantity", "unit_amount", "carrier"], *([*row, "DHL"] for row in LINES[1:])]
    data = book(("Orders", plain(ORDERS)), ("Ordered items", plain(LINES)), ("Shipped items", plain(shipped)))
    return Case({"a.xlsx": data}, refused=("a.xlsx", "Ordered items", "Shipped items", "sheet"))


@CASES.add
def the_line_items_among_two_told() -> Case:
    shipped = [["order_number", "item_id", "quantity", "unit_amount", "carrier"], *([*row, "DHL"] for row in LINES[1:])]
    data = book(("Orders", plain(ORDERS)), ("Ordered items", plain(LINES)), ("Shipped items", plain(shipped)))
    return Case({"a.xlsx": data}, profile='sheet = ["Orders", "Ordered items"]\n', **ONE)


@CASES.add
def cross_tab_is_refused() -> Case:
    rows = [
        ["Item", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05"],
        ["Tea", 3, None, 4, 1, 2],
        ["Cup", 1, 2, 3, 4, 5],
    ]
    return Case(
        {"a.xlsx": book(("Sales", plain(rows)))}, refused=("a.xlsx", "cross|pivot", "row (for|of) each|one row")
    )


@CASES.add
def cross_tab_of_orders_and_items_is_refused() -> Case:
    rows = [["order_number", "customer_id", "currency_id", "Tea", "Cup", "Pot"], ["A", "c1", "EUR", 1, 2, None]]
    rows += [["B", "c2", "EUR", None, 4, 1], ["C", "c3", "EUR", 5, None, 1]]
    return Case({"a.xlsx": book(("Sales", plain(rows)))}, refused=("a.xlsx", "line item"))


@CASES.add
def used_range_to_the_last_cell() -> Case:
    def fill(sheet: Sheet) -> None:
        sheet.rows(ROWS)
        sheet.own.write_blank("XFD1048576", None, sheet.shown("0.00"))

    return Case({"a.xlsx": book(("Orders", fill))}, **ONE)


@CASES.add
def a_stray_cell_in_the_last_corner_takes_no_memory() -> Case:
    def fill(sheet: Sheet) -> None:
        sheet.rows(ROWS)
        sheet.own.write_string("XFD1048576", "x")

    return Case({"a.xlsx": book(("Orders", fill))}, refused=("a.xlsx", "1048576", "delete"))


@CASES.add
def merged_cells_of_an_order() -> Case:
    """The fields of an order stand in cells merged over its line items."""

    def fill(sheet: Sheet) -> None:
        sheet.rows([FLAT, *([None] * 4 + row[4:] for row in ROWS[1:])])
        for column, cell in enumerate(ROWS[1][:3]):
            sheet.own.merge_range(1, column, 2, column, cell)
        sheet.own.merge_range(1, 3, 2, 3, "")
        sheet.put(1, 3, DAY_ONE)
        sheet.rows([ROWS[3][:4]], top=4)

    return Case({"a.xlsx": book(("Orders", fill))}, **ONE)


@CASES.add
def workbook_without_orders_is_refused_with_what_was_found() -> Case:
    rows = [["City", "Inhabitants"], ["Lyon", 522_000], ["Bonn", 336_000]]
    return Case({"a.xlsx": book(("Cities", plain(rows)))}, refused=("a.xlsx", "City", "Inhabitants"))
