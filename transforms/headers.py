"""Headers: which rows of a sheet are its header, and what its columns are called."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median

import pandas as pd

from transforms.cells import MIDNIGHT, to_text
from transforms.filled import SPACE, Cells, Row

Known = Callable[[str], bool]

SEARCHED = 50  # filled rows among which the header is
ENOUGH = 2  # fields that a row must name, so that it is no title or note that uses a word of ours
WIDE = 0.75  # of the cells of a usual row, in a header of which nothing is known
LETTERS = re.compile(r"(?<=\S)(?: \[[A-Z]+\])+$")


def letter(position: int) -> str:
    """The letter of a column as spreadsheets show it: 0 is A, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def base_name(header: str) -> str:
    """A header without the letter that tells it from another of the same name: `Name` for `Name [E]`."""
    return LETTERS.sub("", header)


def rows_text(numbers: Sequence[int]) -> str:
    """Row numbers as a person reads them: `row 5`, `rows 5 and 6`, `rows 5 to 9`, `rows 5, 8, 11, ...`."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return f"row {first}"
    if len(numbers) == 2:
        return f"rows {first} and {last}"
    if last - first == len(numbers) - 1:
        return f"rows {first} to {last}"
    return f"rows {', '.join(map(str, numbers[:9]))}{', ...' * (len(numbers) > 9)}"


def header_texts(cells: Cells) -> list[str]:
    """The cells of a header row as text: white space inside is one space, dates are ISO 8601, blank cells empty."""
    texts = to_text(pd.Series(list(cells), dtype=object)).to_pylist()
    texts = ["" if text is None else SPACE.sub(" ", text).strip() for text in texts]
    dates = (isinstance(cell, dt.date) for cell in cells)
    return [text.removesuffix(MIDNIGHT) if date else text for text, date in zip(texts, dates, strict=True)]


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """One header of several rows: `Billing | | Shipping` over `Street | City | Street` gives `Billing City`.

    A cell reaches to the right over blank ones, as merged cells do, if it has something below it in its own column and
    as far as they have; it ends where a row above it begins a new cell.
    """
    spread: list[list[str]] = []
    for depth, row in enumerate(rows):
        below = [any(cells) for cells in zip(*rows[depth + 1 :], strict=True)] or [False] * len(row)
        group, filled = "", []
        for place, text in enumerate(row):
            if text or any(upper[place] for upper in rows[:depth]):
                group = text if below[place] else ""
            filled.append(text or (group if below[place] else ""))
        spread.append(filled)
    return [" ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*spread, strict=True)]


def find_header(head: Sequence[Row], is_known: Known) -> tuple[int, ...]:
    """The source rows of the header among the first filled rows of a sheet: one, or two that are joined.

    It is the row that names the most known fields, the earliest of several; two neighbors only if together they name
    more than any row alone. If none names any, it is the first row that is as wide as the table and mostly text, or
    else the first that is as wide.
    """
    head = head[:SEARCHED]
    scores = [len(known_names(cells, is_known)) for _, cells in head]
    best = max(scores)
    pairs = {(above[0], below[0]): _joint_score(above, below, is_known) for above, below in pairwise(head)}
    pair = max(pairs, key=lambda rows: pairs[rows], default=None)
    if pair and pairs[pair] > max(best, ENOUGH - 1):
        return pair
    if best >= ENOUGH:
        return (head[scores.index(best)][0],)
    return (_first_wide_row(head),)


def known_names(cells: Cells, is_known: Known) -> set[str]:
    """The known headers of a row, without regard to case and punctuation.

    One that ends with a colon is the label of a value beside it.
    """
    words = (text for text in _words(cells) if text and not text.endswith(":"))
    return {"".join(filter(str.isalnum, text.casefold())) for text in words if is_known(text)}


def _joint_score(above: Row, below: Row, is_known: Known) -> int:
    """How many known fields two rows name together; none if one may be a title or data."""
    if below[0] != above[0] + 1 or not all(is_wordy(cell) for cell in (*above[1], *below[1]) if cell is not None):
        return 0
    names = known_names(joined([_words(above[1]), _words(below[1])]), is_known)
    upper, lower = known_names(above[1], is_known), known_names(below[1], is_known)
    return len(names) if names - upper - lower or min(len(upper), len(lower)) >= ENOUGH else 0


def unique_names(texts: Sequence[str], positions: Sequence[int], place: str) -> tuple[list[str], list[str]]:
    """Headers that are unique and never empty, by the letters of their columns; and notices that tell of it."""
    names = [text or f"[{letter(position)}]" for text, position in zip(texts, positions, strict=True)]
    twice = [name for name, count in Counter(text for text in texts if text).items() if count > 1]
    while len(set(names)) < len(names):
        counts = Counter(names)
        names = [
            f"{name} [{letter(position)}]" if counts[name] > 1 else name
            for name, position in zip(names, positions, strict=True)
        ]
    return names, list(_name_notices(texts, names, twice, place))


def _name_notices(texts: Sequence[str], names: Sequence[str], twice: Sequence[str], place: str) -> Iterator[str]:
    nameless = [name for text, name in zip(texts, names, strict=True) if not text]
    if nameless:
        many = len(nameless) > 1
        columns, have = ("columns", "have no header and are") if many else ("column", "has no header and is")
        yield f"{place}: {len(nameless)} {columns} with cells {have} called {_listed(nameless)}"
    for name in twice[:9]:
        alike = [unique for text, unique in zip(texts, names, strict=True) if text == name]
        yield f'{place}: {len(alike)} columns are named "{name}": they are called {_listed(alike)}'


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names[:9]) + ", ..." * (len(names) > 9)


def title_notice(place: str, rows: Sequence[int], above: Sequence[Row]) -> Iterator[str]:
    """Tell which rows above the header are not read, or that the header has two rows."""
    header = f"{place}: the header is {rows_text(rows)}"
    if not above:
        if len(rows) > 1:
            yield header
        return
    texts = [text for _, cells in above for text in header_texts(cells) if text]
    shown = ", ".join(f'"{cut(text)}"' for text in texts[:2]) + ", ..." * (len(texts) > 2)
    numbers = range(1, rows[0])
    are = "is" if len(numbers) == 1 else "are"
    yield f"{header}; {rows_text(numbers)} above it {are} not read ({shown})"


def cut(text: str, most: int = 60) -> str:
    """The beginning of a text, for a message."""
    return text if len(text) <= most else text[: most - 3] + "..."


def _words(cells: Cells) -> list[str]:
    return [SPACE.sub(" ", cell).strip() if isinstance(cell, str) else "" for cell in cells]


def is_wordy(cell: object) -> bool:
    """Whether a cell could be a header: text that is no number, date or time in digits."""
    return isinstance(cell, str) and (any(map(str.isalpha, cell)) or not any(map(str.isdigit, cell)))


def _first_wide_row(head: Sequence[Row]) -> int:
    widths = [_count(cells) for _, cells in head]
    # A column or two may have no header.
    wide = [row for at, row in enumerate(head) if widths[at] >= WIDE * median(widths[at + 1 :] or [1])]
    wordy = (number for number, cells in wide if 2 * sum(map(is_wordy, cells)) > _count(cells))
    return next(wordy, wide[0][0])


def _count(cells: Cells) -> int:
    return sum(cell is not None for cell in cells)
