"""What a file that should be a workbook really is, and the facts of each kind that calamine leaves out."""

from adapters.archives import GZIP_MAGIC, Archive
from adapters.book_facts import BookFacts
from adapters.book_records import inspect_xls, inspect_xlsb
from adapters.ods_xml import inspect as inspect_ods
from adapters.sheet_xml import inspect as inspect_xlsx
from schemas.errors import InputError

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAVE_AS_XLSX = "Open it in a spreadsheet program and save it as .xlsx."
MAGIC = {b"%PDF": "a PDF document", b"PAR1": "a Parquet file", b"{\\rtf": "a text document", GZIP_MAGIC: "a gzip file"}


def facts_of(name: str, data: bytes) -> BookFacts:
    """Look at the bytes of a workbook before calamine does.

    Raises InputError for what is no workbook, saying what it is, and for what would take too much to read.
    """
    if data.startswith(b"PK"):
        archive = Archive(name, data)
        if "xl/workbook.bin" in archive.parts:
            return inspect_xlsb(name, archive)
        if "content.xml" in archive.parts:
            return inspect_ods(name, archive)
        if not any(part.startswith("xl/") for part in archive.parts):
            raise _other(
                name, "a Word document" if "word/document.xml" in archive.parts else "a zip file of other things"
            )
        return inspect_xlsx(name, archive)
    if data.startswith(OLE_MAGIC):
        return inspect_xls(name, data)
    raise _other(name, _kind(data))


def _kind(data: bytes) -> str:
    for magic, kind in MAGIC.items():
        if data.startswith(magic):
            return kind
    start = data[:4096].lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "an XML spreadsheet of 2003"
    if any(tag in start for tag in (b"<html", b"<!doctype html", b"<table")):
        return "an HTML page"
    if b"<?xml" in start:
        return "an XML file"
    return "something else" if b"\0" in start.removeprefix(b"\xff\xfe") else "a text file"


def _other(name: str, kind: str) -> InputError:
    remedy = "Give it the ending .csv or .tsv." if kind == "a text file" else SAVE_AS_XLSX
    return InputError(f"{name} is not a readable workbook: it is {kind}.", remedy)
