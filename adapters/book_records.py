"""The binary records of .xls and .xlsb: error cells, which calamine shows as empty, and where date serials start.

Sources: [MS-XLS] and [MS-XLSB]. Formulas that were never calculated cannot be told from others there: a result, if
only 0, always stands beside them.
"""

import io
import posixpath
import struct
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import olefile

from adapters.archives import Archive, damaged
from adapters.book_facts import ERROR_CODES, BookFacts, Faults, error_text
from schemas.errors import InputError

# .xls
FORMULA, END, DATE_MODE, FILE_PASS, SHEET, ERROR, BEGIN = 0x0006, 0x000A, 0x0022, 0x002F, 0x0085, 0x0205, 0x0809
# .xlsb
ROW, CELL_ERROR, FORMULA_ERROR, BOOK_PROPERTIES, BUNDLE_SHEET = 0, 3, 11, 153, 156
MOST_BINARY = 1 << 30


def inspect_xls(name: str, data: bytes) -> BookFacts:
    """Look through the sheets of an .xls; raises InputError for a password, and for what is no such workbook."""
    book = _book_stream(name, data)
    epoch, sheets = 1900, {}
    for kind, start, length in _xls_records(book, 0):
        if kind == FILE_PASS:
            raise protected(name)
        if kind == DATE_MODE and book[start : start + 1] == b"\1":
            epoch = 1904
        if kind == SHEET and length > 8:
            sheets[_short_name(book[start + 6 : start + length])] = struct.unpack_from("<I", book, start)[0]
    return BookFacts(epoch, {sheet: _xls_faults(book, offset) for sheet, offset in sheets.items()})


def _book_stream(name: str, data: bytes) -> bytes:
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            found = {known for known in ("EncryptedPackage", "Workbook", "Book", "WordDocument") if ole.exists(known)}
            stream = next(iter(found & {"Workbook", "Book"}), None)
            book = ole.openstream(stream).read() if stream else b""
    except Exception as error:  # olefile meets damage with errors of all kinds
        raise damaged(name, error) from error
    if "EncryptedPackage" in found:
        raise protected(name)
    if stream is None:
        what = "a Word document" if "WordDocument" in found else "an Office file without a workbook"
        raise damaged(name, f"it is {what}")
    return bytes(book)


def protected(name: str) -> InputError:
    """The error of a workbook with a password."""
    return InputError(f"{name} is protected by a password.", "Save a copy without one.")


def _xls_records(book: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and length of each record, up to the end of the part; parts within it are passed over."""
    depth = 0
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 0:
            return
        if depth == 1 and start + 4 + length <= len(book):
            yield kind, start + 4, length
        start += 4 + length


def _short_name(name: bytes) -> str:
    if name[:1] and len(name) == 1 + name[0]:  # before Excel 97
        return name[1:].decode("cp1252", "replace")
    return name[2:].decode("utf-16-le" if name[1] & 1 else "latin-1", "replace")


def _xls_faults(book: bytes, offset: int) -> Faults:
    faults: Faults = {}
    for kind, start, length in _xls_records(book, offset):
        code = None
        if kind == ERROR and length >= 8 and book[start + 7]:
            code = book[start + 6]
        elif kind == FORMULA and length >= 14 and book[start + 12 : start + 14] == b"\xff\xff" and book[start + 6] == 2:
            code = book[start + 8]
        if code is not None:
            row, column = struct.unpack_from("<HH", book, start)
            faults[row + 1, column] = error_text(ERROR_CODES.get(code, "#ERROR!"))
    return faults


def inspect_xlsb(name: str, archive: Archive) -> BookFacts:
    """Look through the sheets of an .xlsb, and unpack all of it once to see that it stays within the limits."""
    links = archive.read("xl/_rels/workbook.bin.rels") if "xl/_rels/workbook.bin.rels" in archive.parts else b"<a/>"
    if b"<!DOCTYPE" in links or b"<!ENTITY" in links:
        raise damaged(name, "it declares entities, which no spreadsheet program writes")
    try:
        targets = {link.get("Id"): link.get("Target", "") for link in ET.fromstring(links)}  # noqa: S314 - no entities
    except ET.ParseError as error:
        raise damaged(name, error) from error
    if "xl/sharedstrings.bin" in archive.parts:
        for _ in archive.chunks("xl/sharedstrings.bin"):
            pass
    book = archive.read("xl/workbook.bin")
    epoch, faults = 1900, {}
    for kind, start, length in _xlsb_records(book):
        if kind == BOOK_PROPERTIES and length and book[start] & 1:
            epoch = 1904
        if kind == BUNDLE_SHEET and length >= 16:
            link, after = _wide_text(book, start + 8)
            sheet, _ = _wide_text(book, after)
            part = posixpath.normpath(posixpath.join("/xl", targets.get(link, ""))).lstrip("/").lower()
            if part in archive.parts:
                faults[sheet] = _xlsb_faults(archive.read(part, MOST_BINARY))
    return BookFacts(epoch, faults)


def _xlsb_records(data: bytes) -> Iterator[tuple[int, int, int]]:
    place, end = 0, len(data)
    while place + 1 < end:
        kind = data[place]
        place += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[place] & 0x7F) << 7
            place += 1
        length = shift = 0
        while place < end and shift < 28:
            byte = data[place]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if place + length > end:
            return
        yield kind, place, length
        place += length


def _wide_text(data: bytes, place: int) -> tuple[str, int]:
    length = 2 * int.from_bytes(data[place : place + 4], "little")
    end = place + 4 + length
    return data[place + 4 : end].decode("utf-16-le", "replace"), end


def _xlsb_faults(data: bytes) -> Faults:
    faults: Faults = {}
    row = 0
    for kind, start, length in _xlsb_records(data):
        if kind == ROW and length >= 4:
            row = int.from_bytes(data[start : start + 4], "little") + 1
        elif kind in (CELL_ERROR, FORMULA_ERROR) and length >= 9:
            column = int.from_bytes(data[start : start + 4], "little")
            faults[row, column] = error_text(ERROR_CODES.get(data[start + 8], "#ERROR!"))
    return faults
