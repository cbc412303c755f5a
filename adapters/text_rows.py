"""Parsing the rows of a text whose form is known: all cells as text, and which rows have another number of fields."""

import csv
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from adapters.quotes import QUOTE_REMEDY, check_quotes
from adapters.separators import DELIMITER_REMEDY, END, MAX_FIELDS, SPACE, Line, TextForm, dialect, too_many_fields
from schemas.errors import InputError

BLOCK = 8 << 20
MANY_ROWS, MANY_WIDTHS = 1_000_000, 1_000  # of other lengths than most
MANY_CELLS = 50_000_000
COUNT_BLOCK = 1 << 18  # stays in the cache
TAIL = 1 << 16
LF, CR = 10, 13

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Cells as large_string, the numbers of their rows, and how many fields the rows have that have not as many."""

    table: pa.Table
    numbers: Numbers
    ragged: dict[int, int]


def parse_rows(name: str, form: TextForm) -> Rows:
    """Parse all rows in their order; empty cells are null, rows of another length are cut, or filled up with nulls.

    Rows of another length in which no cell is filled are left out. Raises InputError for quotes that are not closed
    and rows that are too long, and where too many rows are blank or of another length.
    """
    text = _Text(form)
    lines = text.count_lines()
    if lines * form.width > max(1.25 * len(form.data), MANY_CELLS):
        raise InputError(f"{name}: most of its {lines:,} lines are blank.", "Delete them, or export it again.")
    # Only without threads do rows come with their numbers. With threads, and without looking for line ends in cells,
    # it is faster, and as good if each block begins where a row does: there are as many rows as lines, and no block
    # ends with an open quote.
    simple = not form.is_multiline and text.blocks_end_closed()
    body = _Body(text, is_threaded=True, is_multiline=not simple)
    if body.table is None or not body.saw_end or (simple and len(body.table) != lines):
        del body  # and its table, before there is another
        body = _Body(text, is_threaded=False, is_multiline=True)
    table = _checked(name, body, text)
    ragged = [Line(form.first + row.number - 1, row.actual_columns, row.text) for row in body.ragged]
    count = len(table) + len(ragged)
    numbers = np.delete(
        np.arange(form.first, form.first + count, dtype=np.int64), [line.number - form.first for line in ragged]
    )
    if count < lines and form.quote:  # some row has more than one line
        check_quotes(name, table, numbers, form.data, form.quote)
    parts = [*_parse_lines(name, form.head, form), Rows(table, numbers, {}), *_parse_lines(name, ragged, form)]
    return _in_order(parts, form)


class _Text:
    """The text below the head, in blocks that end with a line where that is possible."""

    def __init__(self, form: TextForm) -> None:
        self.form = form
        self.stop = len(form.data)
        while self.stop > form.start:  # blank lines at the end are not worth a row
            tail = form.data[max(self.stop - TAIL, form.start) : self.stop]
            self.stop -= len(tail) - len(tail.rstrip(b"\r\n"))
            if tail.rstrip(b"\r\n"):
                break
        self.blocks = [*pairwise([form.start, *self._cuts(), self.stop])]

    def _cuts(self) -> Iterator[int]:
        data, cut = self.form.data, self.form.start
        while self.stop - cut > BLOCK:
            end = cut + BLOCK
            cut = data.rfind(b"\n", cut, end) + 1 or data.rfind(b"\r", cut, end - 1) + 1 or end
            yield cut

    def count_lines(self) -> int:
        """Count the lines; CR and LF behind each other end one."""
        codes, ends = np.frombuffer(memoryview(self.form.data)[self.form.start : self.stop], np.uint8), 0
        has_returns = b"\r" in self.form.data
        for start in range(0, len(codes), COUNT_BLOCK):
            block = codes[start : start + COUNT_BLOCK]
            ends += int(np.count_nonzero(block == LF))
            if has_returns:
                after = codes[start + 1 : start + 1 + COUNT_BLOCK]
                ends += int(np.count_nonzero(block == CR))
                ends -= int(np.count_nonzero((block[: len(after)] == CR) & (after == LF)))
        return ends + bool(len(codes))

    def blocks_end_closed(self) -> bool:
        """Whether no block ends within quotes, provided that its last line begins a row."""
        if not self.form.quote:
            return True
        data, form = self.form.data, dialect(self.form.delimiter, self.form.quote)
        for begin, end in self.blocks[:-1]:
            line = data[data.rfind(b"\n", begin, end - 1) + 1 or begin : end]
            if not line.endswith((b"\n", b"\r")):
                return False
            try:
                *_, last = csv.reader([*StringIO(line.decode(), newline=""), END], form)
            except csv.Error:  # a cell of more than 131,072 characters
                return False
            if last != [END]:
                return False
        return True

    def open(self) -> pa.PythonFile:
        """Return a file of the blocks, with END behind them; Arrow reads as much at once as a block has."""
        return pa.PythonFile(_Stream(self), mode="r")


class _Stream:
    """What pyarrow wants of a file object."""

    closed = False

    def __init__(self, text: _Text) -> None:
        view = memoryview(text.form.data)
        parts = [view[begin:end] for begin, end in text.blocks if end > begin]
        if parts and bytes(parts[0][:3]) == BOM_UTF8:
            parts[0] = memoryview(_marked(bytes(parts[0])))
        self._parts = iter([*parts, memoryview(f"\n{END}".encode() if parts else END.encode())])

    def read(self, _size: int = -1) -> memoryview:
        return next(self._parts, memoryview(b""))

    def close(self) -> None:
        self.closed = True


def _marked(data: bytes) -> bytes:
    """Put a byte order mark before another one, since Arrow takes the first away."""
    return BOM_UTF8 + data if data.startswith(BOM_UTF8) else data


def _options(width: int, *, block: int = BLOCK, is_threaded: bool = False) -> dict[str, Any]:
    names = [str(position) for position in range(width)]
    return {
        "read_options": pacsv.ReadOptions(column_names=names, use_threads=is_threaded, block_size=block),
        "convert_options": pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,  # the whole text has been checked
        ),
    }


def _parse_options(form: TextForm, *, is_multiline: bool, handler: Any = None) -> pacsv.ParseOptions:  # noqa: ANN401
    return pacsv.ParseOptions(
        delimiter=form.delimiter,
        quote_char=form.quote or False,
        newlines_in_values=is_multiline and bool(form.quote),
        ignore_empty_lines=False,
        invalid_row_handler=handler,
    )


class _Body:
    """One attempt at parsing; with threads it ends at the first row that has not as many fields."""

    def __init__(self, text: _Text, *, is_threaded: bool, is_multiline: bool) -> None:
        self.ragged: list[pacsv.InvalidRow] = []
        self.saw_end = False
        self.table: pa.Table | None = None
        self.error = ""
        most = 0 if is_threaded else MANY_ROWS

        def set_aside(row: pacsv.InvalidRow) -> str:
            if row.text == END:
                self.saw_end = True
                return "skip"
            self.ragged.append(row)
            return "error" if len(self.ragged) > most else "skip"

        options = _options(text.form.width, is_threaded=is_threaded)
        parse = _parse_options(text.form, is_multiline=is_multiline, handler=set_aside)
        try:
            self.table = pacsv.read_csv(text.open(), parse_options=parse, **options)
        except pa.ArrowInvalid as error:
            self.error = str(error)


def _checked(name: str, body: _Body, text: _Text) -> pa.Table:
    if len(body.ragged) > MANY_ROWS:
        message = f"{name}: more than {MANY_ROWS:,} rows have not {text.form.width} fields, as most of the first have."
        raise InputError(message, DELIMITER_REMEDY)
    if body.table is None:
        row = text.form.first + _rows_before_error(text)
        raise InputError(f"{name}: a cell in row {row} or below does not end ({body.error}).", QUOTE_REMEDY)
    if not body.saw_end:
        row = text.form.first + len(body.table) + len(body.ragged) - 1
        raise InputError(f"{name}: a quote in row {row} is never closed.", QUOTE_REMEDY)
    return body.table


def _rows_before_error(text: _Text) -> int:
    """Count the rows above the one that is longer than a block."""
    ragged = 0

    def count(_row: pacsv.InvalidRow) -> str:
        nonlocal ragged
        ragged += 1
        return "skip"

    rows, parse = 0, _parse_options(text.form, is_multiline=True, handler=count)
    try:
        for batch in pacsv.open_csv(text.open(), parse_options=parse, **_options(text.form.width)):
            rows += batch.num_rows
    except pa.ArrowInvalid:
        pass
    return rows + ragged


def _parse_lines(name: str, lines: Sequence[Line], form: TextForm) -> Iterator[Rows]:
    """Parse single rows, those of the same length together."""
    groups: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.fields > MAX_FIELDS:
            raise too_many_fields(name, line.number)
        if line.fields == form.width or line.text.strip(SPACE):
            groups[line.fields].append(line)
    if len(groups) > MANY_WIDTHS:
        raise InputError(f"{name}: its rows have more than {MANY_WIDTHS:,} different lengths.", DELIMITER_REMEDY)
    for width, group in groups.items():
        data = _marked("\n".join([*(line.text for line in group), ""]).encode())
        parse = _parse_options(form, is_multiline=True)
        options = _options(width, block=len(data) + 1)
        table = pacsv.read_csv(pa.BufferReader(data), parse_options=parse, **options)
        numbers = np.array([line.number for line in group], dtype=np.int64)
        if data.count(b"\n") + data.count(b"\r") > len(group) and form.quote:
            check_quotes(name, table, numbers, data, form.quote)
        filled = np.full(len(group), width == form.width)
        for column in table.columns:
            filled |= pc.fill_null(pc.match_substring_regex(column, r"\S"), False).to_numpy()
        more = [pa.nulls(len(group), pa.large_string())] * (form.width - width)
        names = [str(position) for position in range(form.width)]
        table = pa.table([*table.columns[: form.width], *more], names=names).filter(pa.array(filled))
        numbers = numbers[filled]
        yield Rows(table, numbers, {} if width == form.width else dict.fromkeys(numbers.tolist(), width))


def _in_order(parts: Sequence[Rows], form: TextForm) -> Rows:
    table = pa.concat_tables([part.table for part in parts])
    numbers = np.concatenate([part.numbers for part in parts])
    if (np.diff(numbers) < 0).any():
        order = np.argsort(numbers, kind="stable")
        table, numbers = table.take(order), numbers[order]
    if form.separator != form.delimiter:
        for position, column in enumerate(table.columns):
            if pc.any(pc.match_substring(column, form.delimiter)).as_py():
                plain = pc.replace_substring(column, form.delimiter, form.separator)
                table = table.set_column(position, str(position), plain)
    ragged = {number: width for part in parts for number, width in part.ragged.items()}
    return Rows(table, numbers, dict(sorted(ragged.items())))
