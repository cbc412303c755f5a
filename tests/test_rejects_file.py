"""rejects.xlsx: cells that stay what they were, where they were, and that say what is wrong with them."""

import datetime as dt
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from reject_files import Cell, comments_of, fills_of, grid, problems, read_book, sheets_of, table, written

import adapters.rejects
from adapters.rejects import write_rejects
from schemas.tables import SourceTable
from transforms.cells import to_text

DATE = dt.date(2024, 2, 29)
SECOND = dt.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - as a spreadsheet has it
MOMENT = SECOND.replace(microsecond=465000)


def objects(*cells: object) -> pd.Series:
    return pd.Series(cells, dtype=object)


def arrow(cells: Sequence[object], kind: pa.DataType) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(cells, kind)))


def round_trip(path: Path, cells: pd.Series, epoch: int = 1900) -> list[Cell]:
    [rows] = written(path, sheets_of(table({"cell": cells}, epoch=epoch))).values()
    assert rows[0] == ["cell", "problem"]
    return [row[0] for row in rows[1:]]


def spread() -> SourceTable:
    """A table with titles, an empty column and footers."""
    return table(
        {"number": ["a", "b", "c"], "date": objects(DATE, "x", None)},
        "May.xlsx",
        "May",
        positions=(0, 2),
        above=grid({1: ["Orders", None, None], 3: ["number", None, "date"]}),
        below=grid({9: [None, None, 3]}),
    )


@pytest.mark.parametrize("epoch", [1900, 1904])
@pytest.mark.parametrize(
    "cell",
    [
        "00123",
        "-5",
        " two  spaces ",
        "line\r\nline",
        "_x000D_",
        "ünï 😀",
        "TRUE",
        5,
        -1.25,
        0.1,
        999_999_999_999_999,
        True,
        DATE,
        SECOND,
        MOMENT,
        dt.time(5, 7, 31),
        dt.timedelta(hours=30),
    ],
)
def test_a_cell_is_read_again_as_it_was(tmp_path: Path, cell: object, epoch: int) -> None:
    [found] = round_trip(tmp_path, objects(cell), epoch)
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


def test_a_date_before_the_first_day_of_the_workbook_becomes_text(tmp_path: Path) -> None:
    assert round_trip(tmp_path, objects(dt.date(1903, 5, 1)), 1904) == ["1903-05-01"]
    assert round_trip(tmp_path, objects(dt.date(1903, 5, 1)), 1900) == [dt.date(1903, 5, 1)]


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_numbers_of_days_count_from_the_same_year_as_in_the_file(tmp_path: Path, epoch: int) -> None:
    assert round_trip(tmp_path, objects(45000), epoch) == [45000]
    with zipfile.ZipFile(tmp_path / "rejects.xlsx") as book:
        assert (b'date1904="1"' in book.read("xl/workbook.xml")) == (epoch == 1904)


def test_a_number_that_a_spreadsheet_would_round_still_reads_as_the_same_text(tmp_path: Path) -> None:
    numbers = arrow([1234567890123456789, 10**15], pa.int64())
    found = pd.Series(round_trip(tmp_path, numbers), dtype=object)
    assert to_text(found).to_pylist() == to_text(numbers).to_pylist()


def test_a_text_too_long_for_a_cell_is_cut(tmp_path: Path) -> None:
    fits, long, emoji = round_trip(tmp_path, objects("x" * 32_767, "x" * 32_768, "😀" * 20_000))
    assert fits == "x" * 32_767
    assert long == "x" * 32_766 + "…"
    assert emoji == "😀" * 16_383 + "…"


def test_rows_stand_below_their_header_and_above_their_footers(tmp_path: Path) -> None:
    assert written(tmp_path, sheets_of(spread(), problems(), 2, 4)) == {
        "May": [
            ["Orders", None, None, None],
            [None, None, None, None],
            ["number", None, "date", "problem"],
            ["a", None, DATE, "bad"],
            ["c", None, None, "bad"],
            [None, None, None, None],
            [None, None, 3, None],
        ]
    }


def test_cells_at_fault_are_red_and_have_a_comment(tmp_path: Path) -> None:
    found = problems(
        (2, "date", "no & date"), (4, "date", "empty\x0b"), (4, "number", "b"), file="May.xlsx", sheet="May"
    )
    [rows] = written(tmp_path, sheets_of(spread(), found)).values()
    path = tmp_path / "rejects.xlsx"
    assert comments_of(path) == {"C4": "no & date", "C6": "empty_x000B_", "A6": "b"}
    assert fills_of(path) == {"C4", "C6", "A6", "D4", "D5", "D6"}
    assert rows[3] == ["a", None, DATE, "bad; no & date"]
    assert rows[5] == ["c", None, None, "bad; empty\x0b; b"]


def test_without_a_header_the_problem_of_a_row_is_a_comment(tmp_path: Path) -> None:
    source = table(
        {"number": objects("a", None, "c"), "date": objects("x", None, "z"), "c": [None] * 3}, has_header=False
    )
    [rows] = written(tmp_path, sheets_of(source, problems((4, "date", "no date")))).values()
    assert rows == [["a", "x", None], [None, None, None], ["c", "z", None]]
    assert comments_of(tmp_path / "rejects.xlsx") == {"A1": "bad", "A2": "bad", "B3": "no date"}
    assert fills_of(tmp_path / "rejects.xlsx") == {"B3"}


def test_beyond_the_most_comments_of_a_sheet_cells_are_only_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.rejects, "MOST_COMMENTS", 2)
    found = problems(*((row, "number", "bad") for row in (2, 3, 4)), file="May.xlsx", sheet="May")
    write_rejects(tmp_path / "rejects.xlsx", sheets_of(spread(), found))
    assert set(comments_of(tmp_path / "rejects.xlsx")) == {"A4", "A5"}
    assert "A6" in fills_of(tmp_path / "rejects.xlsx")


