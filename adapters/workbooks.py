"""Workbooks (Excel, OpenDocument): a table from each visible sheet, cells as Python objects."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import reduce
from xml.etree import ElementTree as ET

import pandas as pd
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from adapters.text_files import as_table
from schemas.errors import InputError
from schemas.tables import InputFile, ReadOptions, SourceTable

Cell = str | int | float | bool | datetime | date | time | timedelta | None
Faults = Mapping[int, str]

MANY_CELLS = 20_000_000  # calamine takes 32 bytes for each, filled or not
# In the XML of a sheet. They begin with plain text, which makes the search ten times as fast.
ROW = re.compile(rb'<row\s[^>]*?\br="(\d+)"')
WIDE_COLUMN = re.compile(rb' r="([A-Z]{2,3})\d')
FILLED_CELL = re.compile(rb'<c\s[^>]*?\br="([A-Z]+)(\d+)"[^>]*(?<!/)>')
FORMULA = rb"<f\b[^>]*(?:/>|>[^<]*</f>)"
ERROR_CELL = re.compile(rb'<c\s([^>]*\bt="e"[^>]*)>(?:' + FORMULA + rb")?<v>([^<]+)</v>")
UNCALCULATED_CELL = re.compile(rb'<c\s((?:(?!\bt="str")[^>])*)>' + FORMULA + rb"(?:<v\s*/>|<v></v>)?()</c>")


def read_workbook(file: InputFile, data: bytes, _options: ReadOptions) -> Iterator[SourceTable]:
    """Yield a table for each visible sheet that has cells: its first row that is not empty is the header.

    Error cells (#N/A) and formulas that were never calculated are told in `malformed`, in .xlsx and .xlsm; the other
    formats do not show them apart from empty cells. Raises InputError for what is no workbook, has a password, is
    spread out too far, or has no table.
    """
    empty = True
    for name, sheet, faults in _sheets(file, data):
        table = _table(file.name, name, sheet, faults)
        if table is not None:
            empty = False
            yield table
    if empty:
        raise InputError(f"{file.name} has no visible sheet with cells.", "Unhide the sheet, or leave the file out.")


def _sheets(file: InputFile, data: bytes) -> Iterator[tuple[str, CalamineSheet, Faults]]:
    try:
        xml_of = _sheet_parts(data)
        book = _open(file, data)
        for about in book.sheets_metadata:
            if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
                xml = _xml(xml_of[about.name]) if about.name in xml_of else b""
                _check_spread(f'{file.name}, sheet "{about.name}"', xml)
                yield about.name, book.get_sheet_by_name(about.name), _faults(xml)
    except PasswordError as error:
        raise InputError(f"{file.name} is protected by a password.", "Save a copy without one.") from error
    except (InputError, GeneratorExit):
        raise
    except BaseException as error:
        # A Rust panic is no Exception, and calamine, zip and XML have no error in common.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = str(error).partition("\n")[0]
        remedy = "Open it in a spreadsheet program and save it as .xlsx; text files end in .csv or .tsv."
        raise InputError(f"{file.name} is not a readable workbook: {reason}.", remedy) from error


def _open(file: InputFile, data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except CalamineError:  # without an ending it only says that it does not know the format; with one, why
        return CalamineWorkbook.from_path(file.path)


def _table(file: str, name: str, sheet: CalamineSheet, faults: Faults) -> SourceTable | None:
    header: list[Cell] | None = None
    rows: dict[int, list[Cell]] = {}
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [_plain(value) for value in values]
        if header is None and number in faults:
            message = f'{file}, sheet "{name}": {faults[number]}, where headers are expected.'
            raise InputError(message, "Mend the cell, or hide the sheet if it is no table.")
        if number not in faults and all(cell is None for cell in cells):
            continue
        if header is None:
            header = cells
        else:
            rows[number] = cells
    if header is None:
        return None
    index = pd.Index(list(rows), dtype="int64", name="source_row")
    frame = pd.DataFrame(list(rows.values()), index=index, columns=range(len(header)), dtype=object)
    malformed = {row: fault for row, fault in faults.items() if row in rows}
    return as_table(file, name, ["" if cell is None else str(cell) for cell in header], frame, malformed)


def _plain(value: Cell) -> Cell:
    """Whole numbers become int, since spreadsheets have no other way to say so, and empty text None."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return None if value == "" else value


def _sheet_parts(data: bytes) -> dict[str, zipfile.Path]:
    """Find the XML of each sheet of an .xlsx or .xlsm, by the sheet's name; other formats have none."""
    if not data.startswith(b"PK"):
        return {}
    root = zipfile.Path(zipfile.ZipFile(io.BytesIO(data)))
    book, links = root / "xl/workbook.xml", root / "xl/_rels/workbook.xml.rels"
    if not book.exists():
        return {}
    # expat limits what entities expand to, since 2.4.1.
    targets = {link.get("Id"): link.get("Target", "") for link in ET.fromstring(links.read_bytes())}  # noqa: S314
    parts = {}
    for sheet in ET.fromstring(book.read_bytes()).iterfind(".//{*}sheet"):  # noqa: S314 - the same
        link = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        part = root / posixpath.join("/xl", targets.get(link, "")).lstrip("/")
        if part.is_file():
            parts[sheet.get("name", "")] = part
    return parts


def _xml(part: zipfile.Path) -> bytes:
    xml = part.read_bytes()
    return xml.replace(b"<x:", b"<").replace(b"</x:", b"</") if b"<x:" in xml[:2000] else xml


def _check_spread(place: str, xml: bytes) -> None:
    """Refuse a sheet with a few cells very far apart: calamine would ask for up to 512 GB, and abort the process."""
    height = max((int(row) for row in ROW.findall(xml)), default=0)
    width = max((_number(letters) for letters in set(WIDE_COLUMN.findall(xml))), default=26)
    if height * width <= MANY_CELLS:
        return
    filled, height, width = 0, 0, 0
    for cell in FILLED_CELL.finditer(xml):
        filled, height, width = filled + 1, max(height, int(cell[2])), max(width, _number(cell[1]))
    if height * width > max(MANY_CELLS, 20 * filled):
        message = f"{place}: only {filled} cells are filled, but they reach down to row {height} and column {width}."
        raise InputError(message, "Delete what stands far outside the table.")


def _faults(xml: bytes) -> Faults:
    """Tell what calamine shows as an empty cell though it is none, by row."""
    found: dict[int, str] = {}
    errors = ERROR_CELL.findall(xml) if b't="e"' in xml else []
    formulas = UNCALCULATED_CELL.findall(xml) if b"</f>" in xml else []
    for attributes, value in [*errors, *formulas]:
        if cell := re.search(rb'\br="([A-Z]+(\d+))"', attributes):
            what = f"the error {value.decode()}" if value else "a formula that was never calculated"
            found.setdefault(int(cell[2]), f"cell {cell[1].decode()} holds {what}")
    return found


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD is 16384."""
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)
