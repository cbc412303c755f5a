"""Serials: dates as spreadsheets count them, in days from the start of 1900 or 1904."""

import pandas as pd

WORDS = {"excel": 1900, "excel1904": 1904}  # words for a date format, and the year that they count from
SERIAL = r"[0-9]+(?:\.[0-9]+)?"
LAST = {1900: 2_958_465, 1904: 2_957_003}  # 9999-12-31
MILLISECONDS = 86_400_000


def from_serials(values: pd.Series, epoch: int) -> pd.Series:
    """Local times of day numbers (text) from 1 up, fractions rounded to milliseconds; NaT for what is none.

    From 1904 on the first day is 0, which stands for no date and is none here. From 1900 on it is 1, and 60 is
    29 February 1900, a day that there never was (ECMA-376 part 1, 18.17.4.1).
    """
    days = pd.to_numeric(values.where(values.str.fullmatch(SERIAL)), errors="coerce").astype("float64")
    days = days.where((days >= 1) & (days < LAST[epoch] + 1))
    if epoch == 1904:
        return pd.Timestamp(1904, 1, 1) + _span(days)
    from_1900 = pd.Timestamp(1899, 12, 30) + _span(days + (days < 60))
    return from_1900.mask((days >= 60) & (days < 61))


def _span(days: pd.Series) -> pd.Series:
    return pd.to_timedelta((days * MILLISECONDS).round().astype("Int64"), unit="ms").astype("timedelta64[ms]")
