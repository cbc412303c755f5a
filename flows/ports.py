"""Ports: the outside world as delivery sees it, all that a simulation replaces; and what delivery is told."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from adapters.ledger import Ledger
from schemas.delivery import Answer, NoAnswer
from schemas.ledger import Owner, Sender
from transforms.waiting import http_date

T = TypeVar("T")


class Api(Protocol):
    """What delivery needs of the API."""

    async def create(self, payload: bytes) -> Answer | NoAnswer:
        """Post a batch."""

    async def list_orders(self, company_id: int, cursor: str | None, newest_first: bool = True) -> Answer | NoAnswer:
        """Get a page of a company's orders."""


class Journal(Protocol):
    """What delivery needs of the ledger: work whose result is given once it is durable."""

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """Run the work in a transaction, also if the caller is cancelled while it waits."""


@dataclass
class ApiClock:
    """The API's clock, as its answers tell it, carried on by ours."""

    _told: tuple[float, float] | None = None

    def note(self, came: Answer | NoAnswer, clock: float) -> None:
        """Learn from the Date of an answer that came at this moment of our clock."""
        date = http_date(came.headers.get("date")) if isinstance(came, Answer) else None
        if date is not None:
            self._told = date, clock

    def now(self, clock: float) -> float | None:
        """The API's time in epoch seconds; None before it has told any."""
        return None if self._told is None else self._told[0] + clock - self._told[1]


@dataclass
class Ports:
    """The outside world: ledger, API, time and chance."""

    ledger: Ledger
    journal: Journal
    api: Api
    sender: Sender
    clock: Callable[[], float]  # seconds that never go back, and go on while the machine sleeps
    pause: Callable[[float], Awaitable[None]]  # returns early once a stop is asked for
    is_over: Callable[[Owner], bool | None]  # whether a process is gone: True and False are certain, None is not known
    random: Callable[[], float] = random.random
    api_clock: ApiClock = field(default_factory=ApiClock)


@dataclass(frozen=True)
class Terms:
    """How much at once, how fast, how long to try, and what stops a run."""

    requests_per_minute: int
    max_in_flight: int
    most_orders: int  # of a batch
    most_bytes: int
    max_failure_ratio: float
    give_up_after: float  # seconds of nothing but failures
    settle_seconds: float  # after its last attempt, until an order that is not listed counts as not created
    grace_seconds: float  # for what is in flight when a stop is asked for
    canary: int = 0  # orders that go out first, and must all be created
    skip_existing: bool = False
    redact: bool = False  # whether the words of the API, which may quote values, are left out


@dataclass
class Progress:
    """How far a delivery is: orders by what became of them, and requests."""

    orders: int
    created: int = 0
    rejected: int = 0
    in_doubt: int = 0
    requests: int = 0
    existing: int = 0  # found on the platform, which had them before

    @property
    def settled(self) -> int:
        """Orders that need no further request in this run."""
        return self.created + self.rejected + self.in_doubt + self.existing


Tell = Callable[[Progress], None]
