"""Numbers as texts: separators, signs, currencies, shares."""

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, book, orders_but_for, plain, separated

CASES = Cases()


def _priced(*prices: object, field: str = "unit_amount") -> list[list[object]]:
    return orders_but_for(*({field: price} for price in prices))


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
    rows = orders_but_for(
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
    rows = orders_but_for({"tax_amount": "19 %"}, {"tax_amount": "1.90"}, {"unit_amount": "50%"})
    cells = [(2, "tax_amount", "percentage"), (4, "unit_amount", "percentage")]
    return Case(
        {"a.csv": separated(rows)}, orders=1, lines=1, amounts={"USD": "10"}, invalid=2, problems=found("a.csv", *cells)
    )
