"""Day and month: dates such as 03/04/2024, whose order of day and month the whole column must prove."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from transforms.arrow import TEXT, text_array

LAYOUT = (
    r"^(?P<one>\d{1,2})(?:/(?P<slash>\d{1,2})/|-(?P<dash>\d{1,2})-|\.(?P<dot>\d{1,2})\.)(?P<year>[12]\d{3})"
    r"(?:,? (?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:\.\d{1,9})?))?(?: ?(?P<half>[AaPp])[Mm])?)?$"
)
DAY_FIRST, MONTH_FIRST = "day before month", "month before day"


@dataclass(frozen=True)
class DayMonth:
    """The distinct values of a column, each read with the day first and with the month first: local times or NaT."""

    day_first: pd.Series
    month_first: pd.Series
    told: str | None = None  # the order that the whole column proves, of which these are a part; "" if it proves none

    @property
    def proofs(self) -> dict[str, np.ndarray]:
        """The orders that some values prove, with these values."""
        day, month = self.day_first.notna().to_numpy(), self.month_first.notna().to_numpy()
        return {
            order: proof for order, proof in ((DAY_FIRST, day & ~month), (MONTH_FIRST, month & ~day)) if proof.any()
        }

    @property
    def order(self) -> str:
        """The order that the column proves, or nothing where it proves none, or both."""
        if self.told is not None:
            return self.told
        proofs = list(self.proofs)
        return proofs[0] if len(proofs) == 1 else ""

    @property
    def unproved(self) -> np.ndarray:
        """The values that are dates, and the same or others in the other order."""
        return (self.day_first.notna() & self.month_first.notna()).to_numpy()

    @property
    def twofold(self) -> np.ndarray:
        """The values that are two different dates in the two orders."""
        both = self.day_first.notna() & self.month_first.notna()
        return (both & (self.day_first != self.month_first)).to_numpy()

    @property
    def moments(self) -> pd.Series:
        """What is clear by itself or by the order of the column; NaT elsewhere."""
        first, then = (
            (self.month_first, self.day_first) if self.order == MONTH_FIRST else (self.day_first, self.month_first)
        )
        return first.fillna(then).mask(self.twofold & (not self.order))


def read_day_month(values: pd.Series, told: str | None = None) -> DayMonth:
    """Read values such as 3/4/2024, 03.04.2024 or 03-04-2024 9:30 PM in both orders."""
    parts = pc.extract_regex(text_array(values), LAYOUT)
    one, year = _part(parts, "one"), _part(parts, "year")
    two = pc.coalesce(*(_part(parts, mark) for mark in ("slash", "dash", "dot")))
    time = _time(parts)
    return DayMonth(
        (_date(year, two, one) + time).set_axis(values.index),
        (_date(year, one, two) + time).set_axis(values.index),
        told,
    )


def _date(year: pa.Array, month: pa.Array, day: pa.Array) -> pd.Series:
    padded = [pc.utf8_lpad(part, 2, padding="0") for part in (month, day)]
    dates = pd.Series(pc.binary_join_element_wise(year, *padded, pa.scalar("-", TEXT)).to_pandas())
    return pd.to_datetime(dates, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


def _part(parts: pa.Array, name: str) -> pa.Array:
    part = pc.struct_field(parts, name)
    return pc.if_else(pc.equal(part, ""), pa.scalar(None, part.type), part)


def _time(parts: pa.Array) -> pd.Series:
    """The time of day; zero where none is written, NaT where there is no such time."""
    hour, minute, second = (
        pd.Series(pc.fill_null(_part(parts, name).cast(pa.float64()), 0).to_numpy())
        for name in ("hour", "minute", "second")
    )
    half = pc.utf8_lower(pc.fill_null(_part(parts, "half"), "")).to_pandas()
    valid = (hour < 24).where(half == "", (hour >= 1) & (hour <= 12))
    hour = hour.where(half == "", hour % 12 + 12 * (half == "p"))
    seconds = pd.to_timedelta((((hour * 60 + minute) * 60 + second) * 1000).round(), unit="ms")
    return seconds.where(valid)
