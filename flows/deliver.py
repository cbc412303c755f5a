"""Deliver: every order of the plan is claimed in the ledger, posted, judged and settled; none without an intent."""

import asyncio
import re
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from adapters import claims, leases, request_log, unsettled, watermark
from flows.elsewhere import Elsewhere
from flows.listing import Lister
from flows.outage import Outage
from flows.ports import Ports, Progress, Tell, Terms
from flows.reconcile import Case, Outcome, Reconciler
from flows.refusal import refusal
from flows.supply import Supply
from flows.turnstile import Turnstile
from flows.watch import BEAT_SECONDS, INTENT_SECONDS, Watch
from schemas.delivery import Answer, Batch, Next, NoAnswer, OrderOutcome, SentOrder, Verdict
from schemas.errors import LedgerError, NoControl, TooManyFailures, WrongMapping
from schemas.ledger import Doubt, RateFacts
from schemas.results import Status
from transforms.redact import without_words
from transforms.verdict import RENUMBERED, judge

RATIO_FROM = 200  # orders sent before max_failure_ratio counts
EVIDENCE = frozenset({Status.CREATED, Status.REJECTED})
ALIKE = 3  # single orders refused with one message, before any was created, mean a wrong mapping


class Intent(NamedTuple):
    """A batch that is durably claimed: when by our clock in seconds, and by the ledger's in microseconds."""

    batch_id: int
    batch: Batch
    claimed_at: float
    started_at: int


