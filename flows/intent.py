"""Intent: the durable word of a run that it sends a batch now; nothing goes out without one."""

from typing import NamedTuple

from sqlalchemy import Connection

from adapters import claims, request_log
from flows.ports import Ports
from flows.turnstile import Intend
from schemas.delivery import Batch
from schemas.ledger import RateFacts


class Intent(NamedTuple):
    """A batch that is durably claimed: when by our clock in seconds, and by the ledger's in microseconds."""

    batch_id: int
    batch: Batch
    claimed_at: float
    started_at: int
    rounds: int  # of the outage, before it was claimed


class Claimed(NamedTuple):
    """What the ledger made of a claim: `lost` are the numbers of orders that others have."""

    batch_id: int
    lost: set[str]
    claimed_at: float
    started_at: int


def intend(ports: Ports, batch: Batch) -> Intend[Claimed]:
    """What claims a batch in the transaction in which its request may start."""

    def claim(tx: Connection, rate: RateFacts) -> Claimed:
        now, numbers = ports.clock(), [order.order_number for order in batch.orders]
        api_now, of = ports.api_clock.now(now), batch.company_id
        batch_id = request_log.start(tx, ports.sender, rate, "create", of, orders=numbers, api_now=api_now)
        lost = claims.claim(tx, ports.sender, batch_id, batch)
        if lost:
            request_log.carry(tx, batch_id, len(numbers) - len(lost))
        return Claimed(batch_id, lost, now, rate.now)

    return claim
