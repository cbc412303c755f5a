"""Read-back: what a listing of a company's orders proves about those that are in doubt. If nothing: doubt stays."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from schemas.delivery import Answer
from schemas.ledger import Conclusion, Doubt, Fact
from schemas.results import DUPLICATE, Status
from transforms import answers
from transforms.waiting import http_date

# The listing is read until it is older than the first attempt by this much; more where the attempt's time by the
# API's own clock is not known, since the clock here may have been set meanwhile.
MARGIN = 30.0
WIDE_MARGIN = 600.0
EXISTS = frozenset({answers.ALREADY_EXISTS, "http_409"})  # refused, because the platform has such an order already


class Entry(NamedTuple):
    """An order as the API lists it; `created_at` in epoch seconds by the API's clock, None where it cannot be read.

    `amount` is the sum of quantity x unit_amount, if the listing has line items.
    """

    order_number: str | None
    rootfi_id: int | None
    platform_id: str | None
    created_at: float | None
    customer_id: str | None = None
    currency_id: str | None = None
    amount: Decimal | None = None


class Page(NamedTuple):
    """One page of a listing; `at` is the API's clock in epoch seconds, if its answer told it."""

    entries: tuple[Entry, ...]
    next: str | None
    at: float | None
    total: int | None = None  # of all pages, as the API counts them
    request_id: int = 0  # in the ledger


@dataclass(frozen=True)
class Listing:
    """What was seen of the `wanted` orders, and of the `due` ones, which must show if absence is to mean anything."""

    wanted: frozenset[str]
    due: frozenset[str] = frozenset()
    found: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    has_control: bool = False  # an order that is known to have been created was seen under its number
    in_order: bool = True  # newest first, as far as it was read
    newest: float | None = None
    oldest: float | None = None
    is_whole: bool = False  # read to its end
    at: float | None = None  # the API's clock when the first page was answered


def read_page(answer: Answer, company_id: int) -> Page | None:
    """The page that an answer holds; None if it lists no orders, or none of them by an order number.

    An order of another company, which an API lists that does not know the filter, has no number here.
    """
    document = answers.parse(answer.body)
    records = answers.records(document)
    if records is None or (records and not any(answers.text(record.get("order_number")) for record in records)):
        return None
    entries = tuple(
        Entry(
            None if answers.is_foreign(record, company_id) else answers.text(record.get("order_number")),
            answers.integer(record.get("rootfi_id")),
            answers.text(record.get("platform_id")),
            _moment(record.get("rootfi_created_at")),
            answers.text(record.get("customer_id")) or answers.text(record.get("contact_id")),
            answers.text(record.get("currency_id")),
            _amount(record.get("line_items")),
        )
        for record in records
    )
    return Page(
        entries,
        answers.text(answers.member(document, "next")),
        http_date(answer.headers.get("date")),
        answers.integer(answers.member(document, "total_count")),
    )


def ends_early(page: Page, seen: int, total: int | None) -> bool:
    """Whether a page ends the listing, or has nothing, before all `total` orders were `seen`, those of it included.

    A page without orders is suspect where the API gives no total.
    """
    if not page.entries:
        return total is None or seen < total
    return page.next is None and total is not None and seen < total


def see(listing: Listing, page: Page, *, has_control: bool) -> Listing:
    """The listing with one more page. An order that moved to this page from the one before is seen once."""
    found = dict(listing.found)
    in_order, oldest = listing.in_order, listing.oldest
    for entry in page.entries:
        number = entry.order_number
        if number in listing.wanted and entry not in found.get(number, ()):
            found[number] = (*found.get(number, ()), entry)
        in_order &= entry.created_at is not None and (oldest is None or entry.created_at <= oldest)
        oldest = entry.created_at
    return replace(
        listing,
        due=listing.due.difference(entry.order_number or "" for entry in page.entries),
        found=found,
        has_control=listing.has_control or has_control,
        in_order=in_order,
        newest=listing.newest if listing.newest is not None or not page.entries else page.entries[0].created_at,
        oldest=oldest,
        is_whole=page.next is None,
        at=listing.at if listing.oldest is not None or listing.at is not None else page.at,
    )


