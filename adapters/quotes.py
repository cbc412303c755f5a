"""What encloses the cells of a text file, and whether it does so to the end."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import InputError

QUOTE_REMEDY = 'Close the quote, and write a quote inside a quoted cell as "".'
HEADER_LINES = 20
EXAMPLE = 60
SLICE = 1 << 16  # rows whose cells are looked at together


def wrapped_in_apostrophes(lines: Sequence[str], delimiters: str) -> str:
    """Return an example if the header and most fields below it are enclosed in apostrophes, else ""."""
    for at, header in enumerate(lines[:HEADER_LINES]):
        plain = header.rstrip("\r\n")
        for delimiter in delimiters:
            headers = plain.split(f"'{delimiter}'")
            if len(headers) > 1 and plain.startswith("'") and plain.endswith("'") and len(plain) > 1:
                fields = [field for line in lines[at + 1 :] for field in line.rstrip("\r\n").split(delimiter) if field]
                wrapped = [field for field in fields if field.startswith("'") or field.endswith("'")]
                if 2 * len(wrapped) >= len(fields):
                    return f"{headers[0]}'"
    return ""


def double_escaped(data: bytes, quote: str, delimiters: str) -> tuple[bytes, str]:
    r"""Write quotes inside a cell twice where the file has a backslash before them, as MySQL does.

    The second value is an example, or "" where no cell shows that a backslash has this sense: a quoted cell must go on
    behind `\"`, since a cell may well end with a backslash.
    """
    if b"\\" not in data or f"\\{quote}".encode() not in data:
        return data, ""
    mark, ends = re.escape(quote), re.escape(delimiters) + r"\r\n"
    shown = re.search(rf"(?:^|[{ends}])({mark}[^{mark}\r\n]*\\{mark}[^{mark}{ends}])".encode(), data)
    if not shown:
        return data, ""
    example = re.sub(r"\s+", " ", data[shown.start(1) : shown.end(1) + EXAMPLE].decode(errors="ignore").split("\n")[0])
    for written, meant in (("\\\\", "\0"), (f"\\{quote}", quote * 2), ("\\\r", "\r"), ("\\\n", "\n"), ("\0", "\\")):
        data = data.replace(written.encode(), meant.encode())
    return data, example


def check_quotes(name: str, table: pa.Table, rows: npt.NDArray[np.int64], data: bytes, quote: str) -> None:
    """Refuse a cell of several lines that no well-formed quotes enclose: whole rows may have gone into it.

    `rows` are the numbers of the table's rows, `data` is what it was read from. Raises InputError.
    """
    place = 0
    for start in range(0, len(table), SLICE):
        suspects: list[tuple[int, int, str]] = []
        for position, column in enumerate(table.slice(start, SLICE).columns):
            quoted = pc.indices_nonzero(pc.match_substring(column, quote))
            if len(quoted):
                has_lines = pc.match_substring_regex(cells := column.take(quoted), "[\r\n]")
                found = zip(quoted.filter(has_lines).to_pylist(), cells.filter(has_lines).to_pylist(), strict=True)
                suspects += [(start + row, position, cell) for row, cell in found]
        for row, _, cell in sorted(suspects):
            written = quote + cell.replace(quote, quote * 2) + quote
            if (place := data.find(written.encode(), place)) < 0:
                raise InputError(f"{name}: a quote that opens in row {rows[row]} is not closed there.", QUOTE_REMEDY)
