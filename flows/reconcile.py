"""Reconcile: settle what is in doubt by reading the orders of its company back from the API."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection

from adapters import claims, request_log
from flows.listing import Lister
from flows.ports import Ports, Progress, Tell
from schemas.delivery import SentOrder
from schemas.errors import CannotList, Interrupted, ListingEndsEarly
from schemas.ledger import Conclusion, Doubt
from schemas.results import Status
from transforms.batches import halve
from transforms.readback import EXISTS, Listing, Page, conclude, is_enough, see, shows_control

SOON = 1.0  # a company without a control is read at once: what is found there gives it one
MOST_READS = 3  # that leave an order in doubt although it is old enough; then it stays so in this run
MOST_COMPANIES = 1_000  # that are remembered without a doubt
RECENT = 100  # orders of a company that were created last: they must be listed, if absence is to mean anything


@dataclass
class Case:
    """An order in doubt: when that was known, when its batch was sent by our clock, and its JSON if it is ours."""

    doubt: Doubt
    since: float
    sent: float | None = None  # None: before this process
    order: SentOrder | None = None


@dataclass
class Company:
    """The orders of a company that are in doubt, and when it is read again."""

    cases: dict[str, Case] = field(default_factory=dict)
    resting: dict[str, Case] = field(default_factory=dict)  # in doubt, and no read-back of this run will change it
    next_at: float = 0.0
    reads: int = 0  # in a row that left orders in doubt which were old enough
    was_revived: bool = False  # what rested was read once more, after an order had been created
    why: str = "the API lists no order under its number that is known to have been created"
    recent: deque[tuple[str, float, float]] = field(default_factory=lambda: deque(maxlen=RECENT))


class Outcome(NamedTuple):
    """What a read-back comes to for the orders of this run's plan."""

    company_id: int
    closed: int  # how many wait for no read-back any more
    is_proven: bool  # an order of the company was found under its number
    again: list[tuple[SentOrder, ...]]  # not created: to be sent again
    lost: list[SentOrder]  # taken over by another process meanwhile
    over: list[str]  # settled for good


