"""Progress: a person sees how far a delivery is, on a terminal and in a log, and it costs the delivery nothing."""

import contextlib
import io
import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import report_pages
from rich.console import Console, RenderableType

from flows.ports import Progress
from flows.progress import outcome, plan_summary, show
from schemas.results import Status
from schemas.run import RunRecord, State, Total


class Clock:
    """Seconds that go on only when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def pipe() -> Console:
    return Console(file=io.StringIO(), force_terminal=False, width=80)


def terminal(width: int = 80) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, force_interactive=True, width=width, color_system=None)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", console.file.getvalue())


def lines(*steps: tuple[float, Progress], total: int = 100_000) -> list[str]:
    """What is written when each progress is told at its second."""
    clock, console = Clock(), pipe()
    with show(total, 100, console, clock) as tell:
        for second, progress in steps:
            clock.now = 1000.0 + second
            tell(progress)
    return written(console).splitlines()


def last_line(second: float, progress: Progress, **options: int) -> str:
    return lines((second, progress), **options)[-1]


def record(**changes: Any) -> RunRecord:
    return report_pages.record(**{"companies": 1, "line_items": 300_000} | changes)


def total(company_id: str, status: str, orders: int, amount: str) -> Total:
    group = {"company_id": company_id, "currency_id": "EUR", "status": status}
    return Total(**group, orders=orders, line_items=2 * orders, amount=Decimal(amount))


def printed(renderable: RenderableType, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable)
    return written(console)


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_a_log_gets_one_plain_line_with_all_that_is_known() -> None:
    line = last_line(150.0, Progress(100_000, created=12_300, requests=246))
    assert line == "delivered 12,300 of 100,000 orders, 246 requests, 98 % of the rate limit, 18 min left"


def test_a_log_gets_a_line_every_ten_seconds_at_most_and_one_at_the_end() -> None:
    steps = [(second / 10, Progress(1000, created=second, requests=1)) for second in range(256)]
    found = lines(*steps, total=1000)
    assert [line.split(" of ")[0] for line in found] == ["delivered 100", "delivered 200", "delivered 255"]


def test_the_last_line_is_written_when_the_delivery_fails() -> None:
    console = pipe()
    with contextlib.suppress(RuntimeError), show(5, 100, console, Clock()) as tell:
        tell(Progress(5, created=3, requests=1))
        raise RuntimeError
    assert written(console).startswith("delivered 3 of 5 orders, 1 request, ")


def test_nothing_delivered_is_told_as_such() -> None:
    assert lines(total=7) == ["delivered 0 of 7 orders, 0 requests"]


def test_rejected_and_doubtful_orders_are_told_only_if_there_are_any() -> None:
    assert "3 rejected, 1 in doubt" in last_line(30.0, Progress(1000, created=500, rejected=3, in_doubt=1, requests=9))
    assert "doubt" not in last_line(30.0, Progress(1000, created=500, rejected=3, requests=9))


def test_a_log_line_is_never_wrapped() -> None:
    progress = Progress(10**9, created=10**8, rejected=10**6, in_doubt=10**6, requests=10**6)
    assert len(lines((36_000, progress))) == 2


@pytest.mark.parametrize(
    ("second", "requests", "share"),
    [(6, 100, "100 %"), (30, 48, "48 %"), (66, 200, "100 %"), (120, 100, "50 %"), (3600, 5_820, "97 %")],
)
def test_the_share_of_the_rate_limit_counts_what_was_allowed_so_far(second: float, requests: int, share: str) -> None:
    line = last_line(second, Progress(10**6, created=requests * 100, requests=requests))
    assert f", {share} of the rate limit" in line


@pytest.mark.parametrize(
    ("second", "progress", "left"),
    [
        (300, Progress(1000, created=250, requests=10), "15 min left"),  # the pace so far is what counts
        (6, Progress(15_100, created=10_000, requests=100), "54 s left"),  # 51 more wait for the next minute
        (2, Progress(100_000, created=9_000, requests=90), "8 min 58 s left"),  # fast only while the limit lets it be
        (30, Progress(3_000, created=1_500, requests=30), "30 s left"),
    ],
)
def test_the_time_left_follows_the_pace_but_never_beats_the_rate_limit(
    second: float, progress: Progress, left: str
) -> None:
    assert last_line(second, progress, total=progress.orders).endswith(left)


def test_no_time_is_guessed_from_the_first_requests_or_when_all_is_done() -> None:
    assert "left" not in last_line(5, Progress(100_000, created=1, requests=1))
    assert "left" not in last_line(50, Progress(1000, created=1000, requests=12))
    assert "left" not in last_line(50, Progress(1000, requests=12))


def test_orders_that_another_run_took_are_no_longer_waited_for() -> None:
    assert last_line(5, Progress(90, created=90, requests=1), total=100).startswith("delivered 90 of 90 orders")


def bar(second: float, progress: Progress, width: int = 80) -> list[str]:
    """The last picture of a bar that was told this much at this second."""
    clock, console = Clock(), terminal(width)
    with show(progress.orders, 100, console, clock) as tell:
        clock.now += second
        tell(progress)
    return [line.strip("\r") for line in written(console).splitlines()]


def test_a_terminal_shows_a_bar_with_counts_speed_and_time_left() -> None:
    line, facts = bar(150, Progress(100_000, created=12_297, rejected=3, requests=246), width=120)[-2:]
    assert re.fullmatch(r"[━╸╺ ]+ 12,300 of 100,000 orders\s*", line)
    assert facts.strip() == "82 orders/s, 246 requests, 98 % of the rate limit, 3 rejected, 18 min left"


def test_a_slow_delivery_is_told_per_minute() -> None:
    assert "42 orders/min" in bar(60, Progress(100, created=42, requests=42))[-1]


def test_the_bar_fits_a_narrow_terminal() -> None:
    found = bar(150, Progress(100_000, created=12_300, requests=246), width=40)
    assert all(len(line) <= 40 for line in found)
    assert "18 min left" in unwrapped(" ".join(found))


def test_the_bar_moves_by_itself() -> None:
    console, progress = terminal(), Progress(100)
    with show(100, 100, console) as tell:
        tell(progress)
        progress.created = 77
        deadline = time.monotonic() + 5
        while "77 of 100" not in written(console):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_standard_output_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    console = terminal()
    with show(1, 100, console):
        print("the result")  # noqa: T201 - what is tested
    assert capsys.readouterr().out == "the result\n"
    assert "the result" not in written(console)


@pytest.mark.parametrize("console", [terminal(), pipe()], ids=["bar", "lines"])
def test_telling_costs_less_than_fifty_microseconds(console: Console) -> None:
    progress = Progress(10**6, created=1, requests=1)
    with show(10**6, 100, console) as tell:
        started = time.process_time()
        for _ in range(20_000):
            tell(progress)
        spent = time.process_time() - started
    assert spent / 20_000 < 50e-6


@pytest.fixture
def prefect_handler() -> Iterator[Any]:
    handlers = pytest.importorskip("prefect.logging.handlers")
    handler = handlers.PrefectConsoleHandler(stream=io.StringIO())
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_log_lines_of_prefect_go_above_the_bar_as_they_are(prefect_handler: Any) -> None:
    console, own = terminal(), prefect_handler.console
    with show(1, 100, console):
        logging.getLogger().warning("orders[1].csv [/done] :x:")
    assert "orders[1].csv [/done] :x:\n" in written(console)
    assert prefect_handler.console is own
    assert prefect_handler.stream.getvalue() == ""


def test_prefect_is_not_imported_for_a_bar() -> None:
    code = (
        "import sys, io, flows.progress as p; from rich.console import Console\n"
        "c = Console(file=io.StringIO(), force_terminal=True, force_interactive=True)\n"
        "with p.show(1, 100, c): pass\n"
        "sys.exit('prefect' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_plan_tells_requests_and_least_time() -> None:
    planned = record(state=State.PLANNED, orders={Status.PENDING: 15_000}, requests_needed=151, least_seconds=90.6)
    text = unwrapped(printed(plan_summary(planned)))
    assert "151 requests, at least 1 min 31 s" in text
    assert "Nothing was sent" in text
    assert "1 file, 15,000 orders, 300,000 line items, 1 company" in text


def test_a_summary_has_counts_totals_causes_notices_and_what_to_do() -> None:
    run = record(
        orders={Status.CREATED: 97_000, Status.REJECTED: 3},
        rows={Status.CREATED: 300_000, Status.REJECTED: 9},
        totals=[total("7", "created", 97_000, "1234567.5"), total("7", "rejected", 3, "2.125")],
        problem_codes={"missing": 2, "not_a_date": 40},
        notices=["no order_date"],
        requests=1_001,
    )
    text = printed(outcome(run, "runs/x/results.parquet", None, "runs/x/report.html"))
    rows = [line.split() for line in text.splitlines()]

    assert ["created", "97,000", "300,000", "confirmed", "by", "the", "API"] in rows
    assert ["all", "97,003", "300,009"] in rows
    assert ["7", "EUR", "created", "97,000", "194,000", "1,234,567.50"] in rows
    assert ["7", "EUR", "all", "97,003", "194,006", "1,234,569.625"] in rows
    assert rows.index(["not", "a", "date", "40"]) < rows.index(["missing", "2"])
    for part in ("no order_date", "1,001 requests", "results: runs/x/results.parquet", "Mend the rows of 3 orders"):
        assert part in text
    assert "rejects:" not in text


def test_a_summary_shows_the_ten_largest_causes_and_a_dozen_companies() -> None:
    codes = {f"cause_{number:02}": 100 - number for number in range(14)}
    totals = [total(str(number), "created", 1, "1") for number in range(15)]
    text = printed(plan_summary(record(problem_codes=codes, totals=totals)))
    assert "cause 09" in text
    assert "cause 10" not in text
    assert "and 4 more kinds of problems" in text
    assert "and 3 more companies" in text


def test_texts_of_the_input_cannot_speak_to_the_terminal() -> None:
    text = printed(plan_summary(record(notices=["a[red]b[/nope] :smile: \x1b[2J\nend"])))
    assert "a[red]b[/nope] :smile: ?[2J end" in text


@pytest.mark.parametrize("width", [40, 80])
def test_summaries_fit_the_terminal(width: int) -> None:
    run = record(
        message="word " * 40,
        notices=["x" * 200],
        totals=[total("1234567890", "already_created", 10**6, "123456789.25")],
    )
    for renderable in (plan_summary(run), outcome(run, "r" * 120, "s", "t")):
        assert all(len(line) <= width for line in printed(renderable, width).splitlines())


def test_why_a_run_stopped_is_told() -> None:
    run = record(state=State.STOPPED, message="The API answered 401.", orders={Status.PENDING: 5})
    text = unwrapped(printed(outcome(run, "a", "b", "c")))
    assert "Stopped early. The API answered 401." in text
    assert "orderlift resume 20240122T050731" in text
