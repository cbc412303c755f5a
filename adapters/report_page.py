"""The report of a run as one HTML page, and the words and sums that the terminal's summary shares with it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from math import ceil
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.results import Status
from schemas.run import RunRecord, State, Total

EXAMPLES = 3  # of each cause
STATES = {
    State.PLANNED: "Planned. Nothing was sent.",
    State.DELIVERING: "Being delivered, or its process ended without a word.",
    State.COMPLETE: "Complete.",
    State.STOPPED: "Stopped early.",
    State.INTERRUPTED: "Interrupted.",
}
MEANINGS = {
    Status.CREATED: "confirmed by the API",
    Status.ALREADY_CREATED: "was on the platform before; not created again",
    Status.INVALID: "failed the checks; never sent",
    Status.REJECTED: "sent; the API did not create it",
    Status.IN_DOUBT: "sent, and nothing proves what became of it",
    Status.PENDING: "in the plan, not sent yet",
}


@dataclass(frozen=True)
class CompanyTotals:
    """The control totals of one company and currency: a line for each status, and their sum if there are several."""

    parts: tuple[Total, ...]

    @property
    def lines(self) -> tuple[Total, ...]:
        """The totals in the order in which they are shown; the sum has the status `all`."""
        if len(self.parts) == 1:
            return self.parts
        sums = {name: sum(getattr(part, name) for part in self.parts) for name in ("orders", "line_items", "amount")}
        return (*self.parts, self.parts[0].model_copy(update={**sums, "status": "all"}))


@dataclass(frozen=True)
class Cause:
    """A kind of problem: how often it occurs, and where, for example."""

    code: str
    count: int
    examples: tuple[object, ...]  # with source_file, source_sheet, source_row, column, message


def render(record: RunRecord, problems: pd.DataFrame) -> str:
    """Give the report as one self-contained page: no scripts, nothing fetched, times in UTC.

    `problems` has the columns of problems.parquet; up to 3 of each code are shown, by place, column and message.
    """
    templates = FileSystemLoader(Path(__file__).parent)
    page = Environment(
        loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page.filters.update(number="{:,}".format, money=money, word=word, utc=_utc, duration=duration)
    return page.get_template("report.html").render(
        run=record,
        state=STATES[record.state],
        statuses=[
            (status, MEANINGS[status]) for status in Status if record.orders.get(status) or record.rows.get(status)
        ],
        totals=company_totals(record),
        causes=_causes(record, problems),
        steps=next_steps(record),
    )


def next_steps(record: RunRecord) -> list[str]:
    """Say what to do now, in the order in which to do it."""
    count = {status: record.orders.get(status, 0) for status in Status}
    resume = f"`orderlift resume {record.run_id}`"
    bad = count[Status.INVALID] + count[Status.REJECTED]
    if record.state is State.PLANNED:
        steps = [f"{resume} sends the orders that are in the plan: {count[Status.PENDING]:,}."]
        mend = f"Mend the rows of {bad:,} invalid orders in your files and plan again, or go on without them."
        return [mend, *steps] if bad else steps
    steps = []
    if record.state is State.DELIVERING:
        steps.append(f"`orderlift status {record.run_id}` tells whether it is still being sent; if not: {resume}.")
    elif record.state is not State.COMPLETE or count[Status.PENDING]:
        steps.append(f"{resume} goes on where it stopped. No order is sent twice.")
    if count[Status.IN_DOUBT]:
        steps.append(
            f"`orderlift reconcile {record.run_id}` reads the API again for the {count[Status.IN_DOUBT]:,} orders in "
            "doubt. They are not sent again while nothing proves what became of them; results.csv names them and says "
            "why. What you see on the platform you tell with `orderlift resolve --order NUMBER --company-id N --as "
            "created` or `--as not-created`."
        )
    if bad:
        steps.append(
            f"Mend the rows of {bad:,} orders in rejects.xlsx (its column problem says what is wrong), and run that "
            "file with the same options."
        )
    return steps or ["Nothing: every order is on the platform."]


def company_totals(record: RunRecord) -> list[CompanyTotals]:
    """Give the control totals by company and currency; those of the plan while there are no others."""
    totals = sorted(record.totals or record.planned_totals, key=lambda total: (len(total.company_id), *_company(total)))
    return [CompanyTotals(tuple(parts)) for _, parts in groupby(totals, key=_company)]


def money(amount: Decimal) -> str:
    """Write an amount with all its digits, at least two of them after the point."""
    whole, _, fraction = f"{amount:,f}".partition(".")
    return f"{whole}.{fraction:0<2}"


def word(code: str) -> str:
    """Write a status or code as words."""
    return code.replace("_", " ")


def duration(seconds: float) -> str:
    """Write a time as a person would say it, in its two largest units."""
    left = ceil(seconds)
    for size, unit, smaller, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if left >= size:
            rest = left % size // smaller
            return f"{left // size} {unit} {rest} {part}" if rest else f"{left // size} {unit}"
    return f"{left} s"


def _company(total: Total) -> tuple[str, str]:
    return total.company_id, total.currency_id


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _causes(record: RunRecord, problems: pd.DataFrame) -> list[Cause]:
    counts = {str(code): int(number) for code, number in problems["code"].value_counts().items()}
    counts |= record.problem_codes
    shown = problems[["code", "source_file", "source_sheet", "source_row", "column", "message"]].astype(object)
    shown = shown.where(shown.notna(), "")
    return [
        Cause(code, counts[code], tuple(shown[shown["code"] == code].head(EXAMPLES).itertuples()))
        for code in sorted(counts, key=lambda code: (-counts[code], code))
    ]