@dataclass
class Delivery:
    """One run's sending. `stop` ends it after what is in flight; `tell` is told after every outcome."""

    ports: Ports
    terms: Terms
    watch: Watch
    progress: Progress
    tell: Tell = lambda _: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _reason: Exception | None = None  # why it ends early
    _moved: asyncio.Event = field(default_factory=asyncio.Event)  # something came back
    _in_flight: set[int] = field(default_factory=set)  # batches
    _refusals: list[str] = field(default_factory=list)  # of single orders, before any was created
    _probe: asyncio.Lock = field(default_factory=asyncio.Lock)
    _advanced: int = 0  # the watermark in the ledger

    def __post_init__(self) -> None:
        terms = self.terms
        self.supply = Supply(
            lambda company_id: self.ports.ledger.has_control(self.ports.sender.target_id, company_id),
            most_orders=terms.most_orders,
            most_bytes=terms.most_bytes,
        )
        self.turnstile = Turnstile(self.ports, terms.requests_per_minute, self.stop)
        self.outage = Outage(self.ports, terms.give_up_after)
        self.lister = Lister(self.turnstile, terms.give_up_after, self.progress)
        self.reconciler = Reconciler(
            self.ports,
            self.lister,
            terms.settle_seconds,
            self.progress,
            settled=self._settled,
            expect=self.supply.expect,
            is_sending=self.supply.is_sending,
            tell=self.tell,
        )
        self.elsewhere = Elsewhere(self.ports, self.reconciler)
        self.watermark = self.elsewhere.watermark

    async def run(self, portions: Iterable[tuple[int, list[SentOrder]]]) -> None:
        """Send the orders until nothing is left and no doubt can be settled, or a stop is asked for.

        Raises a Resume error, or whatever else went wrong, once what was in flight has ended.
        """
        self.supply.feed(portions)
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(self._guard(work)) for work in (self._look_around(), self.reconciler.run())]
            senders = [tasks.create_task(self._guard(self._send())) for _ in range(self.terms.max_in_flight)]
            stopping: asyncio.Task[Any] = tasks.create_task(self.stop.wait())
            ended: asyncio.Task[Any] = tasks.create_task(asyncio.wait(senders))
            await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if self.stop.is_set():
                await asyncio.wait(senders, timeout=self.terms.grace_seconds)
            for task in (*senders, *background, ended, stopping):
                task.cancel()
        with suppress(LedgerError):  # then a resume begins a little earlier
            await self.ports.journal.commit(self._advance)
        if self._reason is not None:
            raise self._reason
        if self.supply.uncontrolled and not self.stop.is_set():
            companies = ", ".join(map(str, self.supply.uncontrolled))
            raise NoControl(
                f"The first orders of company {companies} stay in doubt, so nothing more was sent to it.",
                "Look on the platform whether they are there, tell with `orderlift resolve`, then resume.",
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

    async def _look_around(self) -> None:
        """See to what others leave behind."""
        sender = self.ports.sender

        def look(tx: Connection) -> list[Doubt]:
            dead = self.watch.look(leases.owners(tx, sender.target_id))
            for one in dead:
                leases.bury(tx, sender.target_id, one)
            self._advance(tx)
            return unsettled.doubts(tx, sender) if dead or self.elsewhere.orders else []

        while True:
            await asyncio.sleep(BEAT_SECONDS)
            doubts = await self.ports.journal.commit(look)
            # Who was taken for dead, and is not, has an answer to come.
            self.reconciler.inherit(doubt for doubt in doubts if doubt.batch_id not in self._in_flight)
            for company_id, orders in self.elsewhere.come_back():
                self.progress.orders += len(orders)
                self.supply.give_back(company_id, [orders], closed=0, is_proven=False)
            self._moved.set()

    def _advance(self, tx: Connection) -> None:
        """Write down where a resume begins; what that rests on has been committed before."""
        position = self.watermark.position
        if position > self._advanced:
            watermark.advance(tx, self.ports.sender, position)
            self._advanced = position

    @property
    def _is_done(self) -> bool:
        return self.supply.done and self.reconciler.is_idle and not self.elsewhere.is_awaited

    async def _send(self) -> None:
        while not self.stop.is_set() and not self._is_done:
            if not self.outage.rounds:
                await self._send_next(cautious=False)
                continue
            async with self._probe:  # while nothing gets through, one order at a time finds out when it does again
                if self.outage.rounds:
                    await self.outage.wait()
                    if not self.stop.is_set():
                        await self._send_next(cautious=self.outage.rounds > 0)

    async def _send_next(self, *, cautious: bool) -> None:
        batch = self.supply.next(cautious=cautious)
        if batch is not None:
            await self._deliver(batch)
            self._moved.set()
        elif not self._is_done:
            self._moved.clear()
            await self._moved.wait()

    async def _deliver(self, batch: Batch) -> None:
        rounds = self.outage.rounds
        intent = await self._claim(batch)
        if intent is None:
            return
        self._in_flight.add(intent.batch_id)
        if self.ports.clock() - intent.claimed_at < INTENT_SECONDS:
            came = await self.ports.api.create(intent.batch.payload)
        else:
            came = NoAnswer("IntentExpired", sent=False)
        self.ports.api_clock.note(came, self.ports.clock())
        judged = judge(intent.batch, came)
        verdict = without_words(judged) if self.terms.redact else judged
        await self._settle(intent, came, verdict)
        self._in_flight.discard(intent.batch_id)
        self.supply.take_back(intent.batch, verdict)
        self._slow_down(verdict, rounds)
        self._stop_early(verdict, judged.outcomes[0].error_message or "")

    async def _claim(self, batch: Batch) -> Intent | None:
        """The durable intent for those of the orders that are ours to send; None if nothing is to be sent now."""
        sender, rounds = self.ports.sender, self.outage.rounds

        def intend(tx: Connection, rate: RateFacts) -> tuple[int, set[str], float, int]:
            now, count = self.ports.clock(), len(batch.orders)
            api_now = self.ports.api_clock.now(now)
            batch_id = request_log.start(tx, sender, rate, "create", batch.company_id, orders=count, api_now=api_now)
            lost = claims.claim(tx, sender, batch_id, batch)
            if lost:
                request_log.carry(tx, batch_id, count - len(lost))
            return batch_id, lost, now, rate.now

        # No batch goes out into an outage that it could have missed.
        claimed = await self.turnstile.enter(intend, gives_up=lambda: self.outage.rounds > rounds)
        if claimed is None:
            self.supply.put_back(batch, [batch.orders])
            return None
        batch_id, lost, claimed_at, started_at = claimed
        self.progress.orders -= len(lost)
        self.elsewhere.note(batch.company_id, (order for order in batch.orders if order.order_number in lost))
        mine = tuple(order for order in batch.orders if order.order_number not in lost)
        if not mine:
            self.supply.lose(batch)
            return None
        self.progress.requests += 1
        return Intent(batch_id, Batch(batch.company_id, mine), claimed_at, started_at)

    async def _settle(self, intent: Intent, came: Answer | NoAnswer, verdict: Verdict) -> None:
        """The durable outcome, and until when the API wants to be left alone."""
        ledger, sender, batch = self.ports.ledger, self.ports.sender, intent.batch

        def record(tx: Connection) -> set[str]:
            self.turnstile.heed(tx, came)
            return claims.settle(tx, sender, intent.batch_id, batch.company_id, verdict, now=ledger.now(tx))

        if taken := await self.ports.journal.commit(record):
            raise LedgerError(
                f"{len(taken)} orders of batch {intent.batch_id} (company {batch.company_id}, {min(taken)}) were sent "
                "again by another process while this one was suspended.",
                "Look on the platform whether they are there twice.",
            )
        created = [one.order_number for one in verdict.outcomes if one.status is Status.CREATED]
        doubtful = [one for one in verdict.outcomes if one.status is Status.IN_DOUBT]
        over = [one.order_number for one in verdict.outcomes if one.status in EVIDENCE]
        self.watermark.settle(batch.company_id, over)
        self.progress.created += len(created)
        self.progress.rejected += sum(one.status is Status.REJECTED for one in verdict.outcomes)
        self.progress.in_doubt += len(doubtful)
        if created and verdict.code != RENUMBERED:
            self.reconciler.created(batch.company_id, created, intent.claimed_at)
        if doubtful:
            is_proven = self.supply.is_proven(batch.company_id)
            self.reconciler.doubt(batch.company_id, self._cases(intent, doubtful), is_proven=is_proven)
        self.tell(self.progress)

    def _cases(self, intent: Intent, doubtful: Sequence[OrderOutcome]) -> list[Case]:
        now, batch = self.ports.clock(), intent.batch
        sent = {order.order_number: order for order in batch.orders}
        place = (self.ports.sender.run_id, intent.batch_id, len(batch.orders))
        return [
            Case(
                Doubt(batch.company_id, one.order_number, *place, one.error_code, intent.started_at, None),
                since=now,
                sent=intent.claimed_at,
                order=sent[one.order_number],
            )
            for one in doubtful
        ]

    def _settled(self, outcome: Outcome) -> None:
        """Take in what a read-back has settled."""
        company_id = outcome.company_id
        self.supply.give_back(company_id, outcome.again, closed=outcome.closed, is_proven=outcome.is_proven)
        self.elsewhere.note(company_id, outcome.lost)
        self.watermark.settle(company_id, outcome.over)
        self._moved.set()

    def _slow_down(self, verdict: Verdict, rounds: int) -> None:
        """Back off while nothing gets through, and give up after a while; `rounds` as it was when this batch left."""
        statuses = {outcome.status for outcome in verdict.outcomes}
        if statuses & EVIDENCE or verdict.next not in (Next.NOTHING, Next.SEND_AGAIN):
            self.outage.ends()
        else:
            why = verdict.message or verdict.code or "no answer"
            self.outage.lasts(why, rounds, told_to_wait=verdict.http_status == 429)

    def _stop_early(self, verdict: Verdict, said: str) -> None:
        """Stop for what only a person can mend; `said` is what the API said of a single order."""
        done = self.progress
        if verdict.next is Next.STOP:
            raise refusal(verdict.http_status, verdict.message)
        only = verdict.outcomes[0]
        if len(verdict.outcomes) == 1 and only.status is Status.REJECTED and not done.created:
            self._refusals.append(re.sub(r"\d+", "", said))
            if len(self._refusals) >= ALIKE and len(set(self._refusals[-ALIKE:])) == 1:
                raise WrongMapping(
                    f"The first {ALIKE} orders were refused alike: {only.error_message}.",
                    "That is a wrong mapping, not wrong rows: mend the profile and run again.",
                )
        if done.settled >= RATIO_FROM and done.rejected > self.terms.max_failure_ratio * done.settled:
            raise TooManyFailures(
                f"{done.rejected:,} of {done.settled:,} orders were rejected, more than --max-failure-ratio allows.",
                "results.csv tells why; resume with a larger ratio to go on.",
            )
