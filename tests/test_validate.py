"""Validation: the smallest row for each problem, and every problem of every row in one pass."""

from pathlib import Path

import pytest
from planning import (
    FLAT,
    LINE,
    LINES,
    ORDER,
    ORDERS,
    SHOP,
    Mapped,
    answers,
    decided,
    flat,
    mapped,
    pair,
    problems,
    table,
)

from schemas.fields import Entity
from schemas.problems import MESSAGES, PROBLEMS
from schemas.profile import Profile
from transforms.decide import Decision

ELSEWHERE = {  # codes that test_group, test_decide, test_normalize and test_period produce
    "no_order_date",
    "no_line_items",
    "no_order",
    "duplicate_order",
    "repeated_line_item",
    "conflicting_values",
    "not_in_lookup",
    "unreadable_cell",
    "other_currency",
    "inexact_division",
    "order_too_large",
    "changed_since_created",
    "order_invalid",
}
IN_DOUBT = {"ambiguous_number", "wrong_separator", "percentage", "swapped_date"}  # said by reading
# code, entity, column, value, and what the message says beside them
CASES: list[tuple[str, Entity, str, str | None, str]] = [
    ("missing", Entity.ORDER, "company_id", None, "is empty; every order needs one"),
    ("missing", Entity.ORDER, "order_number", None, "is empty; every order needs one"),
    ("missing", Entity.ORDER, "customer_id", None, "is empty; every order needs one"),
    ("missing", Entity.ORDER, "currency_id", " ", "is empty; every order needs one"),
    ("missing", Entity.LINE_ITEM, "order_number", None, "is empty; every line item needs one"),
    ("missing", Entity.LINE_ITEM, "item_id", None, "is empty; every line item needs one"),
    ("missing", Entity.LINE_ITEM, "quantity", None, "is empty; every line item needs one"),
    ("missing", Entity.LINE_ITEM, "unit_amount", None, "is empty; every line item needs one"),
    ("not_a_company", Entity.ORDER, "company_id", "Acme", "found Acme"),
    ("not_a_company", Entity.ORDER, "company_id", "0", "found 0"),
    ("not_a_company", Entity.ORDER, "company_id", "1.5", "found 1.5"),
    ("not_a_company", Entity.ORDER, "company_id", "-1", "found -1"),
    ("not_a_company", Entity.ORDER, "company_id", "1234567890123456789", "found 1234567890123456789"),
    ("not_a_company", Entity.ORDER, "company_id", "١٠٨٩", "found ١٠٨٩"),
    ("not_a_currency", Entity.ORDER, "currency_id", "EURO", "found EURO"),
    ("not_a_currency", Entity.ORDER, "currency_id", "€", "found €"),
    ("not_a_date", Entity.ORDER, "order_date", "03/04/24", "found 03/04/24. Other layouts need --date-format"),
    ("ambiguous_date", Entity.ORDER, "order_date", "03/04/2024", "03/04/2024"),
    ("not_a_date", Entity.ORDER, "order_date", "2024-02-30", "found 2024-02-30"),
    ("not_a_date", Entity.ORDER, "order_date", "2024-02-30T00:00:00.000Z", "found 2024-02-30T00:00:00.000Z"),
    ("not_a_date", Entity.ORDER, "order_date", "2024", "found 2024"),
    ("not_a_date", Entity.ORDER, "order_date", "45313", "found 45313"),
    ("not_a_date", Entity.ORDER, "order_date", "nan", "found nan"),
    (
        "ambiguous_time",
        Entity.ORDER,
        "order_date",
        "2024-03-31T02:30",
        "Europe/Paris; add its offset to 2024-03-31T02:30",
    ),
    ("ambiguous_time", Entity.ORDER, "order_date", "2024-10-27 02:30", "add its offset to 2024-10-27 02:30"),
    ("not_a_status", Entity.ORDER, "status", "cancelled", "found cancelled. A profile translates other words"),
    ("not_a_number", Entity.LINE_ITEM, "quantity", "2 pcs", "found 2 pcs"),
    ("not_a_number", Entity.LINE_ITEM, "unit_amount", "1,23,4.50", "found 1,23,4.50"),
    ("not_a_number", Entity.LINE_ITEM, "unit_amount", "NaN", "found NaN"),
    ("not_a_number", Entity.LINE_ITEM, "unit_amount", "1e5", "found 1e5"),
    ("not_a_number", Entity.LINE_ITEM, "unit_amount", "١٢", "found ١٢"),
    ("not_a_number", Entity.ORDER, "total_tax", "5 pcs", "found 5 pcs"),
    ("too_many_digits", Entity.LINE_ITEM, "unit_amount", "1234567890.123456", "found 1234567890.123456"),
    ("too_many_digits", Entity.LINE_ITEM, "unit_amount", "1234567890123456", "found 1234567890123456"),
    ("too_many_digits", Entity.LINE_ITEM, "unit_amount", "0.0000000001", "found 0.0000000001"),
    ("too_large", Entity.LINE_ITEM, "quantity", "1000000000", "must be below 1,000,000,000; found 1000000000"),
    ("not_positive", Entity.LINE_ITEM, "quantity", "0.00", "must be above 0; found 0"),
    ("not_positive", Entity.LINE_ITEM, "quantity", "-1", "must be above 0; found -1"),
    ("negative", Entity.LINE_ITEM, "unit_amount", "-0.5", "A discount goes into discount_amount"),
    ("rounded_number", Entity.ORDER, "order_number", "1.23457E+19", "Store it as text, with all its digits"),
    ("rounded_number", Entity.ORDER, "customer_id", "1e+20", "Store it as text"),
    ("rounded_number", Entity.LINE_ITEM, "item_id", "4.00638E+12", "Store it as text"),
    ("rounded_number", Entity.LINE_ITEM, "variant_id", "4.00638E+12", "Store it as text"),
    ("nul_character", Entity.ORDER, "order_number", "A\0B", "holds a NUL character"),
    ("nul_character", Entity.LINE_ITEM, "description", "fine\0", "holds a NUL character"),
    ("malformed_row", Entity.ORDER, "", "7 cells, but the header has 6", "7 cells, but the header has 6"),
]
CANONICAL = {"2024-02-30T00:00:00.000Z": "2024-02-30T00:00:00.000Z", "0.00": "0", " ": None}


