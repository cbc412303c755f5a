"""Text files (CSV, TSV): every cell is text, and rows keep the numbers that a spreadsheet program would show."""

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from schemas.errors import InputError
from schemas.tables import InputFile, ReadOptions, SourceTable

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BLANK = " " + "".join(DELIMITERS)
END = "\0"  # a last row of our own: NUL cannot occur in the file, so only an open quote can swallow it
BLOCK = 8 << 20
ENCODING_REMEDY = "Set `encoding` in the profile, such as cp1252 or utf-16, or save it as UTF-8."
DELIMITER_REMEDY = "Set `delimiter` in the profile."
QUOTE_REMEDY = 'Close the quote, and write a quote inside a quoted cell as "".'


def read_text(file: InputFile, data: bytes, options: ReadOptions) -> Iterator[SourceTable]:
    """Yield the one table of a text file, all cells as Arrow strings and empty ones as null; raises InputError.

    Rows of another length than the header are cut or filled up, and told in `malformed`.
    """
    data = _utf8(file.name, data, options.encoding)
    if not data.endswith((b"\n", b"\r")):
        data += b"\n"
    delimiter, header_row, header = _header(file.name, data, options.delimiter)
    table, bad = _parse(file.name, data, delimiter, header_row, len(header))
    rows = np.arange(header_row + 1, bad[-1].number)
    rows = np.delete(rows, [row.number - header_row - 1 for row in bad[:-1]])
    if bad[-1].number <= _lines(data):  # some row has more than one line
        _check_quotes(file.name, table, rows, data)
    malformed, records = _split(file.name, bad[:-1], delimiter, len(header))
    if malformed:
        columns = zip(*records, strict=True)
        more = pa.table([pa.array(column, pa.large_string()) for column in columns], names=table.column_names)
        rows = np.concatenate([rows, list(malformed)])
        table = pa.concat_tables([table, more]).take(np.argsort(rows))
    cells = table.to_pandas(types_mapper=pd.ArrowDtype)
    cells.index = pd.Index(np.sort(rows), dtype="int64", name="source_row")
    yield as_table(file.name, "", header, cells, malformed)


def as_table(
    file: str, sheet: str, headers: Iterable[str], cells: pd.DataFrame, malformed: Mapping[int, str]
) -> SourceTable:
    """Name the columns of a table and drop its empty rows, and its empty columns that have no header.

    Raises InputError for headers that are missing or stand twice.
    """
    place = SourceTable(file, sheet, cells).place
    names = [re.sub(r"\s*[\r\n]+\s*", " ", header.strip()) for header in headers]
    filled = cells.notna()
    positions: dict[str, list[str]] = {}
    for position, (name, full) in enumerate(zip(names, filled.any(), strict=True), 1):
        if name or full:
            positions.setdefault(name, []).append(str(position))
    if "" in positions:
        where = positions[""]
        columns = f"column {where[0]} has" if len(where) == 1 else f"columns {', '.join(where)} have"
        remedy = "The first row that is not empty must name every column; delete what stands above it."
        raise InputError(
            f"{place}: {columns} no header.", remedy + " A sheet that is no table can be hidden." * bool(sheet)
        )
    for name, where in positions.items():
        if len(where) > 1:
            raise InputError(f'{place}: columns {", ".join(where)} are all named "{name}".', "Rename all but one.")
    keep = filled.any(axis=1) | cells.index.isin(malformed)
    cells = cells.set_axis(names, axis=1)
    if len(positions) < len(names):
        cells = cells[list(positions)]
    return SourceTable(file, sheet, cells if keep.all() else cells[keep], dict(malformed))


def _utf8(name: str, data: bytes, encoding: str | None) -> bytes:
    """Return the text as UTF-8; a byte order mark tells its encoding more surely than an option does."""
    encoding = next((told for bom, told in BOMS.items() if data.startswith(bom)), encoding) or "utf-8"
    try:
        if codecs.lookup(encoding).name != "utf-8":
            data = data.decode(encoding).encode()
        elif b"\0" not in data and not _is_utf8(data):
            data.decode()  # raises, and knows where
    except LookupError as error:
        raise InputError(f"{name}: there is no text encoding {encoding}.", ENCODING_REMEDY) from error
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        line = data[:start].decode(encoding, "replace").count("\n") + 1
        raise InputError(f"{name} is not {encoding} text: line {line} has other bytes.", ENCODING_REMEDY) from error
    if (nul := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, nul) + 1
        remedy = f"If it is text: {ENCODING_REMEDY} If not, give it the ending of what it is."
        raise InputError(f"{name} is not plain text: line {line} has a NUL byte.", remedy)
    return data.removeprefix(codecs.BOM_UTF8)


