"""Looks: what the values of a column look like, whatever it is called."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import InputError
from schemas.fields import Field, Kind
from schemas.synonyms import COUNTRIES, STATUS_WORDS
from transforms.cells import TEXT, to_text
from transforms.validate import CURRENCIES

SAMPLE = 1_000  # rows that are looked at
NEARLY_ALL = 0.95
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
# RE2
PATTERNS = {
    "date": r"^(?:[12][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[T ].*)?"
    rf"|{_DAY}[./-]{_DAY}[./-](?:[0-9]{{2}}|[12][0-9]{{3}})(?:[ ,].*)?"
    rf"|[12][0-9]{{3}}[./]{_DAY}[./]{_DAY}(?:[ ,].*)?"
    rf"|{_DAY}[ -][A-Za-z]{{3,9}}[ -](?:[0-9]{{2}}|[12][0-9]{{3}})(?: .*)?"
    rf"|[A-Za-z]{{3,9}} {_DAY},? [12][0-9]{{3}}(?: .*)?)$",
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "number": r"^[-+(]?\s?[\p{Sc}A-Z]{0,3}\s?[-+]?(?:0|[1-9][0-9]{0,2}(?:[., '\x{a0}\x{202f}][0-9]{3})+|[1-9][0-9]*)?"
    r"(?:[.,][0-9]{1,6})?\s?(?:[\p{Sc}%]|[A-Z]{3})?[-)]?$",
    "whole": r"^(?:0|[1-9][0-9]*)(?:[.,]0+)?$",
    "fraction": r"[0-9][.,][0-9]{1,2}(?:[0-9]{2})?\)?[^0-9]*$",
    "id": r"^[^\s@]{0,8}[0-9][^\s@,.]*$",
}
SETS = {"currency": CURRENCIES, "country": COUNTRIES}
# What nearly all values of a column must look like for a field of a kind; others may have any values.
NEEDS = {
    Kind.CURRENCY: ("currency", "its values are no ISO 4217 codes"),
    Kind.DATE: ("date", "its values are no dates"),
    Kind.AMOUNT: ("number", "its values are no numbers"),
    Kind.PRICE: ("number", "its values are no numbers"),
    Kind.QUANTITY: ("number", "its values are no numbers"),
    Kind.COMPANY: ("whole", "its values are no whole numbers, so a [lookup.company_id] must translate them"),
}


@dataclass(frozen=True)
class Look:
    """What a sample of a column's values is like.

    `shares` tells of each pattern which part of the filled cells it fits, from 0 to 1; `numbers` are the values as
    numbers, NaN where they are none; `codes` number the distinct values, -1 for an empty cell.
    """

    filled: int
    distinct: int
    shares: Mapping[str, float]
    numbers: np.ndarray
    codes: np.ndarray

    def is_mostly(self, pattern: str) -> bool:
        """Whether nearly all filled cells are of a pattern."""
        return self.filled > 0 and self.shares[pattern] >= NEARLY_ALL

    def how_many(self, pattern: str) -> str:
        """`every value` or `nearly every value`, to begin a reason with."""
        return "every value" if self.shares[pattern] == 1 else "nearly every value"

    def misfit(self, field: Field) -> str | None:
        """Why the values are hardly those of a field, or None."""
        pattern, why = NEEDS.get(field.kind, ("", ""))
        if not self.filled:
            return None
        if field.name == "order_number" and self.shares["id"] < 0.5:
            return "its values are no ids"
        if field.name == "name" and self.is_mostly("id"):
            return "its values are ids"
        serial = field.kind is Kind.DATE and self.is_mostly("number")
        return why if pattern and not self.is_mostly(pattern) and not serial else None


def look(column: pd.Series, null_words: Collection[str] = ()) -> Look | None:
    """What the first values of a column are like; None for lists, bytes and the like."""
    try:
        text = to_text(column.head(SAMPLE), null_words).combine_chunks()
    except InputError:
        return None
    coded = text.dictionary_encode()
    values = coded.dictionary
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    filled = int(counts.sum())
    fits = {name: pc.match_substring_regex(values, pattern) for name, pattern in PATTERNS.items()}
    fits |= {name: pc.is_in(values, value_set=pa.array(sorted(some), TEXT)) for name, some in SETS.items()}
    fits["status"] = pc.is_in(pc.utf8_lower(values), value_set=pa.array(sorted(STATUS_WORDS), TEXT))
    shares = {name: _share(fit, counts, filled) for name, fit in fits.items()}
    numbers = _numbers(values, fits["number"])
    return Look(filled, len(values), shares, np.append(numbers, np.nan)[codes], codes)


def _share(fit: pa.BooleanArray, counts: np.ndarray, filled: int) -> float:
    return float(counts[fit.to_numpy(zero_copy_only=False).astype(bool)].sum() / filled) if filled else 0.0


def _numbers(values: pa.LargeStringArray, readable: pa.BooleanArray) -> np.ndarray:
    """The values as numbers, near enough to compare: the last separator is the decimal one, unless 3 digits follow."""
    bare = pc.replace_substring_regex(values, pattern=r"[^0-9.,-]", replacement="")
    bare = pc.replace_substring_regex(bare, pattern=r"[.,]([0-9]{3})(?:[.,]|$)", replacement=r"\1.")
    bare = pc.replace_substring_regex(bare, pattern=r"[.,]([0-9]+)$", replacement=r".\1")
    plain = pc.and_(readable, pc.match_substring_regex(bare, r"^-?[0-9]*\.?[0-9]+\.?$"))
    return pd.to_numeric(pd.Series(pc.if_else(plain, bare, None).to_pandas()), errors="coerce").to_numpy("float64")
