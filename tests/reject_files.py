"""Helpers for tests of rejects.xlsx: small tables, and what stands in a workbook."""

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
from python_calamine import CalamineWorkbook

from adapters.rejects import write_rejects
from schemas.problems import PROBLEMS
from schemas.rejects import RejectSheet
from schemas.tables import SourceTable
from transforms.rejects import reject_sheets

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def table(columns: dict[str, Any], file: str = "orders.csv", sheet: str = "", **more: Any) -> SourceTable:
    cells = pd.DataFrame(columns)
    cells.index = pd.Index(range(2, len(cells) + 2), name="source_row")
    return SourceTable(file, sheet, cells, **more)


def grid(rows: dict[int, list[Cell]]) -> pd.DataFrame:
    """Rows by their number, as `above` and `below` have them."""
    width = max(map(len, rows.values()))
    padded = [[*cells, *[None] * (width - len(cells))] for cells in rows.values()]
    return pd.DataFrame(padded, index=list(rows), dtype=object)


def rejected(*rows: tuple[str, str, int, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["source_file", "source_sheet", "source_row", "error_message"])
    return frame.assign(error_code="not_a_date")


def problems(*rows: tuple[int, str | None, str], file: str = "orders.csv", sheet: str = "") -> pd.DataFrame:
    whole = [(file, sheet, row, column, "x", "not_a_date", message) for row, column, message in rows]
    return pd.DataFrame(whole, columns=PROBLEMS.names)


def sheets_of(source: SourceTable, found: pd.DataFrame | None = None, *rows: int) -> list[RejectSheet]:
    """The sheets of rejects when these rows (else: all) of a table are rejected."""
    bad = [(source.file, source.sheet, int(row), "bad") for row in rows or source.cells.index]
    return reject_sheets([source], rejected(*bad), problems() if found is None else found)


def written(path: Path, sheets: list[RejectSheet]) -> dict[str, list[list[Cell]]]:
    """The cells of every sheet, from A1, after the sheets were written."""
    write_rejects(path / "rejects.xlsx", sheets)
    return read_book(path / "rejects.xlsx")


def read_book(path: Path) -> dict[str, list[list[Cell]]]:
    book = CalamineWorkbook.from_path(path)
    return {
        name: [[plain(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
        for name in book.sheet_names
    }


def comments_of(path: Path, number: int = 1) -> dict[str, str]:
    """The comments of a workbook's nth sheet that has some, by cell."""
    with zipfile.ZipFile(path) as book:
        part = f"xl/comments{number}.xml"
        root = ET.fromstring(book.read(part)) if part in book.namelist() else ET.Element("none")  # noqa: S314 - our own
    found = root.iterfind(".//m:comment", NAMES)
    return {one.get("ref", ""): "".join(text.text or "" for text in one.iterfind(".//m:t", NAMES)) for one in found}


def fills_of(path: Path, sheet: int = 1) -> set[str]:
    """The cells of a sheet that are red."""
    with zipfile.ZipFile(path) as book:
        styles = ET.fromstring(book.read("xl/styles.xml"))  # noqa: S314 - our own
        cells = re.findall(r'<c r="([A-Z]+\d+)" s="(\d+)"', book.read(f"xl/worksheets/sheet{sheet}.xml").decode())
    fills = styles.findall("m:fills/m:fill", NAMES)
    red = [any(part.get("rgb") == "FFFFC7CE" for part in fill.iter()) for fill in fills]
    looks = [red[int(look.get("fillId", 0))] for look in styles.findall("m:cellXfs/m:xf", NAMES)]
    return {cell for cell, look in cells if looks[int(look)]}


def plain(cell: Cell) -> Cell:
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return None if cell == "" else cell
