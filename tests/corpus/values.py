"""Values that are easily misread: dates, numbers, ids, and cells that hold nothing to read."""

from datetime import date, datetime, time

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, Sheet, book, plain, separated, without_result

CASES = Cases()


def _orders(*changes: dict[str, object]) -> list[list[object]]:
    """Orders A, B, ... of one line item each, but for these cells."""
    usual = dict(zip(FLAT, ["", "c", "USD", "2024-01-02", "x", "1", "10"], strict=True))
    numbers = [{"order_number": chr(ord("A") + n)} for n in range(len(changes))]
    rows = [{**usual, **number, **change} for number, change in zip(numbers, changes, strict=True)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [names, *([row.get(name) for name in names] for row in rows)]


def _dated(*dates: object) -> list[list[object]]:
    return _orders(*({"order_date": date} for date in dates))


def _read_as(**dates: str) -> dict[str, dict[str, object]]:
    return {number: {"order_date": f"{date}.000Z"} for number, date in dates.items()}


@CASES.add
def american_workbook_of_texts() -> Case:
    rows = [
        [*FLAT, "discount_amount"],
        ["1001", "ann", "USD", "1/13/2024", "x", "1", "$1,234.50", "-$3.00"],
        ["1001", "ann", "USD", "1/13/2024", "y", "2", "$1,000", "($0.50)"],
        ["1002", "bob", "USD", "3/4/2024", "x", "1,000", "$.99", "$0.25-"],
    ]
    return Case(
        {"orders.xlsx": book(("Orders", plain(rows)))},
        orders=1,
        lines=2,
        amounts={"USD": "3234.5"},
        invalid=1,
        problems=found("Orders", (4, "quantity", "ambiguous_number")),
        notices=("month (before|first)", "point is the decimal"),
        sent={
            "1001": {
                "order_date": "2024-01-13T00:00:00.000Z",
                "line_items.0.discount_amount": -3,
                "line_items.1.discount_amount": -0.5,
            }
        },
    )


@CASES.add
def dates_that_may_be_either() -> Case:
    return Case(
        {"a.csv": separated(_dated("03/04/2024", "05/06/2024", "07/07/2024", "2024-02-03"))},
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        invalid=2,
        problems=found("a.csv", (2, "order_date", "ambiguous_date"), (3, "order_date", "ambiguous_date")),
        sent=_read_as(C="2024-07-07T00:00:00", D="2024-02-03T00:00:00"),
    )


@CASES.add
def dates_that_may_be_either_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("03/04/2024", "05/06/2024"))},
        profile='date_format = "%m/%d/%Y"\n',
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        sent=_read_as(A="2024-03-04T00:00:00", B="2024-05-06T00:00:00"),
    )


@CASES.add
def dates_whose_order_the_column_proves() -> Case:
    return Case(
        {"a.csv": separated(_dated("03/04/2024", "05/06/2024 23:15", "25/12/2023"))},
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        notices=("a.csv.*order_date.*day (before|first).*row 4",),
        sent=_read_as(A="2024-04-03T00:00:00", B="2024-06-05T23:15:00"),
    )


@CASES.add
def dates_that_prove_both_orders() -> Case:
    """Two people, two habits: nothing tells whose the others are."""
    return Case(
        {"a.csv": separated(_dated("25/12/2023", "12/25/2023", "03/04/2024"))},
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        invalid=1,
        problems=found("a.csv", (4, "order_date", "ambiguous_date")),
        sent=_read_as(A="2023-12-25T00:00:00", B="2023-12-25T00:00:00"),
    )


@CASES.add
def dates_that_a_spreadsheet_has_mangled() -> Case:
    """Excel took 03/04/2024, the third of April, for the fourth of March, and left 25/04/2024 as text."""
    rows = _dated(datetime(2024, 3, 4), "25/04/2024", datetime(2024, 5, 5), "30/04/2024")  # noqa: DTZ001
    return Case(
        {"a.xlsx": book(("Orders", plain(rows)))},
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        invalid=1,
        problems=found("Orders", (2, "order_date", "swapped_date")),
        sent=_read_as(B="2024-04-25T00:00:00", C="2024-05-05T00:00:00", D="2024-04-30T00:00:00"),
    )


