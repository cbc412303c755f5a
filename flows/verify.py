"""Verify: read everything back, and compare the plan, the ledger and the platform."""

import asyncio
from collections.abc import Iterator
from itertools import groupby

import pandas as pd
import pyarrow as pa

from adapters.ledger import Ledger
from adapters.workspace import RunFolder
from flows.deliver import Delivery
from flows.ports import Ports, Progress, Terms
from flows.session import session
from transforms.compare import Comparison, compare, put_together
from transforms.readback import Entry

PLANNED = ["company_id", "order_number", "customer_id", "currency_id", "amount"]
LISTED = [*PLANNED, "rootfi_id", "platform_id"]


async def verify(ports: Ports, terms: Terms, folder: RunFolder, ledger: Ledger, stop: asyncio.Event) -> Comparison:
    """Compare every order of the plan with what the API lists for its company.

    Holds the plan's keys and amounts, and the listed orders, of one company in memory. Raises CannotList.
    """
    compared: list[Comparison] = []
    async with session(ports) as (watch, _):
        lister = Delivery(ports, terms, watch, Progress(0), stop=stop).lister
        for company_id, planned in _companies(folder):
            facts = ledger.facts(ports.sender.target_id, company_id, planned["order_number"].tolist())
            known = {fact.order_number: (fact.status, fact.rootfi_id) for fact in facts}
            found = [known.get(number, ("pending", None)) for number in planned["order_number"]]
            planned["status"] = [status for status, _ in found]
            planned["rootfi_id"] = pd.array([rootfi_id for _, rootfi_id in found], dtype="Int64")
            rows: list[tuple[object, ...]] = []
            async for page in lister.pages(company_id):
                rows += [(company_id, *_shown(entry)) for entry in page.entries if entry.order_number]
            listed = pd.DataFrame(rows, columns=LISTED).astype({"rootfi_id": "Int64"})
            compared.append(compare(planned, listed))
    return put_together(compared)


def _companies(folder: RunFolder) -> Iterator[tuple[int, pd.DataFrame]]:
    """Each company of the plan with its orders."""
    portions = (orders.select(PLANNED) for _, orders in folder.plan.portions(PLANNED))
    for company_id, some in groupby(portions, key=lambda orders: orders["company_id"][0].as_py()):
        yield company_id, pa.Table.from_batches(list(some)).to_pandas()


def _shown(entry: Entry) -> tuple[object, ...]:
    return (
        entry.order_number,
        entry.customer_id,
        entry.currency_id,
        entry.amount,
        entry.rootfi_id,
        entry.platform_id,
    )
