"""Tables that repeat, interrupt or resemble one another: nothing may be read twice, dropped, or made a line item."""

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, book, plain, separated

CASES = Cases()
ONE = {"orders": 2, "lines": 3, "amounts": {"EUR": "8.5"}}
ROWS = [
    FLAT,
    ["A", "c1", "EUR", "2024-01-02", "x", 1, 2.5],
    ["A", "c1", "EUR", "2024-01-02", "y", 2, 1],
    ["B", "c2", "EUR", "2024-01-03", "x", 4, 1],
]


@CASES.add
def header_again_on_each_printed_page() -> Case:
    rows = [*ROWS[:3], [], FLAT, ROWS[3]]
    return Case({"a.csv": separated(rows)}, notices=("row 5",), **ONE)


@CASES.add
def another_table_below_is_no_orders() -> Case:
    rows = [*ROWS, [], [], ["SKU", "Stock", "Shelf"], ["x", 12, "A3"], ["y", 0, "B7"]]
    cells = [(row, column, "missing") for row in (7, 8, 9) for column in FLAT[4:]]
    cells += [(row, "currency_id", "not_a_currency") for row in (7, 8, 9)]
    return Case({"a.xlsx": book(("Orders", plain(rows)))}, invalid=3, problems=found("Orders", *cells), **ONE)


@CASES.add
def subtotals_between_the_orders() -> Case:
    """Orders whose fields stand on their first line only: a sum below them looks like one more line item."""
    rows = [*ROWS[:2], [None, None, None, None, "y", 2, 1], [None, None, None, None, "Subtotal", 3, 4.5], ROWS[3]]
    rows += [[None, None, None, None, "Subtotal", 4, 4], ["C", "c", "EUR", "2024-01-04", "x", 1, 1]]
    return Case(
        {"a.csv": separated(rows)},
        orders=1,
        lines=1,
        amounts={"EUR": "1"},
        invalid=2,
        problems=found("a.csv", (4, None, "malformed_row"), (6, None, "malformed_row")),
    )


@CASES.add
def an_item_that_is_called_total() -> Case:
    rows = [*ROWS[:3], ["B", "c2", "EUR", "2024-01-03", "Total", 4, 1]]
    return Case({"a.csv": separated(rows)}, sent={"B": {"line_items.0.item_id": "Total"}}, **ONE)


@CASES.add
def an_order_that_is_called_total() -> Case:
    rows = [*ROWS[:3], ["Total", "c2", "EUR", "2024-01-03", "x", 4, 1]]
    return Case({"a.csv": separated(rows)}, sent={"Total": {"customer_id": "c2"}}, **ONE)


@CASES.add
def a_copy_of_the_sheet_asks_which_one_counts() -> Case:
    data = book(("Orders", plain(ROWS)), ("Orders (2)", plain(ROWS)))
    return Case({"a.xlsx": data}, refused=("a.xlsx", '"Orders"', r'"Orders \(2\)"', "sheet"))


@CASES.add
def numbers_in_one_sheet_and_texts_in_the_other() -> Case:
    orders = [FLAT[:4], [1001, 501, "EUR", "2024-01-02"], [1002, 502, "EUR", "2024-01-03"]]
    lines = [["order_number", *FLAT[4:]]]
    lines += [[number, *row[4:]] for number, row in zip(("1001", "1001", "1002"), ROWS[1:], strict=True)]
    data = book(("Orders", plain(orders)), ("Items", plain(lines)))
    return Case({"a.xlsx": data}, sent={"1001": {"customer_id": "501"}}, **ONE)


@CASES.add
def orders_without_items_and_items_without_orders() -> Case:
    orders = [FLAT[:4], *(row[:4] for row in ROWS[2:]), ["C", "c3", "EUR", None], ["B", "c2", "EUR", "2024-01-03"]]
    lines = [["order_number", *FLAT[4:]], *([row[0], *row[4:]] for row in ROWS[1:]), ["Z", "x", 1, 1]]
    data = book(("Orders", plain(orders)), ("Items", plain(lines)))
    return Case(
        {"a.xlsx": data},
        orders=1,
        lines=2,
        amounts={"EUR": "4.5"},
        invalid=2,  # a line item without an order makes none
        problems=found("Orders", (4, None, "no_line_items"), (5, "order_number", "duplicate_order"))
        | found("Items", (5, None, "no_order")),
    )


@CASES.add
def two_encodings_in_one_file_are_refused() -> Case:
    rows = [*ROWS[:1], *([f"O{n}", "Müller & Söhne", "EUR", "2024-01-02", "Tür", 1, 1] for n in range(30))]
    data = separated(rows) + separated([["P", "Bäcker", "EUR", "2024-01-02", "x", 1, 1]], encoding="cp1252")
    return Case({"a.csv": data}, refused=("a.csv", "line 32", "encoding"))


@CASES.add
def the_same_order_in_two_files() -> Case:
    """Each has the whole order: together they would order everything twice."""
    again = [(row, "order_number", "duplicate_order") for row in (2, 3, 4)]
    return Case(
        {"may.csv": separated(ROWS), "may (1).csv": separated(ROWS, ";")},
        invalid=2,
        problems=found("may (1).csv", *again),
    )
