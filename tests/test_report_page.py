"""The report: one page that works offline, tells what became of everything, and trusts no text of the input."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from adapters.report_page import company_totals, duration, money, next_steps, render
from schemas.problems import PROBLEMS
from schemas.results import Status
from schemas.run import InputDigest, RunRecord, State, Total

VOID = {"meta", "br", "link", "img"}
NO_PROBLEMS = pd.DataFrame(columns=PROBLEMS.names)


def record(**changes: Any) -> RunRecord:
    given: dict[str, Any] = {
        "run_id": "20240122T050731",
        "state": State.COMPLETE,
        "base_url": "https://api.example.com/v4",
        "settings": {},
        "inputs": [InputDigest(name="orders.csv", path="orders.csv", bytes=1234, sha256="ab" * 32)],
        "planned_at": datetime(2024, 1, 22, 6, 7, 31, tzinfo=timezone(timedelta(hours=1))),
        "orders": {Status.CREATED: 97_000},
        "rows": {Status.CREATED: 300_000},
    }
    return RunRecord(**given | changes)


def problem(code: str = "not_a_date", row: int = 2, **changes: object) -> dict[str, object]:
    place = {"source_file": "orders.csv", "source_sheet": "May", "source_row": row, "column": "Ordered on"}
    return {**place, "value": "04/05/24", "code": code, "message": f"wrong in row {row}", **changes}


def total(status: str, orders: int, amount: str, company_id: str = "7", currency_id: str = "EUR") -> Total:
    return Total(
        company_id=company_id,
        currency_id=currency_id,
        status=status,
        orders=orders,
        line_items=2 * orders,
        amount=Decimal(amount),
    )


class Page(HTMLParser):
    """The page as a reader without eyes has it: its elements, its text by element, and whether all are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.words += " " * (tag not in {"code", "strong", "span"})

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_tells_what_was_asked_with_times_in_utc() -> None:
    page = Page(render(record(finished_at=datetime(2024, 1, 22, 5, 9, tzinfo=UTC)), NO_PROBLEMS))
    for part in (
        "20240122T050731",
        "https://api.example.com/v4",
        "Planned 2024-01-22 05:07:31 UTC",
        "Finished 2024-01-22 05:09:00 UTC",
    ):
        assert part in page.words
    assert ["orders.csv", "1,234", "ab" * 32] in page.rows


def test_the_page_counts_orders_and_rows_by_status_and_draws_them() -> None:
    orders = {Status.CREATED: 97_000, Status.REJECTED: 3, Status.IN_DOUBT: 1}
    page = Page(render(record(orders=orders, rows={Status.CREATED: 300_000, Status.REJECTED: 9}), NO_PROBLEMS))

    assert ["created", "97,000", "300,000", "confirmed by the API"] in page.rows
    assert ["in doubt", "1", "0", "sent, and nothing proves what became of it"] in page.rows
    assert ["all", "97,004", "300,009", ""] in page.rows
    assert not any(row[0] == "pending" for row in page.rows)
    [bar] = [attributes for tag, attributes in page.elements if attributes.get("role") == "img"]
    assert bar["aria-label"] == "Orders: 97,000 created, 3 rejected, 1 in doubt"
    grown = [str(span["style"]) for span in page.all("span") if "flex-grow" in str(span.get("style"))]
    assert [re.findall(r"var\(--(\w+)\); flex-grow: (\d+)", style) for style in grown] == [
        [("created", "97000")],
        [("rejected", "3")],
        [("in_doubt", "1")],
    ]


def test_control_totals_are_shown_by_company_and_currency_with_their_sum() -> None:
    totals = [
        total("created", 2, "1E+3", "10"),
        total("created", 2, "1234567.5"),
        total("rejected", 1, "0.125"),
        total("created", 5, "7", currency_id="USD"),
    ]
    page = Page(render(record(totals=totals), NO_PROBLEMS))
    assert [row for row in page.rows if len(row) == 6][1:] == [
        ["7", "EUR", "created", "2", "4", "1,234,567.50"],
        ["7", "EUR", "rejected", "1", "2", "0.125"],
        ["7", "EUR", "all", "3", "6", "1,234,567.625"],
        ["7", "USD", "created", "5", "10", "7.00"],
        ["10", "EUR", "created", "2", "4", "1,000.00"],
    ]


def test_before_there_are_totals_those_of_the_plan_are_shown() -> None:
    planned = record(state=State.PLANNED, planned_totals=[total("pending", 4, "9.99")])
    assert [line.orders for company in company_totals(planned) for line in company.lines] == [4]


def test_problems_are_grouped_by_code_with_three_examples_of_each_and_no_value_of_its_own() -> None:
    problems = pd.DataFrame([problem(row=row, value="Jane Doe") for row in (2, 3, 4, 5)] + [problem("missing", 9)])
    page = Page(render(record(problems=4_001, problem_codes={"not_a_date": 40, "missing": 3_961}), problems))

    assert "Problems: 4,001" in page.words
    assert page.words.index("missing: 3,961") < page.words.index("not a date: 40")
    shown = [row for row in page.rows if row[0] == "orders.csv" and len(row) == 5]
    assert shown == [["orders.csv", "May", str(row), "Ordered on", f"wrong in row {row}"] for row in (9, 2, 3, 4)]
    assert "Jane Doe" not in page.words


