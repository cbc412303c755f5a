"""Period: the orders of certain days, by their order_date; all others are left out together with their line items."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from schemas.fields import Entity
from transforms.arrow import text_array
from transforms.findings import findings, gather
from transforms.group import Groups, group
from transforms.intake import Intake
from transforms.normalize import COUNT

DATE = "order_date"
UNSURE = "malformed_row"  # its cells may stand under other headers than their own


@dataclass(frozen=True)
class Period:
    """Days of a time zone, the first and the last included; None leaves that end open."""

    since: date | None
    until: date | None
    timezone: str

    @property
    def first(self) -> str | None:
        """The first moment of the period, as dates are spelled."""
        return None if self.since is None else _start(self.since, self.timezone)

    @property
    def beyond(self) -> str | None:
        """The first moment after the period, as dates are spelled."""
        return None if self.until is None else _start(self.until + timedelta(days=1), self.timezone)

    def __str__(self) -> str:
        ends = [f"before {self.since}"] if self.since else []
        ends += [f"after {self.until}"] if self.until else []
        return f"{' or '.join(ends)} ({self.timezone})"


def within(intake: Intake, period: Period) -> Intake:
    """The rows of the orders of a period; how many others are left out, with their line items, is told.

    An order whose date cannot be read for sure stays, with that problem; one without a date stays and has one.
    What else is wrong with orders that are left out is left out as well.
    """
    groups = group(intake.orders, intake.lines)
    dated, inside = _looked_at(intake, period)
    is_dated, stays = (_any_of(groups, rows) for rows in (dated, inside))
    out = is_dated & ~stays
    undated = groups.head[groups.known & ~is_dated]
    lost = _lines_of(groups, out)
    counts = {
        f"{COUNT} orders {period} are left out, as --since and --until say.": int(out.sum()),
        f"{COUNT} line items are left out with their orders.": int(lost.sum()),
    }
    found = gather([intake.findings, findings(Entity.ORDER, undated, code="no_order_date", field=DATE)])
    keep = {Entity.ORDER: ~out[groups.order_of], Entity.LINE_ITEM: ~lost}
    return replace(
        intake,
        orders=intake.orders[keep[Entity.ORDER]].reset_index(drop=True),
        lines=intake.lines[keep[Entity.LINE_ITEM]].reset_index(drop=True),
        repeated=intake.repeated[keep[Entity.ORDER]],
        findings=_of_kept(found, keep),
        counts=intake.counts + Counter(counts),
    )


def _looked_at(intake: Intake, period: Period) -> tuple[np.ndarray, np.ndarray]:
    """Which rows of orders have a date, and in which of them it is in the period, or may be."""
    orders, found = intake.orders, intake.findings
    if DATE not in orders:
        return (np.zeros(len(orders), dtype=bool),) * 2
    dates = text_array(orders[DATE])
    dated = dates.is_valid()
    inside = dated
    if period.first is not None:
        inside = pc.and_(inside, pc.greater_equal(dates, period.first))
    if period.beyond is not None:
        inside = pc.and_(inside, pc.less(dates, period.beyond))
    is_dated, is_inside = (np.array(pc.fill_null(mask, fill_value=False)) for mask in (dated, inside))
    doubtful = (found["field"] == DATE) | (found["code"] == UNSURE)
    rows = found.loc[doubtful & (found["entity"] == Entity.ORDER.value), "row"].to_numpy()
    is_inside[rows] = is_dated[rows]
    return is_dated, is_inside


def _lines_of(groups: Groups, out: np.ndarray) -> np.ndarray:
    """The line items of the orders that are left out, with those without a company whose number no other order has."""
    lines = groups.lines
    lost: np.ndarray = out[groups.line_of]
    homeless = np.flatnonzero(lines["company_id"].isna().to_numpy() & ~groups.known[groups.line_of])
    if len(homeless):
        mine = out[groups.order_of]
        numbers, asked = groups.orders["order_number"], lines["order_number"].iloc[homeless]
        lost[homeless] = asked.isin(numbers[mine].dropna()) & ~asked.isin(numbers[~mine].dropna())
    return lost


def _of_kept(found: pd.DataFrame, keep: Mapping[Entity, np.ndarray]) -> pd.DataFrame:
    """The findings in rows that are kept, by the new places of these."""
    parts = []
    for entity, kept in keep.items():
        part = found[(found["entity"] == entity.value).to_numpy()]
        rows = part["row"].to_numpy()
        place = np.cumsum(kept) - 1
        parts.append(part[kept[rows]].assign(row=place[rows[kept[rows]]]))
    return gather(parts)


def _any_of(groups: Groups, rows: np.ndarray) -> np.ndarray:
    """The orders of which at least one row is among these."""
    found = np.zeros(groups.count, dtype=bool)
    found[groups.order_of[rows]] = True
    return found


def _start(day: date, timezone: str) -> str:
    """The first moment of a day, also where a change of the clock skips or repeats its midnight."""
    start = pd.Timestamp(day).tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
    return f"{start.tz_convert('UTC'):%Y-%m-%dT%H:%M:%S}.000Z"
