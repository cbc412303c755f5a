"""The XML of .xlsx and .xlsm: what calamine does not tell about the cells of a sheet, or would die of."""

import posixpath
import re
from collections.abc import Iterator
from functools import reduce
from xml.etree import ElementTree as ET

from adapters.archives import CHUNK, Archive, damaged
from adapters.book_facts import LAST_COLUMN, UNCALCULATED, BookFacts, Faults, error_text
from schemas.errors import InputError

ROOT_LINKS = "_rels/.rels"
STRINGS = "/sharedstrings.xml"
# calamine takes 32 bytes for each cell of the range from A1 to the last filled one, be it filled or not.
FREE_CELLS, CELLS_PER_BYTE = 4_000_000, 4
# They begin with plain text, which makes the search ten times as fast.
ROW = re.compile(rb'<row\s[^<>]*?\br="(\d+)"')
WIDE_COLUMN = re.compile(rb' r="([A-Z]{2,9})\d')
FILLED_CELL = re.compile(rb'<c\s[^<>]*?\br="([A-Z]+)(\d+)"[^<>]*(?<!/)>(?!\s*</c>)')
FORMULA = rb"\s*<f\b[^<>]*(?:/>|>[^<]*</f>)"
ERROR_CELL = re.compile(rb'<c\s([^<>]*\bt="e"[^<>]*)>(?:' + FORMULA + rb")?\s*<v[^<>]*>([^<]+)</v>")
UNCALCULATED_CELL = re.compile(rb"<c\s([^<>]*)>" + FORMULA + rb"\s*(?:<v\s*/>|<v[^<>]*>\s*</v>)?\s*()</c>")
CALCULATED_TO_TEXT = re.compile(rb'\bt="str"')
ADDRESS = re.compile(rb'\br="([A-Z]+)(\d+)"')
PREFIX = re.compile(rb"<(\w+):worksheet\b")


def inspect(name: str, archive: Archive) -> BookFacts:
    """Look through every sheet of an .xlsx, and unpack its texts once to see that they stay within the limits.

    Raises InputError for declarations of entities, and for sheets whose cells are spread too far apart to be held.
    """
    for part in archive.parts:
        if part.endswith(STRINGS):
            for place, chunk in enumerate(archive.chunks(part)):
                if place == 0 and b"\0" in chunk[:4]:
                    raise damaged(name, f"{part} is not UTF-8")
    book, folder, targets = _book(name, archive)
    faults: dict[str, Faults] = {}
    for sheet in book.iterfind(".//{*}sheet"):
        link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        part = _inside(folder, targets.get(link, ""))
        if part in archive.parts and "worksheet" in part:
            sheet_name = sheet.get("name", "")
            faults[sheet_name] = _look_through(f'{name}, sheet "{sheet_name}"', archive, part)
    properties = book.find("{*}workbookPr")
    is_1904 = properties is not None and properties.get("date1904", "").lower() in ("1", "true", "on")
    return BookFacts(1904 if is_1904 else 1900, faults)


def _book(name: str, archive: Archive) -> tuple[ET.Element, str, dict[str, str]]:
    """Return the XML of the workbook itself, its folder, and the targets of its links."""
    path = "xl/workbook.xml"
    if ROOT_LINKS in archive.parts:
        links = _parse(name, archive, ROOT_LINKS)
        path = next((_inside("", link.get("Target", "")) for link in links if _is_book(link)), path)
    folder, base = posixpath.split(path)
    links = _parse(name, archive, f"{folder}/_rels/{base}.rels")
    return _parse(name, archive, path), folder, {link.get("Id", ""): link.get("Target", "") for link in links}


def _is_book(link: ET.Element) -> bool:
    return link.get("Type", "").endswith("/officeDocument")


def _inside(folder: str, target: str) -> str:
    """Return the name of the part that a link leads to; `..` ends at the top of the archive."""
    return posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/"))).lstrip("/").lower()


def _parse(name: str, archive: Archive, part: str) -> ET.Element:
    if part not in archive.parts:
        raise damaged(name, f"{part} is missing")
    xml = archive.read(part)
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise damaged(name, f"{part} declares entities, which no spreadsheet program writes")
    try:
        return ET.fromstring(xml)  # noqa: S314 - expat limits what entities expand to, since 2.4.1
    except (ET.ParseError, ValueError) as error:
        raise damaged(name, f"{part}: {error}") from error


def _look_through(place: str, archive: Archive, part: str) -> Faults:
    height, width, count = 0, 26, 0
    faults: Faults = {}
    for chunk in _whole_cells(place, archive, part):
        height = max(height, max(map(int, ROW.findall(chunk)), default=0))
        width = max(width, max(map(_number, set(WIDE_COLUMN.findall(chunk))), default=0))
        count += chunk.count(b"<row")
        _collect(chunk, faults)
    if max(height, count) * width > _most_cells(archive) or width > LAST_COLUMN:
        _check_spread(place, archive, part)
    return faults


def _whole_cells(place: str, archive: Archive, part: str) -> Iterator[bytes]:
    """Yield the XML in pieces that end between two cells, with names that have no prefix."""
    prefix, rest, is_first = b"", b"", True
    for chunk in archive.chunks(part):
        piece = rest + chunk
        if is_first:
            is_first = False
            if b"\0" in piece[:4]:
                raise damaged(place, "its XML is not UTF-8")
            found = PREFIX.search(piece)
            prefix = found[1] + b":" if found else b""
        if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
            raise damaged(place, "it declares entities, which no spreadsheet program writes")
        end = max(piece.rfind(b"<%sc " % prefix), piece.rfind(b"<%srow" % prefix))
        if end <= 0:
            end = len(piece) if len(piece) > 2 * CHUNK else 0
        rest, piece = piece[end:], piece[:end]
        yield piece.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</") if prefix else piece
    yield rest.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</") if prefix else rest


def _check_spread(place: str, archive: Archive, part: str) -> None:
    """Refuse a sheet with a few cells very far apart: calamine would ask for up to 512 GB, and abort the process."""
    filled, height, width = 0, 0, 0
    for chunk in _whole_cells(place, archive, part):
        for cell in FILLED_CELL.finditer(chunk):
            filled, height, width = filled + 1, max(height, int(cell[2])), max(width, _number(cell[1]))
    if height * width > _most_cells(archive) or width > LAST_COLUMN:
        message = f"{place}: only {filled} cells are filled, but they reach down to row {height} and column {width}."
        raise InputError(message, "Delete what stands far outside the table.")


def _most_cells(archive: Archive) -> int:
    return FREE_CELLS + CELLS_PER_BYTE * archive.packed


def _collect(chunk: bytes, faults: Faults) -> None:
    errors = ERROR_CELL.findall(chunk) if b't="e"' in chunk else []
    formulas = UNCALCULATED_CELL.findall(chunk) if b"<f" in chunk else []
    for attributes, value in [*errors, *formulas]:
        if not value and CALCULATED_TO_TEXT.search(attributes):
            continue
        if cell := ADDRESS.search(attributes):
            key = (int(cell[2]), _number(cell[1]) - 1)
            faults.setdefault(key, error_text(value.decode(errors="replace").strip()) if value else UNCALCULATED)


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD is 16384."""
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)
