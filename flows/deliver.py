"""Deliver: every order of the plan is claimed in the ledger, posted, judged and settled; none without an intent."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from adapters import claims, leases, unsettled, watermark
from flows.early_stop import EarlyStop
from flows.elsewhere import Elsewhere
from flows.intent import Claimed, Intent, intend
from flows.listing import Lister
from flows.outage import Outage
from flows.ports import Ports, Progress, Tell, Terms
from flows.reconcile import Case, Outcome, Reconciler
from flows.supply import Supply
from flows.turnstile import Turnstile
from flows.watch import BEAT_SECONDS, INTENT_SECONDS, Watch
from schemas.delivery import STOPPED, Answer, Batch, Next, NoAnswer, OrderOutcome, SentOrder, Verdict
from schemas.errors import LedgerError, NoControl
from schemas.ledger import Doubt
from schemas.results import Status
from transforms.redact import without_words
from transforms.verdict import RENUMBERED, judge

EVIDENCE = frozenset({Status.CREATED, Status.REJECTED})


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
        self.early_stop = EarlyStop(self.progress, terms.max_failure_ratio)
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
            await self.ports.journal.commit(partial(self._advance, self.watermark.position))
        if self._reason is not None:
            raise self._reason
        if self.supply.uncontrolled and not self.stop.is_set():
            companies = ", ".join(map(str, self.supply.uncontrolled))
            raise NoControl(
                f"The first orders of company {companies} stay in doubt, so nothing more was sent to it.",
                "Look on the platform whether they are there, tell with `orderlift resolve`, then resume.",
            )

    async def _guard(self, work: Coroutine[None, None, None]) -> None:
        with self._ending():
            await work

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Whatever goes wrong stops the run, but lets what is in flight end first."""
        try:
            yield
        except Exception as reason:  # noqa: BLE001 - `run` raises it
            self._reason = self._reason or reason
            self.stop.set()
        finally:
            self._moved.set()

    async def _look_around(self) -> None:
        """See to what others leave behind."""
        sender = self.ports.sender

        def look(position: int, tx: Connection) -> list[Doubt]:
            dead = self.watch.look(leases.owners(tx, sender.target_id))
            for one in dead:
                leases.bury(tx, sender.target_id, one)
            self._advance(position, tx)
            return unsettled.doubts(tx, sender) if dead or self.elsewhere.orders else []

        while True:
            await asyncio.sleep(BEAT_SECONDS)
            doubts = await self.ports.journal.commit(partial(look, self.watermark.position))
            # Who was taken for dead, and is not, has an answer to come.
            self.reconciler.inherit(doubt for doubt in doubts if doubt.batch_id not in self._in_flight)
            for company_id, orders in self.elsewhere.come_back():
                self.progress.orders += len(orders)
                self.supply.give_back(company_id, [orders], closed=0, is_proven=False)
            self._moved.set()

    def _advance(self, position: int, tx: Connection) -> None:
        """Write down where a resume begins; what that rests on has been committed before.

        The event loop, which moves the watermark, is who reads its position: this is done by the ledger's thread.
        """
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
            intent = await self._claim(batch)
            while intent is not None:
                intent = await self._deliver(intent)
            self._moved.set()
        elif not self._is_done:
            self._moved.clear()
            await self._moved.wait()

    async def _deliver(self, intent: Intent) -> Intent | None:
        """Post a batch and settle it; gives the next one, where that could be claimed together with the outcome."""
        self._in_flight.add(intent.batch_id)
        came = await self._post(intent)
        self.ports.api_clock.note(came, self.ports.clock())
        judged = judge(intent.batch, came)
        verdict = without_words(judged) if self.terms.redact else judged
        following = self._following(verdict)
        taken, turn = await self._settle(intent, came, verdict, following)
        self._in_flight.discard(intent.batch_id)
        with self._ending():  # what was claimed meanwhile is settled too
            self._learn(intent, verdict, taken)
            self._slow_down(verdict, intent.rounds)
            self.early_stop.look(verdict, judged.outcomes[0].error_message or "")
        return self._taken(following, turn, self.outage.rounds) if following else None

    async def _post(self, intent: Intent) -> Answer | NoAnswer:
        if self.stop.is_set():
            return NoAnswer(STOPPED, sent=False)
        if self.ports.clock() - intent.claimed_at >= INTENT_SECONDS:
            return NoAnswer("IntentExpired", sent=False)
        return await self.ports.api.create(intent.batch.payload)

    def _following(self, verdict: Verdict) -> Batch | None:
        """The batch to go out next after a verdict that changes nothing about that."""
        is_plain = verdict.by_status.keys() == {Status.CREATED}
        return self.supply.next() if is_plain and not self.stop.is_set() and not self.outage.rounds else None

    async def _claim(self, batch: Batch) -> Intent | None:
        """The durable intent for those of the orders that are ours to send; None if nothing is to be sent now."""
        rounds = self.outage.rounds
        # No batch goes out into an outage that it could have missed.
        turn = await self.turnstile.enter(intend(self.ports, batch), gives_up=lambda: self.outage.rounds > rounds)
        return self._taken(batch, turn, rounds)

    def _taken(self, batch: Batch, claimed: Claimed | None, rounds: int) -> Intent | None:
        """Take in a claim that is durable, or that there is none yet."""
        if claimed is None:
            self.supply.put_back(batch, [batch.orders])
            return None
        batch_id, lost, claimed_at, started_at = claimed
        mine = batch.orders
        if lost:
            self.progress.orders -= len(lost)
            self.elsewhere.note(batch.company_id, (order for order in batch.orders if order.order_number in lost))
            mine = tuple(order for order in batch.orders if order.order_number not in lost)
        if not mine:
            self.supply.lose(batch)
            return None
        self.progress.requests += 1
        return Intent(batch_id, Batch(batch.company_id, mine), claimed_at, started_at, rounds)

    async def _settle(
        self, intent: Intent, came: Answer | NoAnswer, verdict: Verdict, following: Batch | None
    ) -> tuple[set[str], Claimed | None]:
        """Make the outcome durable, and until when the API wants to be left alone, and claim the batch that follows.

        Gives the orders that another process has taken over, and the claim, or None if it has to wait.
        """
        ledger, sender, batch = self.ports.ledger, self.ports.sender, intent.batch

        def record(tx: Connection) -> set[str]:
            self.turnstile.heed(tx, came)
            return claims.settle(tx, sender, intent.batch_id, batch.company_id, verdict, now=ledger.now(tx))

        def go_on(tx: Connection) -> tuple[set[str], Claimed | None]:
            return record(tx), self.turnstile.attempt(tx, intend(self.ports, following))[1] if following else None

        try:
            return await self.ports.journal.commit(go_on)
        except LedgerError:
            if following:  # whose failure must not undo what came before it
                await self.ports.journal.commit(record)
            raise

    def _learn(self, intent: Intent, verdict: Verdict, taken: set[str]) -> None:
        """Take in a verdict that is durable."""
        batch = intent.batch
        if taken:
            raise LedgerError(
                f"{len(taken)} orders of batch {intent.batch_id} (company {batch.company_id}, {min(taken)}) were sent "
                "again by another process while this one was suspended.",
                "Look on the platform whether they are there twice.",
            )
        created, doubtful = verdict.numbers(Status.CREATED), verdict.by_status.get(Status.IN_DOUBT, [])
        self.watermark.settle(batch.company_id, verdict.numbers(*EVIDENCE))
        self.progress.created += len(created)
        self.progress.rejected += len(verdict.numbers(Status.REJECTED))
        self.progress.in_doubt += len(doubtful)
        if created and verdict.code != RENUMBERED:
            self.reconciler.created(batch.company_id, created, intent.claimed_at)
        if doubtful:
            is_proven = self.supply.is_proven(batch.company_id)
            self.reconciler.doubt(batch.company_id, self._cases(intent, doubtful), is_proven=is_proven)
        self.supply.take_back(batch, verdict)
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
        if self.stop.is_set():
            return
        if verdict.by_status.keys() & EVIDENCE or verdict.next not in (Next.NOTHING, Next.SEND_AGAIN):
            self.outage.ends()
        else:
            why = verdict.message or verdict.code or "no answer"
            self.outage.lasts(why, rounds, told_to_wait=verdict.http_status == 429)
