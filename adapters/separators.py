"""How a text file is written: what separates its fields, what encloses them, and how many there are in a row."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from itertools import islice

from adapters.quotes import QUOTE_REMEDY, double_escaped, wrapped_in_apostrophes
from schemas.errors import InputError
from schemas.tables import ReadOptions

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", "~": "tilde", "^": "caret"}
MAX_FIELDS = 16_384  # as many as an Excel sheet has columns
SAMPLE_ROWS, SAMPLE_LINES, SAMPLE_BYTES = 1_000, 4_000, 1 << 20
SPACE = " \t\r\n\f"
USUAL = (",", "\t")  # nobody asks about these
BLANK = SPACE + "".join(DELIMITERS)
END = "\0"  # a last row of our own: NUL cannot occur in the file, so only an open quote can swallow it
STAND_INS = "\x1f\x1e\x1d\x1c\x01\x02\x03\x04\x05\x06"  # bytes that text has no use for
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)  # by which Excel is told the separator
SEPARATOR_LINES_END = 10
NUMBER = re.compile(r"[\d.,' %+()$€£-]*\d[\d.,' %+()$€£-]*")
DELIMITER_REMEDY = "Set `delimiter` in the profile."


@dataclass(frozen=True)
class Line:
    """A row of the file as it is written, without the line end: its number and how many fields it has."""

    number: int
    fields: int
    text: str


@dataclass(frozen=True)
class TextForm:
    """How a text is to be parsed.

    `data` is the text in UTF-8, with separators of one byte and quotes that are doubled inside a cell. `head` has the
    first rows, down to the last one of the sample that has not `width` fields; from byte `start` and row `first` on
    stand the others. Where the file has a longer separator, `delimiter` stands for it.
    """

    data: bytes
    delimiter: str
    separator: str
    quote: str  # "" for none
    width: int
    head: tuple[Line, ...]
    start: int
    first: int
    is_multiline: bool  # whether some cell of the sample has a line end in it
    notices: tuple[str, ...]


@dataclass(frozen=True)
class _Sample:
    lines: list[str]
    is_whole: bool  # whether it is all of the text
    is_cut: bool  # whether its only line goes on


@dataclass(frozen=True)
class _Row:
    begin: int  # the first of its lines in the sample
    end: int
    cells: list[str]

    @cached_property
    def is_blank(self) -> bool:
        return not any(cell.strip(BLANK) for cell in self.cells)


@dataclass(frozen=True)
class _Guess:
    delimiter: str
    rows: Sequence[_Row]
    width: int

    @cached_property
    def full(self) -> list[_Row]:
        return [row for row in self.rows if len(row.cells) == self.width and not row.is_blank]

    @property
    def score(self) -> int:
        """How many separators it explains."""
        return len(self.full) * (self.width - 1)

    @property
    def has_header(self) -> bool:
        """Whether its first full row may be one; a number there shows that what splits the rows is no separator.

        A row with one filled cell is a title, which has all separators where a spreadsheet program has written them.
        """
        first = next((row for row in self.full if sum(map(bool, row.cells)) > 1), self.full[0])
        return not any(NUMBER.fullmatch(cell.strip()) for cell in first.cells)


def find_form(name: str, data: bytes, options: ReadOptions) -> TextForm:
    """Find out from the first rows of a UTF-8 text how it is written; what `options` tell is taken as told.

    Raises InputError where nothing separates the fields or more than one separator may, and for too many fields.
    """
    _check_told(name, options)
    delimiter, quote, notices = options.delimiter, options.quote, []
    if delimiter is not None and len(delimiter.encode()) > 1:
        delimiter = _stand_in(name, data)
        data = data.replace(str(options.delimiter).encode(), delimiter.encode())
    sample = _sample(data)
    if quote is None:
        example = wrapped_in_apostrophes(sample.lines, delimiter or "".join(DELIMITERS))
        quote = "'" if example else '"'
        if example:
            notices.append(
                f"{name}: cells are enclosed in apostrophes, such as {example}; set quote in a profile if not."
            )
    if quote:
        data, example = double_escaped(data, quote, delimiter or "".join(DELIMITERS))
        if example:
            sample = _sample(data)
            notices.append(f"{name}: a backslash before a quote belongs to the quote, as in {example}.")
    marks = _separator_lines(sample, quote)
    guess = _guess(name, sample, delimiter or next(iter(marks.values()), None), quote, options)
    if options.delimiter is None and guess.delimiter not in USUAL:
        notices.append(f'{name}: a {_word(guess.delimiter)} ("{guess.delimiter}") separates its columns.')
    return _form(data, sample, guess, quote, options.delimiter or guess.delimiter, set(marks), tuple(notices))


def too_many_fields(name: str, row: int) -> InputError:
    """The error for a row with more fields than any sheet has columns."""
    return InputError(f"{name}: row {row} has more than {MAX_FIELDS:,} fields.", DELIMITER_REMEDY)


def _check_told(name: str, options: ReadOptions) -> None:
    delimiter, quote = options.delimiter, options.quote
    if delimiter is not None and (not delimiter or set(delimiter) & {"\r", "\n", "\0", quote or '"'}):
        message = f"{name}: {delimiter!r} cannot separate fields."
        raise InputError(message, 'A separator has no quote and no line end in it. A tab is "\\t" in double quotes.')
    if quote and (len(quote.encode()) != 1 or quote in "\r\n\0"):
        raise InputError(f"{name}: {quote!r} cannot enclose cells.", 'Set `quote` to one character, or to "" for none.')


def _stand_in(name: str, data: bytes) -> str:
    for byte in STAND_INS:
        if byte.encode() not in data:
            return byte
    raise InputError(f"{name} has control characters in it, so it can only have a separator of one character.", "")


def _sample(data: bytes) -> _Sample:
    text = StringIO(data[:SAMPLE_BYTES].decode(errors="ignore"), newline="")
    lines = list(islice(text, SAMPLE_LINES))
    is_whole = len(data) <= SAMPLE_BYTES and not text.readline()
    is_cut = not is_whole and len(lines) == 1
    return _Sample(lines if is_whole or is_cut else lines[:-1], is_whole, is_cut)


def dialect(delimiter: str, quote: str) -> type[csv.Dialect]:
    """The csv module's name for how rows are split; without a quote nothing encloses cells."""
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    return type("Form", (csv.excel,), {"delimiter": delimiter, "quotechar": quote or None, "quoting": quoting})