def test_a_problem_without_column_or_sheet_leaves_the_cell_empty() -> None:
    problems = pd.DataFrame([problem("malformed_row", column=None, source_sheet=None)]).convert_dtypes(
        dtype_backend="pyarrow"
    )
    page = Page(render(record(), problems))
    assert ["orders.csv", "", "2", "", "wrong in row 2"] in page.rows


def test_text_of_the_input_is_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    html = render(
        record(
            inputs=[InputDigest(name=evil, path=evil, bytes=1, sha256="")],
            notices=[evil],
            message=evil,
            base_url=evil,
            totals=[total(evil, 1, "1", evil, evil), total("b", 1, "1", evil, evil)],
            problem_codes={evil: 1},
        ),
        pd.DataFrame([problem(evil, source_file=evil, source_sheet=evil, column=evil, message=evil)]),
    )
    assert "<script" not in html
    assert Page(html).words.count(evil) >= 10


def test_the_page_needs_nothing_from_anywhere() -> None:
    page = Page(render(record(), NO_PROBLEMS))
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert not [attributes for _, attributes in page.elements if {"src", "href", "onclick"} & attributes.keys()]
    html = render(record(base_url=""), NO_PROBLEMS)
    assert "://" not in html
    assert "url(" not in html
    assert "@import" not in html


def test_the_page_can_be_used_without_seeing_it() -> None:
    page = Page(render(record(totals=[total("created", 1, "1")], notices=["n"]), pd.DataFrame([problem()])))

    assert page.all("html") == [{"lang": "en"}]
    assert page.all("title")
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))
    assert len(page.all("caption")) == len(page.all("table")) == 4
    assert all(header.get("scope") in {"col", "row"} for header in page.all("th"))
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes} <= ids


@pytest.mark.parametrize("scheme", [0, 1])
def test_colors_have_enough_contrast_in_light_and_dark(scheme: int) -> None:
    html = render(record(), NO_PROBLEMS)
    blocks = re.findall(r":root \{(.*?)\}", html, re.DOTALL)
    colors = dict(re.findall(r"--(\w+): (#\w{6})", blocks[scheme]))
    for ground in ("page", "panel"):
        assert contrast(colors["text"], colors[ground]) >= 4.5
        assert contrast(colors["muted"], colors[ground]) >= 4.5
    assert {status.value for status in Status} <= colors.keys()
    assert all(contrast(colors[status], colors["page"]) >= 3 for status in Status)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("state", "orders", "expected"),
    [
        (State.PLANNED, {Status.PENDING: 5}, ["resume"]),
        (State.PLANNED, {Status.PENDING: 5, Status.INVALID: 1}, ["plan again", "resume"]),
        (State.DELIVERING, {Status.PENDING: 5}, ["status"]),
        (State.STOPPED, {Status.PENDING: 5, Status.IN_DOUBT: 2}, ["resume", "results.csv names them"]),
        (State.INTERRUPTED, {Status.CREATED: 5, Status.REJECTED: 1}, ["resume", "rejects.xlsx"]),
        (
            State.COMPLETE,
            {Status.INVALID: 1, Status.REJECTED: 2, Status.IN_DOUBT: 1},
            ["not sent again", "3 orders in rejects"],
        ),
        (State.COMPLETE, {Status.CREATED: 1, Status.PENDING: 1}, ["resume"]),
        (State.COMPLETE, {Status.CREATED: 1, Status.ALREADY_CREATED: 9}, ["Nothing: every order"]),
    ],
)
def test_what_to_do_next_follows_from_state_and_counts(
    state: State, orders: dict[Status, int], expected: list[str]
) -> None:
    run = record(state=state, orders=orders)
    steps = next_steps(run)
    assert len(steps) == len(expected)
    assert all(part in step for part, step in zip(expected, steps, strict=True))
    assert all(step.replace("`", "") in Page(render(run, NO_PROBLEMS)).words for step in steps)


def test_commands_are_set_as_code() -> None:
    html = render(record(state=State.STOPPED), NO_PROBLEMS)
    assert "<code>orderlift resume 20240122T050731</code>" in html


def test_notices_and_requests_are_told() -> None:
    page = Page(
        render(record(notices=["no order_date"], requests=151, requests_needed=150, least_seconds=90.0), NO_PROBLEMS)
    )
    assert "no order_date" in page.words
    assert "Requests: 151 sent. The plan needs at least 150: 1 min 30 s at the rate limit." in page.words


def test_a_run_without_orders_has_a_page_too() -> None:
    assert "The input has no orders." in Page(render(record(orders={}, rows={}, inputs=[]), NO_PROBLEMS)).words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.2, "1 s"), (90.6, "1 min 31 s"), (840, "14 min"), (7500, "2 h 5 min"), (604_000, "6 d 23 h")],
)
def test_times_are_said_in_two_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_amounts_keep_their_digits() -> None:
    assert [money(Decimal(text)) for text in ("0", "1E+3", "-12.5", "12345678901234567890.123456789")] == [
        "0.00",
        "1,000.00",
        "-12.50",
        "12,345,678,901,234,567,890.123456789",
    ]