@pytest.fixture(scope="module")
def decision() -> Decision:
    """All cases in one input: case 0 is in row 2 of its file, and its order has a row in the other."""
    orders, lines, malformed = [], [], {}
    for number, (_, entity, column, value, _) in enumerate(CASES):
        good: dict[str, str | None] = {"order_number": f"N{number}"}
        bad = good | ({column: value} if column else {})
        orders.append(ORDER | (bad if entity is Entity.ORDER else good))
        lines.append(LINE | (bad if entity is Entity.LINE_ITEM else good))
        if not column:
            malformed[number + 2] = str(value)
    tables = [mapped(table(ORDERS, orders, malformed=malformed)), mapped(table(LINES, lines))]
    return decided(tables, timezone="Europe/Paris")


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case[0]}-{case[2]}-{case[3]}" for case in CASES])
def test_a_row_with_one_problem(number: int, decision: Decision) -> None:
    code, entity, column, value, says = CASES[number]
    file, other = (ORDERS, LINES) if entity is Entity.ORDER else (LINES, ORDERS)
    found = decision.problems[decision.problems["source_row"] == number + 2]
    # Without its key the row is no longer that of its order, which is a problem of the order's other rows.
    [problem] = found[~found["code"].isin(ELSEWHERE)].astype(object).where(found.notna(), None).to_dict("records")
    assert (problem["source_file"], problem["source_sheet"], problem["code"]) == (file, "", code)
    assert (problem["column"], problem["value"]) == (column or None, CANONICAL.get(str(value), value))
    assert says in problem["message"]
    assert column in problem["message"]
    assert answers(decision)[file, number + 2, entity.value] == ("invalid", code)
    assert answers(decision)[other, number + 2, "line_item" if other == LINES else "order"][0] == "invalid"


def test_an_order_with_a_problem_is_not_planned(decision: Decision) -> None:
    assert decision.plan.num_rows == 0