def _rows(sample: _Sample, delimiter: str, quote: str) -> list[_Row]:
    """Split the sample into rows; the last one is left out if the rest of the text goes on with it."""
    reader = csv.reader([*sample.lines, END], dialect(delimiter, quote))
    rows: list[_Row] = []
    try:
        for cells in islice(reader, SAMPLE_ROWS):
            rows.append(_Row(rows[-1].end if rows else 0, reader.line_num, cells))
    except csv.Error:  # a cell of more than 131,072 characters
        return rows
    ends_closed = rows[-1].cells == [END]
    is_open = rows[-1].end > len(sample.lines) and not ends_closed
    return rows[:-1] if ends_closed or (is_open and not sample.is_whole) else rows


def _separator_lines(sample: _Sample, quote: str) -> dict[int, str]:
    """Find lines such as `sep=;` among the first ones, by their place in the sample."""
    found = {at: SEPARATOR_LINE.fullmatch(line) for at, line in enumerate(sample.lines[:SEPARATOR_LINES_END])}
    return {at: match[1] for at, match in found.items() if match and match[1] not in {quote, "\r", "\n"}}


def _guess(name: str, sample: _Sample, told: str | None, quote: str, options: ReadOptions) -> _Guess:
    """Take the separator that explains most of the sample, and the number of fields that most of its rows have."""
    used = [delimiter for delimiter in told or DELIMITERS if any(delimiter in line for line in sample.lines)]
    parsed = {delimiter: _rows(sample, delimiter, quote) for delimiter in used or ","}
    if not any(line.strip(BLANK) for line in sample.lines):
        where = "" if sample.is_whole else " within its first million bytes"
        raise InputError(f"{name} has no text in it{where}.", "Export it again, or leave it out.")
    if not any(parsed.values()):
        raise InputError(f"{name}: the header cannot be read, a cell in row 1 does not end.", QUOTE_REMEDY)
    guesses = []
    for delimiter, rows in parsed.items():
        widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1 and not row.is_blank)
        if widths:
            guess = _Guess(delimiter, rows, widths.most_common(1)[0][0])
            if guess.width > MAX_FIELDS:
                raise too_many_fields(name, rows.index(guess.full[0]) + 1)
            guesses.append(guess)
    if not guesses:
        tried = repr(options.delimiter) if options.delimiter else ", ".join(map(_word, told or DELIMITERS))
        raise InputError(f"{name} has only one column when split by {tried}.", DELIMITER_REMEDY)
    guesses = [guess for guess in guesses if guess.has_header] or guesses
    guesses.sort(key=lambda guess: -guess.score)
    best = guesses[0]
    if len(guesses) > 1 and guesses[1].score == best.score:
        choices = " or ".join(_word(guess.delimiter) for guess in guesses if guess.score == best.score)
        raise InputError(f"{name}: {choices} may separate its columns.", DELIMITER_REMEDY)
    if sample.is_cut:
        raise InputError(f"{name}: row 1 does not end within a million bytes.", QUOTE_REMEDY)
    return best


def _word(delimiter: str) -> str:
    return DELIMITERS.get(delimiter, repr(delimiter))


def _form(  # noqa: PLR0913, PLR0917 - what has been found out, put together
    data: bytes, sample: _Sample, guess: _Guess, quote: str, separator: str, marks: set[int], notices: tuple[str, ...]
) -> TextForm:
    rows, lines, stop = guess.rows, sample.lines, 0
    for at, row in enumerate(rows, 1):
        is_open = row.end > len(lines)  # an error that whoever parses the rest will tell
        if not is_open and (row.begin in marks or len(row.cells) not in {0, guess.width}):
            stop = at
    head = tuple(
        Line(number, len(row.cells), "".join(lines[row.begin : row.end]).rstrip("\r\n"))
        for number, row in enumerate(rows[:stop], 1)
        if row.begin not in marks and row.cells
    )
    start = sum(len(line.encode()) for line in lines[: rows[stop - 1].end]) if stop else 0
    goes_on = not sample.is_whole and len(rows) < SAMPLE_ROWS and rows[-1].end < len(lines)
    is_multiline = goes_on or any(row.end - row.begin > 1 for row in rows)
    return TextForm(data, guess.delimiter, separator, quote, guess.width, head, start, stop + 1, is_multiline, notices)
