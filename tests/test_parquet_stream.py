"""Parquet files read a few rows at a time: the same rows as at once, and refused where too much comes out."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters import parquet_stream
from adapters.inputs import check_unchanged, estimate_rows, find_inputs, stream_grids
from adapters.parquet_files import read_parquet
from adapters.parquet_stream import stream_parquet
from schemas.errors import InputError
from schemas.tables import InputFile, ReadOptions

ROWS = 20


def written(folder: Path, table: pa.Table, **options: Any) -> InputFile:
    path = folder / "orders.parquet"
    pq.write_table(table, path, **options)
    [file] = find_inputs([str(path)])
    return file


def numbers(count: int = ROWS) -> pa.Table:
    return pa.table({"a": [f"A-{at}" for at in range(count)], "b": range(count), "c": [at / 4 for at in range(count)]})


@pytest.mark.parametrize("most_rows", [1, 7, ROWS, 99])
def test_the_grids_are_the_rows_of_the_whole_in_order(tmp_path: Path, most_rows: int) -> None:
    file = written(tmp_path, numbers(), row_group_size=6)
    [whole] = read_parquet(file, file.path.read_bytes(), ReadOptions())
    grids = list(stream_grids(file, most_rows))
    assert max(len(grid.cells) for grid in grids) <= most_rows
    pd.testing.assert_frame_equal(pd.concat([grid.cells for grid in grids]), whole.cells)
    assert {(grid.file, grid.sheet, grid.headers) for grid in grids} == {(whole.file, "", whole.headers)}
    assert estimate_rows(file) == ROWS


@pytest.mark.parametrize("names", ["abc", "aba"])
def test_only_the_columns_that_are_named_are_read_and_called_so(tmp_path: Path, names: str) -> None:
    file = written(tmp_path, numbers().rename_columns(list(names)))
    for grid in stream_grids(file, 7, {2: "last", 0: "first"}):
        assert grid.headers == ("last", "first")
        assert [grid.cells[0].iloc[0] * 4, grid.cells[1].iloc[0]] == [at := grid.cells.index[0] - 1, f"A-{at}"]


def test_a_file_without_rows_is_one_grid_without_rows(tmp_path: Path) -> None:
    [grid] = stream_grids(written(tmp_path, numbers(0)), 7)
    assert (grid.headers, len(grid.cells)) == (("a", "b", "c"), 0)


def texts(*kinds: str) -> pa.Table:
    """A column for each kind: a long text that every row repeats, one that some row has, or a short one."""
    columns = {
        "long": ["x" * 1_000] * ROWS,
        "late": ["x"] * (ROWS - 5) + ["x" * 1_000] * 5,
        "short": ["y"] * ROWS,
        "other": [f"{at:050}" for at in range(ROWS)],
        "nothing": [None] * ROWS,
        "number": list(range(ROWS)),
    }
    return pa.table({kind: columns[kind] for kind in kinds})


@pytest.fixture
def dictionaries(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """At most 5,000 bytes come out at a time; the columns that were read as dictionaries."""
    found: list[list[str]] = []
    asked = parquet_stream._repeated

    def repeated(*arguments: Any) -> list[str]:
        found.append(asked(*arguments))
        return found[-1]

    monkeypatch.setattr(parquet_stream, "MANY_BYTES", 5_000)
    monkeypatch.setattr(parquet_stream, "_repeated", repeated)
    return found


@pytest.mark.parametrize(
    ("kinds", "most_rows", "repeated"),
    [
        (("long", "short", "number"), 6, ["long"]),
        (("short", "long", "late"), 6, ["long", "late"]),
        (("late",), 6, ["late"]),
        (("short", "other", "nothing", "number"), 6, []),
        (("other",), 101, ["other"]),
        (("long",), 5, []),
    ],
    ids=["long", "two", "late", "short", "many", "few"],
)
def test_what_may_be_repeated_too_often_is_read_as_a_dictionary(
    tmp_path: Path, dictionaries: list[list[str]], kinds: tuple[str, ...], most_rows: int, repeated: list[str]
) -> None:
    file = written(tmp_path, texts(*kinds), row_group_size=10)
    with suppress(InputError):
        list(stream_parquet(file, most_rows))
    assert dictionaries == [repeated]


@pytest.mark.parametrize(("kind", "row_group_size"), [("long", 10), ("long", ROWS)])
def test_text_that_is_repeated_far_too_often_is_refused(
    tmp_path: Path, dictionaries: list[list[str]], kind: str, row_group_size: int
) -> None:
    file = written(tmp_path, texts("short", kind), row_group_size=row_group_size)
    with pytest.raises(InputError, match=r"orders\.parquet unpacks to 6,\d{3} bytes") as raised:
        list(stream_parquet(file, 6))
    assert raised.value.remedy
    assert dictionaries == [[kind]]


def test_no_more_than_a_row_group_is_fetched_for_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pa.table({"a": np.random.default_rng(1).random(100_000)})
    file = written(tmp_path, rows, row_group_size=10_000)
    fetched: list[int] = []

    @contextmanager
    def opened(path: Path, _name: str) -> Iterator[Counting]:
        with Counting(path, fetched) as stream:
            yield stream

    monkeypatch.setattr(parquet_stream, "opened", opened)
    next(stream_parquet(file, 10_000))
    assert sum(fetched) < file.bytes / 4


class Counting(FileIO):
    """A file that tells how many bytes it gave."""

    def __init__(self, path: Path, fetched: list[int]) -> None:
        super().__init__(path)
        self._fetched = fetched

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(-1 if size is None else size) or b""
        self._fetched.append(len(data))
        return data


CHANGED = r"orders\.parquet changed while it was read"


def test_a_file_that_changes_while_it_is_read_is_refused_afterwards(tmp_path: Path) -> None:
    file = written(tmp_path, numbers())
    grids = stream_grids(file, 7)
    first = next(grids)
    replace_by(file, numbers().slice(1))  # what is open stays as it was
    assert sum(len(grid.cells) for grid in [first, *grids]) == ROWS
    with pytest.raises(InputError, match=CHANGED):
        check_unchanged([file])


def test_that_it_changed_explains_why_a_file_cannot_be_read(tmp_path: Path) -> None:
    file = written(tmp_path, numbers())
    file.path.write_bytes(b"no Parquet file any more")
    with pytest.raises(InputError, match=CHANGED):
        list(stream_grids(file, 7))
    [file] = find_inputs([str(file.path)])
    with pytest.raises(InputError, match="is not a readable Parquet file"):
        list(stream_grids(file, 7))


def replace_by(file: InputFile, table: pa.Table) -> None:
    other = file.path.with_name("other")
    pq.write_table(table, other)
    other.replace(str(file.path))
