"""Parquet files: types and rows as they are, or one clear line says why not."""

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.parquet_files import read_parquet
from schemas.errors import InputError
from schemas.tables import Grid, InputFile, ReadOptions


def grid_of(data: bytes) -> Grid:
    file = InputFile(Path("orders.parquet"), "orders.parquet", len(data), "")
    [grid] = read_parquet(file, data, ReadOptions())
    return grid


def written(table: pa.Table, **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def test_parquet_keeps_its_types_and_counts_rows_from_1() -> None:
    table = pa.table(
        {
            " text ": pa.array(["a", None], pa.string_view()),
            "word": pa.array(["x", "x"]).dictionary_encode(),
            "amount": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
            "day": pa.array([date(2024, 1, 2), None]),
            "whole": pa.array([1, None], pa.int64()),
            "lines": pa.array([[{"item": "a"}], None]),
        }
    )
    grid = grid_of(written(table))
    assert [str(dtype.pyarrow_dtype) for dtype in grid.cells.dtypes] == [
        "large_string",
        "large_string",
        "decimal128(9, 2)",
        "date32[day]",
        "int64",
        "list<element: struct<item: string>>",
    ]
    assert grid.headers == (" text ", "word", "amount", "day", "whole", "lines")
    assert list(grid.cells.columns) == [0, 1, 2, 3, 4, 5]
    assert (grid.cells[0][1], grid.cells[1][2], grid.cells[2][1]) == ("a", "x", Decimal("1.50"))
    assert pd.isna(grid.cells[0][2])
    assert (list(grid.cells.index), grid.cells.index.name, str(grid.cells.index.dtype)) == (
        [1, 2],
        "source_row",
        "int64",
    )


def test_moments_of_old_writers_are_read() -> None:
    moment = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - the old type has no zones
    grid = grid_of(written(pa.table({"at": [moment]}), use_deprecated_int96_timestamps=True))
    assert grid.cells[0][1] == moment


def test_parquet_written_by_pandas_loses_no_index_column() -> None:
    stream = io.BytesIO()
    pd.DataFrame({"order": ["a"], "n": [1]}).set_index("order").to_parquet(stream)
    assert grid_of(stream.getvalue()).headers == ("n", "order")


def test_columns_of_the_same_name_are_both_there() -> None:
    grid = grid_of(written(pa.table([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])))
    assert (grid.headers, grid.cells.to_numpy().tolist()) == (("a", "a"), [["x", "y"]])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a,b\n1,2\n", "is not a readable Parquet file"),
        (written(pa.table({"a": [1]}))[:-20], "is not a readable Parquet file"),
        (written(pa.table({})), "has no columns"),
        (
            written(pa.table({"a": pa.array([b"\xff"]).view(pa.string())})),
            "is not a readable Parquet file: In chunk 0: Invalid: Invalid UTF8",
        ),
        (written(pa.table({str(column): [1] for column in range(16_385)})), "has more than 16,384 columns"),
        (written(pa.table({"a": pa.nulls(70_000_000, pa.int64())})), "unpacks to 560,000,000 bytes"),
        (
            written(
                pa.table(
                    {"a": pa.DictionaryArray.from_arrays(pa.nulls(9_999, pa.int32()).fill_null(0), ["x" * 99_999])}
                )
            ),
            "unpacks to 999,890,001 bytes",
        ),
    ],
    ids=["text", "cut", "empty", "no-utf8", "wide", "long", "repeated"],
)
def test_parquet_that_cannot_be_read_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(InputError) as raised:
        grid_of(data)
    assert f"orders.parquet {says}" in str(raised.value)
    assert raised.value.remedy


WHOLE = written(pa.table({"a": ["EUR"] * 50, "b": list(range(50))}))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=9))
@example([(0, 0)])
def test_damaged_parquet_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, byte in damage:
        data[place] = byte
    try:
        grid_of(bytes(data)).cells.to_numpy()
    except InputError as error:
        assert "orders.parquet" in str(error)  # noqa: PT017 - either way is right
