"""What is simulated: one process's sending of a run, through the ports by which it reaches the outside world."""

import random
from typing import Any

from flows import session
from flows.ports import Ports, Progress, Terms
from schemas.delivery import Portion, SentOrder
from schemas.ledger import Owner, Sender

from .network import SimApi
from .process import Process
from .storage import SimJournal, SimLedger

Plan = list[tuple[int, list[SentOrder]]]


def terms(**told: Any) -> Terms:
    """The settings of a run, those of the command line but for what is told."""
    usual = {"requests_per_minute": 100, "max_in_flight": 8, "most_orders": 100, "most_bytes": 1_000_000}
    patience = {"max_failure_ratio": 1.0, "give_up_after": 600.0, "settle_seconds": 30.0, "grace_seconds": 20.0}
    return Terms(**(usual | patience | told))


async def run(process: Process, plan: Plan, terms: Terms, *, only_reads: bool) -> None:
    """Send the orders of a plan as a run does, or only settle what is in doubt."""
    world = process.world
    ledger = SimLedger.of(world.ledger, process)
    journal = SimJournal(ledger)
    ports = Ports(
        ledger,
        journal,
        SimApi(process),
        Sender(process.run_id, world.target, "key", process.name),
        clock=process.clock,
        pause=process.pause,
        is_over=lambda other: is_over(process, other),
        random=random.Random(world.chance.random()).random,  # noqa: S311 - a simulation
    )
    watched: Any = {"progress": Progress(sum(len(orders) for _, orders in plan)), "tell": lambda _: None}
    try:
        if only_reads:
            await session.reconcile(ports, terms, **watched, stop=process.stop)
        else:
            start = ledger.position(process.run_id)
            world.trace.cover("resumed behind the start of the plan", process.name) if start else None
            portions = [Portion(*one, position) for position, one in enumerate(plan) if position >= start]
            await session.send(ports, portions, terms, **watched, stop=process.stop)
    finally:
        await journal.drain()


def is_over(process: Process, other: Owner) -> bool | None:
    """What the lock file of another run tells: of another machine nothing, of this one sometimes the truth."""
    world = process.world
    one = next(one for one in world.processes if one.name == other.owner)
    if one.machine != process.machine or world.chance.random() >= world.scenario.knows_the_dead:
        return None
    return not one.lives
