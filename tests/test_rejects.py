"""Rejects: exactly the rows that were not created, as they stood in the file, in a workbook that can be fed back."""

import datetime as dt
import re
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from adapters.inputs import find_inputs, read_tables
from adapters.rejects import write_rejects
from schemas.rejects import RejectSheet
from schemas.tables import ReadOptions, SourceTable
from transforms.cells import to_text
from transforms.rejects import reject_sheets


def table(columns: dict[str, Any], file: str = "orders.csv", sheet: str = "") -> SourceTable:
    cells = pd.DataFrame(columns)
    cells.index = pd.Index(range(2, len(cells) + 2), name="source_row")
    return SourceTable(file, sheet, cells)


def rejected(*rows: tuple[str, str, int, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["source_file", "source_sheet", "source_row", "error_message"])
    return frame.assign(error_code="not_a_date")


def sheet(**columns: Any) -> RejectSheet:
    return RejectSheet("orders", pd.DataFrame({**columns, "problem": "bad"}))


def objects(*cells: object) -> pd.Series:
    return pd.Series(cells, dtype=object)


def arrow(cells: Sequence[object], kind: pa.DataType) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(cells, kind)))


def read_back(path: Path) -> list[SourceTable]:
    return list(read_tables(find_inputs([str(path)])[0], ReadOptions()))


def round_trip(path: Path, cells: pd.Series) -> list[object]:
    write_rejects(path / "rejects.xlsx", [sheet(cell=cells)])
    [found] = read_back(path / "rejects.xlsx")
    return found.cells["cell"].tolist()


def test_a_sheet_has_exactly_the_rejected_rows_in_the_order_of_the_file() -> None:
    source = table({"number": ["a", "b", "c", "d"], "date": objects(1, None, "x", dt.date(2024, 1, 2))})
    bad = rejected(("orders.csv", "", 5, "late"), ("orders.csv", "", 3, "early"), ("other.csv", "", 2, "not ours"))

    [found] = reject_sheets([source], bad)

    assert found.rows.index.tolist() == [3, 5]
    assert found.rows.columns.tolist() == ["number", "date", "problem"]
    assert found.rows["date"].tolist() == [None, dt.date(2024, 1, 2)]
    assert found.rows["problem"].tolist() == ["early", "late"]


def test_the_messages_of_one_row_are_joined_and_said_once() -> None:
    place = ("orders.csv", "", 2)
    bad = rejected((*place, "no date"), (*place, "no price"), (*place, "no date"), ("orders.csv", "", 3, None))

    [found] = reject_sheets([table({"number": ["a", "b"]})], bad)

    assert found.rows["problem"].tolist() == ["no date; no price", "not_a_date"]


def test_the_problem_of_an_earlier_round_is_replaced() -> None:
    source = table({"problem": ["old", "old"], "number": ["a", "b"]})

    [found] = reject_sheets([source], rejected(("orders.csv", "", 3, "new")))

    assert found.rows.columns.tolist() == ["number", "problem"]
    assert found.rows["problem"].tolist() == ["new"]


def test_a_table_without_rejected_rows_has_no_sheet() -> None:
    source = table({"number": ["a"]})
    assert reject_sheets([source], rejected(("orders.csv", "May", 2, "another sheet"))) == []
    assert reject_sheets([source], rejected(("orders.csv", "", 99, "no such row"))) == []
    assert reject_sheets([source], rejected()) == []


def test_places_may_come_as_arrow_columns() -> None:
    bad = rejected(("orders.csv", "", 2, "x"), ("orders.csv", "", 2, "y")).convert_dtypes(dtype_backend="pyarrow")
    [found] = reject_sheets([table({"number": ["a", "b"]})], bad)
    assert found.rows["problem"].tolist() == ["x; y"]


def test_names_of_sheets_are_legal_and_unique_in_excel(tmp_path: Path) -> None:
    wanted = [
        ("a.xlsx", "May"),
        ("b.xlsx", "MAY"),
        ("in/May.csv.gz", ""),
        ("c.csv", "[x]:*?/\\y"),
        ("d.csv", "'" + "n" * 40),
        ("e.csv", "n" * 40),
        ("f.csv", "History"),
        ("g.csv", "''"),
    ]
    sources = [table({"number": ["a"]}, file, name) for file, name in wanted]
    found = reject_sheets(sources, rejected(*((file, name, 2, "bad") for file, name in wanted)))

    names = [one.name for one in found]
    assert names[:4] == ["May", "MAY (2)", "May (3)", "_x______y"]
    assert names[4:] == ["n" * 31, "n" * 27 + " (2)", "History (2)", "rejects"]
    write_rejects(tmp_path / "rejects.xlsx", found)
    assert [one.sheet for one in read_back(tmp_path / "rejects.xlsx")] == names


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "00123",
        "-5",
        "http://example.com",
        " two  spaces ",
        "line\r\nline",
        "_x000D_",
        "ünï 😀",
        "TRUE",
        "{=A1}",
        5,
        -1.25,
        0.1,
        999_999_999_999_999,
        True,
        dt.date(2024, 2, 29),
        dt.datetime(2024, 1, 22, 5, 7, 31),  # noqa: DTZ001 - as a spreadsheet has it
        dt.datetime(2024, 1, 22, 5, 7, 31, 465000),  # noqa: DTZ001 - the same
        dt.time(5, 7, 31),
        dt.timedelta(hours=30),
    ],
)
def test_a_cell_is_read_again_as_it_was(tmp_path: Path, cell: object) -> None:
    [found] = round_trip(tmp_path, objects(cell))
    assert found == cell
    assert type(found) is type(cell)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (arrow(["00123", None, ""], pa.large_string()), ["00123", None, None]),
        (pd.Series(["-5", None], dtype="str"), ["-5", None]),
        (arrow([5, None, 10**17 + 1], pa.int64()), [5, None, "100000000000000001"]),
        (
            arrow([Decimal("12.50"), Decimal(10**15) + Decimal("0.1")], pa.decimal128(20, 2)),
            [12.5, "1000000000000000.10"],
        ),
        (arrow([1.5, float("nan"), None, 1e20], pa.float64()), [1.5, None, None, "1e+20"]),
        (arrow([True, False], pa.bool_()), [True, False]),
        (arrow([dt.date(2024, 1, 2), dt.date(1812, 6, 24)], pa.date32()), [dt.date(2024, 1, 2), "1812-06-24"]),
        (arrow([1_700_000_000_123], pa.timestamp("ms")), [dt.datetime(2023, 11, 14, 22, 13, 20, 123000)]),  # noqa: DTZ001
        (arrow([1_700_000_000_123_456], pa.timestamp("us")), ["2023-11-14T22:13:20.123456"]),
        (arrow([1_700_000_000], pa.timestamp("s", "UTC")), ["2023-11-14T22:13:20+00:00"]),
        (arrow([b"A-1"], pa.binary()), ["A-1"]),
        (pd.Series([np.int64(7)]), [7]),
        (objects(None, float("nan"), pd.NaT, pd.NA, np.int64(7)), [None, None, None, None, 7]),
    ],
)
def test_columns_of_any_type_lose_nothing(tmp_path: Path, cells: pd.Series, expected: list[object]) -> None:
    assert round_trip(tmp_path, cells) == expected


