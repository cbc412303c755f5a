"""Reading: what a person sees in a file is what comes out, with its row numbers, or one clear line says why not."""

import csv
import gzip
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.inputs import find_inputs, read_tables
from schemas.errors import InputError
from schemas.tables import ReadOptions, SourceTable

TRAPS = Path(__file__).parents[2] / "shared" / "data" / "format_traps"
real_files = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/data is not there")


def read(path: Path, **options: str) -> list[SourceTable]:
    return list(read_tables(find_inputs([str(path)])[0], ReadOptions(**options)))


def read_bytes(folder: Path, data: bytes, name: str = "orders.csv", **options: str) -> SourceTable:
    path = folder / name
    path.write_bytes(data)
    [table] = read(path, **options)
    return table


def cells(table: SourceTable) -> dict[int, list[Any]]:
    frame = table.cells.astype(object)
    return {row: [None if pd.isna(v) else v for v in values] for row, values in zip(frame.index, frame.values.tolist())}  # noqa: B905, PD011 - of one frame


# Text files


def test_text_stays_text_and_empty_cells_are_null(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b'a,b,c,d\n0123,1e5,NA,NULL\n , "x" ,"",\n"a ""b""","1\n2",true,2024-01-01\n')
    assert cells(table) == {
        2: ["0123", "1e5", "NA", "NULL"],
        3: [" ", ' "x" ', None, None],
        4: ['a "b"', "1\n2", "true", "2024-01-01"],
    }
    assert {str(dtype) for dtype in table.cells.dtypes} == {"large_string[pyarrow]"}
    assert (table.cells.index.name, str(table.cells.index.dtype)) == ("source_row", "int64")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path, newline: str) -> None:
    text = 'a,b\n1,2\n\n"x\ny",3\n,\n4,5\n6,7,8\n  \n9\n10,11\n\n'.replace("\n", newline)
    table = read_bytes(tmp_path, text.encode())
    assert cells(table) == {
        2: ["1", "2"],
        4: [f"x{newline}y", "3"],
        6: ["4", "5"],
        7: ["6", "7"],
        9: ["9", None],
        10: ["10", "11"],
    }
    assert table.malformed == {
        7: "the row has 3 fields, the header has 2",
        9: "the row has 1 fields, the header has 2",
    }


def test_row_numbers_hold_over_many_blocks_of_a_large_file(tmp_path: Path) -> None:
    filler = "y" * 60
    lines = ["a,b", *(f"{row},{filler}" for row in range(2, 300_000)), f"300000,{filler},x", "", "300002,z"]
    table = read_bytes(tmp_path, "\n".join(lines).encode())
    assert (table.cells["a"].astype("int64") == table.cells.index).all()
    assert (len(table.cells), list(table.malformed)) == (300_000, [300_000])


def test_blank_lines_before_the_header_count_as_rows(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b'\n,,\n\n"order\nnumber", total ,c\n1,2,3\n4,5,6,7\n')
    assert list(table.cells.columns) == ["order number", "total", "c"]
    assert cells(table) == {5: ["1", "2", "3"], 6: ["4", "5", "6"]}


@pytest.mark.parametrize("data", [b"a;b", b"a;b\n", b"a;b\r\n\r\n"])
def test_a_header_alone_is_a_table_without_rows(tmp_path: Path, data: bytes) -> None:
    table = read_bytes(tmp_path, data)
    assert (list(table.cells.columns), len(table.cells)) == (["a", "b"], 0)


@pytest.mark.parametrize(
    ("data", "name", "options"),
    [
        (b"a,b\n1,2\n", "x.csv", {}),
        (b"a;b\n1;2\n", "x.csv", {}),
        (b"a\tb\n1\t2\n", "x.csv", {}),
        (b"a|b\n1|2\n", "x.CSV", {}),
        (b"a\tb\n1\t2\n", "x.tsv", {}),
        (b"a~b\n1~2\n", "x.tsv", {"delimiter": "~"}),
        (b"\xef\xbb\xbfa,b\n1,2", "x.csv", {}),
        (b"\xef\xbb\xbfa,b\n1,2", "x.csv", {"encoding": "cp1252"}),
        ("\ufeffa,b\n1,2\n".encode("utf-16-le"), "x.csv", {}),
        ("\ufeffa,b\n1,2\n".encode("utf-16-be"), "x.csv", {}),
        ("a,b\n1,2\n".encode("utf-16-be"), "x.csv", {"encoding": "utf-16-be"}),
        (gzip.compress(b"a\tb\n1\t2\n", mtime=0), "x.tsv.gz", {}),
    ],
)
def test_separator_and_encoding_are_found_or_told(
    tmp_path: Path, data: bytes, name: str, options: dict[str, str]
) -> None:
    table = read_bytes(tmp_path, data, name, **options)
    assert list(table.cells.columns) == ["a", "b"]
    assert cells(table) == {2: ["1", "2"]}


def test_quotes_are_respected_when_the_separator_is_sought(tmp_path: Path) -> None:
    assert list(read_bytes(tmp_path, b'"a,b,c";d\n1;2\n').cells.columns) == ["a,b,c", "d"]


def test_an_encoding_that_is_told_is_used(tmp_path: Path) -> None:
    assert cells(read_bytes(tmp_path, "a,b\né,ü\n".encode("cp1252"), encoding="cp1252")) == {2: ["é", "ü"]}


