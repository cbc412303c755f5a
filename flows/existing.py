"""Existing: orders of the plan that the platform has before this run sends anything, such as half of another import."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from sqlalchemy import Connection

from adapters import claims
from flows.listing import Lister
from flows.ports import Ports, Progress
from schemas.delivery import Portion
from schemas.ledger import Conclusion
from schemas.results import Status


async def skip_existing(plan: Iterable[Portion], lister: Lister, progress: Progress) -> None:
    """Read all orders of the plan's companies, and write down those of the plan that are there as already_created.

    The numbers of one company are held in memory. Raises CannotList, since nothing may be sent without the listing.
    """
    ports = lister.turnstile.ports
    for company_id, portions in groupby(plan, key=lambda portion: portion.company_id):
        digests = {order.order_number: order.digest for one in portions for order in one.orders}
        async for page in lister.pages(company_id):
            found = {
                entry.order_number: Conclusion(
                    entry.order_number, page.request_id, Status.ALREADY_CREATED, entry.rootfi_id, entry.platform_id
                )
                for entry in page.entries
                if entry.order_number in digests
            }
            if found:
                progress.existing += await ports.journal.commit(_noting(ports, company_id, found, digests))


def _noting(
    ports: Ports, company_id: int, found: Mapping[str, Conclusion], digests: Mapping[str, int]
) -> Callable[[Connection], int]:
    def note(tx: Connection) -> int:
        now = ports.ledger.now(tx)
        return len(claims.note_existing(tx, ports.sender, company_id, list(found.values()), digests, now=now))

    return note