def _is_utf8(data: bytes) -> bool:
    """Check without a copy: the bytes as the one value of an Arrow array."""
    _, offsets = pa.array([0, len(data)], pa.int64()).buffers()
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _records(data: bytes, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    return csv.reader(lines, delimiter=delimiter, strict=strict)


def _header(name: str, data: bytes, delimiter: str | None) -> tuple[str, int, list[str]]:
    """Find delimiter, row and cells of the header: the first row that is not blank, split as often as possible."""
    if delimiter is not None and (len(delimiter.encode()) != 1 or delimiter in '"\r\n\0'):
        raise InputError(
            f"{name}: the delimiter must be one character, not {delimiter!r}.", 'A tab is "\\t" in double quotes.'
        )
    found: list[tuple[int, str, int, list[str]]] = []
    for candidate in delimiter or DELIMITERS:
        try:
            for row, record in enumerate(_records(data, candidate), 1):
                if any(cell.strip(BLANK) for cell in record):
                    found.append((len(record), candidate, row, record))
                    break
        except csv.Error as error:
            raise InputError(f"{name}: the header cannot be read ({error}).", QUOTE_REMEDY) from error
    if not found:
        raise InputError(f"{name} has no text in it.", "Export it again, or leave it out.")
    found.sort(key=lambda guess: -guess[0])
    width, best, row, record = found[0]
    word = DELIMITERS.get(best, best)
    if width == 1:
        tried = f"by {word}" if delimiter else f"by {', '.join(DELIMITERS.values())}"
        raise InputError(f"{name} has only one column when split {tried}.", DELIMITER_REMEDY)
    if len(found) > 1 and found[1][0] == width:
        raise InputError(f"{name}: {word} or {DELIMITERS[found[1][1]]} may separate its columns.", DELIMITER_REMEDY)
    return best, row, record


def _parse(
    name: str, data: bytes, delimiter: str, header_row: int, width: int
) -> tuple[pa.Table, list[pacsv.InvalidRow]]:
    """Read the rows below the header; those of another length come second, the last of them our END."""
    bad: list[pacsv.InvalidRow] = []

    def set_aside(row: pacsv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    names = [str(position) for position in range(width)]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(data + END.encode()),
            # Only without threads do rows come with their numbers.
            pacsv.ReadOptions(
                column_names=names, skip_rows_after_names=header_row, use_threads=False, block_size=BLOCK
            ),
            pacsv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        row = _long_row(data, delimiter)
        raise InputError(f"{name}: a cell in row {row} or below does not end ({error}).", QUOTE_REMEDY) from error
    if not bad or bad[-1].text != END:
        row = header_row + table.num_rows + len(bad)
        raise InputError(f"{name}: a quote in row {row} is never closed.", QUOTE_REMEDY)
    return table, bad


def _long_row(data: bytes, delimiter: str) -> int:
    """Find the row that the csv module gives up on: one with bad quotes, or a cell of more than 131,072 characters."""
    rows = 0
    with contextlib.suppress(csv.Error):
        for _ in _records(data, delimiter, strict=True):
            rows += 1
    return rows + 1


def _lines(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _check_quotes(name: str, table: pa.Table, rows: npt.NDArray[np.int64], data: bytes) -> None:
    """Refuse a cell of several lines that no well-formed quotes enclose: whole rows may have gone into it."""
    for column in table.columns:
        quote, newline = pc.match_substring(column, '"'), pc.match_substring_regex(column, "[\r\n]")
        place = 0
        for at in pc.indices_nonzero(pc.and_(quote, newline)).to_pylist():
            cell = '"' + column[at].as_py().replace('"', '""') + '"'
            place = data.find(cell.encode(), place)
            if place < 0:
                raise InputError(f"{name}: a quote that opens in row {rows[at]} is not closed there.", QUOTE_REMEDY)


def _split(
    name: str, bad: Sequence[pacsv.InvalidRow], delimiter: str, width: int
) -> tuple[dict[int, str], list[list[str | None]]]:
    """Cut or fill up rows of another length; blank ones are left out."""
    malformed: dict[int, str] = {}
    records: list[list[str | None]] = []
    for row in bad:
        number, lines = cast("int", row.number), io.StringIO(row.text, newline="")
        try:
            record = next(csv.reader(lines, delimiter=delimiter, strict="\n" in row.text or "\r" in row.text), [])
        except csv.Error as error:
            message = f"{name}: a quote that opens in row {number} is not closed there."
            raise InputError(message, QUOTE_REMEDY) from error
        if any(cell.strip() for cell in record):
            malformed[number] = f"the row has {row.actual_columns} fields, the header has {width}"
            records.append([cell or None for cell in (record + [""] * width)[:width]])
    return malformed, records
