"""Values in the one spelling that checks, digests and the API see; what cannot be read stays as it was written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import UsageError
from schemas.fields import ORDER_STATUSES, Kind

TEXT = pa.large_string()
DAY = r"^\d{4}-\d{2}-\d{2}"
TIME = r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?$"  # PostgreSQL writes +00 alone
ISO_TIME = DAY + TIME
ISO_DATE = f"{DAY}(?:$|{TIME})"
ZONE = r":[^-+]*(?:Z|[+-]\d{2}(?::?\d{2})?)$"
NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)$"
CANONICAL_NUMBER = r"^(?:0|-?(?:[1-9]\d*|0\.\d*[1-9]|[1-9]\d*\.\d*[1-9]))$"


@dataclass(frozen=True)
class Reading:
    """How values are to be read: the time zone of dates without one, the layout of other dates, the status words."""

    timezone: str = "UTC"
    date_format: str | None = None
    status_words: Mapping[str, str] = field(default_factory=dict)


def canonical(text: pa.ChunkedArray, kind: Kind, reading: Reading) -> pa.ChunkedArray:
    """A column of text, each value in the canonical spelling of its kind where it can be read as one."""
    spellings: dict[Kind, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
        Kind.COMPANY: numbers,
        Kind.CURRENCY: pc.utf8_upper,
        Kind.DATE: lambda column: dates(column, reading.timezone, reading.date_format),
        Kind.STATUS: lambda column: statuses(column, reading.status_words),
        Kind.AMOUNT: numbers,
        Kind.PRICE: numbers,
        Kind.QUANTITY: numbers,
    }
    return spellings[kind](text) if kind in spellings else text


def numbers(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Plain decimal numbers without a plus, leading zeros or zeros after the last digit that counts."""
    if pc.all(pc.match_substring_regex(text, CANONICAL_NUMBER)).as_py() is not False:
        return text
    readable = pc.match_substring_regex(text, NUMBER)
    short = text
    if pc.any(pc.match_substring_regex(text, r"^(?:\+|-?\.|-?0\d)")).as_py():
        short = pc.replace_substring_regex(short, pattern=r"^(?:\+|(-))?0*(\d)", replacement=r"\1\2")
        short = pc.replace_substring_regex(short, pattern=r"^\+?(-?)\.", replacement=r"\10.")  # RE2: group 1, then "0."
    trimmed = pc.ascii_rtrim(pc.ascii_rtrim(short, characters="0"), characters=".")
    short = pc.if_else(pc.match_substring(short, "."), trimmed, short)
    short = pc.if_else(pc.equal(short, "-0"), pa.scalar("0", TEXT), short)
    return pc.if_else(readable, short, text)


def statuses(text: pa.ChunkedArray, words: Mapping[str, str]) -> pa.ChunkedArray:
    """The API's statuses in lower case, and the profile's words translated, both in any case."""
    spoken = pc.utf8_lower(pa.array([*words, *ORDER_STATUSES], TEXT))  # a profile's word wins over a status
    meant = pa.array([*words.values(), *ORDER_STATUSES], TEXT)
    return pc.coalesce(pc.take(meant, pc.index_in(pc.utf8_lower(text), value_set=spoken)), text)


def dates(text: pa.ChunkedArray, timezone: str, date_format: str | None) -> pa.ChunkedArray:
    """Dates as `2024-01-22T05:07:31.465Z`; without a zone they are of `timezone`, without a time they start their day.

    Read are ISO 8601 and what has the layout of `date_format` (strptime). A local time that a change of the clock skips
    or repeats stays local: `2024-03-31T02:30:00`. Raises UsageError for a `date_format` that is none.
    """
    coded = text.combine_chunks().dictionary_encode()  # dates repeat: read each once
    written = coded.dictionary.to_pandas().astype("str")
    iso = written.str.match(ISO_DATE)
    moments = pd.Series(pd.NaT, index=written.index, dtype="datetime64[us, UTC]")
    if date_format is not None:
        local = _laid_out(written, date_format)
        moments = _to_utc(local, timezone)
        unclear = local.notna() & moments.isna()
        written = written.mask(unclear, local.astype("str").str.replace(" ", "T", regex=False))
        iso &= local.isna()
        if date_format.startswith("%Y-%d"):  # looks like ISO 8601, so only dates of spreadsheets and Parquet are
            iso &= written.str.contains("T", regex=False)
    zoned = iso & written.str.contains(ZONE)
    for mask in (zoned, iso & ~zoned):
        if mask.any():
            precise = written[mask].str.replace(r"(\.\d{6})\d+", r"\1", regex=True)  # nanoseconds end in the year 2262
            read = pd.to_datetime(precise, format="ISO8601", errors="coerce", utc=mask is zoned)
            moments.loc[mask] = _to_utc(read, timezone)
    # Without their zone, which is UTC: Arrow spells times with a zone ten times as slowly.
    stamps = pa.array(moments.dt.tz_localize(None).dt.floor("ms")).cast(pa.timestamp("ms")).cast(TEXT)
    dated = pc.replace_substring(stamps, pattern=" ", replacement="T")
    spelled = pc.binary_join_element_wise(dated, pa.scalar("Z", TEXT), pa.scalar("", TEXT))
    result = pc.coalesce(spelled, pa.array(written, TEXT))
    return pa.chunked_array([pc.take(result, coded.indices)])


def _laid_out(written: pd.Series, date_format: str) -> pd.Series:
    try:
        return pd.to_datetime(written, format=date_format, errors="coerce", utc="%z" in date_format)
    except ValueError as error:
        raise UsageError(f"The date format {date_format} is wrong: {error}.", "An example is %d/%m/%Y.") from None


def _to_utc(moments: pd.Series, timezone: str) -> pd.Series:
    if moments.dt.tz is None:
        local = moments.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
        # A day whose midnight a change of the clock skips or repeats (as in Cairo) starts at its first moment.
        days = local.isna() & (moments == moments.dt.normalize())
        if days.any():
            first = np.ones(int(days.sum()), dtype=bool)
            local[days] = moments[days].dt.tz_localize(timezone, ambiguous=first, nonexistent="shift_forward")
        moments = local
    utc: pd.Series = moments.dt.tz_convert("UTC").dt.as_unit("us")
    return utc