def shows_control(page: Page, facts: Iterable[Fact]) -> bool:
    """Whether the page shows an order that we created for certain, under its number and with its id."""
    listed = {(entry.order_number, entry.rootfi_id or entry.platform_id) for entry in page.entries}
    created = (fact for fact in facts if fact.status == Status.CREATED and not fact.error_message)
    return any((one.order_number, one.rootfi_id or one.platform_id or "") in listed for one in created)


def attempted_at(doubt: Doubt, listing_at: float | None, ledger_now: float) -> float | None:
    """The earliest that an order may have been created, in epoch seconds by the API's clock; None if nothing tells it.

    `listing_at` and `ledger_now` are one moment by the API's clock and by the ledger's.
    """
    if doubt.api_started_at is not None:
        return doubt.api_started_at / 1e6 - MARGIN
    if listing_at is None:
        return None
    return listing_at - (ledger_now - doubt.started_at / 1e6) - WIDE_MARGIN


def is_enough(listing: Listing, doubts: Collection[Doubt], ledger_now: float) -> bool:
    """Whether more pages would prove nothing more: all that may hold the orders in doubt, and a control, were seen."""
    if listing.is_whole:
        return True
    if not listing.in_order or listing.oldest is None or listing.oldest == listing.newest:
        return False  # what was created at one moment may stand in any order
    if any(doubt.error_code in EXISTS and doubt.order_number not in listing.found for doubt in doubts):
        return False  # the order that is said to exist may be years old
    since = [attempted_at(doubt, listing.at, ledger_now) for doubt in doubts]
    is_past = all(moment is not None and listing.oldest < moment for moment in since)
    return is_past and (listing.has_control or listing.found.keys() >= listing.wanted)


def conclude(doubt: Doubt, listing: Listing, ledger_now: float, *, is_settled: bool) -> Conclusion | None:
    """What the listing proves about an order in doubt; None if nothing.

    It must have been read far enough. Absence is evidence only if the order `is_settled`, which is that its last
    attempt had ended long enough before the listing was begun, and if the listing shows what it must show.
    """
    number, found = doubt.order_number, listing.found.get(doubt.order_number, ())
    if found:
        since = attempted_at(doubt, listing.at, ledger_now)
        ours = [one for one in found if since is None or one.created_at is None or one.created_at >= since]
        first = (ours or found)[-1]
        status = Status.CREATED if ours and doubt.error_code not in EXISTS else Status.ALREADY_CREATED
        code = told = None
        if len(found) > 1:
            ids = ", ".join(str(one.rootfi_id or one.platform_id) for one in found)
            code, told = DUPLICATE, f"The platform has {len(found)} orders with this number: {ids}"
        elif status == Status.CREATED and (since is None or first.created_at is None):
            told = "The platform has it, and does not tell whether it had it before it was sent"
        return Conclusion(number, doubt.batch_id, status, first.rootfi_id, first.platform_id, code, told)
    if not (is_settled and listing.has_control and not listing.due):
        return None
    if doubt.error_code in EXISTS and doubt.orders == 1:
        told = "The API says that it has this order already, but does not list it"
        return Conclusion(number, doubt.batch_id, Status.REJECTED, None, None, answers.ALREADY_EXISTS, told)
    return Conclusion(number, doubt.batch_id, Status.PENDING)


def _amount(lines: object) -> Decimal | None:
    if not isinstance(lines, list) or not lines:
        return None
    try:
        return sum((Decimal(str(line["quantity"])) * Decimal(str(line["unit_amount"])) for line in lines), Decimal(0))
    except (KeyError, TypeError, ArithmeticError):
        return None


def _moment(value: object) -> float | None:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
