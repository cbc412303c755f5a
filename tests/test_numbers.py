"""Numbers: what people and programs write, read as exactly the same number, or a problem that says what to set."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.arrow import TEXT
from transforms.numbers import numbers
from transforms.reading import Spelled

SALES = Path(__file__).parents[2] / "shared/data/ms_sales/sales.csv"
NBSP, NARROW, THIN, FIGURE = "\u00a0", "\u202f", "\u2009", "\u2007"


def column(*cells: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells[:1], TEXT), pa.array(cells[1:], TEXT)])


def doubts(read: Spelled) -> dict[str, list[int]]:
    return {code: rows.tolist() for code, rows in read.doubts.items()}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("5", "5"),
        ("+5", "5"),
        ("007.50", "7.5"),
        ("-007", "-7"),
        (".5", "0.5"),
        ("+.5", "0.5"),
        ("-.50", "-0.5"),
        ("5.", "5"),
        ("500", "500"),
        ("500.00", "500"),
        ("-0.00", "0"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,23,456.00", "123456"),
        ("12,34,567", "1234567"),
        ("1 234", "1234"),
        ("1 234 567,891", "1234567.891"),
        (f"1{NBSP}234,5", "1234.5"),
        (f"1{NARROW}234,5", "1234.5"),
        (f"1{THIN}234,5", "1234.5"),
        (f"1{FIGURE}234,5", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1\u2019234.50", "1234.5"),
        ("12,50", "12.5"),
        ("12,5", "12.5"),
        ("12,3456", "12.3456"),
        ("0,123", "0.123"),
        ("0.123", "0.123"),
        (",5", "0.5"),
        (",500", "0.5"),
        ("12345,678", "12345.678"),
        ("12345.678", "12345.678"),
        ("(12.50)", "-12.5"),
        ("( 12.50 )", "-12.5"),
        ("12.50-", "-12.5"),
        ("12.50 -", "-12.5"),
        ("\u221212.50", "-12.5"),
        ("- 12.50", "-12.5"),
        ("-$3.00", "-3"),
        ("$-3.00", "-3"),
        ("$ 36.00", "36"),
        ("($3.00)", "-3"),
        ("$(3.00)", "-3"),
        ("(3.00) EUR", "-3"),
        ("3,00- EUR", "-3"),
        ("3,00 EUR-", "-3"),
        ("€5", "5"),
        (f"5,5{NBSP}€", "5.5"),
        ("₹1,23,456", "123456"),
        ("USD 7.50", "7.5"),
        ("USD7.50", "7.5"),
        ("7.50 USD", "7.5"),
        ("$7.50 USD", "7.5"),
        ("US$ 7.50", "7.5"),
        ("R$ 3,50", "3.5"),
        ("kr 12", "12"),
        ("12 kr.", "12"),
        ("12,50 zł", "12.5"),
        ("12 Kč", "12"),
        ("Rs.500", "500"),
        ("Rs. 1,500.00", "1500"),
        ("Fr. 12.50", "12.5"),
        ("CHF 1'234.50", "1234.5"),
        ("12,50 eur", "12.5"),
        ("S/ 12.50", "12.5"),
    ],
)
def test_a_number_that_is_clear_by_itself(written: str, number: str) -> None:
    read = numbers(column(None, written, "other"))
    assert read.text.to_pylist() == [None, number, "other"]
    assert (doubts(read), read.notice) == ({}, "")
    assert numbers(column(written)).text.to_pylist() == [number]  # where no other cell asks for a closer look


@pytest.mark.parametrize(
    "written",
    [
        *(
            "1e5",
            "1E+15",
            "--5",
            "-(5)",
            "(5)-",
            "-5-",
            "+-5",
            "5+",
            ".",
            ",",
            "-",
            "",
            "٣",
            "NaN",
            "inf",
            "-INF",
            "n/a",
        ),
        *("12,34,5", "1.2.3", "1.23.456", "1,2345,678", "12 34", "1 2345", "1,234 567", "1'23", "0,123,456", "1_000"),
        *(
            "1.234,567.8",
            "1,234.567,8",
            "1 (234)",
            "(5",
            "5)",
            "((5))",
            "5 pcs",
            "EURO5X",
            "€5€5",
            "5 5",
            "1\n2",
            "1/2",
        ),
        *("12.-", "12,-", "12,--", "12-50", "USD", "$", "2024-01-22", "12:30", "#REF!", "pcs 5", "No. 5"),
    ],
)
def test_what_is_no_number_stays_as_it_is(written: str) -> None:
    for decimal in (None, ".", ","):
        read = numbers(column(written, "7"), decimal)
        assert read.text.to_pylist() == [written, "7"]
        assert doubts(read) == {}


@pytest.mark.parametrize("written", ["1,234", "1.234", "1.000", "-1,234", "$1.234", "999,999 EUR", "(1,234)", "+1.234"])
def test_one_separator_before_three_digits_is_a_problem_without_a_proof(written: str) -> None:
    for cells in ([written, "5"], [written, "5", "other", None], [written, "1.5", "1,5"]):
        read = numbers(column(*cells))
        assert read.text[0].as_py() == written
        assert doubts(read) == {"ambiguous_number": [0]}
        assert (read.notice, read.proof) == ("", None)


POINTS = ("1.5", "1.2345", "0.125", "1234.567", "1,234.5", "1,234,567", "$ 1.50", "1,23,456", "1'234.5", ".125")
COMMAS = ("1,5", "1,2345", "0,125", "1234,567", "1.234,5", "1.234.567", "1,50 €", "1 234,567", "1'234,5", ",125")


@pytest.mark.parametrize(("proof", "by_point"), [*((one, True) for one in POINTS), *((one, False) for one in COMMAS)])
def test_a_cell_with_one_reading_proves_the_separator_of_its_column(proof: str, by_point: bool) -> None:
    read = numbers(column("1,234", "5.678", "7", proof, proof))
    assert read.text.to_pylist()[:3] == (["1234", "5.678", "7"] if by_point else ["1.234", "5678", "7"])
    assert doubts(read) == {}
    assert read.notice == f"a {'point' if by_point else 'comma'} is the decimal separator"
    assert read.proof == 3


@pytest.mark.parametrize("no_proof", ["1 234", "1'234", "5", "5.", "5,", "12.-", "1.2.3", "1.5%", "1.5 pcs", "NaN"])
def test_what_can_be_read_either_way_or_not_at_all_proves_nothing(no_proof: str) -> None:
    assert doubts(numbers(column("1,234", no_proof)))["ambiguous_number"] == [0]


def test_where_both_separators_are_proved_only_clear_cells_are_read() -> None:
    read = numbers(column("1.5", "1,5", "1.234,5", "1,234", "1.234", "5"))
    assert read.text.to_pylist() == ["1.5", "1.5", "1234.5", "1,234", "1.234", "5"]
    assert doubts(read) == {"ambiguous_number": [3, 4]}


def test_a_separator_that_is_told_decides_and_what_contradicts_it_is_a_problem() -> None:
    cells = ["1,234", "1.234", "12,50", "12.50", "1.234,5", "1,234.5", "1 234", "7"]
    point, comma = numbers(column(*cells), "."), numbers(column(*cells), ",")
    assert point.text.to_pylist() == ["1234", "1.234", "12,50", "12.5", "1.234,5", "1234.5", "1234", "7"]
    assert comma.text.to_pylist() == ["1.234", "1234", "12.5", "12.50", "1234.5", "1,234.5", "1234", "7"]
    assert (doubts(point), doubts(comma)) == ({"wrong_separator": [2, 4]}, {"wrong_separator": [3, 5]})
    assert point.notice == comma.notice == ""
    assert numbers(column("1.5"), ",").text.to_pylist() == ["1.5"]
    assert doubts(numbers(column("1.5"), ",")) == {"wrong_separator": [0]}


@pytest.mark.parametrize("written", ["12.5%", "12,5 %", "%5", "-5%", "(5%)", f"5{NBSP}%", "100 %"])
def test_a_share_is_no_amount(written: str) -> None:
    read = numbers(column("5", written))
    assert read.text.to_pylist() == ["5", written]
    assert doubts(read) == {"percentage": [1]}


def test_a_typed_number_is_never_in_doubt_and_proves_nothing() -> None:
    cells = column("1.234", "2.5", "1.234", "0.125", "inf")
    every = numbers(cells, None, np.zeros(5, dtype=bool))
    assert (every.text.to_pylist(), doubts(every)) == (["1.234", "2.5", "1.234", "0.125", "inf"], {})
    some = np.array([False, False, True, False, True])
    for decimal, expected in ((None, "1.234"), (".", "1.234"), (",", "1234")):
        read = numbers(cells, decimal, some)
        assert read.text.to_pylist() == ["1.234", "2.5", expected, "0.125", "inf"]
        assert doubts(read) == ({} if decimal else {"ambiguous_number": [2]})
    assert doubts(numbers(cells.slice(0, 4), None, some[:4])) == {"ambiguous_number": [2]}  # all are plain numbers
    # The same with a text that proves a comma: it is not for the typed ones.
    read = numbers(column("1.234", "1.234", "1,5"), None, np.array([False, True, True]))
    assert (read.text.to_pylist(), read.proof) == (["1.234", "1234", "1.5"], 2)


def test_a_column_without_values_has_none() -> None:
    for cells in ([], [None, None]):
        assert numbers(column(*cells)).text.to_pylist() == cells


WHOLE = st.integers(0, 10**9) | st.integers(0, 10**4)
FRACTIONS = st.text("0123456789", max_size=5)
GROUPS = st.sampled_from(["", "other", " ", NBSP, NARROW, THIN, "'", "\u2019", "indian"])
SIGNS = st.sampled_from(["{}", "+{}", "-{}", "- {}", "\u2212{}", "({})", "{}-", "{} -"])
CURRENCIES = st.sampled_from(
    ["{}", "${}", "{} €", "EUR {}", "{}USD", "kr {}", "{} Kč", "Rs.{}", "R$ {}", f"CHF{NBSP}{{}}"]
)


def grouped(whole: int, mark: str, indian: bool) -> str:
    """The digits in groups, by another way than the code's own."""
    digits, groups = str(whole), []
    while digits:
        size = 2 if indian and groups else 3
        groups.insert(0, digits[-size:])
        digits = digits[:-size]
    return mark.join(groups)


