"""Dates: ISO 8601, a layout that is told or proved, and a spreadsheet's day numbers, as one spelling in UTC."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import UsageError
from transforms.arrow import TEXT
from transforms.day_month import DAY_FIRST, MONTH_FIRST, DayMonth, read_day_month
from transforms.distinct import Distinct, distinct
from transforms.reading import Marks, Reading, Spelled, only
from transforms.serials import WORDS, from_serials

DAY = r"^\d{4}-\d{2}-\d{2}"
TIME = r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?$"  # PostgreSQL writes +00 alone
ISO_TIME = DAY + TIME
ISO_DATE = f"{DAY}(?:$|{TIME})"
ZONE = r":[^-+]*(?:Z|[+-]\d{2}(?::?\d{2})?)$"
ORDERS = (DAY_FIRST, MONTH_FIRST)
UNPROVED, SERIAL = "date in both orders", "day number"  # marks
YEAR = r"(?:19|20)[0-9]{2}"  # a number that is far more likely a year than a day of 1905


def dates(
    text: pa.ChunkedArray, reading: Reading, written: np.ndarray | None = None, marks: Marks | None = None
) -> Spelled:
    """Dates as `2024-01-22T05:07:31.465Z`; without a zone they are of `timezone`, without a time they start their day.

    Read are ISO 8601, what has the layout of `date_format` (strptime), and a spreadsheet's numbers as days from
    `epoch`; with the words excel and excel1904 for `date_format`, numbers that are text as well. Without `date_format`
    texts such as 25/07/2018 are read too, if the column proves the order of day and month and nothing in it disproves
    it; where both orders are proved, what is clear by itself. A local time that a change of the clock skips or repeats
    stays local: `2024-03-31T02:30:00`. Doubts: `ambiguous_date`; `swapped_date`, a typed date among texts that a
    spreadsheet could not take for dates, since it has probably swapped day and month of the others. `written` tells
    which cells are text in the file, None means all; `marks` are those of the whole column if this is a part of one,
    and then nothing is noticed. Raises UsageError for a `date_format` that is none.
    """
    cells = distinct(text, written)
    values = cells.text.to_pandas().astype("str")
    typed = pd.Series(cells.typed, values.index)
    iso = values.str.match(ISO_DATE)
    moments, local = _laid_out(values.mask(typed & iso), reading.date_format)
    if str(reading.date_format).startswith("%Y-%d"):  # looks like ISO 8601, so only what is no text is
        iso &= values.str.contains("T", regex=False)
    iso &= moments.isna() & local.isna()
    serials = _serials(values.where(moments.isna() & local.isna() & ~iso), typed, reading)
    turned = read_day_month(values, None if marks is None else only(marks, ORDERS) or "")
    local = local.fillna(serials)
    if reading.date_format is None:
        local = local.fillna(turned.moments)
    doubts = {
        "ambiguous_date": turned.twofold & (reading.date_format is None) & (not turned.order),
        "swapped_date": _swapped(values, iso & typed, turned, UNPROVED in marks if marks is not None else None),
    }
    moments = moments.fillna(_to_utc(local, reading.timezone)).fillna(_iso(values.where(iso), reading.timezone))
    unclear = local.notna() & moments.isna()
    values = values.mask(unclear, local.astype("str").str.replace(" ", "T", regex=False))
    spelled = cells.spread(pc.coalesce(_spelled(moments.mask(doubts["swapped_date"])), pa.array(values, TEXT)))
    found = {code: cells.rows(mask) for code, mask in doubts.items() if mask.any()}
    if marks is not None:
        return Spelled(spelled, found)
    return Spelled(spelled, found, *date_notice(_marks(cells, turned, serials), reading))


def date_marks(text: pa.ChunkedArray, reading: Reading, written: np.ndarray | None = None) -> Marks:
    """What the cells of a column show of how its dates are to be read, each with the position of the first."""
    cells = distinct(text, written)
    values = cells.text.to_pandas().astype("str")
    typed = pd.Series(cells.typed, values.index)
    iso = values.str.match(ISO_DATE)
    moments, local = _laid_out(values.mask(typed & iso), reading.date_format)
    values = values.mask(iso | moments.notna() | local.notna())
    return _marks(cells, read_day_month(values), _serials(values, typed, reading))


def date_notice(marks: Marks, reading: Reading) -> tuple[str, int | None]:
    """What should be known of how a column is read, and which cell shows it."""
    notices = []
    order = only(marks, ORDERS)
    if reading.date_format is None and order:
        notices.append((order, marks[order]))
    if reading.date_format not in WORDS and SERIAL in marks:
        notices.append((f"numbers are days counted from {reading.epoch}", marks[SERIAL]))
    return "; ".join(notice for notice, _ in notices), notices[0][1] if notices else None


def _marks(cells: Distinct, turned: DayMonth, serials: pd.Series) -> Marks:
    masks = turned.proofs | {UNPROVED: turned.unproved, SERIAL: serials.notna().to_numpy()}
    return {mark: int(cells.rows(mask)[0]) for mark, mask in masks.items() if mask.any()}


def _laid_out(written: pd.Series, date_format: str | None) -> tuple[pd.Series, pd.Series]:
    """What has the layout: moments in UTC where it has a zone, else local times; NaT elsewhere."""
    local = pd.Series(pd.NaT, index=written.index, dtype="datetime64[us]")
    moments = local.dt.tz_localize("UTC")
    if date_format is None or date_format in WORDS:
        return moments, local
    if "%" not in date_format:  # pandas has words of its own, one of which guesses
        raise UsageError(f"The date format {date_format} is none.", f"An example is %d/%m/%Y; or {' or '.join(WORDS)}.")
    try:
        read = pd.to_datetime(written, format=date_format, errors="coerce", utc="%z" in date_format).dt.as_unit("us")
    except ValueError as error:
        raise UsageError(f"The date format {date_format} is wrong: {error}.", "An example is %d/%m/%Y.") from None
    return (moments, read) if read.dt.tz is None else (read, local)


def _serials(values: pd.Series, typed: pd.Series, reading: Reading) -> pd.Series:
    """What is a day number, as local times: what no text is, unless it looks like a year, or all that is told so."""
    if reading.date_format in WORDS:
        return from_serials(values, WORDS[reading.date_format])
    return from_serials(values.where(typed & ~values.str.fullmatch(YEAR)), reading.epoch)


def _swapped(values: pd.Series, typed: pd.Series, turned: DayMonth, unproved: bool | None) -> np.ndarray:
    """The typed dates whose day may be the month, since every text beside them has a day above 12 in its place.

    `unproved`: whether some text in the whole column has not; None if this is the whole column.
    """
    unproved = bool(turned.unproved.any()) if unproved is None else unproved
    if unproved or not (typed.any() and turned.order):
        return np.zeros(len(values), dtype=bool)
    month, day = values.str[5:7], values.str[8:10]
    return (typed & (day <= "12") & (day != month)).to_numpy()


def _iso(written: pd.Series, timezone: str) -> pd.Series:
    """Moments of ISO 8601; the zone is only for those that have none."""
    moments = pd.Series(pd.NaT, index=written.index, dtype="datetime64[us, UTC]")
    zoned = written.str.contains(ZONE, na=False)
    for mask in (zoned, written.notna() & ~zoned):
        if mask.any():
            precise = written[mask].str.replace(r"(\.\d{6})\d+", r"\1", regex=True)  # nanoseconds end in the year 2262
            read = pd.to_datetime(precise, format="ISO8601", errors="coerce", utc=mask is zoned)
            moments.loc[mask] = _to_utc(read, timezone)
    return moments


def _spelled(moments: pd.Series) -> pa.Array:
    # Without their zone, which is UTC: Arrow spells times with a zone ten times as slowly.
    stamps = pa.array(moments.dt.tz_localize(None).dt.floor("ms")).cast(pa.timestamp("ms")).cast(TEXT)
    dated = pc.replace_substring(stamps, pattern=" ", replacement="T")
    return pc.binary_join_element_wise(dated, pa.scalar("Z", TEXT), pa.scalar("", TEXT))


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
