"""Deliver: every order of the plan is claimed in the ledger, posted, judged and settled; none without an intent."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from adapters import request_log
from adapters.ledger import Ledger
from flows.supply import Supply
from schemas.delivery import Answer, Batch, Next, NoAnswer, Verdict
from schemas.errors import ApiDown, KeyRefused, LedgerError, NoControl, TooManyFailures, WrongMapping
from schemas.ledger import Sender
from schemas.results import Status
from transforms.rate import seconds_to_wait
from transforms.verdict import judge
from transforms.waiting import backoff, not_before

T = TypeVar("T")
LEASE_SECONDS = 30.0
# An intent that is older is not acted on: this process was suspended, and others may have settled it.
INTENT_SECONDS = LEASE_SECONDS / 2
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
    _reason: Exception | None = None  # why it ends early
    _moved: asyncio.Event = field(default_factory=asyncio.Event)  # something came back
    _refusals: list[str] = field(default_factory=list)  # of single orders, before any was created
    _failures: int = 0  # rounds of requests that proved nothing, or did not get through; what was out together is one
    _failing_since: float = 0.0
    _retry_at: float = 0.0
    _probe: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Send until nothing is left, or a stop is asked for.

        Raises a Resume error, or whatever else went wrong, once what was in flight has ended.
        """
        async with asyncio.TaskGroup() as tasks:
            heart = tasks.create_task(self._guard(self._beat()))
            senders = [tasks.create_task(self._guard(self._send())) for _ in range(self.pace.max_in_flight)]
            await asyncio.wait(senders)
            heart.cancel()
        if self._reason is not None:
            raise self._reason
        if self.supply.uncontrolled and not self.stop.is_set():
            companies = ", ".join(map(str, self.supply.uncontrolled))
            raise NoControl(
                f"The first orders of company {companies} stay in doubt, so nothing more was sent to it.",
                "Look on the platform whether they are there, then resume.",
            )

    async def _guard(self, work: Coroutine[None, None, None]) -> None:
        """Whatever goes wrong stops the run, but lets what others have in flight end first."""
        try:
            await work
        except Exception as reason:  # noqa: BLE001 - `run` raises it
            self._reason = self._reason or reason
            self.stop.set()
        finally:
            self._moved.set()

    async def _beat(self) -> None:
        """Keep the lease on what is in flight."""
        ledger, sender = self.ports.ledger, self.ports.sender
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            await self.ports.journal.commit(lambda tx: ledger.extend_lease(tx, sender, LEASE_SECONDS))

    async def _send(self) -> None:
        while not self.stop.is_set() and not self.supply.done:
            if not self._failures:
                await self._send_next(cautious=False)
                continue
            async with self._probe:  # while nothing gets through, one order at a time finds out when it does again
                if self._failures:
                    await self.ports.pause(max(0.0, self._retry_at - self.ports.clock()))
                    if not self.stop.is_set():
                        await self._send_next(cautious=self._failures > 0)

    async def _send_next(self, *, cautious: bool) -> None:
        batch = self.supply.next(cautious=cautious)
        if batch is not None:
            await self._deliver(batch)
            self._moved.set()
        elif not self.supply.done:
            self._moved.clear()
            await self._moved.wait()

    async def _deliver(self, batch: Batch) -> None:
        failures = self._failures
        intent = await self._claim(batch)
        if intent is None:
            return
        batch_id, mine, claimed_at = intent
        if self.ports.ledger.now() - claimed_at < INTENT_SECONDS * 1e6:
            came = await self.ports.api.create(mine.payload)
        else:
            came = NoAnswer("IntentExpired", sent=False)
        verdict = judge(mine, came)
        await self._settle(batch_id, mine, came, verdict)
        self.supply.take_back(mine, verdict)
        self._slow_down(verdict, failures)
        self._stop_early(verdict)

    async def _claim(self, batch: Batch) -> tuple[int, Batch, int] | None:
        """The durable intent: batch_id, the orders that are ours to send, when; None if nothing is to be sent now."""
        ledger, sender, failures = self.ports.ledger, self.ports.sender, self._failures

        def intend(tx: Connection) -> tuple[int, set[str], int] | float:
            rate = request_log.rate(tx, sender, self.pace.requests_per_minute, ledger.now())
            if wait := seconds_to_wait(rate):
                return wait
            batch_id = request_log.start(tx, sender, rate, "create", batch.company_id)
            lost = ledger.claim(tx, sender, batch_id, batch)
            request_log.carry(tx, batch_id, len(batch.orders) - len(lost))
            return batch_id, lost, rate.now

        while isinstance(intent := await self.ports.journal.commit(intend), float):
            await self.ports.pause(intent)
            if self.stop.is_set() or self._failures > failures:  # no batch goes out into an outage it could have missed
                self.supply.put_back(batch, [batch.orders])
                return None
        batch_id, lost, claimed_at = intent
        self.progress.orders -= len(lost)
        mine = tuple(order for order in batch.orders if order.order_number not in lost)
        if not mine:
            self.supply.lose(batch)
            return None
        self.progress.requests += 1
        return batch_id, Batch(batch.company_id, mine), claimed_at

    async def _settle(self, batch_id: int, batch: Batch, came: Answer | NoAnswer, verdict: Verdict) -> None:
        """The durable outcome, and until when the API wants to be left alone."""
        ledger, sender = self.ports.ledger, self.ports.sender

        def record(tx: Connection) -> set[str]:
            taken = ledger.settle(tx, sender, batch_id, batch.company_id, verdict)
            until = not_before(came, ledger.now() / 1e6) if isinstance(came, Answer) else None
            if until is not None:
                request_log.hold(tx, sender, int(until * 1e6))
            return taken

        if taken := await self.ports.journal.commit(record):
            raise LedgerError(
                f"{len(taken)} orders of batch {batch_id} (company {batch.company_id}, {min(taken)}) were sent again "
                "by another process while this one was suspended.",
                "Look on the platform whether they are there twice.",
            )
        for outcome in verdict.outcomes:
            self.progress.created += outcome.status is Status.CREATED
            self.progress.rejected += outcome.status is Status.REJECTED
            self.progress.in_doubt += outcome.status is Status.IN_DOUBT
        self.tell(self.progress)

    def _slow_down(self, verdict: Verdict, failures: int) -> None:
        """Back off while nothing gets through, and give up after a while; `failures` as it was when this batch left."""
        statuses = {outcome.status for outcome in verdict.outcomes}
        if verdict.http_status == 429 or verdict.next not in (Next.NOTHING, Next.SEND_AGAIN) or statuses & EVIDENCE:
            self._failures = 0
            return
        now = self.ports.clock()
        if not self._failures:
            self._failing_since = now
        if failures >= self._failures:
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
