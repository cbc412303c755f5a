"""The report: one page that works offline, tells what became of everything, and trusts no text of the input."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pytest
from report_pages import NO_PROBLEMS, Page, activity, causes_of, problem, record, total

from adapters.report_page import company_totals, duration, money, next_steps, render
from schemas.history import Activity, AnswerCount, Bucket, History
from schemas.problems import REMEDIES
from schemas.results import Status
from schemas.run import InputDigest, State
from transforms.causes import causes
from transforms.timeline import stretch, timeline


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
    names = [title for title in page.titles if title.startswith("From the rows")]
    assert len(names) == 2  # for wide and for narrow screens, of which one is shown
    assert all("300,000 rows created, 9 rows rejected, 0 rows in doubt." in name for name in names)


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


def test_problems_are_grouped_by_code_with_three_examples_of_each_and_a_remedy() -> None:
    found = causes_of(*(problem(row=row) for row in (2, 3, 4, 5)), problem("missing", 9), not_a_date=40, missing=3_961)
    page = Page(render(record(problems=4_001), found))

    assert "Problems: 4,001" in page.words
    assert page.words.index("missing: 3,961") < page.words.index("not a date: 40")
    place = "orders.csv, sheet May, row {}, column Ordered on"
    assert f"{place.format(9)}: Ordered on is empty" in page.words
    assert f"{'; '.join(map(place.format, (2, 3, 4)))}: Ordered on is not an ISO 8601 date" in page.words
    assert place.format(5) not in page.words
    assert REMEDIES["missing"] in page.words
    assert REMEDIES["not_a_date"] in page.words


def test_a_problem_without_column_or_sheet_is_told_by_its_row() -> None:
    frame = pd.DataFrame([problem("malformed_row", column=None, source_sheet=None, message="4 fields more")])
    found = causes({}, frame.convert_dtypes(dtype_backend="pyarrow"))
    assert "orders.csv, row 2: 9 xxxxxx xxxx" in Page(render(record(), found)).words


def test_text_of_the_input_is_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    html = render(
        record(
            inputs=[InputDigest(name=evil, path=evil, bytes=1, sha256="")],
            notices=[evil],
            message=evil,
            base_url=evil,
            totals=[total(evil, 1, "1", evil, evil), total("b", 1, "1", evil, evil)],
            settings={"profile": evil},
        ),
        causes_of(problem(evil, source_file=evil, source_sheet=evil, column=evil)),
        replace(activity(), history=replace(activity().history, answers=(AnswerCount(evil, 1, evil, *[1] * 7),))),
    )
    assert "<script" not in html
    assert Page(html).words.count(evil) >= 12


def test_the_page_needs_nothing_from_anywhere() -> None:
    html = render(record(base_url=""), NO_PROBLEMS, activity())
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert not [attributes for _, attributes in page.elements if {"src", "onclick"} & attributes.keys()]
    targets = {str(attributes["href"]) for _, attributes in page.elements if "href" in attributes}
    assert targets <= {f"#{name}" for name in page.ids}
    assert "://" not in html
    assert "url(" not in html
    assert "@import" not in html
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert str(policy).startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_the_page_can_be_used_without_seeing_it() -> None:
    run = record(totals=[total("created", 1, "1")], notices=["n"])
    page = Page(render(run, causes_of(problem()), activity()))

    assert page.all("html") == [{"lang": "en"}]
    assert page.all("title")
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))
    assert len(page.all("caption")) == len(page.all("table")) == 6
    assert all(header.get("scope") in {"col", "row"} for header in page.all("th"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(page.ids)
    assert {
        attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes
    } <= page.ids
    assert len(page.all("svg")) == 4
    assert all(svg.get("role") == "img" and {"aria-label", "aria-labelledby"} & svg.keys() for svg in page.all("svg"))


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
    page = Page(render(record(orders={}, rows={}, inputs=[]), NO_PROBLEMS))
    assert "The input has no orders." in page.words
    assert not page.all("svg")


def test_requests_are_told_by_answer_and_over_time_and_the_slowest_batches_by_number() -> None:
    page = Page(render(record(), NO_PROBLEMS, activity()))
    assert ["create orders", "200", "1", "100", "97", "3", "0", "0.25 s", "0.25 s"] in page.rows
    assert ["create orders", "no answer, ReadTimeout", "1", "50", "0", "0", "50", "1.5 s", "1.5 s"] in page.rows
    assert ["2", "7", "50", "2024-01-22 06:07:31 UTC", "1.5 s", "no answer, ReadTimeout"] in page.rows
    assert ["0.5 s", "2", "2", "97", "3", "50"] in page.rows
    assert ["2 s", "1", "3", "0", "0", "0"] in page.rows
    assert "Orders sent more than once 50" in page.words
    assert "Most requests in a minute 3 of the 100 that the limit allows" in page.words
    assert "The limit of 100 is far above" in page.words


def test_a_limit_that_is_near_is_drawn() -> None:
    html = render(record(), NO_PROBLEMS, activity(allowed=4))
    assert "which all that use the same key share" in html
    drawn, rest = html.split('class="chart settled"')
    assert "series serie-1" in drawn
    assert "series serie-1" not in render(record(), NO_PROBLEMS, activity()).split('class="chart settled"')[0]
    assert "series serie-2" in rest  # what was in doubt, in the chart of orders


@pytest.mark.parametrize("seconds", [0.05, 3, 70, 140, 700, 4_000, 90_000, 40 * 86_400])
def test_the_axis_of_time_has_a_few_round_marks(seconds: float) -> None:
    last = int(seconds * 1_000_000)
    width = stretch(0, last)
    buckets = Bucket(0, 1, 1, 1, 0, 0), Bucket(last // width, 1, 1, 1, 0, 0)
    history = History(0, last, width, buckets, (), ())
    html = render(record(), NO_PROBLEMS, Activity(history, timeline(history, 100), 0))
    for drawn in re.findall(r"<svg.*?</svg>", html, re.DOTALL)[-2:]:
        marks = re.findall(r'class="major">([\d.]+) (s|min|h|d)<', drawn)
        assert 2 <= len(marks) <= 7
        assert len({unit for _, unit in marks}) == 1
        assert all(len(number.replace(".", "").strip("0")) <= 2 for number, _ in marks), marks


def test_a_code_of_an_answer_that_is_no_code_is_not_shown() -> None:
    history = activity().history
    strange = replace(history, answers=(AnswerCount("create", 400, "Jane Doe is unknown", *[1] * 7),))
    page = Page(render(record(), NO_PROBLEMS, Activity(strange, activity().timeline, 0)))
    assert "400, another code" in page.words
    assert "Jane" not in page.words


def test_of_very_many_companies_the_page_shows_the_first_ones_and_says_so() -> None:
    run = record(totals=[total("created", 1, "1", str(number)) for number in range(1, 1_001)])
    page = Page(render(run, NO_PROBLEMS))
    assert len([row for row in page.rows if len(row) == 6]) == 201
    assert "800 more companies and currencies are in run.json" in page.words


def test_only_settings_that_say_something_are_told() -> None:
    page = Page(
        render(record(settings={"max_in_flight": 8, "canary": 0, "profile": None, "sandbox": True}), NO_PROBLEMS)
    )
    assert "max in flight 8" in page.words
    assert "sandbox yes" in page.words
    assert not {"canary", "profile"} & set(page.words.split())


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
