"""The report in a real browser: offline, without a complaint, on a phone, in the dark, on paper, by keyboard."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import Heard, opened
from report_pages import activity, causes_of, problem, record, total

from adapters.report_page import render
from schemas.problems import MESSAGES
from schemas.results import Status
from schemas.run import State

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")
PHONE = {"width": 375, "height": 800}
LONG = "a-very-long-name-of-a-file-without-any-blank-in-it-" * 3 + ".xlsx"


def planned() -> str:
    run = record(state=State.PLANNED, orders={Status.PENDING: 5}, rows={Status.PENDING: 9}, requests_needed=2)
    return render(run, [])


def empty() -> str:
    return render(record(orders={}, rows={}, inputs=[]), [])


def one_problem() -> str:
    orders, rows = {Status.CREATED: 99_999, Status.INVALID: 1}, {Status.CREATED: 400_000, Status.INVALID: 2}
    run = record(orders=orders, rows=rows, problems=1, problem_codes={"missing": 1})
    return render(run, causes_of(problem("missing"), missing=1), activity(4))


def thousands() -> str:
    """Every status, every kind of problem, many companies and currencies, long names."""
    orders = {status: 10 ** (number + 1) for number, status in enumerate(Status)}
    totals = [
        total(status, 10, "123456789012.345678", str(company), currency)
        for company in range(1, 40)
        for currency in ("EUR", "USD")
        for status in ("created", "rejected")
    ]
    codes = {code: 1_000 + number for number, code in enumerate(MESSAGES)}
    found = causes_of(*(problem(code, source_file=LONG, source_sheet=LONG) for code in MESSAGES), **codes)
    run = record(
        orders=orders,
        rows={status: 4 * count for status, count in orders.items()},
        totals=totals,
        problems=sum(codes.values()),
        problem_codes=codes,
        notices=[f"{LONG}: not sent"],
        settings={"profile": LONG, "requests_per_minute": 100},
        base_url=f"https://{LONG}",
    )
    return render(run, found, activity())


def stopped() -> str:
    run = record(
        state=State.STOPPED,
        message="More than --max-failure-ratio allows were rejected. Resume with a larger ratio.",
        orders={Status.CREATED: 10, Status.REJECTED: 50, Status.IN_DOUBT: 3, Status.PENDING: 900},
        rows={Status.CREATED: 40, Status.REJECTED: 200, Status.IN_DOUBT: 12, Status.PENDING: 3_600},
    )
    return render(run, [], activity())


PAGES = (planned, empty, one_problem, thousands, stopped)
each = pytest.mark.parametrize("make", PAGES)
Open = Callable[..., Any]


@pytest.fixture
def show(browser: "Browser", tmp_path: Path) -> Open:
    """Open a page from a file, offline."""

    @contextmanager
    def opening(html: str, **context: Any) -> Iterator[tuple["Page", Heard]]:
        path = tmp_path / "report.html"
        path.write_text(html)
        with opened(browser, path.as_uri(), offline=True, **context) as (page, heard):
            yield page, heard
            assert heard.requests == [path.as_uri()]
            assert heard.complaints == []

    return opening


@each
def test_no_page_is_wider_than_a_phone(show: Open, make: Callable[[], str]) -> None:
    with show(make(), viewport=PHONE) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        assert page.evaluate("[...document.querySelectorAll('details')].forEach(one => one.open = true)") is None
        assert page.evaluate("document.documentElement.scrollWidth") == 375


@each
def test_what_shows_numbers_as_a_picture_has_a_name_and_every_table_a_caption(
    show: Open, make: Callable[[], str]
) -> None:
    with show(make()) as (page, _):
        tree = page.locator("body").aria_snapshot()
        unnamed = [line for line in tree.splitlines() if re.search(r"- (img|table|region|navigation)\s*:?$", line)]
        assert unnamed == []
        assert page.evaluate(
            "[...document.querySelectorAll('table')].every(one => one.caption && one.querySelector('th[scope=col]'))"
        )
        scrolled = "[...document.querySelectorAll('.scroll')].every(one => one.tabIndex === 0 && one.role === 'region')"
        assert page.evaluate(scrolled)  # what is cut off at the side is in reach of the keyboard
        assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


@each
def test_text_has_enough_contrast_in_light_and_dark(show: Open, make: Callable[[], str]) -> None:
    seen = []
    for scheme in ("light", "dark"):
        with show(make(), color_scheme=scheme) as (page, _):
            assert page.evaluate(LOW_CONTRAST) == []
            seen.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert seen == ["rgb(255, 255, 255)", "rgb(20, 23, 26)"]


@each
def test_the_keyboard_reaches_every_link_every_part_that_opens_and_every_table(
    show: Open, make: Callable[[], str]
) -> None:
    with show(make()) as (page, _):
        wanted = page.evaluate(f"{REACHABLE}.length")
        reached = []
        for _ in range(wanted):
            page.keyboard.press("Tab")
            reached.append(page.evaluate(FOCUSED))
        assert len(set(reached)) == wanted
        assert reached == sorted(reached)  # in the order of the page
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_first_key_leads_past_the_navigation(show: Open) -> None:
    with show(stopped()) as (page, _):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


def test_a_cause_opens_and_closes_by_keyboard(show: Open) -> None:
    with show(thousands()) as (page, _):
        cause = page.locator("#problems ~ details").nth(5)
        assert cause.evaluate("one => one.open") is False
        cause.locator("summary").press("Enter")
        assert cause.evaluate("one => one.open") is True


@each
def test_paper_has_everything_and_dark_ink_on_white(show: Open, make: Callable[[], str]) -> None:
    with show(make(), color_scheme="dark") as (page, _):
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate(HIDDEN) == []
        assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize(("width", "kind"), [(375, "narrow"), (1200, "wide")])
def test_one_of_the_flow_pictures_is_seen_with_the_numbers_of_the_record(show: Open, width: int, kind: str) -> None:
    run = record(
        orders={Status.CREATED: 97, Status.INVALID: 1, Status.IN_DOUBT: 2},
        rows={Status.CREATED: 300, Status.INVALID: 2, Status.IN_DOUBT: 5},
    )
    with show(render(run, []), viewport={"width": width, "height": 800}) as (page, _):
        assert page.locator("svg.flow:visible").evaluate_all("all => all.map(one => one.classList[1])") == [kind]
        texts = page.locator(f"svg.{kind} text").all_text_contents()
        assert texts == [
            *("created", "97 orders", "300 rows", "in doubt", "2 orders", "5 rows", "invalid", "1 order", "2 rows"),
            *("valid", "305", "invalid", "2", "rows", "307"),
        ]
        assert page.evaluate(OVERLAPS) == []


@each
def test_no_text_of_a_picture_covers_another_or_leaves_it(show: Open, make: Callable[[], str]) -> None:
    for width in (375, 1200):
        with show(make(), viewport={"width": width, "height": 800}) as (page, _):
            assert page.evaluate(OVERLAPS) == []


def test_a_script_that_got_into_the_page_would_not_run(browser: "Browser", tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    evil = "<script>document.title = 'ran'</script><img src='https://example.com/x.png'></body>"
    path.write_text(planned().replace("</body>", evil))
    with opened(browser, path.as_uri(), offline=True) as (page, heard):
        assert page.title() == "Order import 20240122T050731"
        assert len(heard.complaints) == 2  # one of the script, one of the image
        assert all("Content Security Policy" in said for said in heard.complaints)


REACHABLE = """[...document.querySelectorAll('a, summary, [tabindex="0"]')]
    .filter(one => one.checkVisibility({contentVisibilityAuto: true}))"""
FOCUSED = f"{REACHABLE}.indexOf(document.activeElement)"
SAID = "main :is(p, td, th, li, summary, dd, figcaption)"
HIDDEN = f"""[...document.querySelectorAll('{SAID}')]
    .filter(one => !one.checkVisibility({{contentVisibilityAuto: true}}) || !one.getClientRects().length)
    .map(one => one.textContent)"""
OVERLAPS = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
    if (!svg.getClientRects().length) return []
    const frame = svg.getBoundingClientRect()
    const boxes = [...svg.querySelectorAll('text')].filter(one => one.textContent)
        .map(one => [one.textContent, one.getBoundingClientRect()])
    const outside = boxes.filter(([_, box]) => box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 3)
    const covered = boxes.filter(([_, one], at) => boxes.some(([_, other], before) => before < at
        && Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
        && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4))
    return [...outside, ...covered].map(([text]) => text)
})"""
LOW_CONTRAST = """() => {
    const channels = color => color.match(/[\\d.]+/g).map(Number)
    const luminance = color => channels(color).slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0)
    const ground = one => {
        for (; one; one = one.parentElement) {
            const color = getComputedStyle(one).backgroundColor
            if (channels(color)[3] !== 0) return color
        }
    }
    return [...document.querySelectorAll('body *')]
        .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .filter(one => one.getClientRects().length)
        .map(one => {
            const style = getComputedStyle(one)
            const ink = one.namespaceURI.endsWith('svg') ? style.fill : style.color
            const two = [luminance(ink), luminance(ground(one))].sort((a, b) => b - a)
            return [one.textContent.trim(), (two[0] + 0.05) / (two[1] + 0.05)]
        })
        .filter(([_, ratio]) => ratio < 4.5)
}"""
