"""What the report says of cells: never a name, an address or an e-mail, wherever it stands."""

import re

import pytest
from report_pages import record

from schemas.problems import MESSAGES, REMEDIES
from schemas.run import Total
from transforms.discreet import UNREADABLE, discreet, message, notice, shape

SECRET = (
    *("Jane Doe", "1 Main Street, 10115 Berlin", "jane.doe@example.com"),
    *("Zoë Müller-Ångström", "山田太郎"),
)
TRICKY = (
    *("Jane here, Jane in Doe", "Jane is not in the lookup table Doe"),
    *("Jane; add its offset to Doe", "Doe\nstands in Jane"),
)


@pytest.mark.parametrize("text", SECRET)
def test_a_text_is_shown_by_its_shape(text: str) -> None:
    assert not set(filter(str.isalnum, text)) & set(shape(text)) - {"x", "9"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("30.02.2024", "30.02.2024"),
        ("2024-01-22T05:07:31Z", "2024-01-22T05:07:31Z"),
        ("1,234", "1,234"),
        ("1'234.50", "1'234.50"),
        ("-5", "-5"),
        ("12 %", "12 %"),
        ("0170 1234567", "9999 9999999"),
        ("+49 (30) 123.456", "+99 (99) 999.999"),
        ("10115", "99999"),
        ("EURO", "xxxx"),
        ("€ 12 net", "€ 99 xxx"),
        ("", ""),
        ("a" * 100, "x" * 24 + "…"),
    ],
)
def test_dates_and_amounts_with_their_separators_are_shown_and_nothing_else(text: str, shown: str) -> None:
    assert shape(text) == shown


@pytest.mark.parametrize("code", MESSAGES)
@pytest.mark.parametrize("text", [*SECRET, *TRICKY])
def test_no_message_shows_what_it_quotes(code: str, text: str) -> None:
    given = {"column": "Ordered on", "first": "orders in May.csv, row 3", "entity": "order", "timezone": "Europe/Paris"}
    other = "customers.csv" if code == "not_in_lookup" else text  # there it is the name of a table
    shown = message(code, "Ordered on", MESSAGES[code].format(**given, value=text, other=other))
    told = MESSAGES[code].format(**given, value="", other=other if code == "not_in_lookup" else "")
    assert not [word for word in re.split(r"[\W_]+", text) if word in shown and word not in told]
    assert shown != "see problems.parquet"
    assert ("Ordered on" in shown) is ("{column}" in MESSAGES[code])


def test_a_message_keeps_what_is_no_cell() -> None:
    said = 'Shop of one order differs: Jane here, 12.50 in orders.csv, sheet "May", row 7'
    assert message("conflicting_values", "Shop", said) == (
        'Shop of one order differs: xxxx here, 12.50 in orders.csv, sheet "May", row 7'
    )
    lookup = "E-mail jane@example.com is not in the lookup table customers.csv; add it there"
    assert message("not_in_lookup", "E-mail", lookup) == (
        "E-mail xxxx@xxxxxxx.xxx is not in the lookup table customers.csv; add it there"
    )


def test_a_message_that_is_of_no_template_is_not_shown() -> None:
    assert message("missing", "Name", "Jane Doe") == "see problems.parquet"
    assert message("another", "Name", "Jane Doe") == "see problems.parquet"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            'o.csv: rows 1 to 2 are not read ("For Jane", "1 (one) St")',
            'o.csv: rows 1 to 2 are not read ("xxx xxxx", "9 (xxx) xx")',
        ),
        ("a quote belongs to the quote, as in Jane.", "a quote belongs to the quote, as in xxxx."),
        ("enclosed in apostrophes, such as 'Jane'; set quote", "enclosed in apostrophes, such as 'xxxx'; set quote"),
        (
            "were refused alike: Jane. Doe. That is a wrong mapping",
            "were refused alike: xxxx. xxx. That is a wrong mapping",
        ),
        ("Ask jane@example.com, or <joe@example.com>.", "Ask xxxx@xxxxxxx.xxx, or <xxx@xxxxxxx.xxx>."),
        ("12 orders have no order_date.", "12 orders have no order_date."),
    ],
)
def test_notices_and_reasons_do_not_quote_cells(said: str, shown: str) -> None:
    assert notice(said) == shown


def test_what_is_no_company_or_currency_is_added_up() -> None:
    totals = [
        Total(company_id=company, currency_id=currency, status="invalid", orders=1, line_items=2, amount="3")
        for company, currency in (("Jane", "EUR"), ("Doe", "EUR"), ("7", "Main Street"), ("", ""))
    ]
    shown = discreet(record(totals=totals, planned_totals=totals)).totals
    assert [(one.company_id, one.currency_id, one.orders) for one in shown] == [
        ("", "", 1),
        ("7", UNREADABLE, 1),
        (UNREADABLE, "EUR", 2),
    ]


def test_every_kind_of_problem_has_a_remedy() -> None:
    assert MESSAGES.keys() == REMEDIES.keys()
