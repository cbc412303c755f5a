"""Formula injection: a text that looks like a formula stays text in every file that is written for a person."""

import csv
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reject_files import grid, problems, read_book, sheets_of, table, written

from adapters.workspace import RunFolder
from schemas.results import RESULTS

TEXTS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "{=A1}", "http://example.com", "<r><t>=1</t></r>"]


def results(text: str) -> pa.Table:
    """One row of results that has the text wherever text may stand."""
    row = {one.name: text if pa.types.is_string(one.type) else None for one in RESULTS}
    return pa.Table.from_pylist([row | {"source_row": -5, "rootfi_id": 7}], RESULTS)


@pytest.mark.parametrize("text", TEXTS)
def test_rejects_hold_it_as_text_wherever_it_stands(tmp_path: Path, text: str) -> None:
    source = table(
        {text: [text]}, "x.xlsx", text, positions=(0,), above=grid({1: [text], 2: [text]}), below=grid({3: [text]})
    )
    [(name, rows)] = written(tmp_path, sheets_of(source, problems((2, text, text), file="x.xlsx", sheet=text))).items()
    assert [str(row[0]).strip(" ") for row in rows] == [text] * 4
    assert rows[2][1] == f"bad; {text}"
    assert name
    assert_no_formula(tmp_path / "rejects.xlsx")


@pytest.mark.parametrize("text", TEXTS)
def test_results_xlsx_holds_it_as_text(tmp_path: Path, text: str) -> None:
    folder = RunFolder(tmp_path)
    folder.write_results([results(text)])
    folder.write_results_xlsx()
    [rows] = read_book(folder.results_xlsx).values()
    assert rows[0] == RESULTS.names
    assert [str(cell).strip(" ") for cell in rows[1] if isinstance(cell, str)] == [text] * len(text_columns())
    assert_no_formula(folder.results_xlsx)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_results_csv_has_an_apostrophe_before_it_and_parquet_has_none(tmp_path: Path, text: str) -> None:
    folder = RunFolder(tmp_path)
    folder.write_results([results(text)])
    with folder.results_csv.open(newline="") as file:
        [row] = csv.DictReader(file)
    assert {row[name] for name in text_columns()} == {f"'{text}"}
    assert (row["source_row"], row["rootfi_id"]) == ("-5", "7")
    assert pq.read_table(folder.results).equals(results(text))


@pytest.mark.parametrize("text", ["a=1", "'=1", " =1", "1-1", "", "#1001", "a\n=1"])
def test_other_text_stays_as_it_is_in_results_csv(tmp_path: Path, text: str) -> None:
    folder = RunFolder(tmp_path)
    folder.write_results([results(text)])
    with folder.results_csv.open(newline="") as file:
        [row] = csv.DictReader(file)
    assert {row[name] for name in text_columns()} == {text}


def test_a_message_too_long_for_a_cell_ends_with_an_ellipsis_in_results_xlsx(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_results([results("x" * 40_000)])
    folder.write_results_xlsx()
    cells = pd.DataFrame(read_book(folder.results_xlsx)["results"])
    assert cells.iloc[1, RESULTS.names.index("error_message")] == "x" * 32_766 + "…"


def text_columns() -> list[str]:
    return [one.name for one in RESULTS if pa.types.is_string(one.type)]


def assert_no_formula(path: Path) -> None:
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/"):
                xml = book.read(name)
                assert b"<f>" not in xml
                assert b"<hyperlink" not in xml
