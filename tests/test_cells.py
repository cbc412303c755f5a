"""Cells of any type as text, and which of them are text in the file."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from schemas.errors import InputError
from transforms.cells import is_text, to_text

DAY = dt.date(2024, 1, 22)
NOON = dt.datetime(2024, 1, 22, 12, 30, 1, 250_000)  # noqa: DTZ001 - a local time, as spreadsheets have it
ZONED = NOON.replace(tzinfo=ZoneInfo("Europe/Paris"))


def arrow(cells: Sequence[object], kind: pa.DataType) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(cells, kind)])))


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


def test_cells_of_many_types_in_one_column_keep_their_places() -> None:
    cells = ["x", 1, None, 2.5, DAY, "2.50", True, NOON, float("nan"), "", Decimal("1.50"), 0.1 + 0.2]
    text = ["x", "1", None, "2.5", "2024-01-22T00:00:00", "2.50", "TRUE", "2024-01-22T12:30:01.250000", None, None]
    assert to_text(pd.Series(cells, dtype=object)).to_pylist() == [*text, "1.50", "0.3"]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pd.Series(["a", 1, None, 1.5, NOON, "2"], dtype=object), [True, False, False, False, False, True]),
        (pd.Series(["a", None, pd.NaT, pd.NA], dtype=object), None),
        (pd.Series([1, None, DAY], dtype=object), [False] * 3),
        (pd.Series([], dtype=object), None),
        (pd.Series(["1", None], dtype="str"), None),
        (pd.Series(["1", "1"], dtype="category"), None),
        (pd.Series([1, 1], dtype="category"), [False] * 2),
        (pd.Series([1.5, None]), [False] * 2),
        (arrow(["1", None], pa.string()), None),
        (arrow(["1", None], pa.string_view()), None),
        (arrow(["1", None], pa.dictionary(pa.int8(), pa.string())), None),
        (arrow([None], pa.null()), None),
        (arrow([1, None], pa.int64()), [False] * 2),
        (arrow([DAY], pa.date32()), [False]),
    ],
)
def test_a_cell_is_text_or_typed(column: pd.Series, text: list[bool] | None) -> None:
    found = is_text(column)
    assert (found if found is None else found.tolist()) == text
