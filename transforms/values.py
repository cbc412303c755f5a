"""Values in the one spelling that checks, digests and the API see; what cannot be read stays as it was written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import ORDER_STATUSES, Kind

TEXT = pa.large_string()
ISO_DATE = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?$"
ZONE = r"(?:Z|[+-]\d{2}:?\d{2})$"
NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)$"


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
    meanings = {status: status for status in ORDER_STATUSES} | {word.casefold(): to for word, to in words.items()}
    lower = pc.utf8_lower(text)
    found = pc.index_in(lower, value_set=pa.array(list(meanings), TEXT))
    return pc.coalesce(pc.take(pa.array(list(meanings.values()), TEXT), found), text)


def dates(text: pa.ChunkedArray, timezone: str, date_format: str | None) -> pa.ChunkedArray:
    """Dates as `2024-01-22T05:07:31.465Z`; those without a zone are of `timezone`.

    With a `date_format` (strptime), text that has this layout is read by it, and beside it only spreadsheet and Parquet
    dates, which come with a `T`. Without one, ISO 8601 alone is read. A local time that a change of the clock skips or
    repeats stays as it was written.
    """
    coded = text.combine_chunks().dictionary_encode()  # dates repeat: read each once
    written = coded.dictionary.to_pandas().astype("str")
    iso = written.str.match(ISO_DATE)
    moments = pd.Series(pd.NaT, index=written.index, dtype="datetime64[ns, UTC]")
    if date_format is not None:
        laid_out = pd.to_datetime(written, format=date_format, errors="coerce", utc="%z" in date_format)
        moments = _to_utc(laid_out, timezone)
        iso &= moments.isna() & written.str.contains("T", regex=False)
    zoned = iso & written.str.contains(ZONE)
    for mask, zone in ((zoned, None), (iso & ~zoned, timezone)):
        if mask.any():
            read = pd.to_datetime(written[mask], format="ISO8601", errors="coerce", utc=zone is None)
            moments.loc[mask] = _to_utc(read, timezone)
    stamps = pa.array(moments).cast(pa.timestamp("ms", tz="UTC"), safe=False).cast(TEXT)
    spelled = pc.replace_substring(stamps, pattern=" ", replacement="T")
    result = pc.coalesce(spelled, coded.dictionary)
    return pa.chunked_array([pc.take(result, coded.indices)])


def _to_utc(moments: pd.Series, timezone: str) -> pd.Series:
    if moments.dt.tz is None:
        moments = moments.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    return moments.dt.tz_convert("UTC")
