"""A scenario: all that is decided before a simulated world starts."""

from dataclasses import dataclass

import orjson

from flows.ports import Terms
from schemas.delivery import SentOrder

from .core import Plan
from .faults import CALM, Climate
from .habits import Habits
from .platform import Key
from .process import Fate


@dataclass(frozen=True)
class Session:
    """One process for a run: after how many seconds it starts, and what befalls it."""

    run_id: str
    rest: float
    fate: Fate
    only_reads: bool = False  # as `orderlift reconcile`


@dataclass(frozen=True)
class Lane:
    """Sessions one after the other, on one machine."""

    machine: str
    sessions: tuple[Session, ...]


@dataclass(frozen=True)
class Scenario:
    """All that is drawn before a world starts."""

    habits: Habits
    terms: Terms
    plans: dict[str, Plan]  # of each run
    lanes: tuple[Lane, ...]
    climate: Climate = CALM
    poison: frozenset[Key] = frozenset()
    before: frozenset[Key] = frozenset()  # what the platform had already
    timeout_seconds: float = 10.0
    commit_seconds: float = 0.01
    ledger_failures: float = 0.0
    knows_the_dead: float = 1.0  # the share of asks at which a dead run's lock file tells that it is dead
    clock_steps: tuple[tuple[float, float], ...] = ()  # of the ledger's clock: when, by how much
    theme: str = "anything"


ALL = "Z-all"  # the run that comes last, when there are no faults any more


def sent_order(company_id: int, number: str) -> SentOrder:
    """An order as it is in a plan; its content tells which it is."""
    body = {
        "customer_id": f"cus-{hash_of(number) % 7}",
        "currency_id": "USD",
        "order_number": number,
        "line_items": [{"item_id": f"{company_id}-{number}", "quantity": 1}],
    }
    return SentOrder(number, hash_of(number), orjson.dumps(body))


def hash_of(number: str) -> int:
    return int.from_bytes(number.encode(), "big") % 1_000_003


def plan_of(companies: dict[int, list[str]]) -> Plan:
    return [(company_id, [sent_order(company_id, one) for one in some]) for company_id, some in companies.items()]