def test_a_number_that_a_spreadsheet_would_round_still_reads_as_the_same_text(tmp_path: Path) -> None:
    numbers = arrow([1234567890123456789, 10**15], pa.int64())
    write_rejects(tmp_path / "rejects.xlsx", [sheet(cell=numbers)])
    [found] = read_back(tmp_path / "rejects.xlsx")
    assert to_text(found.cells["cell"]).to_pylist() == to_text(numbers).to_pylist()


def test_columns_are_read_again_by_name_and_in_order(tmp_path: Path) -> None:
    rows = pd.DataFrame([["a", 1, "bad"]], columns=["Order Number", "line_items.total_amount", "problem"])
    assert write_rejects(tmp_path / "rejects.xlsx", [RejectSheet("May", rows)]) == 1
    [found] = read_back(tmp_path / "rejects.xlsx")
    assert found.sheet == "May"
    assert found.cells.columns.tolist() == rows.columns.tolist()
    assert found.cells.iloc[0].tolist() == ["a", 1, "bad"]


def test_a_text_too_long_for_a_cell_is_cut(tmp_path: Path) -> None:
    fits, long, emoji = round_trip(tmp_path, objects("x" * 32_767, "x" * 32_768, "😀" * 20_000))
    assert fits == "x" * 32_767
    assert long == "x" * 32_766 + "…"
    assert emoji == "😀" * 16_383 + "…"


def test_text_that_looks_like_markup_stays_text(tmp_path: Path) -> None:
    [found] = round_trip(tmp_path, objects("<r>a & b</r>"))
    assert str(found).strip() == "<r>a & b</r>"


def test_rows_beyond_the_last_of_a_sheet_continue_in_another(tmp_path: Path) -> None:
    sheets = [
        RejectSheet("May", pd.DataFrame({"number": [1, 2, 3, 4, 5], "problem": "bad"})),
        RejectSheet("may (2)", pd.DataFrame({"number": [6], "problem": "bad"})),
    ]
    assert write_rejects(tmp_path / "rejects.xlsx", sheets, most_rows=2) == 6
    found = {one.sheet: one.cells["number"].tolist() for one in read_back(tmp_path / "rejects.xlsx")}
    assert found == {"May": [1, 2], "May (3)": [3, 4], "May (4)": [5], "may (2)": [6]}


def test_the_header_is_frozen_and_bold_and_the_problem_stands_out(tmp_path: Path) -> None:
    write_rejects(tmp_path / "rejects.xlsx", [sheet(cell=objects("a"))])
    with zipfile.ZipFile(tmp_path / "rejects.xlsx") as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert 'state="frozen"' in xml
    assert "<b/>" in styles
    assert "FFFFC7CE" in styles
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', xml)]
    assert widths[1] > 60 > widths[0]


def test_a_date_shows_its_time_where_it_has_one(tmp_path: Path) -> None:
    day, second = dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - as a spreadsheet has it
    moment = second.replace(microsecond=6000)
    write_rejects(tmp_path / "rejects.xlsx", [sheet(cell=objects(day.date(), day, second, moment))])
    with zipfile.ZipFile(tmp_path / "rejects.xlsx") as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    formats = dict(re.findall(r'numFmtId="(\d+)" formatCode="([^"]+)"', styles))
    looks = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])
    shown = [formats[looks[int(look)]] for look in re.findall(r'<c r="A[2-9]" s="(\d+)"', xml)]
    date = "yyyy-mm-dd"
    assert shown == [date, date, f"{date} hh:mm:ss", f"{date} hh:mm:ss.000"]


def test_without_rows_no_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "rejects.xlsx"
    write_rejects(path, [sheet(cell=objects("a"))])
    assert write_rejects(path, []) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_file_of_before(tmp_path: Path) -> None:
    path = tmp_path / "rejects.xlsx"
    write_rejects(path, [sheet(cell=objects("a"))])
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="broken"):
        write_rejects(path, [sheet(cell=objects("b", Broken()))])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


class Broken:
    calls = 0

    def __str__(self) -> str:
        Broken.calls += 1
        if Broken.calls > 1:  # the first is for the width of the column
            raise RuntimeError("broken")
        return ""
