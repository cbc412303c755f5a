"""The report of a run as one HTML page, and the words and sums that the terminal's summary shares with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from math import ceil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.flow_picture import draw_flow
from adapters.report_charts import draw_orders, draw_rate, shows_limit
from schemas.history import Activity, AnswerCount, SlowBatch
from schemas.report import Cause
from schemas.run import RunRecord, State, Total
from schemas.statuses import Status

MOST_TOTALS = 200  # companies and currencies
WIDE, NARROW = 720, 360  # the flow picture on a desk and on a phone
CODE = re.compile(r"[\w.:-]{1,60}", re.ASCII)  # of an answer: the platform's own
ASKED = (
    *("company_id", "profile", "timezone", "date_format", "sandbox", "requests_per_minute", "max_in_flight"),
    *("max_orders_per_batch", "max_batch_bytes", "settle_seconds", "max_failure_ratio", "canary", "skip_existing"),
)
KINDS = {"create": "create orders", "list": "read orders back"}
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


def render(record: RunRecord, causes: Sequence[Cause], activity: Activity | None = None) -> str:
    """Give the report as one self-contained page: no scripts, nothing fetched, times in UTC.

    It shows what it is given: what a cell holds must not be in it. There is no `activity` before the first request.
    """
    templates = FileSystemLoader(Path(__file__).parent)
    page = Environment(
        loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page.filters.update(number="{:,}".format, money=money, word=word, utc=_utc, duration=duration)
    page.filters.update(span=span, moment=_moment, answer=_answer, pace=_pace)
    totals = company_totals(record)
    return page.get_template("report.html").render(
        run=record,
        state=STATES[record.state],
        statuses=[
            (status, MEANINGS[status]) for status in Status if record.orders.get(status) or record.rows.get(status)
        ],
        flows=[draw_flow(record.rows, record.orders, width) for width in (WIDE, NARROW)]
        if any(record.rows.values())
        else [],
        totals=totals[:MOST_TOTALS],
        more_totals=max(0, len(totals) - MOST_TOTALS),
        causes=causes,
        steps=next_steps(record),
        settings=[(word(name), record.settings[name]) for name in ASKED if record.settings.get(name)],
        kinds=KINDS,
        **_drawn(activity),
    )


def _drawn(activity: Activity | None) -> dict[str, object]:
    """What the page shows of requests."""
    if activity is None:
        return {"history": None, "timeline": None}
    history, timeline = activity.history, activity.timeline
    settled = sum(point.created + point.rejected for point in timeline.points)
    most = max(point.per_minute for point in timeline.points)
    return {
        "history": history,
        "timeline": timeline,
        "resent": activity.resent,
        "seconds": (history.last_at - history.first_at) / 1_000_000,
        "settled": settled,
        "limit_is_shown": shows_limit(timeline),
        "rate_chart": draw_rate(
            timeline, f"Requests a minute over time: at most {most:,.0f}; the limit is {timeline.allowed:,}."
        ),
        "orders_chart": draw_orders(
            timeline, f"Orders over time, by when their request started: {settled:,} created or rejected in all."
        ),
    }


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


def span(seconds: float) -> str:
    """Write a measured time with two digits of what is below 10 s, else like a duration."""
    if seconds < 10:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    return duration(seconds)


def _pace(a_second: float) -> str:
    return f"{a_second:,.0f} a second" if a_second >= 10 else f"{60 * a_second:,.0f} a minute"


def _moment(time: int) -> str:
    return _utc(datetime.fromtimestamp(time / 1_000_000, UTC))


def _answer(one: AnswerCount | SlowBatch) -> str:
    """How a request ended, in words; of a code that is none, nothing is shown."""
    code = one.code or ""
    if not CODE.fullmatch(code):
        code = "another code" if code else ""
    elif code == f"http_{one.http_status}":  # ours, where the platform gave none
        code = ""
    status = "no answer" if one.http_status is None else str(one.http_status)
    return f"{status}, {code}" if code else status