def test_the_header_is_frozen_and_bold_and_the_problem_stands_out(tmp_path: Path) -> None:
    write_rejects(tmp_path / "rejects.xlsx", sheets_of(spread()))
    with zipfile.ZipFile(tmp_path / "rejects.xlsx") as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert '<pane ySplit="3" topLeftCell="A4" activePane="bottomLeft" state="frozen"/>' in xml
    looks = styles.partition("<cellXfs")[2].split("<xf ")[1:]
    bold = dict(re.findall(r'<c r="(\w+)" s="(\d+)" t="inlineStr"', xml))["A3"]
    assert 'applyFont="1"' in looks[int(bold)]
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', xml)]
    assert widths[-1] > 60 > widths[0]


@pytest.mark.parametrize("height", [0, 11])
def test_many_rows_above_the_data_or_none_are_not_frozen(tmp_path: Path, height: int) -> None:
    above = grid({height: ["number"]}) if height else pd.DataFrame()
    write_rejects(tmp_path / "rejects.xlsx", sheets_of(table({"number": ["a"]}, above=above, has_header=bool(height))))
    with zipfile.ZipFile(tmp_path / "rejects.xlsx") as book:
        assert b"<pane" not in book.read("xl/worksheets/sheet1.xml")


def test_a_date_shows_its_time_where_it_has_one_also_when_it_is_at_fault(tmp_path: Path) -> None:
    day = dt.datetime(2024, 1, 2)  # noqa: DTZ001 - as a spreadsheet has it
    cells = table({"cell": objects(day.date(), day, SECOND, MOMENT, MOMENT)})
    write_rejects(tmp_path / "rejects.xlsx", sheets_of(cells, problems((6, "cell", "bad"))))
    with zipfile.ZipFile(tmp_path / "rejects.xlsx") as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    formats = dict(re.findall(r'numFmtId="(\d+)" formatCode="([^"]+)"', styles))
    looks = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])
    shown = [formats[looks[int(look)]] for look in re.findall(r'<c r="A[2-9]" s="(\d+)"', xml)]
    date = "yyyy-mm-dd"
    assert shown == [date, date, f"{date} hh:mm:ss", f"{date} hh:mm:ss.000", f"{date} hh:mm:ss.000"]


def hostile() -> SourceTable:
    """A table of which nothing is plain."""
    texts = ['=HYPERLINK("http://x","y")', "<r>a & b</r>", "\x00\x1f]]>", "\r\n\t", "{=A1}", "&amp;", "\ufffe"]
    above = grid({1: ["</t><r>&", None], 5: [texts[0], "number\n2"]})
    source = table({texts[0]: objects(*texts), "b": objects(*reversed(texts))}, "x.xlsx", "<&>\"'", above=above)
    return SourceTable(**{**vars(source), "positions": (0, 1), "below": grid({20: ["=1+1", None]})})


def test_every_part_of_the_file_is_well_formed(tmp_path: Path) -> None:
    source = hostile()
    more = problems(
        *((row, "b", f"<{text}>") for row, text in source.cells["b"].items()), file="x.xlsx", sheet=source.sheet
    )
    sheets = [*sheets_of(source, more), *sheets_of(spread(), problems((2, "date", "x"), file="May.xlsx", sheet="May"))]
    write_rejects(tmp_path / "rejects.xlsx", sheets)
    with zipfile.ZipFile(tmp_path / "rejects.xlsx") as book:
        for part in book.namelist():
            ET.fromstring(book.read(part))  # noqa: S314 - our own
        assert {"xl/comments1.xml", "xl/comments2.xml", "xl/drawings/vmlDrawing1.vml"} <= set(book.namelist())
    assert len(comments_of(tmp_path / "rejects.xlsx")) == 7


def test_libreoffice_reads_the_same_cells(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    source = spread()
    more = problems((3, "date", "no date"), file="May.xlsx", sheet="May")
    write_rejects(tmp_path / "rejects.xlsx", sheets_of(source, more))
    profile = f"-env:UserInstallation=file://{tmp_path}/office"
    for ending in ("csv", "ods"):
        command = [office, profile, "--headless", "--convert-to", ending, "--outdir", str(tmp_path)]
        subprocess.run([*command, str(tmp_path / "rejects.xlsx")], check=True, capture_output=True, timeout=120)
    assert (tmp_path / "rejects.csv").read_text().splitlines() == [
        "Orders,,,",
        ",,,",
        "number,,date,problem",
        "a,,2024-02-29,bad",
        "b,,x,bad; no date",
        "c,,,bad",
        ",,,",
        ",,3,",
    ]
    assert read_book(tmp_path / "rejects.ods") == read_book(tmp_path / "rejects.xlsx")
    with zipfile.ZipFile(tmp_path / "rejects.ods") as book:
        assert "no date</" in book.read("content.xml").decode().partition("<office:annotation ")[2]


def test_without_rows_no_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "rejects.xlsx"
    assert write_rejects(path, sheets_of(spread())) == 3
    assert write_rejects(path, []) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_file_of_before(tmp_path: Path) -> None:
    path = tmp_path / "rejects.xlsx"
    write_rejects(path, sheets_of(spread()))
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="broken"):
        write_rejects(path, sheets_of(table({"number": objects("b", Broken())})))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


class Broken:
    calls = 0

    def __str__(self) -> str:
        Broken.calls += 1
        if Broken.calls > 1:  # the first is for the width of the column
            raise RuntimeError("broken")
        return ""
