"""The XML of .ods: the error cells and formulas without a result, which calamine shows as empty cells or as text."""

import re
from pyexpat import ExpatError, ParserCreate

from adapters.archives import Archive, damaged
from adapters.book_facts import UNCALCULATED, BookFacts, Faults, error_text

CONTENT = "content.xml"
MOST_FAULTS = 2_000_000
ERROR = b'value-type="error"'
UNCALCULATED_CELL = re.compile(rb"<[\w.-]+:table-cell\b(?=[^>]*:formula=)(?![^>]*:value-type=)[^>]*>")
EPOCH_1904 = re.compile(rb'<[\w.-]+:null-date\s[^>]*date-value="1904-')


def inspect(name: str, archive: Archive) -> BookFacts:
    """Unpack the content once to see that it stays within the limits, and walk through it where it has faults.

    Raises InputError for declarations of entities.
    """
    is_1904 = has_faults = False
    tail = b""
    for chunk in archive.chunks(CONTENT):
        if not tail and b"\0" in chunk[:4]:
            raise damaged(name, "its XML is not UTF-8")
        piece = tail + chunk
        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            raise damaged(name, "it declares entities, which no spreadsheet program writes")
        is_1904 = is_1904 or bool(EPOCH_1904.search(piece))
        has_faults = has_faults or ERROR in piece or (b":formula=" in piece and bool(UNCALCULATED_CELL.search(piece)))
        tail = piece[-10_000:]
    return BookFacts(1904 if is_1904 else 1900, _faults(name, archive) if has_faults else {})


def _faults(name: str, archive: Archive) -> dict[str, Faults]:
    walk = _Walk()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.text
    try:
        for chunk in archive.chunks(CONTENT):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except _TooManyError as error:
        raise damaged(name, f"more than {MOST_FAULTS:,} cells hold errors") from error
    except ExpatError as error:
        raise damaged(name, f"{CONTENT}: {error}") from error
    return walk.faults


class _TooManyError(Exception):
    """A few bytes repeat an error over millions of cells."""


class _Walk:
    """Counts rows and cells, of which each may stand for many alike."""

    def __init__(self) -> None:
        self.faults: dict[str, Faults] = {}
        self._sheet = ""
        self._row, self._rows = 1, 1
        self._column, self._columns = 0, 1
        self._fault: str | None = None
        self._text = ""
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "table":
            name = next((value for key, value in attributes.items() if key.endswith(":name")), "")
            self._sheet, self._row = name, 1
        elif tag == "table-row":
            self._rows, self._column = _number(attributes, ":number-rows-repeated"), 0
        elif tag in ("table-cell", "covered-table-cell"):
            self._columns = _number(attributes, ":number-columns-repeated")
            kinds = [value for key, value in attributes.items() if key.endswith(":value-type")]
            is_formula = any(key.endswith(":formula") for key in attributes)
            self._fault = "error" if "error" in kinds else UNCALCULATED if is_formula and not kinds else None
            self._text = ""

    def text(self, text: str) -> None:
        if self._fault == "error" and len(self._text) < 50:
            self._text += text

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in ("table-cell", "covered-table-cell"):
            if self._fault:
                fault = error_text(self._text.strip()) if self._fault == "error" else self._fault
                cells = self.faults.setdefault(self._sheet, {})
                self._count += self._rows * self._columns
                if self._count > MOST_FAULTS:
                    raise _TooManyError
                for row in range(self._row, self._row + self._rows):
                    for column in range(self._column, self._column + self._columns):
                        cells[row, column] = fault
            self._fault = None
            self._column += self._columns
        elif tag == "table-row":
            self._row += self._rows


def _number(attributes: dict[str, str], ending: str) -> int:
    text = next((value for key, value in attributes.items() if key.endswith(ending)), "1")
    return int(text) if text.isdecimal() else 1
