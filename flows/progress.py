"""What a person sees on the terminal: how far a delivery is, and the summaries of a plan and of a run."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from types import SimpleNamespace

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adapters.report_page import MEANINGS, STATES, company_totals, duration, money, next_steps, word
from flows.ports import Progress
from schemas.results import Status
from schemas.run import RunRecord
from transforms.compare import Comparison

LINE_SECONDS = 10.0
TELLING = 10  # requests before which an estimate would be a guess: the first ones carry single orders
MOST_CAUSES = 10
MOST_COMPANIES = 12

SIDES = ("file", "ledger", "platform")

Tell = Callable[[Progress], None]


@contextmanager
def show(
    total_orders: int, requests_per_minute: int, console: Console, clock: Callable[[], float] = time.monotonic
) -> Iterator[Tell]:
    """Show how far a delivery is while the block runs: give what is to be told after every outcome.

    A terminal gets a bar that moves by its own timer; anything else a line at most every 10 s, and one at the end.
    """
    meter = _Meter(Progress(total_orders), requests_per_minute, clock, clock())
    with _bar(meter, console) if console.is_interactive else _lines(meter, console) as tell:
        yield tell


def plan_summary(record: RunRecord, *, goes_on: bool = False) -> RenderableType:
    """Give what a run would do: counts, totals, the requests it needs and the least time they take.

    If it `goes_on` and sends the plan at once, there is nothing for a person to do next.
    """
    facts = f"{_count(record.requests_needed, 'request')}, at least {duration(record.least_seconds)}"
    return _summary(record, "Planned." if goes_on else "", [facts], {}, [] if goes_on else next_steps(record))


def outcome(
    record: RunRecord, results_path: Path | str, rejects_path: Path | str | None, report_path: Path | str
) -> RenderableType:
    """Give what became of a run, and where its files are; there are no rejects where that path is None."""
    paths = {"results": results_path, "rejects": rejects_path, "report": report_path}
    return _summary(record, "", [_count(record.requests, "request")], paths, next_steps(record))


def comparison(compared: Comparison) -> RenderableType:
    """Give the control totals of file, ledger and platform side by side, and every order that differs."""
    totals = _table("Company", "Currency", *(f">{one} {what}" for one in SIDES for what in ("orders", "amount")))
    for row in compared.totals.itertuples():
        cells = [(getattr(row, f"{one}_orders"), getattr(row, f"{one}_amount")) for one in SIDES]
        shown = [text for orders, amount in cells for text in (f"{orders:,}", "-" if amount is None else money(amount))]
        totals.add_row(str(row.company_id), _text(str(row.currency_id)), *shown)
    if compared.findings.empty:
        return Group(totals, Text(), Text("The file, the ledger and the platform agree."))
    findings = _table("Company", "Order", "Finding", "Detail")
    for row in compared.findings.itertuples():
        findings.add_row(str(row.company_id), _text(str(row.order_number)), str(row.finding), _text(str(row.detail)))
    return Group(totals, Text(), findings)


@dataclass
class _Meter:
    """What is known of a delivery in progress, and what follows from it."""

    progress: Progress
    requests_per_minute: int
    clock: Callable[[], float]
    started: float

    def tell(self, progress: Progress) -> None:
        self.progress = progress

    def facts(self) -> list[str]:
        """Say counts, share of the rate limit and time left, as far as they are known."""
        now, elapsed = self.progress, self.clock() - self.started
        unhappy = [f"{n:,} {name}" for n, name in ((now.rejected, "rejected"), (now.in_doubt, "in doubt")) if n]
        # The limit is one of any 60 s, so that all of the first minute's requests are allowed at once.
        used = 60 * now.requests / (self.requests_per_minute * max(elapsed, 60.0))
        share = [f"{min(1.0, used):.0%}".replace("%", " % of the rate limit")] if now.requests else []
        left = self.seconds_left(elapsed)
        return [
            _count(now.requests, "request"),
            *share,
            *unhappy,
            *([] if left is None else [f"{duration(left if left < 600 else 60 * ceil(left / 60))} left"]),
        ]

    def speed(self) -> str:
        """Say how many orders are settled per second, or per minute where that is slow."""
        pace = self.progress.settled / max(self.clock() - self.started, 1.0)
        return f"{pace:,.0f} orders/s" if pace >= 10 else f"{60 * pace:,.0f} orders/min"

    def seconds_left(self, elapsed: float) -> float | None:
        """Estimate from the pace so far, but never below what the rate limit allows; None while it would be a guess."""
        now = self.progress
        left = now.orders - now.settled
        if not now.settled or now.requests < TELLING or left <= 0:
            return None
        requests = now.requests + left * now.requests / now.settled
        limit = (requests - 1) // self.requests_per_minute * 60 - elapsed
        return max(elapsed * left / now.settled, limit)


@contextmanager
def _lines(meter: _Meter, console: Console) -> Iterator[Tell]:
    due = meter.started + LINE_SECONDS

    def write() -> None:
        now = meter.progress
        facts = ", ".join([f"delivered {now.settled:,} of {now.orders:,} orders", *meter.facts()])
        console.print(Text(facts), soft_wrap=True)

    def tell(progress: Progress) -> None:
        nonlocal due
        meter.tell(progress)
        if meter.clock() >= due:
            due = meter.clock() + LINE_SECONDS
            write()

    try:
        yield tell
    finally:
        write()


@contextmanager
def _bar(meter: _Meter, console: Console) -> Iterator[Tell]:
    def draw() -> RenderableType:
        now = meter.progress
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1)
        line.add_column(no_wrap=True)
        done = Text(f"{now.settled:,} of {now.orders:,} orders")
        line.add_row(ProgressBar(total=max(1, now.orders), completed=now.settled if now.orders else 1), done)
        return Group(line, Text(", ".join([meter.speed(), *meter.facts()])))

    # Standard output carries the result, so it is not led through the console, which is standard error.
    with (
        _shared_with_prefect(console),
        Live(get_renderable=draw, console=console, refresh_per_second=4, redirect_stdout=False),
    ):
        yield meter.tell


@contextmanager
def _shared_with_prefect(console: Console) -> Iterator[None]:
    """Lead the log lines of Prefect, where it runs, through this console: the bar stays whole below them."""
    kind = getattr(sys.modules.get("prefect.logging.handlers"), "PrefectConsoleHandler", ())
    shared = [(one, one.console) for one in logging.getLogger().handlers if isinstance(one, kind)]
    for handler, _ in shared:  # a log line may hold anything, such as [brackets]
        handler.console = SimpleNamespace(print=partial(console.print, markup=False, highlight=False, emoji=False))
    try:
        yield
    finally:
        for handler, own in shared:
            handler.console = own


def _summary(
    record: RunRecord, said: str, facts: list[str], paths: Mapping[str, Path | str | None], steps: list[str]
) -> RenderableType:
    counts = [
        _count(len(record.inputs), "file"),
        _count(sum(record.orders.values()), "order"),
        _count(record.line_items, "line item"),
        _count(record.companies, "company", "companies"),
    ]
    parts: list[RenderableType] = [
        _text(f"Run {record.run_id}: {said or STATES[record.state]} {record.message}"),
        _text(", ".join([*counts, *facts])),
        *([_statuses(record)] if record.orders or record.rows else []),
        *([_totals(record)] if record.totals or record.planned_totals else []),
        *([_causes(record)] if record.problem_codes else []),
    ]
    steps = [step.replace("`", "") for step in steps]
    files = [f"{name}: {path}" for name, path in paths.items() if path is not None]
    for title, texts in (("Notices", record.notices), ("Files", files), ("What to do next", steps)):
        if texts:
            indented = (Padding(_text(text), (0, 0, 0, 2), expand=False) for text in texts)
            parts.append(Group(Text(title, style="bold"), *indented))
    return Group(*(line for part in parts for line in (part, Text())))


def _statuses(record: RunRecord) -> RenderableType:
    table = _table("Status", ">Orders", ">Rows", "Meaning")
    counts = [(status, record.orders.get(status, 0), record.rows.get(status, 0)) for status in Status]
    for status, orders, rows in counts:
        if orders or rows:
            table.add_row(word(status), f"{orders:,}", f"{rows:,}", MEANINGS[status])
    table.add_row("all", f"{sum(record.orders.values()):,}", f"{sum(record.rows.values()):,}")
    return table


def _totals(record: RunRecord) -> RenderableType:
    companies = company_totals(record)
    table = _table("Company", "Currency", "Status", ">Orders", ">Line items", ">Amount")
    for company in companies[:MOST_COMPANIES]:
        for total in company.lines:
            names = [_text(name or "unknown") for name in (total.company_id, total.currency_id)]
            counts = f"{total.orders:,}", f"{total.line_items:,}", money(total.amount)
            table.add_row(*names, word(total.status), *counts)
    return Group(table, *_more(len(companies) - MOST_COMPANIES, "companies and currencies"))


def _causes(record: RunRecord) -> RenderableType:
    causes = sorted(record.problem_codes.items(), key=lambda cause: (-cause[1], cause[0]))
    table = _table("Problem", ">Count")
    for code, number in causes[:MOST_CAUSES]:
        table.add_row(_text(word(code)), f"{number:,}")
    return Group(table, *_more(len(causes) - MOST_CAUSES, "kinds of problems"))


def _table(*headers: str) -> Table:
    """Start a table without lines; a header that begins with > stands above numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header.removeprefix(">"), justify="right" if header.startswith(">") else "left")
    return table


def _more(number: int, what: str) -> list[Text]:
    return [Text(f"and {number:,} more {what}, in the report")] if number > 0 else []


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _text(words: str) -> Text:
    """Take words of the input as they are: no markup, and no control characters that a terminal would obey."""
    return Text("".join(char if char.isprintable() else "?" for char in " ".join(words.split())), overflow="fold")
