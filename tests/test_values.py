"""Values: cells of any type as text, and text in the one spelling that checks, digests and the API see."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from planning import bodies, drafted, pair

from schemas.errors import InputError, UsageError
from schemas.fields import Kind
from transforms.cells import to_text
from transforms.values import TEXT, Reading, canonical

PLAIN = Reading()
PARIS = Reading(timezone="Europe/Paris")
PLACES = st.integers(0, 9)
DAY = dt.date(2024, 1, 22)
NOON = dt.datetime(2024, 1, 22, 12, 30, 1, 250_000)  # noqa: DTZ001 - a local time, as spreadsheets have it
ZONED = NOON.replace(tzinfo=ZoneInfo("Europe/Paris"))


def arrow(cells: Sequence[object], kind: pa.DataType) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(cells, kind)])))


def spelled(value: str, kind: Kind, reading: Reading = PLAIN) -> str:
    """The canonical spelling of a value that stands in a column with others."""
    column = pa.chunked_array([pa.array([None, value], TEXT), pa.array(["other", value], TEXT)])
    found = canonical(column, kind, reading).text.to_pylist()
    assert found[0] is None
    assert found[1] == found[3]
    return str(found[1])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" padded\u00a0", "padded"),
        ("nan", "nan"),
        ("None", "None"),
        ("007", "007"),
        ("", None),
        (None, None),
        (pd.NaT, None),
        (pd.NA, None),
        (float("nan"), None),
        (True, "TRUE"),
        (12345678901234567890, "12345678901234567890"),
        (1001.0, "1001"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (999999999999999.0, "999999999999999"),
        (12345678901234567890.0, "1.23456789012346E+19"),
        (Decimal("1E+3"), "1000"),
        (DAY, "2024-01-22T00:00:00"),
        (NOON, "2024-01-22T12:30:01.250000"),
        (ZONED, "2024-01-22T12:30:01.250000+01:00"),
        (dt.time(5, 7), "05:07:00"),
    ],
)
def test_a_spreadsheet_cell_as_text(cell: object, text: str | None) -> None:
    assert to_text(pd.Series([cell, "other"], dtype=object)).to_pylist() == [text, "other"]


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ("  a ", pa.string(), "a"),
        ("nan", pa.large_string(), "nan"),
        (2**64 - 1, pa.uint64(), "18446744073709551615"),
        (True, pa.bool_(), "true"),
        (1001.0, pa.float64(), "1001"),
        (99.99, pa.float64(), "99.99"),
        (0.1 + 0.2, pa.float64(), "0.3"),
        (-123456.789012345, pa.float64(), "-123456.789012345"),
        (1e-7, pa.float64(), "0.0000001"),
        (1e15, pa.float64(), "1E+15"),
        (float("nan"), pa.float64(), None),
        (float("inf"), pa.float64(), "inf"),
        (99.99, pa.float32(), "99.99"),
        (0.5, pa.float16(), "0.5"),
        (Decimal(12345678901234567890), pa.decimal128(38, 9), "12345678901234567890"),
        (Decimal("1.50"), pa.decimal128(38, 9), "1.5"),
        (Decimal(0), pa.decimal128(38, 9), "0"),
        (Decimal("0.00000001"), pa.decimal128(38, 9), "0.00000001"),
        (Decimal(-3000), pa.decimal128(20, 0), "-3000"),
        (DAY, pa.date32(), "2024-01-22T00:00:00"),
        (DAY, pa.date64(), "2024-01-22T00:00:00"),
        (NOON, pa.timestamp("ms"), "2024-01-22T12:30:01.250"),
        (NOON, pa.timestamp("us", "Europe/Paris"), "2024-01-22T13:30:01.250000+0100"),  # of UTC
        (dt.time(5, 7), pa.time32("s"), "05:07:00"),
        (b"bytes", pa.binary(), "bytes"),
    ],
)
def test_a_typed_cell_as_text(cell: object, kind: pa.DataType, text: str | None) -> None:
    if pa.types.is_float16(kind):
        cell = np.float16(cell)
    assert to_text(arrow([None, cell], kind)).to_pylist() == [None, text]
    assert to_text(arrow([], kind)).to_pylist() == []


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pd.Series(["a", None, "b"], dtype="category"), ["a", None, "b"]),
        (pd.Series([1.5, None], dtype="category"), ["1.5", None]),
        (pd.Series([1, None], dtype="Int64"), ["1", None]),
        (pd.Series([1, 2], dtype="int64"), ["1", "2"]),
        (pd.Series(["nan", None], dtype="str"), ["nan", None]),
        (pd.Series(arrow([NOON, None], pa.timestamp("s")).array), ["2024-01-22T12:30:01", None]),
        (pd.Series([None, None], dtype=object), [None, None]),
        (arrow([None], pa.null()), [None]),
    ],
)
def test_a_column_of_pandas_as_text(column: pd.Series, text: list[str | None]) -> None:
    assert to_text(column).to_pylist() == text


@pytest.mark.parametrize(
    "column",
    [
        arrow([["a"]], pa.list_(pa.string())),
        arrow([{"a": 1}], pa.struct([("a", pa.int64())])),
        arrow([b"\xff"], pa.binary()),
    ],
)
def test_what_is_not_one_value_is_refused_by_name(column: pd.Series) -> None:
    with pytest.raises(InputError, match='The column "tags"'):
        to_text(column.rename("tags"))


def test_null_words_are_no_value_in_columns_of_any_type() -> None:
    words = ["NULL", "-", "0"]
    assert to_text(pd.Series(["NULL", " - ", "null"], dtype="str"), words).to_pylist() == [None, None, "null"]
    assert to_text(pd.Series([0.0, 1.0]), words).to_pylist() == [None, "1"]


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
        ("1,234.50", "1,234.50"),
        ("1e5", "1e5"),
        ("--5", "--5"),
        (".", "."),
        ("٣", "٣"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.COMPANY, Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY])
def test_numbers_have_one_spelling_and_what_is_none_stays(written: str, number: str, kind: Kind) -> None:
    assert spelled(written, kind) == number


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


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2024-01-22", "2024-01-21T23:00:00.000Z"),
        ("2024-01-22 12:30", "2024-01-22T11:30:00.000Z"),
        ("2024-07-22T12:30:01.1234567", "2024-07-22T10:30:01.123Z"),
        ("2024-01-22T12:30:01.999999999Z", "2024-01-22T12:30:01.999Z"),
        ("2024-01-22T12:30+02:00", "2024-01-22T10:30:00.000Z"),
        ("2024-01-22T12:30 -0530", "2024-01-22T18:00:00.000Z"),
        ("2024-01-22 12:30:01.5+00", "2024-01-22T12:30:01.500Z"),  # as PostgreSQL writes it
        ("2024-03-31T02:30", "2024-03-31T02:30"),  # skipped
        ("2024-10-27T02:30", "2024-10-27T02:30"),  # twice
        ("2024-10-27T02:30+01:00", "2024-10-27T01:30:00.000Z"),
        ("9999-12-31", "9999-12-30T23:00:00.000Z"),
        ("1500-01-01T00:00Z", "1500-01-01T00:00:00.000Z"),
        ("2024-02-30", "2024-02-30"),
        ("03/04/2024", "03/04/2024"),
        ("2024-01", "2024-01"),
        ("20240122", "20240122"),
    ],
)
def test_dates_are_utc_and_what_is_unclear_stays(written: str, date: str) -> None:
    assert spelled(written, Kind.DATE, PARIS) == date


def test_a_day_without_a_midnight_starts_at_its_first_moment() -> None:
    assert spelled("2024-04-26", Kind.DATE, Reading("Africa/Cairo")) == "2024-04-25T22:00:00.000Z"  # 00:00 is skipped
    assert spelled("2024-10-31T00:00:00", Kind.DATE, Reading("Africa/Cairo")) == "2024-10-30T21:00:00.000Z"


@pytest.mark.parametrize(
    ("layout", "written", "date"),
    [
        ("%d/%m/%Y", "03/04/2024", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y", "3/4/2024", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y", "31/02/2024", "31/02/2024"),
        ("%d/%m/%Y", "03/04/2024 10:00", "03/04/2024 10:00"),
        ("%d/%m/%Y", "2024-04-03", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y", "2024-04-03T00:00:00", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y %H:%M", "31/03/2024 02:30", "2024-03-31T02:30:00"),  # skipped
        ("%d/%m/%Y %z", "03/04/2024 +0200", "2024-04-02T22:00:00.000Z"),
        ("%Y-%d-%m", "2024-03-04", "2024-04-02T22:00:00.000Z"),
        ("%Y-%d-%m", "2024-04-13", "2024-04-13"),  # not in the layout, and no guess
        ("%Y-%d-%m", "2024-03-04T00:00:00", "2024-03-03T23:00:00.000Z"),  # a spreadsheet's date has no layout
    ],
)
def test_a_date_format_reads_its_layout_and_beside_it_iso_dates(layout: str, written: str, date: str) -> None:
    assert spelled(written, Kind.DATE, Reading("Europe/Paris", layout)) == date


def test_a_date_format_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="The date format %Q is wrong"):
        spelled("2024-01-22", Kind.DATE, Reading(date_format="%Q"))


def test_a_column_without_values_stays_empty() -> None:
    for kind in Kind:
        for column in (pa.nulls(2, TEXT), pa.nulls(0, TEXT)):
            found = canonical(pa.chunked_array([column]), kind, Reading(date_format="%d/%m/%Y"))
            assert found.text.to_pylist() == [None] * len(column)
            assert not found.doubts


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
    sent = bodies(drafted(pair([{}], [{"unit_amount": f"{number:f}"} for number in [*numbers, Decimal(1)]])))
    assert [Decimal(repr(line["unit_amount"])) for line in sent[0]["line_items"]] == [*numbers, 1]


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(9999, 1, 1), timezones=st.timezones()), st.sampled_from("T "))  # noqa: DTZ001
def test_an_aware_time_is_sent_as_the_same_instant(moment: dt.datetime, mark: str) -> None:
    offset = moment.utcoffset()
    assume(offset is not None and not offset.seconds % 60)  # ISO 8601 has no seconds in offsets
    read = dt.datetime.fromisoformat(spelled(moment.isoformat(mark), Kind.DATE, PARIS))
    instant = moment.astimezone(dt.UTC)
    assert read == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
