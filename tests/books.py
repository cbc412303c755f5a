"""Workbooks for tests: written by xlsxwriter, or part by part where no program would write them so."""

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from adapters.inputs import find_inputs, read_grids
from schemas.tables import Grid, ReadOptions

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
WORKBOOK = f'<workbook {MAIN} xmlns:r="{LINK}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
HEADER = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
ODS = "urn:oasis:names:tc:opendocument:xmlns:"

Part = str | bytes | Iterable[bytes]


def read(path: Path) -> list[Grid]:
    return list(read_grids(find_inputs([str(path)])[0], ReadOptions()))


def workbook(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return path


def sheet_of(path: Path, rows: dict[str, list[Any]]) -> Path:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Orders")
        for place, values in rows.items():
            sheet.write_row(place, values)

    return workbook(path, fill)


def xlsx_of(path: Path, sheet: Part, strings: Part = f"<sst {MAIN}/>", book: str | bytes = WORKBOOK) -> Path:
    """Write an .xlsx of one sheet, S, from the XML of its parts."""
    root = f'<Relationship Id="r1" Type="{LINK}/officeDocument" Target="xl/workbook.xml"/>'
    return zip_of(
        path,
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": LINKS.format(root),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": LINKS.format(
                f'<Relationship Id="r1" Type="{LINK}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="r2" Type="{LINK}/sharedStrings" Target="sharedStrings.xml"/>'
            ),
            "xl/worksheets/sheet1.xml": sheet,
            "xl/sharedStrings.xml": strings,
        },
    )


def sheet_xml(rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def ods_of(path: Path, rows: str) -> Path:
    """Write an .ods of one sheet, S, from the XML of its rows."""
    names = " ".join(f'xmlns:{name}="{ODS}{name}:1.0"' for name in ("office", "table", "text"))
    start = f'<office:document-content {names} xmlns:calcext="urn:org:documentfoundation:calcext:1.0">'
    sheet = f'<table:table table:name="S">{rows}</table:table>'
    content = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body></office:document-content>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{ODS}manifest:1.0"/>'
    return zip_of(path, {"mimetype": kind, "content.xml": start + content, "META-INF/manifest.xml": manifest})


def zip_of(path: Path, parts: dict[str, Part]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, part in parts.items():
            with archive.open(name, "w") as stream:
                for piece in [part] if isinstance(part, str | bytes) else part:
                    stream.write(piece.encode() if isinstance(piece, str) else piece)
    return path


def edited(source: Path, path: Path, old: bytes, new: bytes) -> Path:
    """Copy a zip file with one text replaced in all its parts."""
    with zipfile.ZipFile(source) as archive:
        return zip_of(path, {name: archive.read(name).replace(old, new) for name in archive.namelist()})


def rows_of(grid: Grid) -> dict[int, list[Any]]:
    """The cells by row, empty ones as None."""
    frame = grid.cells.astype(object).where(grid.cells.notna(), None)
    return {row: list(values) for row, *values in frame.itertuples(name=None)}
