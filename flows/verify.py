"""Verify: read everything back, and compare the plan, the ledger and the platform."""

import asyncio

import pandas as pd

from adapters.ledger import Ledger
from adapters.workspace import RunFolder
from flows.deliver import Delivery
from flows.plan import known
from flows.ports import Ports, Progress, Terms
from flows.session import session
from schemas.ledger import Fact
from transforms.compare import Comparison, compare
from transforms.readback import Entry

LISTED = ["company_id", "order_number", "customer_id", "currency_id", "amount", "rootfi_id", "platform_id"]


async def verify(ports: Ports, terms: Terms, folder: RunFolder, ledger: Ledger, stop: asyncio.Event) -> Comparison:
    """Compare every order of the plan with what the API lists for its company.

    Holds the plan's keys and totals, and the listed orders of its companies, in memory. Raises CannotList.
    """
    planned = folder.plan.orders().to_pandas()
    facts = {
        (fact.company_id, fact.order_number): (fact.status, fact.rootfi_id)
        for fact in map(Fact._make, known(ledger, ports.sender.target_id, folder.plan.orders()))
    }
    keys = list(zip(planned["company_id"], planned["order_number"], strict=True))
    planned["status"] = [facts.get(key, ("pending", None))[0] for key in keys]
    planned["rootfi_id"] = pd.array([facts.get(key, ("pending", None))[1] for key in keys], dtype="Int64")
    rows: list[tuple[object, ...]] = []
    async with session(ports) as (watch, _):
        lister = Delivery(ports, terms, watch, Progress(len(planned)), stop=stop).lister
        for company_id in planned["company_id"].unique():
            async for page in lister.pages(int(company_id)):
                rows += [(company_id, *_shown(entry)) for entry in page.entries if entry.order_number]
    listed = pd.DataFrame(rows, columns=LISTED).astype({"rootfi_id": "Int64"})
    return compare(planned, listed)


def _shown(entry: Entry) -> tuple[object, ...]:
    return (
        entry.order_number,
        entry.customer_id,
        entry.currency_id,
        entry.amount,
        entry.rootfi_id,
        entry.platform_id,
    )
