"""Numbers: amounts and quantities as people and programs write them, as plain decimal numbers."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from iso4217 import Currency

from transforms.arrow import TEXT
from transforms.distinct import Distinct, distinct
from transforms.reading import Marks, Spelled, only

NOTHING = pa.scalar("", TEXT)
PLAIN = r"^[-+]?(?:\d+\.?\d*|\.\d+)$"
PLAIN_TWOFOLD = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"  # of the plain ones: a decimal number, or a whole one in groups
SIMPLE = r"^[-+]?[0-9.,]+$"

# What people write for currencies beside their signs and ISO 4217 codes, in any case.
WORDS = (
    *("kr", "kč", "zł", "ft", "lei", "kn", "din", "tl", "fr", "sfr", "rs", "rp", "rm", "r", "s/", "bs"),
    *("лв", "руб", "р", "грн", "元", "円", "원", "eur", "euro", "usd", "gbp"),  # noqa: RUF001 - Cyrillic it is
)
CODES = "|".join(sorted(currency.value for currency in Currency))
MARK = rf"^(?:\p{{Sc}}|[A-Z]{{1,3}}\$|{CODES}|(?i:{'|'.join(WORDS)})\.?)?$"
LETTERS = r"(?:[^-+()%0-9.,' ]*\p{L}\.|[^-+()%0-9.,' ]+)"  # only a word is abbreviated: $.99
SPECIAL = r"\t\x{A0}\x{2007}-\x{200A}\x{202F}"
SPACES = rf"[{SPECIAL}]|[ {SPECIAL}]{{2,}}"
IN_PARENTHESES = rf"^(?:{LETTERS} ?)?\([^()]*\)(?: ?{LETTERS})?$"
NUMBER = (
    rf"^(?:(?P<ahead>[-+]) ?)?(?:(?P<mark>{LETTERS}) ?)?(?:(?P<inside>[-+]) ?)?"
    r"(?P<body>[0-9.,](?:[0-9.,' ]*[0-9.,])?)"
    rf"(?: ?(?P<behind>-))?(?: ?(?P<unit>{LETTERS}))?(?: ?(?P<end>-))?$"
)
PARTS = ("body", "ahead", "mark", "inside", "behind", "unit", "end")
SHARE = r"^[-+(% ]*[0-9.,' ]*[0-9][0-9.,' ]*[-)% ]*$"
SPACED = r"[1-9]\d{0,2}(?: \d{3})+|[1-9]\d{0,2}(?:'\d{3})+"
# A body with a decimal point, and one with a decimal comma; 1,23,456 is the Indian way.
POINT = rf"^(?:\d+|[1-9]\d{{0,2}}(?:,\d{{3}})+|[1-9]\d?(?:,\d{{2}})+,\d{{3}}|{SPACED})(?:\.\d*)?$|^\.\d+$"
COMMA = rf"^(?:\d+|[1-9]\d{{0,2}}(?:\.\d{{3}})+|{SPACED})(?:,\d*)?$|^,\d+$"
NAMES = {".": "point", ",": "comma"}
TWOFOLD = "read in two ways"  # a mark


@dataclass(frozen=True)
class _Readings:
    """The distinct texts of a column, and which of them can be read with a decimal point, a comma, or both."""

    cells: Distinct
    body: pa.Array
    negative: pa.Array
    point: np.ndarray
    comma: np.ndarray
    twofold: np.ndarray

    @property
    def one_way(self) -> dict[str, np.ndarray]:
        """The texts that can be read with one separator only."""
        return {".": self.point & ~self.comma & ~self.cells.typed, ",": self.comma & ~self.point}

    @property
    def marks(self) -> Marks:
        """The separators that some texts prove, and whether any can be read in two ways."""
        closed = ~_matches(self.body, "[.,]$")  # a separator without digits behind it proves nothing
        found = {separator: mask & closed for separator, mask in self.one_way.items()} | {TWOFOLD: self.twofold}
        return {mark: self.cells.rows(mask)[0] for mark, mask in found.items() if mask.any()}


def numbers(
    text: pa.ChunkedArray, decimal: str | None = None, written: np.ndarray | None = None, marks: Marks | None = None
) -> Spelled:
    """Plain decimal numbers without a plus, leading zeros or zeros after the last digit that counts.

    Read are currency signs, codes and words; thousands in groups; a minus on either side, or parentheses. A text such
    as `1,234` or `1.234` can be read in two ways: `decimal` ("." or ",") decides, or else the column, if some text in
    it has one reading only and none has the other. Where both have, each text that is clear by itself is read.
    Doubts: `ambiguous_number`; `wrong_separator`, where a text contradicts `decimal`; `percentage`. `written` tells
    which cells are text in the file, None means all; the others are never in doubt. `marks` are those of the whole
    column if this is a part of one, and then nothing is noticed.
    """
    if _is_plain(text, decimal, written):
        return Spelled(_shortest(text))
    read = _readings(text, written)
    cells, one_way, twofold = read.cells, read.one_way, read.twofold
    found_marks = read.marks if marks is None else marks
    separator = decimal or only(found_marks, (".", ","))
    wrong = (one_way["."] & (decimal == ",")) | (one_way[","] & (decimal == "."))
    by_point = read.point & ~wrong & ~(twofold & (separator != "."))
    by_comma = read.comma & ~wrong & ~(twofold & (separator != ",")) & ~by_point
    spelled = pc.if_else(pa.array(by_point | by_comma), _plain(read.body, read.negative, by_comma), cells.text)
    doubts = {
        "ambiguous_number": twofold & (separator is None),
        "wrong_separator": wrong,
        "percentage": _are_shares(cells.text),
    }
    found = {code: cells.rows(mask) for code, mask in doubts.items() if mask.any()}
    if decimal or marks is not None:
        return Spelled(cells.spread(spelled), found)
    return Spelled(cells.spread(spelled), found, *number_notice(found_marks))


def number_marks(text: pa.ChunkedArray, written: np.ndarray | None = None) -> Marks:
    """What the texts of a column prove of its decimal separator, each with the position of the first."""
    if not _is_plain(text, None, written):
        return _readings(text, written).marks
    if written is not None:
        text = pc.if_else(pa.array(written), text, pa.scalar(None, TEXT))
    position = pc.index(pc.match_substring_regex(text, r"\.\d"), True).as_py()
    return {".": position} if position >= 0 else {}


def number_notice(marks: Marks) -> tuple[str, int | None]:
    """What should be known of how a column is read, and which text proves it; nothing where that matters to none."""
    separator = only(marks, (".", ","))
    if separator is None or TWOFOLD not in marks:
        return "", None
    return f"a {NAMES[separator]} is the decimal separator", marks[separator]


def _readings(text: pa.ChunkedArray, written: np.ndarray | None) -> _Readings:
    cells = distinct(text, written)
    body, negative = _bodies(cells.text)
    point, comma = _matches(body, POINT), _matches(body, COMMA) & ~cells.typed
    return _Readings(cells, body, negative, point, comma, point & comma & _matches(body, "[.,]"))


def _is_plain(text: pa.ChunkedArray, decimal: str | None, written: np.ndarray | None) -> bool:
    """Whether the column has plain numbers alone, and no text in it can be read in another way."""
    if pc.all(pc.match_substring_regex(text, PLAIN)).as_py() is False:
        return False
    if decimal == "." or (written is not None and not written.any()):
        return True
    twofold = pc.match_substring_regex(text, PLAIN_TWOFOLD) if decimal is None else pc.match_substring(text, ".")
    return not pc.any(twofold).as_py()


def _bodies(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Digits and separators of each value, null where it is no number; and whether it is negative."""
    simple = pc.match_substring_regex(values, SIMPLE)
    body, negative = pc.ascii_ltrim(values, characters="-+"), pc.starts_with(values, "-")
    if pc.all(simple).as_py():
        return body, negative
    rest = pc.invert(simple)
    dressed, below = _undressed(values.filter(rest))
    return pc.replace_with_mask(body, rest, dressed), pc.replace_with_mask(negative, rest, below)