def test_an_empty_column_without_a_header_is_dropped(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"a,,b,\n1,,2,\n")
    assert list(table.cells.columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "options", "says"),
    [
        (b"a,b,a\n1,2,3\n", {}, 'columns 1, 3 are all named "a"'),
        (b"a, a \n1,2\n", {}, 'columns 1, 2 are all named "a"'),
        (b"a,b,\n1,2,3\n", {}, "column 3 has no header"),
        (b"a\n1\n", {}, "has only one column when split by comma, semicolon, tab, pipe"),
        (b"a;b\n1;2\n", {"delimiter": ","}, "has only one column when split by comma"),
        (b"a;b,c\n1;2,3\n", {}, "comma or semicolon may separate its columns"),
        (b"a,b\n", {"delimiter": "||"}, "the delimiter must be one character, not '||'"),
        (b"a,b\n1,2\n3,\xe9\n", {}, "is not utf-8 text: line 3 has other bytes. Set `encoding`"),
        (b"a,b\n1,\xe9,x\n", {}, "line 2 has other bytes"),
        (b"\xff\xfea\0,\0b\0\n\0\xd8\xd8", {}, "is not utf-16 text: line 2"),
        (b"a,b\n", {"encoding": "klingon"}, "there is no text encoding klingon"),
        (b"a,b\n", {"encoding": "hex"}, "there is no text encoding hex"),
        (b"a,b\n1,2\n\0,3\n", {}, "line 3 has a NUL byte"),
        ("a,b\n1,2\n".encode("utf-16-le"), {}, "line 1 has a NUL byte. If it is text: Set `encoding`"),
        (b"PK\x03\x04\0\xff\n", {}, "line 1 has a NUL byte. If it is text"),
        (b"\n \n,,\n", {}, "has no text in it"),
        (b'a,b\n1,2\n3,"4\n5,6\n', {}, "a quote in row 3 is never closed"),
        (b'a,b\n1,2\n3,4,"4\n5,6', {}, "a quote in row 3 is never closed"),
        (b'a,"b\n1,2\n', {}, "a cell in row 1 or below does not end"),
        (b'a,b,c\n1,2,"x\n4,5,"y"\n7,8,9\n', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b,c\n1,2,"x\n4,5,"y"', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b\n1,2,"x\n4,5,"y"\n7,8\n', {}, "a quote that opens in row 2 is not closed there"),
        (b'a,b\n1,2\n3,"' + b"x" * 20_000_000 + b'"\n', {}, "a cell in row 3 or below does not end"),
        (b'"' + b"x" * 200_000 + b'",b\n', {}, "the header cannot be read"),
    ],
)
def test_text_that_cannot_be_read_is_refused_with_a_remedy(
    tmp_path: Path, data: bytes, options: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError) as raised:
        read_bytes(tmp_path, data, **options)
    assert "orders.csv" in raised.value.message
    assert says in str(raised.value)
    assert raised.value.remedy


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
tricky = st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r", "\r\n", "\n\n", 'a"b', '"\n"', " ", "\ufeff", "\x85", "\u2028"]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(text | tricky | st.just(""), min_size=1, max_size=4)), st.sampled_from([",", ";", "\t"]))
def test_whatever_csv_writes_comes_back(tmp_path: Path, rows: Any, delimiter: str) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([["a", "b", "c"], *rows])
    table = read_bytes(tmp_path, stream.getvalue().encode())
    expected = {number: row for number, row in enumerate(rows, 2) if any(row)}
    # A row of another length that holds nothing but whitespace is a blank line.
    expected = {n: row for n, row in expected.items() if len(row) == 3 or any(cell.strip() for cell in row)}
    assert cells(table) == {n: [v or None for v in [*row, "", ""][:3]] for n, row in expected.items()}
    assert set(table.malformed) == {n for n, row in expected.items() if len(row) != 3}


# Parquet files


def test_parquet_keeps_its_types_and_counts_rows_from_1(tmp_path: Path) -> None:
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
    pq.write_table(table, tmp_path / "a.parquet")
    [found] = read(tmp_path / "a.parquet")
    assert {name: str(dtype.pyarrow_dtype) for name, dtype in found.cells.dtypes.items()} == {
        "text": "large_string",
        "word": "large_string",
        "amount": "decimal128(9, 2)",
        "day": "date32[day]",
        "whole": "int64",
        "lines": "list<element: struct<item: string>>",
    }
    assert found.cells["amount"][1] == Decimal("1.50")
    assert (list(found.cells.index), found.cells.index.name) == ([1, 2], "source_row")


def test_parquet_written_by_pandas_loses_no_index_column(tmp_path: Path) -> None:
    pd.DataFrame({"order": ["a"], "n": [1]}).set_index("order").to_parquet(tmp_path / "a.parquet")
    [found] = read(tmp_path / "a.parquet")
    assert list(found.cells.columns) == ["n", "order"]


@pytest.mark.parametrize("damage", ["text", "cut", "twice"])
def test_parquet_that_cannot_be_read_is_refused(tmp_path: Path, damage: Any) -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(twice, tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    data = {"text": b"a,b\n1,2\n", "cut": whole[:-20], "twice": whole}[damage]
    with pytest.raises(InputError, match=r"orders\.parquet(: columns 1, 2 are all named| is not a readable Parquet)"):
        read_bytes(tmp_path, data, "orders.parquet")