@CASES.add
def dates_that_do_not_exist() -> Case:
    dates = ["30.02.2024", "2024-13-01", "tomorrow", "2024-02-29T25:00:00", "31.01.2024"]
    rows = [(n, "order_date", "not_a_date") for n in range(2, 6)]
    return Case(
        {"a.csv": separated(_dated(*dates))},
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        invalid=4,
        problems=found("a.csv", *rows),
    )


@CASES.add
def dates_with_half_days() -> Case:
    return Case(
        {"a.csv": separated(_dated("09/03/2026 12:05 AM", "09/03/2026 12:05 PM", "12/31/2025 09:30 pm"))},
        profile='date_format = "%m/%d/%Y %I:%M %p"\ntimezone = "America/New_York"\n',
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        sent=_read_as(A="2026-09-03T04:05:00", B="2026-09-03T16:05:00", C="2026-01-01T02:30:00"),
    )


@CASES.add
def dates_with_short_years_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("09/24/26", "01/02/99"))},
        profile='date_format = "%m/%d/%y"\n',
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        sent=_read_as(A="2026-09-24T00:00:00", B="1999-01-02T00:00:00"),
    )


@CASES.add
def dates_with_and_without_zones() -> Case:
    dates = ["2026-09-03 10:14:00 -0400", "2026-09-03T10:14:00Z", "2026-09-03T10:14:00.5+05:30", "2026-09-03 10:14"]
    return Case(
        {"a.csv": separated(_dated(*dates, "2026-03-29 02:30:00"))},
        profile='timezone = "Europe/Paris"\n',
        orders=4,
        lines=4,
        amounts={"USD": "40"},
        invalid=1,
        problems=found("a.csv", (6, "order_date", "ambiguous_time")),
        sent=_read_as(A="2026-09-03T14:14:00", B="2026-09-03T10:14:00", D="2026-09-03T08:14:00")
        | {"C": {"order_date": "2026-09-03T04:44:00.500Z"}},
    )


@CASES.add
def day_numbers_in_a_text_file_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("45000", "45000.75", "60.5", "1"))},
        profile='date_format = "excel"\n',
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        invalid=1,  # 60 is 29 February 1900, a day that there never was
        problems=found("a.csv", (4, "order_date", "not_a_date")),
        sent=_read_as(A="2023-03-15T00:00:00", B="2023-03-15T18:00:00", D="1900-01-01T00:00:00"),
    )


@CASES.add
def day_numbers_in_a_text_file_not_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("45000", "45001"))},
        invalid=2,
        problems=found("a.csv", (2, "order_date", "not_a_date"), (3, "order_date", "not_a_date")),
    )


@CASES.add
def day_numbers_from_1904_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("43538"))},
        profile='date_format = "excel1904"\n',
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        sent=_read_as(A="2023-03-15T00:00:00"),
    )


@CASES.add
def date_cells_and_numbers_that_are_dates() -> Case:
    rows = _dated(date(2023, 3, 15), datetime(2023, 3, 15, 18, 0, 30), 45000, 45000.5)  # noqa: DTZ001
    return Case(
        {"a.xlsx": book(("Orders", plain(rows)))},
        orders=4,
        lines=4,
        amounts={"USD": "40"},
        sent=_read_as(
            A="2023-03-15T00:00:00", B="2023-03-15T18:00:30", C="2023-03-15T00:00:00", D="2023-03-15T12:00:00"
        ),
    )


@CASES.add
def the_same_in_a_workbook_that_counts_from_1904() -> Case:
    rows = _dated(date(2023, 3, 15), datetime(2023, 3, 15, 18, 0, 30), 43538, 43538.5)  # noqa: DTZ001
    return Case(
        {"a.xlsx": book(("Orders", plain(rows)), date_1904=True)},
        orders=4,
        lines=4,
        amounts={"USD": "40"},
        sent=_read_as(
            A="2023-03-15T00:00:00", B="2023-03-15T18:00:30", C="2023-03-15T00:00:00", D="2023-03-15T12:00:00"
        ),
    )


@CASES.add
def times_and_booleans_where_dates_are_expected() -> Case:
    return Case(
        {"a.xlsx": book(("Orders", plain(_dated(time(12, 30), True, date(2024, 1, 2)))))},
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        invalid=2,
        problems=found("Orders", (2, "order_date", "not_a_date"), (3, "order_date", "not_a_date")),
    )


def _priced(*prices: object, field: str = "unit_amount") -> list[list[object]]:
    return _orders(*({field: price} for price in prices))