def test_every_code_has_a_row_that_produces_it() -> None:
    assert {case[0] for case in CASES} | ELSEWHERE | IN_DOUBT == set(MESSAGES)
    assert not {case[0] for case in CASES} & ELSEWHERE
    others = ("test_group.py", "test_decide.py", "test_normalize.py", "test_period.py")
    elsewhere = "".join(Path(__file__).with_name(name).read_text() for name in others)
    assert [code for code in ELSEWHERE if f'"{code}"' not in elsewhere] == []
    read = "".join(Path(__file__).with_name(name).read_text() for name in ("test_numbers.py", "test_dates.py"))
    assert [code for code in IN_DOUBT if f'"{code}"' not in read] == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("company_id", "999999999999999999"),
        ("order_number", "12345678901234567890"),
        ("order_number", '=cmd|"\u2028\x1f, \\'),
        ("order_number", "nan"),
        ("customer_id", "NULL"),
        ("currency_id", "usd"),
        ("order_date", "9999-12-31"),
        ("status", "Canceled"),
        ("total_discount", "-5"),
        ("total_tax", "123456789012345"),
        ("item_id", "1E+5X"),
        ("quantity", "999999999.999999"),
        ("quantity", "0.000000001"),
        ("unit_amount", "0"),
        ("unit_amount", "000000000001234567890.10"),
        ("unit_amount", "€ 1,234.50"),
        ("total_tax", "12,50-"),
    ],
)
def test_what_a_merchant_may_well_write_is_valid(column: str, value: str) -> None:
    decision = decided(flat({column: value}))
    assert problems(decision) == []
    assert decision.plan.num_rows == 1


def test_all_problems_of_all_rows_are_found_in_one_pass() -> None:
    orders = [
        {"order_number": "A", "customer_id": None, "currency_id": "EURO", "status": "x", "order_date": "soon"},
        {"order_number": "B", "company_id": "Acme"},
        {"order_number": "C"},
    ]
    lines = [
        {"order_number": "A", "quantity": "0", "unit_amount": "-1"},
        {"order_number": "B", "company_id": "Acme", "quantity": "two"},
        {"order_number": "C", "item_id": None, "unit_amount": "12345678901234567"},
    ]
    decision = decided(pair(orders, lines))
    assert {(row, column) for file, row, column, _, _ in problems(decision) if file == ORDERS} == {
        (2, "customer_id"),
        (2, "currency_id"),
        (2, "status"),
        (2, "order_date"),
        (3, "company_id"),
    }
    assert {(row, column) for file, row, column, _, _ in problems(decision) if file == LINES} == {
        (2, "quantity"),
        (2, "unit_amount"),
        (3, "company_id"),
        (3, "quantity"),
        (4, "item_id"),
        (4, "unit_amount"),
    }
    assert {status for status, _ in answers(decision).values()} == {"invalid"}


def test_a_problem_names_the_columns_own_header_and_sheet() -> None:
    rows = [{name.replace("_", " ").title(): cell for name, cell in (FLAT | {"currency_id": "EURO"}).items()}]
    decision = decided([mapped(table("book.xlsx", rows, sheet="May"))])
    [problem] = decision.problems.to_dict("records")
    assert (problem["source_file"], problem["source_sheet"], problem["source_row"]) == ("book.xlsx", "May", 2)
    assert problem["column"] == "Currency Id"
    assert problem["message"].startswith("Currency Id must be an ISO 4217 code")


def test_a_wrong_fixed_value_is_a_problem_of_every_row_under_the_fields_name() -> None:
    rows = [{name: cell for name, cell in row.items() if name != "currency_id"} for row in (FLAT, FLAT)]
    tables: list[Mapped] = [mapped(table(SHOP, rows), Profile(), {"currency_id": "EURO"})]
    decision = decided(tables, fixed={"currency_id": "EURO"})
    assert problems(decision) == [(SHOP, row, "currency_id", "EURO", "not_a_currency") for row in (2, 3)]


def test_a_malformed_row_of_a_table_of_both_is_told_for_both() -> None:
    decision = decided([mapped(table(SHOP, [FLAT, FLAT], malformed={3: "a cell too many"}))])
    assert problems(decision) == [(SHOP, 3, None, "a cell too many", "malformed_row")] * 2
    assert answers(decision)[SHOP, 3, "line_item"] == ("invalid", "malformed_row")
    assert answers(decision)[SHOP, 2, "line_item"] == ("invalid", "order_invalid")


def test_problems_have_the_columns_of_the_file_also_where_there_are_none() -> None:
    for decision in (decided(flat({})), decided(flat({"status": "x"})), decided(pair([], []))):
        assert list(decision.problems.columns) == PROBLEMS.names
        assert decision.problems["source_row"].dtype == "int64"