@settings(deadline=None)
@given(WHOLE, FRACTIONS, st.sampled_from(".,"), st.tuples(GROUPS, SIGNS, CURRENCIES, st.booleans()))
def test_a_number_in_any_layout_is_read_as_exactly_itself(
    whole: int, fraction: str, decimal: str, layout: tuple[str, str, str, bool]
) -> None:
    group, sign, currency, inside = layout
    other = "," if decimal == "." else "."
    indian = group == "indian" and decimal == "."
    mark = other if group in ("other", "indian") else group
    body = grouped(whole, mark, indian) + (decimal + fraction if fraction else "")
    written = sign.format(currency.format(body)) if inside else currency.format(sign.format(body))
    value = Decimal(f"{whole}.{fraction or 0}") * (-1 if sign not in ("{}", "+{}") else 1)
    proof = f"0{decimal}5"
    for read in (numbers(column(written), decimal), numbers(column(written, proof))):
        assert doubts(read) == {}
        assert Decimal(read.text[0].as_py()) == value
    alone = numbers(column(written))  # without a proof it is the same number or a problem
    assert doubts(alone) or Decimal(alone.text[0].as_py()) == value


@settings(deadline=None)
@given(st.lists(st.text("0123456789.,-+() '%€$EURkr", max_size=9), max_size=5), st.sampled_from([None, ".", ","]))
def test_a_cell_is_read_the_same_beside_others_or_is_in_doubt(cells: list[str], decimal: str | None) -> None:
    read = numbers(column(*cells), decimal)
    in_doubt = {row for rows in doubts(read).values() for row in rows}
    for row, cell in enumerate(cells):
        alone = numbers(column(cell), decimal)
        assert row not in in_doubt or read.text[row].as_py() == cell
        if not alone.doubts:
            assert read.text[row] == alone.text[0]


@pytest.mark.skipif(not SALES.exists(), reason="shared/data/ms_sales is not there")
@pytest.mark.parametrize("header", ["Quantity", "UnitPrice", "TaxAmount"])
def test_a_real_column_is_read_as_its_decimals(header: str) -> None:
    cells = pd.read_csv(SALES, dtype="str")[header]
    read = numbers(pa.chunked_array([pa.array(cells, TEXT)]))
    assert doubts(read) == {}
    assert [Decimal(text) for text in read.text.to_pylist()] == [Decimal(cell) for cell in cells]
