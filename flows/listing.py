"""Listing: a company's orders as the API lists them, page by page, each a request that the limiter lets out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters import request_log
from flows.early_stop import refusal
from flows.outage import Outage
from flows.ports import Progress
from flows.turnstile import Turnstile
from schemas.delivery import UNTRUSTED, Answer, NoAnswer
from schemas.errors import ApiDown, CannotList, Interrupted, ListingEndsEarly
from transforms.readback import Page, ends_early, read_page
from transforms.verdict import explain

CANNOT = frozenset({403, 404, 405, 501})
MOST_ODD = 3  # pages that can hardly be the end of the listing, though they look so


@dataclass
class Lister:
    """Reads listings; what does not get through is tried again, less and less often."""

    turnstile: Turnstile
    give_up_after: float
    progress: Progress

    async def pages(self, company_id: int) -> AsyncGenerator[Page]:
        """The pages of a company's orders, newest first if the API sorts them.

        Raises ListingEndsEarly where it has fewer orders than its total, CannotList where the API has no usable listing
        or gives none for `give_up_after`, KeyRefused for a key that it does not accept, Interrupted when a stop is
        asked for.
        """
        cursor, cursors, seen, odd = None, set[str](), set[object](), 0
        total: int | None = None
        while True:
            page = await self._page(company_id, cursor)
            if cursor is None and page.total is not None:
                total = page.total
            listed = seen | {entry.rootfi_id or entry.platform_id or entry for entry in page.entries}
            if ends_early(page, len(listed), total):
                odd += 1  # it is asked for again
                if odd < MOST_ODD:
                    continue
                if cursor is not None or total is not None:
                    raise _cannot(company_id, "the listing ends before all orders were seen", ListingEndsEarly)
            seen = listed  # an order may be listed twice, where others are created meanwhile
            is_last = page.next is None or (not page.entries and cursor is not None)
            yield page._replace(next=None) if is_last else page
            cursor = page.next
            if is_last or cursor is None:
                return
            if cursor in cursors:
                raise _cannot(company_id, "its pages do not end")
            cursors.add(cursor)

    async def _page(self, company_id: int, cursor: str | None) -> Page:
        outage = Outage(self.turnstile.ports, self.give_up_after)
        while True:
            request_id, came = await self._get(company_id, cursor)
            if isinstance(came, Answer) and came.status == 200:
                page = read_page(came, company_id)
                if page is None:
                    raise _cannot(company_id, "it gives no orders with order numbers")
                return page._replace(request_id=request_id)
            if isinstance(came, Answer) and came.status == 401:
                raise refusal(401, "it does not accept the key")
            if isinstance(came, NoAnswer) and came.error == UNTRUSTED:
                raise refusal(None, explain(came))
            if isinstance(came, Answer) and (came.status in CANNOT or came.status in (400, 422)):
                raise _cannot(company_id, explain(came))
            try:
                outage.lasts(explain(came), outage.rounds, told_to_wait=isinstance(came, Answer) and came.status == 429)
            except ApiDown as down:
                raise _cannot(company_id, down.message) from down
            await outage.wait()

    async def _get(self, company_id: int, cursor: str | None) -> tuple[int, Answer | NoAnswer]:
        ports = self.turnstile.ports
        request_id = await self.turnstile.enter(
            lambda tx, rate: request_log.start(tx, ports.sender, rate, "list", company_id), gives_up=lambda: False
        )
        if request_id is None or self.turnstile.stop.is_set():
            raise Interrupted("The reading of orders was interrupted.")
        self.progress.requests += 1
        came = await ports.api.list_orders(company_id, cursor)
        ports.api_clock.note(came, ports.clock())

        def record(tx: Connection) -> None:
            status = came.status if isinstance(came, Answer) else None
            request_log.finish(tx, request_id, status, ports.ledger.now(tx))
            self.turnstile.heed(tx, came)

        await ports.journal.commit(record)
        return request_id, came


def _cannot(company_id: int, why: str, kind: type[CannotList] = CannotList) -> CannotList:
    return kind(
        f"The orders of company {company_id} cannot be read back: {why.rstrip('.')}.",
        "Look on the platform, then tell with `orderlift resolve`.",
    )
