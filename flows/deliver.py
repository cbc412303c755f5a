"""Deliver: every order of the plan is claimed in the ledger, posted, judged and settled; never sent without an intent."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from adapters.ledger import Ledger, Sender
from flows.supply import Supply
from schemas.delivery import Answer, Batch, Next, NoAnswer, Verdict
from schemas.errors import ApiDown, KeyRefused, NoControl, Resume, TooManyFailures, WrongMapping
from schemas.results import Status
from transforms.rate import seconds_to_wait
from transforms.verdict import judge
from transforms.waiting import backoff, not_before

T = TypeVar("T")
LEASE_SECONDS = 30.0
RATIO_FROM = 200  # orders sent before max_failure_ratio counts
EVIDENCE = frozenset({Status.CREATED, Status.REJECTED})
ALIKE = 3  # single orders refused with one message, before any was created, mean a wrong mapping


class Api(Protocol):
    """What delivery needs of the API."""

    async def create(self, payload: bytes) -> Answer | NoAnswer:
        """Post a batch."""


class Journal(Protocol):
    """What delivery needs of the ledger: work whose result is given once it is durable."""

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """Run the work in a transaction."""


@dataclass(frozen=True)
class Pace:
    """How fast and how long to try."""

    requests_per_minute: int
    max_in_flight: int
    max_failure_ratio: float
    give_up_after: float  # seconds of nothing but failures


@dataclass
class Progress:
    """How far a delivery is: orders by what became of them, and requests."""

    orders: int
    created: int = 0
    rejected: int = 0
    in_doubt: int = 0
    requests: int = 0

    @property
    def settled(self) -> int:
        """Orders that need no further request in this run."""
        return self.created + self.rejected + self.in_doubt


@dataclass
class Ports:
    """The outside world as delivery sees it: all that a simulation replaces."""

    ledger: Ledger
    journal: Journal
    api: Api
    sender: Sender
    clock: Callable[[], float]  # seconds that never go back
    pause: Callable[[float], Awaitable[None]]  # returns early once a stop is asked for
    random: Callable[[], float] = random.random


@dataclass
class Delivery:
    """One run's sending. `stop` ends it after what is in flight; `progress` is told after every outcome."""

    ports: Ports
    supply: Supply
    pace: Pace
    progress: Progress
    tell: Callable[[Progress], None] = lambda _: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _reason: Resume | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)  # something came back
    _refusals: list[str] = field(default_factory=list)  # of single orders, before any was created
    _failures: int = 0  # requests in a row that proved nothing, or did not get through
    _failing_since: float = 0.0
    _retry_at: float = 0.0
    _probe: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Send until nothing is left, or a stop is asked for; raises a Resume error once what was in flight has ended."""
        async with asyncio.TaskGroup() as tasks:
            heart = tasks.create_task(self._beat())
            await asyncio.wait([tasks.create_task(self._send()) for _ in range(self.pace.max_in_flight)])
            heart.cancel()
        if self._reason is not None:
            raise self._reason
        if self.supply.uncontrolled and not self.stop.is_set():
            companies = ", ".join(map(str, self.supply.uncontrolled))
            raise NoControl(
                f"The first orders of company {companies} stay in doubt, so nothing more was sent to it.",
                "Look on the platform whether they are there, then resume.",
            )

    async def _beat(self) -> None:
        """Keep the lease on what is in flight."""
        ledger, sender = self.ports.ledger, self.ports.sender
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            await self.ports.journal.commit(lambda tx: ledger.extend_lease(tx, sender, LEASE_SECONDS))

    async def _send(self) -> None:
        try:
            while not self.stop.is_set() and not self.supply.done:
                if not self._failures:
                    await self._send_next(cautious=False)
                    continue
                async with self._probe:  # while nothing gets through, one order at a time finds out when it does again
                    await self.ports.pause(max(0.0, self._retry_at - self.ports.clock()))
                    if not self.stop.is_set():
                        await self._send_next(cautious=self._failures > 0)
        except Resume as reason:
            self._reason = self._reason or reason
            self.stop.set()
        finally:
            self._moved.set()

    async def _send_next(self, *, cautious: bool) -> None:
        batch = self.supply.next(cautious=cautious)
        if batch is not None:
            await self._deliver(batch)
            self._moved.set()
        elif not self.supply.done:
            self._moved.clear()
            await self._moved.wait()

    async def _deliver(self, batch: Batch) -> None:
        intent = await self._claim(batch)
        if intent is None:
            return
        batch_id, mine = intent
        came = await self.ports.api.create(mine.payload)
        verdict = judge(mine, came)
        await self._settle(batch_id, mine, came, verdict)
        self.supply.take_back(mine, verdict)
        self._slow_down(verdict)
        self._stop_early(verdict)

    async def _claim(self, batch: Batch) -> tuple[int, Batch] | None:
        """The durable intent: the number of the batch and its orders that are ours to send; None if there are none."""
        ledger, sender = self.ports.ledger, self.ports.sender

        def intend(tx: Connection) -> tuple[int, set[str]] | float:
            rate = ledger.rate(tx, sender, self.pace.requests_per_minute)
            if wait := seconds_to_wait(rate):
                return wait
            batch_id = ledger.start(tx, sender, rate, "create", batch.company_id, len(batch.orders))
            lost = ledger.claim(tx, sender, batch_id, batch.company_id, batch.orders)
            if lost:
                ledger.shrink(tx, batch_id, len(batch.orders) - len(lost))
            return batch_id, lost

        while isinstance(intent := await self.ports.journal.commit(intend), float):
            await self.ports.pause(intent)
            if self.stop.is_set():
                self.supply.put_back(batch, [batch.orders])
                return None
        batch_id, lost = intent
        mine = tuple(order for order in batch.orders if order.order_number not in lost) if lost else batch.orders
        self.progress.orders -= len(lost)
        if not mine:
            self.supply.put_back(batch, [])
            return None
        self.progress.requests += 1
        return batch_id, Batch(batch.company_id, mine)

    async def _settle(self, batch_id: int, batch: Batch, came: Answer | NoAnswer, verdict: Verdict) -> None:
        """The durable outcome, and until when the API wants to be left alone."""
        ledger, sender = self.ports.ledger, self.ports.sender

        def record(tx: Connection) -> None:
            ledger.settle(tx, sender, batch_id, batch.company_id, verdict)
            until = not_before(came, ledger.now() / 1e6) if isinstance(came, Answer) else None
            if until is not None:
                ledger.hold(tx, sender, int(until * 1e6))

        await self.ports.journal.commit(record)
        for outcome in verdict.outcomes:
            self.progress.created += outcome.status is Status.CREATED
            self.progress.rejected += outcome.status is Status.REJECTED
            self.progress.in_doubt += outcome.status is Status.IN_DOUBT
        self.tell(self.progress)

    def _slow_down(self, verdict: Verdict) -> None:
        """Back off while nothing gets through, and give up after a while."""
        statuses = {outcome.status for outcome in verdict.outcomes}
        if verdict.http_status == 429 or verdict.next not in (Next.NOTHING, Next.SEND_AGAIN) or statuses & EVIDENCE:
            self._failures = 0
            return
        now = self.ports.clock()
        self._failing_since = self._failing_since if self._failures else now
        self._retry_at = now + backoff(self._failures, self.ports.random())
        self._failures += 1
        if now - self._failing_since >= self.pace.give_up_after:
            raise ApiDown(
                f"Nothing got through for {now - self._failing_since:.0f} s: {verdict.message or verdict.code}.",
                "Resume when the API answers again.",
            )

    def _stop_early(self, verdict: Verdict) -> None:
        """Stop for what only a person can mend."""
        done = self.progress
        if verdict.next is Next.STOP:
            raise KeyRefused(
                f"The API answered {verdict.http_status}: {verdict.message or 'no reason given'}.",
                "Check the API key, its rights and --base-url, then resume.",
            )
        only = verdict.outcomes[0]
        if len(verdict.outcomes) == 1 and only.status is Status.REJECTED and not done.created:
            self._refusals.append(re.sub(r"\d+", "", only.error_message or ""))
            if len(self._refusals) >= ALIKE and len(set(self._refusals[-ALIKE:])) == 1:
                raise WrongMapping(
                    f"The first {ALIKE} orders were refused alike: {only.error_message}.",
                    "That is a wrong mapping, not wrong rows: mend the profile and run again.",
                )
        if done.settled >= RATIO_FROM and done.rejected > self.pace.max_failure_ratio * done.settled:
            raise TooManyFailures(
                f"{done.rejected:,} of {done.settled:,} orders were rejected, more than --max-failure-ratio allows.",
                "results.csv tells why; resume with a larger ratio to go on.",
            )
