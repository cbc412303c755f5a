"""Ids that must stay as they are, and cells that hold nothing that could be read."""

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, Sheet, book, orders_but_for, plain, separated, without_result

CASES = Cases()


@CASES.add
def ids_keep_their_digits() -> Case:
    rows = orders_but_for(
        {"order_number": "000123", "customer_id": "05454", "item_id": 12345678901234, "name": 7},
        {"order_number": "1234567890123456789", "customer_id": 17850.0, "item_id": "1e5"},
        {"order_number": 1234567890123456789, "customer_id": "NA", "item_id": "0x1F"},
        {"order_number": "TRUE", "customer_id": True, "item_id": "007.50"},
    )
    return Case(
        {"a.xlsx": book(("Orders", plain(rows)))},
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        invalid=1,
        problems=found("Orders", (4, "order_number", "rounded_number")),
        sent={
            "000123": {"customer_id": "05454", "line_items.0.item_id": "12345678901234", "line_items.0.name": "7"},
            "1234567890123456789": {"customer_id": "17850", "line_items.0.item_id": "1e5"},
            "TRUE": {"customer_id": "TRUE", "line_items.0.item_id": "007.50"},
        },
    )


@CASES.add
def ids_that_went_through_floating_point() -> Case:
    rows = orders_but_for({"customer_id": "17850.0"}, {"customer_id": "13047.0"}, {"customer_id": ""})
    return Case(
        {"retail.csv": separated(rows)},
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        invalid=1,
        problems=found("retail.csv", (4, "customer_id", "missing")),
        sent={"A": {"customer_id": "17850"}, "B": {"customer_id": "13047"}},
    )


@CASES.add
def ids_that_a_spreadsheet_has_rounded() -> Case:
    rows = orders_but_for({"item_id": "1.23457E+12"}, {"item_id": "5901234123457"})
    return Case(
        {"a.csv": separated(rows)},
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        invalid=1,
        problems=found("a.csv", (2, "item_id", "rounded_number")),
    )


def _with_faults(sheet: Sheet) -> None:
    sheet.rows(orders_but_for(*({} for _ in range(6))))
    sheet.own.write_formula("G2", "=1/0", None, "#DIV/0!")
    sheet.own.write_formula("B3", '=VLOOKUP("x",A1:B1,2,FALSE)', None, "#N/A")
    sheet.own.write_formula("G4", "=F4*2", None, 2)
    sheet.own.write_formula("G5", "=F5*2", None, 4)
    sheet.own.write_formula("E6", '="x"&"y"', None, "xy")
    sheet.own.write_formula("H7", "=1/0", None, "#DIV/0!")  # no field of an order
    sheet.own.write_string("H1", "remark")


@CASES.add
def error_cells_and_formulas_without_a_result() -> Case:
    cells = [(2, "unit_amount"), (3, "customer_id"), (4, "unit_amount")]
    return Case(
        {"a.xlsx": without_result(book(("Orders", _with_faults)), "G4")},
        orders=3,
        lines=3,
        amounts={"USD": "24"},
        invalid=3,
        problems=found("Orders", *((*cell, "unreadable_cell") for cell in cells)),
        sent={"E": {"line_items.0.item_id": "xy"}},
    )


@CASES.add
def one_mistake_of_each_kind() -> Case:
    """What a person finds wrong in an ordinary workbook, each in its cell."""
    rows = orders_but_for(
        {"customer_id": None},  # stands in row 11
        {"currency_id": "EURO"},
        {"status": "on hold"},
        {"quantity": 0},
        {"quantity": -1},
        {"unit_amount": "n/a"},
        {"unit_amount": 0.1234567891},
        {"quantity": 12345678901},
        {"item_id": None},
        {"order_number": "A", "customer_id": "c"},
        {"status": "Shipped", "currency_id": "eur"},
        {"order_number": "A", "customer_id": "other"},
    )
    cells = [
        (3, "currency_id", "not_a_currency"),
        (4, "status", "not_a_status"),
        (5, "quantity", "not_positive"),
        (6, "quantity", "not_positive"),
        (7, "unit_amount", "not_a_number"),
        (8, "unit_amount", "too_many_digits"),
        (9, "quantity", "too_large"),
        (10, "item_id", "missing"),
        (13, "customer_id", "conflicting_values"),
    ]
    return Case(
        {"orders.xlsx": book(("Orders", plain(rows)))},
        orders=1,
        lines=1,
        amounts={"EUR": "10"},
        invalid=9,
        problems=found("Orders", *cells),
        sent={"K": {"status": "shipped", "currency_id": "EUR"}},
    )


@CASES.add
def words_for_nothing_and_words_that_look_like_it() -> Case:
    rows = [
        [*FLAT, "name", "shipping_address.country", "shipping_address.state"],
        ["NA", "N/A", "NAD", "2024-01-02", "null", "2", "1.5", "None", "NA", "NULL"],
        ["nan", "NaN", "NAD", "NULL", "NA", "1", "1", "NULL", "NULL", "-"],
        ["B", "NULL", "NAD", "2024-01-02", "i", "1", "1", "x", "NA", "-"],
    ]
    return Case(
        {"windhoek.csv": separated(rows)},
        profile='null_words = ["NULL"]\n',
        orders=2,
        lines=2,
        amounts={"NAD": "4"},
        invalid=1,
        problems=found("windhoek.csv", (4, "customer_id", "missing")),
        notices=("no order_date",),
        sent={
            "NA": {
                "customer_id": "N/A",
                "line_items.0.item_id": "null",
                "line_items.0.name": "None",
                "shipping_address.country": "NA",
                "shipping_address.state": None,
            },
            "nan": {"customer_id": "NaN", "order_date": None, "line_items.0.name": None},
        },
    )


@CASES.add
def texts_that_look_like_formulas() -> Case:
    rows = [
        [*FLAT, "name", "description"],
        ["=1+1", "@SUM(A1)", "USD", "2024-01-02", "+49", "2", "1.5", '=HYPERLINK("http://x")', "-7 % off"],
        ["A", "c", "USD", "2024-01-02", "=2", "1", "=1+1", "-", "-"],
    ]
    return Case(
        {"orders.csv": separated(rows)},
        orders=1,
        lines=1,
        amounts={"USD": "3"},
        invalid=1,
        problems=found("orders.csv", (3, "unit_amount", "not_a_number")),
        sent={
            "=1+1": {
                "customer_id": "@SUM(A1)",
                "line_items.0.item_id": "+49",
                "line_items.0.name": '=HYPERLINK("http://x")',
                "line_items.0.description": "-7 % off",
            }
        },
    )
