"""Session: one process's hold on a run while it sends, from the lease that it takes to the lease that it gives back."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import chain

from sqlalchemy import Connection

from adapters import claims, leases
from flows.deliver import Delivery
from flows.existing import skip_existing
from flows.ports import Ports, Progress, Tell, Terms
from flows.watch import BEAT_SECONDS, Watch
from schemas.delivery import Portion, SentOrder
from schemas.errors import CanaryFailed, LedgerError, UsageError
from schemas.ledger import Doubt, Owner
from schemas.results import Status

_Portion = tuple[int, list[SentOrder]]
THERE = (Status.CREATED, Status.ALREADY_CREATED)


async def send(  # noqa: PLR0913 - what a session is made of
    ports: Ports, plan: Iterable[Portion], terms: Terms, *, progress: Progress, tell: Tell, stop: asyncio.Event
) -> None:
    """Send the orders of the plan that nobody has sent, and settle what is in doubt.

    `plan` has the portions of a company one after the other, and may be read several times.
    Raises Resume errors once nothing is in flight, UsageError if another process runs this run. Returns early,
    without an error, once `stop` is set.
    """
    async with session(ports) as (watch, doubts):
        delivery = Delivery(ports, terms, watch, progress, tell, stop)
        delivery.reconciler.inherit(doubts)
        progress.in_doubt = sum(doubt.run_id == ports.sender.run_id for doubt in doubts)
        if terms.skip_existing:
            await skip_existing(plan, delivery.lister, progress)
        unsent = delivery.elsewhere.unsent(plan, progress)
        beyond = await _send_canary(delivery, unsent, terms.canary) if terms.canary else []
        if not stop.is_set():
            await delivery.run(chain(beyond, unsent))


async def reconcile(ports: Ports, terms: Terms, *, progress: Progress, tell: Tell, stop: asyncio.Event) -> None:
    """Settle what is in doubt, of this run and of those that are dead, and send nothing.

    Returns early, without an error, once `stop` is set.
    """
    async with session(ports) as (watch, doubts):
        reconciler = Delivery(ports, terms, watch, progress, tell, stop).reconciler
        progress.in_doubt = sum(doubt.run_id == ports.sender.run_id for doubt in doubts)
        reconciler.inherit(doubts)
        await reconciler.run(until_idle=True)


@asynccontextmanager
async def session(ports: Ports) -> AsyncIterator[tuple[Watch, list[Doubt]]]:
    """Hold the run while the context lasts; gives what dead processes have left in doubt, this run's included."""
    watch = Watch(ports)
    sender = ports.sender
    while (other := await ports.journal.commit(lambda tx: _take(tx, ports, watch))) is not None:
        if watch.is_alive(sender.run_id):
            raise UsageError(f"Run {sender.run_id} is going on, on {other.owner}.", "`orderlift status` shows it.")
        await asyncio.sleep(BEAT_SECONDS)
    heart = asyncio.create_task(_beat(ports))
    try:
        yield watch, await ports.journal.commit(lambda tx: claims.doubts(tx, sender))
    finally:
        heart.cancel()
        with suppress(LedgerError):  # then others will find the beat at rest
            await ports.journal.commit(lambda tx: leases.release(tx, sender))


async def _beat(ports: Ports) -> None:
    """Show that this process lives, also while it waits; if it cannot, what it does next in the ledger says why."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        with suppress(LedgerError):
            await ports.journal.commit(lambda tx: leases.hold(tx, ports.sender))


def _take(tx: Connection, ports: Ports, watch: Watch) -> Owner | None:
    """Bury the dead and take the run; or the other process that has it, dead or alive."""
    sender = ports.sender
    owners = leases.owners(tx, sender.target_id)
    dead = watch.look(owners)
    for one in dead:
        leases.bury(tx, sender.target_id, one)
    other = next((one for one in owners if one.run_id == sender.run_id and one not in dead), None)
    if other is None:
        leases.take(tx, sender)
    return other


async def _send_canary(delivery: Delivery, unsent: Iterator[_Portion], count: int) -> list[_Portion]:
    """Send the first orders alone, and give what was read beyond them.

    Raises CanaryFailed unless the platform has them all.
    """
    first: list[_Portion] = []
    beyond: list[_Portion] = []
    for company_id, some in unsent:
        first.append((company_id, some[:count]))
        beyond.append((company_id, some[count:]))
        count -= len(some[:count])
        if not count:
            break
    await delivery.run(first)
    ledger, target_id = delivery.ports.ledger, delivery.ports.sender.target_id
    missing = []
    for company_id, some in first:
        numbers = [order.order_number for order in some]
        there = {fact.order_number for fact in ledger.facts(target_id, company_id, numbers) if fact.status in THERE}
        missing += [number for number in numbers if number not in there]
    if missing and not delivery.stop.is_set():
        raise CanaryFailed(
            f"{len(missing)} of the first {sum(len(some) for _, some in first)} orders were not created, such as "
            f"{missing[0]}; nothing more was sent.",
            "results.csv tells why; mend it, then run or resume.",
        )
    return [(company_id, some) for company_id, some in beyond if some]
