"""Values: text in the one spelling that checks, digests and the API see, whatever its kind."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from planning import bodies, drafted, pair

from schemas.fields import Kind
from transforms.cells import is_text, to_text
from transforms.ids import identifiers
from transforms.values import TEXT, Reading, canonical

PLACES = st.integers(0, 9)


def column(*cells: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, TEXT)])


def spelled(value: str, kind: Kind, reading: Reading | None = None) -> str:
    return str(canonical(column(value), kind, reading or Reading()).text[0])


def test_currencies_are_in_capitals_and_text_stays() -> None:
    assert spelled("eur", Kind.CURRENCY) == "EUR"
    assert spelled("eUr 007", Kind.TEXT) == "eUr 007"


@pytest.mark.parametrize(
    ("written", "status"),
    [("PENDING", "pending"), ("Complete", "delivered"), ("STRASSE", "STRASSE"), ("straße", "shipped"), ("?", "?")],
)
def test_statuses_are_the_apis_and_words_of_the_profile_in_any_case(written: str, status: str) -> None:
    words = {"complete": "delivered", "Straße": "shipped"}
    assert spelled(written, Kind.STATUS, Reading(status_words=words)) == status


def test_a_column_without_values_stays_empty() -> None:
    for kind in Kind:
        for column in (pa.nulls(2, TEXT), pa.nulls(0, TEXT)):
            found = canonical(pa.chunked_array([column]), kind, Reading(date_format="%d/%m/%Y"))
            assert found.text.to_pylist() == [None] * len(column)
            assert not found.doubts


@pytest.mark.parametrize("kind", [Kind.AMOUNT, Kind.DATE])
def test_typed_cells_are_read_as_such(kind: Kind) -> None:
    cells = pd.Series(["1.234", 45313.5, None], dtype=object)
    read = canonical(to_text(cells), kind, Reading(), is_text(cells))
    assert read.text.to_pylist() == [
        "1.234",
        {Kind.AMOUNT: "45313.5", Kind.DATE: "2024-01-22T12:00:00.000Z"}[kind],
        None,
    ]


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["17850.0", None, "0.0"], ["17850", None, "0"]),
        (["17850.0", "17850"], None),
        (["17850.0", "05454"], None),
        (["05454.0"], None),
        (["17850.00"], None),
        (["1234567890123456.0"], None),  # rounded already
        (["NA", "1.0"], None),
        ([None], None),
        ([], None),
    ],
)
def test_ids_lose_a_point_and_zero_where_all_have_it(cells: list[str | None], text: list[str | None] | None) -> None:
    read = identifiers(column(*cells))
    assert read.text.to_pylist() == (text or cells)
    assert (read.notice, read.proof) == (("the .0 behind whole numbers is left out", 0) if text else ("", None))


def test_typed_ids_do_not_keep_texts_from_losing_it() -> None:
    read = identifiers(column(None, "17850", "17851.0"), np.array([True, False, True]))
    assert (read.text.to_pylist(), read.proof) == ([None, "17850", "17851"], 2)
    assert identifiers(column("17850", "17851"), np.array([False, False])).notice == ""


@settings(deadline=None, max_examples=15)
@given(st.lists(st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(1, 10**15 - 1), PLACES)))
@example([Decimal("999999.999999999"), Decimal("1E-9")])
def test_a_number_of_15_digits_is_sent_with_exactly_these(numbers: list[Decimal]) -> None:
    floats = [float(number) for number in numbers]
    for cells in (
        pd.Series(floats),
        pd.Series(floats, dtype=object),
        pd.Series([f"{one:f}" for one in numbers], dtype="str"),
    ):
        read = canonical(to_text(cells), Kind.PRICE, Reading(decimal=".")).text.to_pylist()
        assert [Decimal(text) for text in read] == numbers
    every = [*numbers, Decimal("0.1")]  # the last one proves the decimal point
    sent = bodies(drafted(pair([{}], [{"unit_amount": f"{number:f}"} for number in every])))
    assert [Decimal(repr(line["unit_amount"])) for line in sent[0]["line_items"]] == every