@dataclass
class Reconciler:
    """Keeps the doubts of a run and settles them, a company at a time; `settled` is told what it comes to."""

    ports: Ports
    lister: Lister
    settle_seconds: float
    progress: Progress
    settled: Callable[[Outcome], None]
    expect: Callable[[int, int], None]  # a company, and how many more of its orders may come back
    is_sending: Callable[[int], bool]  # whether orders of a company are still on their way
    tell: Tell = lambda _: None
    companies: dict[int, Company] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left that a read-back could settle."""
        return not any(company.cases for company in self.companies.values())

    @property
    def unsettled(self) -> Mapping[int, str]:
        """The companies of which orders stay in doubt, and why."""
        return {number: one.why for number, one in self.companies.items() if one.resting}

    def inherit(self, doubts: Iterable[Doubt]) -> None:
        """Take over what processes that are dead left in doubt; it is read back at once."""
        now = self.ports.clock()
        for doubt in doubts:
            company = self._company(doubt.company_id)
            if doubt.order_number not in company.cases and doubt.order_number not in company.resting:
                company.cases[doubt.order_number] = Case(doubt, now)
                company.next_at = now
        self._changed.set()

    def adopt(self, company_id: int, order: SentOrder) -> bool:
        """Say that an order in doubt is of this run's plan, so that it can be sent again; False if unknown here."""
        company, number = self.companies.get(company_id, Company()), order.order_number
        case = company.cases.get(number) or company.resting.get(number)
        if case is None:
            return False
        if case.order is None and number in company.cases:
            self.expect(company_id, 1)
        case.order = order
        return True

    def doubt(self, company_id: int, cases: Sequence[Case], *, is_proven: bool) -> None:
        """Note what a batch left in doubt; a company of which no order is known to be there is read soon."""
        company = self._company(company_id)
        now = self.ports.clock()
        exists = any(case.doubt.error_code in EXISTS for case in cases)
        due = now if exists else now + (self.settle_seconds if is_proven else min(SOON, self.settle_seconds))
        company.next_at = min(company.next_at, due) if company.cases else max(company.next_at, due)
        company.cases.update({case.doubt.order_number: case for case in cases})
        self._changed.set()

    def created(self, company_id: int, numbers: Iterable[str], sent: float) -> None:
        """Note orders that an answer has named as created: a listing must show them, and they are controls."""
        company = self._company(company_id)
        now = self.ports.clock()
        company.recent.extend((number, sent, now) for number in numbers)
        if company.resting and company.reads and not company.was_revived:
            company.was_revived = True
            self.expect(company_id, sum(case.order is not None for case in company.resting.values()))
            company.cases, company.resting = company.cases | company.resting, {}
            company.next_at, company.reads = now + self.settle_seconds, 0
            self._changed.set()

    async def run(self, *, until_idle: bool = False) -> None:
        """Read back whatever is due, until cancelled or a stop is asked for, or until nothing is left to settle."""
        while not self.lister.turnstile.stop.is_set() and not (until_idle and self.is_idle):
            self._changed.clear()
            waiting = [(one.next_at, number) for number, one in self.companies.items() if one.cases]
            next_at, number = min(waiting, default=(float("inf"), 0))
            if next_at <= self.ports.clock():
                try:
                    await self._read_back(number, self.companies[number])
                except Interrupted:
                    return
                continue
            pause = None if not waiting else next_at - self.ports.clock()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)

    def _company(self, company_id: int) -> Company:
        """What is known of a company; of one without doubts it is forgotten when there are too many."""
        if company_id not in self.companies and len(self.companies) >= MOST_COMPANIES:
            kept = {number: one for number, one in self.companies.items() if one.cases or one.resting}
            self.companies = kept
        return self.companies.setdefault(company_id, Company())

    async def _read_back(self, company_id: int, company: Company) -> None:
        began = self.ports.clock()
        cases = dict(company.cases)
        doubts: list[Doubt] = []
        first = min((case.sent or 0.0 for case in cases.values()), default=0.0)
        old = began - self.settle_seconds
        due = frozenset(number for number, sent, named in company.recent if sent >= first and named <= old)
        listing, is_whole = Listing(frozenset(cases), due - cases.keys()), True
        ledger_now = await self.ports.journal.commit(self.ports.ledger.now) / 1e6
        try:
            async with aclosing(self.lister.pages(company_id)) as pages:
                async for page in pages:
                    has_control = listing.has_control or self._shows_control(company_id, page)
                    listing = see(listing, page, has_control=has_control)
                    doubts = doubts or [self._timed(case) for case in cases.values()]
                    if is_enough(listing, doubts, ledger_now):
                        break
        except ListingEndsEarly as error:  # what it shows is there; what it does not show may be there
            company.why, is_whole = error.message.rstrip("."), False
        except CannotList as error:
            company.why = error.message.rstrip(".")
            await self._rest(company_id, company, cases)
            return
        proved = (
            conclude(doubt, listing, ledger_now, is_settled=is_whole and cases[doubt.order_number].since <= old)
            for doubt in doubts
        )
        await self._record(company_id, company, [one for one in proved if one is not None])
        left = {number: case for number, case in company.cases.items() if number in cases}
        stuck = {number: case for number, case in left.items() if case.since <= old}
        if not stuck:
            company.reads = 0
        elif is_whole or not self.is_sending(company_id):
            company.reads += 1
        if company.reads >= MOST_READS:
            await self._rest(company_id, company, stuck)
        if company.cases:
            ripe = min(case.since for case in company.cases.values()) + self.settle_seconds
            now = self.ports.clock()
            company.next_at = max(ripe, now + (self.settle_seconds if stuck else now - began))

    def _timed(self, case: Case) -> Doubt:
        """The doubt with the time of its attempt by the API's clock, which its answers have told by now."""
        at = None if case.sent is None else self.ports.api_clock.now(case.sent)
        return case.doubt if at is None else case.doubt._replace(api_started_at=int(at * 1e6))

    def _shows_control(self, company_id: int, page: Page) -> bool:
        numbers = [entry.order_number for entry in page.entries if entry.order_number]
        return shows_control(page, self.ports.ledger.facts(self.ports.sender.target_id, company_id, numbers))

    async def _record(self, company_id: int, company: Company, found: Sequence[Conclusion]) -> None:
        """The durable outcome of a read-back, and what follows for the run."""
        ledger, sender = self.ports.ledger, self.ports.sender

        def record(tx: Connection) -> set[str]:
            written = claims.conclude(tx, sender.target_id, company_id, found, ledger.now(tx))
            mine = [one.status for one in found if one.order_number in written and self._is_mine(company, one)]
            request_log.credit(tx, sender, mine.count(Status.CREATED), mine.count(Status.REJECTED))
            return written

        written = await self.ports.journal.commit(record) if found else set()
        concluded = [(company.cases.pop(one.order_number), one) for one in found]
        lost = [case.order for case, one in concluded if case.order and one.order_number not in written]
        concluded = [(case, one) for case, one in concluded if one.order_number in written]
        for case, one in concluded:
            self._count(case, one)
        batches: dict[int, list[Case]] = {}
        for case, one in concluded:
            if one.status == Status.PENDING and case.order:
                batches.setdefault(one.batch_id, []).append(case)
        self.settled(
            Outcome(
                company_id,
                closed=sum(case.order is not None for case, _ in concluded) + len(lost),
                is_proven=any(one.status == Status.CREATED for _, one in concluded),
                again=[part for cases in batches.values() for part in _parts(cases)],
                lost=lost,
                over=[one.order_number for case, one in concluded if self._is_over(case, one)],
            )
        )
        self.tell(self.progress)

    async def _rest(self, company_id: int, company: Company, cases: Mapping[str, Case]) -> None:
        """Leave orders in doubt, as far as this run is concerned, and say why."""
        told = f"Sent, and it cannot be told whether it was created: {company.why}"
        stays = [
            Conclusion(number, one.doubt.batch_id, Status.IN_DOUBT, None, None, one.doubt.error_code, told)
            for number, one in cases.items()
        ]
        ledger, target_id = self.ports.ledger, self.ports.sender.target_id
        await self.ports.journal.commit(
            lambda tx: claims.conclude(tx, target_id, company_id, stays, ledger.now(tx)) if stays else set()
        )
        # As they are now: a case may have got its order while the API was read.
        rested = {number: company.cases.pop(number) for number in cases}
        company.resting |= rested
        mine = sum(case.order is not None for case in rested.values())
        self.settled(Outcome(company_id, mine, is_proven=False, again=[], lost=[], over=[]))

    def _is_mine(self, company: Company, one: Conclusion) -> bool:
        return company.cases[one.order_number].doubt.run_id == self.ports.sender.run_id

    def _is_over(self, case: Case, one: Conclusion) -> bool:
        """Whether nothing can bring an order back; what another run had refused this one may send."""
        is_there = one.status in (Status.CREATED, Status.ALREADY_CREATED)
        return is_there or (one.status == Status.REJECTED and case.doubt.run_id == self.ports.sender.run_id)

    def _count(self, case: Case, one: Conclusion) -> None:
        if case.doubt.run_id == self.ports.sender.run_id:
            self.progress.in_doubt -= 1
            self.progress.created += one.status == Status.CREATED
            self.progress.rejected += one.status == Status.REJECTED
            self.progress.existing += one.status == Status.ALREADY_CREATED
        elif one.status == Status.PENDING and case.order:
            self.progress.orders += 1  # another run had it, and now this one sends it


def _parts(cases: Sequence[Case]) -> list[tuple[SentOrder, ...]]:
    """The orders of a batch that were not created, as they are sent again: in halves if the batch was refused."""
    orders = tuple(case.order for case in cases if case.order)
    return halve(orders) if cases[0].doubt.error_code in EXISTS else [orders]