def _undressed(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The same for values with currencies, spaces, parentheses and the like."""
    plain = _usual(values)
    enclosed = pc.match_substring_regex(plain, IN_PARENTHESES)
    if pc.any(enclosed).as_py():
        bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r" ?[()] ?", " "))
        plain = pc.if_else(enclosed, bare, plain)
    parts = pc.extract_regex(plain, NUMBER)
    body, ahead, mark, inside, behind, unit, end = (pc.struct_field(parts, name) for name in PARTS)
    sign = pc.binary_join_element_wise(ahead, inside, behind, end, pc.if_else(enclosed, "-", NOTHING), NOTHING)
    # In 12.- and 12,-- the minus stands for cents.
    cents = _matches(pc.binary_join_element_wise(body, behind, end, NOTHING), "[.,]-")
    odd = _matches(sign, "..") | cents | ~_matches(mark, MARK) | ~_matches(unit, MARK)
    return pc.if_else(pa.array(odd), pa.scalar(None, TEXT), body), pa.array(_matches(sign, "^-"))


def _usual(values: pa.Array) -> pa.Array:
    """Each value with plain spaces, apostrophes and minus signs."""
    plain = pc.replace_substring_regex(values, SPACES, " ")
    return pc.replace_substring(pc.replace_substring(plain, "\u2019", "'"), "\u2212", "-")


def _matches(values: pa.Array, pattern: str) -> np.ndarray:
    found: np.ndarray = np.asarray(pc.fill_null(pc.match_substring_regex(values, pattern), fill_value=False))
    return found


def _plain(body: pa.Array, negative: pa.Array, by_comma: np.ndarray) -> pa.Array:
    """Canonical numbers of bodies with a decimal point or comma."""
    digits = pc.replace_substring_regex(body, "[,' ]", "")
    if by_comma.any():
        with_point = pc.replace_substring(pc.replace_substring_regex(body, "[.' ]", ""), ",", ".")
        digits = pc.if_else(pa.array(by_comma), with_point, digits)
    below = pc.binary_join_element_wise(pa.scalar("-", TEXT), digits, NOTHING)
    return _shortest(pc.if_else(negative, below, digits))


def _are_shares(values: pa.Array) -> np.ndarray:
    shares = _matches(values, "%")
    return shares & _matches(_usual(values), SHARE) if shares.any() else shares


def _shortest(numbers: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Plain numbers in their canonical spelling."""
    short = numbers
    if pc.any(pc.match_substring_regex(short, r"^(?:\+|-?\.|-?0\d)")).as_py():
        short = pc.replace_substring_regex(short, pattern=r"^(?:\+|(-))?0*(\d)", replacement=r"\1\2")
        short = pc.replace_substring_regex(short, pattern=r"^\+?(-?)\.", replacement=r"\10.")  # RE2: group 1, then "0."
    if pc.any(pc.match_substring_regex(short, r"^-0$|\.\d*0$|\.$")).as_py():
        trimmed = pc.ascii_rtrim(pc.ascii_rtrim(short, characters="0"), characters=".")
        short = pc.if_else(pc.match_substring(short, "."), trimmed, short)
        short = pc.if_else(pc.equal(short, "-0"), pa.scalar("0", TEXT), short)
    return short