@CASES.add
def numbers_that_may_be_either() -> Case:
    return Case(
        {"a.csv": separated(_priced("1,234", "12,345", "12"))},
        orders=1,
        lines=1,
        amounts={"USD": "12"},
        invalid=2,
        problems=found("a.csv", (2, "unit_amount", "ambiguous_number"), (3, "unit_amount", "ambiguous_number")),
    )


@CASES.add
def numbers_that_may_be_either_told() -> Case:
    return Case(
        {"a.csv": separated(_priced("1,234", "12,345", "12"))},
        profile='decimal = ","\n',
        orders=3,
        lines=3,
        amounts={"USD": "25.579"},
    )


@CASES.add
def numbers_whose_separator_the_column_proves() -> Case:
    return Case(
        {"a.csv": separated(_priced("1,234", "12,345", "12", "1,234.5", "0.99"))},
        orders=5,
        lines=5,
        amounts={"USD": "14826.49"},
        notices=("a.csv.*unit_amount.*point is the decimal.*row [56]",),
    )


@CASES.add
def numbers_that_prove_both_separators() -> Case:
    return Case(
        {"a.csv": separated(_priced("1,234", "1.234,50", "1,234.50", "1.234"))},
        orders=2,
        lines=2,
        amounts={"USD": "2469"},
        invalid=2,
        problems=found("a.csv", (2, "unit_amount", "ambiguous_number"), (5, "unit_amount", "ambiguous_number")),
    )


@CASES.add
def numbers_against_the_separator_that_was_told() -> Case:
    return Case(
        {"a.csv": separated(_priced("1.234,50", "1,234.50"))},
        profile='decimal = ","\n',
        orders=1,
        lines=1,
        amounts={"USD": "1234.5"},
        invalid=1,
        problems=found("a.csv", (3, "unit_amount", "wrong_separator")),
    )


@CASES.add
def negative_numbers_of_all_kinds() -> Case:
    rows = _priced("(5.00)", "12.50-", "\N{MINUS SIGN}7", "-$3.00", "$-3.00", "($ 2)", "- 1", field="discount_amount")
    wanted = [-5, -12.5, -7, -3, -3, -2, -1]
    return Case(
        {"a.csv": separated(rows)},
        orders=7,
        lines=7,
        amounts={"USD": "70"},
        sent={chr(65 + n): {"line_items.0.discount_amount": number} for n, number in enumerate(wanted)},
    )


@CASES.add
def numbers_with_signs_of_currencies() -> Case:
    prices = {
        "EUR": ["1.50 EUR", "EUR1.50", "€ 1.50", "1.50€"],
        "GBP": ["£1.50"],
        "SEK": ["1.50kr", "1.50 kr."],
        "USD": ["US$1.50", "$ 1.50 ", "$1.50"],
        "PLN": ["1.50 zł"],
        "JPY": ["¥2", "2円"],
        "CHF": ["CHF 1.50", "Fr. 1.50"],
    }
    rows = _orders(
        *({"currency_id": currency, "unit_amount": price} for currency, some in prices.items() for price in some)
    )
    return Case(
        {"a.csv": separated(rows)},
        orders=15,
        lines=15,
        amounts={"EUR": "6", "GBP": "1.5", "SEK": "3", "USD": "4.5", "PLN": "1.5", "JPY": "4", "CHF": "3"},
    )


@CASES.add
def percentages_are_no_amounts() -> Case:
    rows = _orders({"tax_amount": "19 %"}, {"tax_amount": "1.90"}, {"unit_amount": "50%"})
    cells = [(2, "tax_amount", "percentage"), (4, "unit_amount", "percentage")]
    return Case(
        {"a.csv": separated(rows)}, orders=1, lines=1, amounts={"USD": "10"}, invalid=2, problems=found("a.csv", *cells)
    )


@CASES.add
def ids_keep_their_digits() -> Case:
    rows = _orders(
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
    rows = _orders({"customer_id": "17850.0"}, {"customer_id": "13047.0"}, {"customer_id": ""})
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
    rows = _orders({"item_id": "1.23457E+12"}, {"item_id": "5901234123457"})
    return Case(
        {"a.csv": separated(rows)},
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        invalid=1,
        problems=found("a.csv", (2, "item_id", "rounded_number")),
    )


def _with_faults(sheet: Sheet) -> None:
    sheet.rows(_orders(*({} for _ in range(6))))
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
    rows = _orders(
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
