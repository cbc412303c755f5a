"""What a listing proves: presence settles, absence only when everything that must show was seen."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import Answer
from schemas.ledger import Doubt, Fact
from transforms.readback import (
    MARGIN,
    Entry,
    Listing,
    Page,
    attempted_at,
    conclude,
    ends_early,
    is_enough,
    read_page,
    see,
    shows_control,
)

COMPANY = 7
SENT = 1_000_000.0  # by the API's clock
NOW = SENT + 100


def doubt(number: str = "A", *, code: str | None = "http_504", orders: int = 3, api: float | None = SENT) -> Doubt:
    told = None if api is None else int(api * 1e6)
    return Doubt(COMPANY, number, "run", 5, orders, code, int(SENT * 1e6), told)


def entry(number: str | None, at: float | None = SENT, rootfi_id: int = 1) -> Entry:
    return Entry(number, rootfi_id, f"p{rootfi_id}", at)


def listing_of(*entries: Entry, wanted: str = "A", due: str = "", control: bool = True, more: bool = False) -> Listing:
    page = Page(entries, "more" if more else None, NOW)
    return see(Listing(frozenset(wanted), frozenset(due)), page, has_control=control)


def answer(document: object, **headers: str) -> Answer:
    return Answer(200, headers, orjson.dumps(document))


def test_an_order_that_is_listed_is_created_with_its_ids() -> None:
    found = conclude(doubt(), listing_of(entry("A", rootfi_id=12), control=False), NOW, is_settled=False)
    assert found is not None
    assert (found.status, found.rootfi_id, found.platform_id, found.batch_id) == ("created", 12, "p12", 5)


def test_an_order_that_was_there_before_it_was_sent_is_already_created() -> None:
    old = conclude(doubt(), listing_of(entry("A", SENT - MARGIN - 1)), NOW, is_settled=False)
    assert old is not None
    assert old.status == "already_created"


def test_an_order_that_may_have_been_there_before_is_created_with_a_note_and_is_no_control() -> None:
    untimed = conclude(doubt(), listing_of(entry("A", None)), NOW, is_settled=False)
    assert untimed is not None
    assert untimed.status == "created"
    assert "does not tell whether" in (untimed.error_message or "")
    noted = fact("A", "created", 1)._replace(error_message=untimed.error_message)
    assert not shows_control(Page((entry("A"),), None, NOW), [noted])


def test_an_order_of_a_batch_that_was_refused_as_known_is_already_created() -> None:
    known = conclude(doubt(code="record-already-exists"), listing_of(entry("A")), NOW, is_settled=False)
    assert known is not None
    assert known.status == "already_created"


def test_an_order_that_is_listed_twice_is_reported_and_one_that_moved_to_the_next_page_is_not() -> None:
    twice = conclude(doubt(), listing_of(entry("A", rootfi_id=2), entry("A", rootfi_id=1)), NOW, is_settled=True)
    assert twice is not None
    assert (twice.status, twice.error_code) == ("created", "duplicate_on_platform")
    assert "2, 1" in (twice.error_message or "")
    again = see(listing_of(entry("A"), more=True), Page((entry("A"),), None, NOW), has_control=True)
    once = conclude(doubt(), again, NOW, is_settled=True)
    assert once is not None
    assert once.error_code is None


@pytest.mark.parametrize(
    ("listing", "is_settled"),
    [
        pytest.param(listing_of(entry("B")), False, id="too early"),
        pytest.param(listing_of(entry("B"), control=False), True, id="no control"),
        pytest.param(listing_of(entry("B"), due="C"), True, id="an order that must show does not"),
    ],
)
def test_absence_proves_nothing_without_all_its_conditions(listing: Listing, *, is_settled: bool) -> None:
    assert conclude(doubt(), listing, NOW, is_settled=is_settled) is None


def test_absence_with_all_its_conditions_is_not_created() -> None:
    absent = conclude(doubt(), listing_of(entry("B"), entry("C"), due="C"), NOW, is_settled=True)
    assert absent is not None
    assert absent.status == "pending"


@pytest.mark.parametrize(("orders", "status"), [(1, "rejected"), (2, "pending")])
def test_a_single_order_that_is_refused_as_known_but_not_there_is_rejected(orders: int, status: str) -> None:
    refused = conclude(doubt(code="http_409", orders=orders), listing_of(entry("B")), NOW, is_settled=True)
    assert refused is not None
    assert refused.status == status


def test_reading_ends_once_it_is_older_than_the_attempt_less_a_margin() -> None:
    new = entry("N", NOW)
    assert not is_enough(listing_of(new, entry("B", SENT), more=True), [doubt()], NOW)
    assert not is_enough(listing_of(new, entry("B", SENT - MARGIN + 1), more=True), [doubt()], NOW)
    assert is_enough(listing_of(new, entry("B", SENT - MARGIN - 1), more=True), [doubt()], NOW)


def test_orders_that_were_created_at_one_moment_do_not_show_that_a_listing_is_sorted() -> None:
    past = SENT - MARGIN - 1
    assert not is_enough(listing_of(entry("B", past), entry("C", past), more=True), [doubt()], NOW)


def test_reading_goes_on_without_order_without_control_or_for_an_order_that_is_said_to_exist() -> None:
    new, past = entry("N", NOW), SENT - MARGIN - 1
    assert is_enough(listing_of(new, entry("B", past), more=True), [doubt()], NOW)
    unsorted = listing_of(new, entry("B", past), entry("C", SENT), entry("D", past), more=True)
    assert not is_enough(unsorted, [doubt()], NOW)
    assert not is_enough(listing_of(new, entry("B", past), entry("C", None), more=True), [doubt()], NOW)
    assert not is_enough(listing_of(new, entry("B", past), control=False, more=True), [doubt()], NOW)
    assert not is_enough(listing_of(new, entry("B", past), more=True), [doubt(code="http_409")], NOW)
    assert is_enough(listing_of(entry("B", past), control=False), [doubt(code="http_409")], NOW)  # the end


def test_an_attempt_of_an_unknown_time_by_the_api_is_looked_for_in_a_wider_range() -> None:
    known, unknown = attempted_at(doubt(), NOW, NOW), attempted_at(doubt(api=None), NOW, NOW)
    assert known is not None
    assert unknown is not None
    assert unknown < known < SENT
    assert attempted_at(doubt(api=None), None, NOW) is None
    assert not is_enough(Listing(frozenset("A"), oldest=0.0, has_control=True), [doubt(api=None)], NOW)


def test_the_clock_here_may_be_wrong_as_only_the_time_since_the_attempt_is_taken_from_it() -> None:
    wrong = doubt(api=None)._replace(started_at=int((SENT - 5000) * 1e6))
    assert attempted_at(wrong, NOW, NOW - 5000) == attempted_at(doubt(api=None), NOW, NOW)


def test_a_page_is_read_in_all_the_shapes_that_are_known() -> None:
    record = {"order_number": "A", "rootfi_id": 3, "platform_id": "p", "rootfi_created_at": "2026-01-02T03:04:05.5Z"}
    when = datetime(2026, 1, 2, 3, 4, 5, 500_000, UTC).timestamp()
    date = "Fri, 02 Jan 2026 03:05:00 GMT"
    plain = read_page(answer({"data": [record], "next": "c", "total_count": 9}, date=date), COMPANY)
    assert plain == Page((Entry("A", 3, "p", when),), "c", datetime(2026, 1, 2, 3, 5, tzinfo=UTC).timestamp(), 9)
    wrapped = read_page(answer({"data": {"data": [record], "next": None}, "request_id": "u"}), COMPANY)
    assert wrapped == Page((Entry("A", 3, "p", when),), None, None)
    empty = read_page(answer({"data": [], "next": None}), COMPANY)
    assert empty == Page((), None, None)


def test_an_order_of_another_company_counts_for_nothing() -> None:
    records = [{"order_number": "A", "rootfi_company_id": 8}, {"order_number": "B", "rootfi_company_id": COMPANY}]
    page = read_page(answer({"data": records}), COMPANY)
    assert page is not None
    assert [one.order_number for one in page.entries] == [None, "B"]


@given(st.binary() | st.builds(orjson.dumps, st.recursive(st.none() | st.integers(0, 9) | st.text(), st.lists)))
def test_no_bytes_whatever_make_it_fail(body: bytes) -> None:
    page = read_page(Answer(200, {}, body), COMPANY)
    assert page is None or page.entries == () or any(one.order_number for one in page.entries)


numbers = st.sampled_from("ABCD")


@given(
    st.lists(st.builds(entry, numbers, st.floats(SENT - 100, SENT + 100), st.integers(1, 9)), max_size=8),
    st.booleans(),
    st.booleans(),
    st.sets(numbers),
)
def test_only_a_listing_with_a_control_and_all_that_is_due_lets_an_order_be_sent_again(
    entries: list[Entry], control: bool, is_settled: bool, due: set[str]
) -> None:
    listing = listing_of(*entries, due="".join(due - {"A"}), control=control)
    found = conclude(doubt(), listing, NOW, is_settled=is_settled)
    seen = {one.order_number for one in entries}
    if "A" in seen:
        assert found is not None
        assert found.status in ("created", "already_created")
    else:
        assert (found is not None) == (control and is_settled and due - {"A"} <= seen)
        assert found is None or found.status == "pending"


def fact(number: str, status: str, rootfi_id: int | None) -> Fact:
    return Fact(COMPANY, number, status, 0, "run", 5, 1, None, rootfi_id, None, None, None, None, None, 0)


@pytest.mark.parametrize(
    ("known", "shows"),
    [
        pytest.param(fact("A", "created", 1), True, id="created, with this id"),
        pytest.param(fact("A", "created", 2), False, id="created, with another id"),
        pytest.param(fact("A", "created", None), False, id="created, with no id"),
        pytest.param(fact("A", "already_created", 1), False, id="was there before"),
        pytest.param(fact("A", "in_doubt", 1), False, id="in doubt"),
        pytest.param(fact("B", "created", 1), False, id="under another number"),
    ],
)
def test_a_control_is_an_order_that_is_known_to_have_been_created_under_its_number(known: Fact, *, shows: bool) -> None:
    assert shows_control(Page((entry("A"), entry(None, rootfi_id=7)), None, NOW), [known]) is shows


@pytest.mark.parametrize(
    ("page", "seen", "total", "early"),
    [
        pytest.param(Page((entry("A"),), None, NOW), 1, 1, False, id="all of them"),
        pytest.param(Page((entry("A"),), None, NOW), 1, 2, True, id="one is lacking"),
        pytest.param(Page((entry("A"),), "more", NOW), 1, 2, False, id="more follow"),
        pytest.param(Page((entry("A"),), None, NOW), 5, None, False, id="no total"),
        pytest.param(Page((), None, NOW), 0, None, True, id="nothing at all, and no total"),
        pytest.param(Page((), None, NOW), 0, 0, False, id="nothing at all"),
        pytest.param(Page((), None, NOW), 5, None, True, id="an empty page, and no total"),
        pytest.param(Page((), None, NOW), 5, 6, True, id="an empty page too early"),
        pytest.param(Page((), None, NOW), 5, 5, False, id="an empty page behind the last"),
    ],
)
def test_a_listing_has_not_ended_before_all_orders_were_seen(
    page: Page, seen: int, total: int | None, early: bool
) -> None:
    assert ends_early(page, seen, total) is early
