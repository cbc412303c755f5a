"""Supply: which batch goes out next. Cuts the plan into batches, company by company, and takes back what came back."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from schemas.delivery import Batch, Next, SentOrder, Verdict
from schemas.results import Status
from transforms.batches import ENVELOPE_BYTES, cut_size, halve

# A company of which no order is known to be on the platform gets single orders until one is: the positive control of a
# later read-back. After so many that prove nothing, the company waits.
MOST_OPENINGS = 3
# The plan is read ahead by this many batches, so that companies which wait do not hold up the others.
AHEAD = 16


@dataclass
class _Company:
    """The orders of a company that are to be sent, and whether an order of it is known to be on the platform."""

    proven: bool
    orders: deque[SentOrder] = field(default_factory=deque)
    returned: deque[tuple[SentOrder, ...]] = field(default_factory=deque)  # to be sent in batches of their own
    in_flight: int = 0
    in_doubt: int = 0  # orders that a read-back may still give back
    doubtful: int = 0  # single orders that proved nothing
    held_back: int = 0  # orders that are not sent in this run, because nothing proves that they could be found again

    @property
    def waits(self) -> bool:
        return not self.proven and (self.in_flight > 0 or self.doubtful >= MOST_OPENINGS)

    @property
    def uncontrolled(self) -> bool:
        return self.waits and not self.in_flight and not self.in_doubt

    @property
    def waiting(self) -> int:
        return len(self.orders) + sum(map(len, self.returned))


class Supply:
    """Hands out batches and takes back what a verdict leaves to send; holds a bounded part of the plan in memory.

    `is_proven` tells whether an order of a company is known to have been created.
    """

    def __init__(self, is_proven: Callable[[int], bool], *, most_orders: int, most_bytes: int) -> None:
        self._plan: Iterator[tuple[int, list[SentOrder]]] = iter(())
        self._is_proven = is_proven
        self._companies: dict[int, _Company] = {}
        self._last: int | None = None  # the company whose portions are being read
        self._exhausted = True
        self._most_orders = most_orders
        self._most_bytes = most_bytes
        self.in_flight = 0

    def feed(self, plan: Iterable[tuple[int, list[SentOrder]]]) -> None:
        """Take the orders that are to be sent, in portions, the portions of a company one after the other."""
        self._plan, self._exhausted = iter(plan), False

    def next(self, *, cautious: bool = False) -> Batch | None:
        """The next batch, or None if nothing can be sent before something comes back; cautious: of one order only."""
        while True:
            for company_id, company in self._companies.items():
                single = cautious or not company.proven
                if company.waiting and not company.waits and (single or self._fills_a_batch(company_id, company)):
                    self._count(company, 1)
                    return self._cut(company_id, company, single=single)
            if not self._read_on():
                return None

    def take_back(self, batch: Batch, verdict: Verdict) -> None:
        """Learn from the verdict on a batch that was sent, and keep what it leaves to send."""
        company = self._companies[batch.company_id]
        company.proven = company.proven or Status.CREATED in verdict.by_status
        company.doubtful += Status.IN_DOUBT in verdict.by_status
        company.in_doubt += len(verdict.numbers(Status.IN_DOUBT))
        if verdict.next is Next.SHRINK:
            larger = halve(batch.orders)[-1]
            self._most_orders = min(self._most_orders, len(larger))
            self._most_bytes = min(self._most_bytes, ENVELOPE_BYTES + sum(len(order.body) + 1 for order in larger))
        pending = set(verdict.numbers(Status.PENDING))
        left = tuple(order for order in batch.orders if order.order_number in pending) if pending else ()
        parts = halve(left) if verdict.next in (Next.HALVE, Next.SHRINK) else [left]
        self.put_back(batch, [part for part in parts if part])

    def put_back(self, batch: Batch, parts: list[tuple[SentOrder, ...]]) -> None:
        """End a batch; the parts of it are to be sent again, each as a batch, before anything else of the company."""
        company = self._companies[batch.company_id]
        self._count(company, -1)
        company.returned.extendleft(reversed(parts))
        self._hold_back(company)
        self._forget_if_over(batch.company_id)

    def lose(self, batch: Batch) -> None:
        """End a batch of which other runs have every order; one of them may have proven the company meanwhile."""
        company = self._companies[batch.company_id]
        company.proven = company.proven or self._is_proven(batch.company_id)
        self.put_back(batch, [])

    def expect(self, company_id: int, count: int) -> None:
        """Say that so many orders of a company are in doubt, and may come back to be sent again."""
        self._company(company_id).in_doubt += count

    def give_back(self, company_id: int, parts: list[tuple[SentOrder, ...]], *, closed: int, is_proven: bool) -> None:
        """End the wait for `closed` orders that were in doubt; the parts are to be sent again, each as a batch.

        `is_proven`: an order of the company was found on the platform.
        """
        company = self._company(company_id)
        company.in_doubt -= closed
        company.proven = company.proven or is_proven
        company.returned.extendleft(reversed(parts))
        self._hold_back(company)
        self._forget_if_over(company_id)

    def is_proven(self, company_id: int) -> bool:
        """Whether an order of the company is known to have been created."""
        company = self._companies.get(company_id)
        return company.proven if company else self._is_proven(company_id)

    def is_sending(self, company_id: int) -> bool:
        """Whether orders of the company are on their way, or wait to be."""
        company = self._companies.get(company_id)
        return company is not None and bool(company.in_flight or company.waiting)

    @property
    def done(self) -> bool:
        """Whether nothing is left to send or to wait for."""
        busy = (one.waiting or one.in_doubt for one in self._companies.values())
        return self._exhausted and not self.in_flight and not any(busy)

    @property
    def uncontrolled(self) -> list[int]:
        """The companies whose first orders all stayed in doubt, so that the rest was held back."""
        return [number for number, one in self._companies.items() if one.held_back]

    def _count(self, company: _Company, change: int) -> None:
        company.in_flight += change
        self.in_flight += change

    def _company(self, company_id: int) -> _Company:
        if company_id not in self._companies:
            self._companies[company_id] = _Company(proven=self._is_proven(company_id))
        return self._companies[company_id]

    def _hold_back(self, company: _Company) -> None:
        """Keep the orders of a company from being sent, if no read-back can give it a control any more."""
        if company.uncontrolled:
            company.held_back += company.waiting  # the plan has them
            company.orders.clear()
            company.returned.clear()

    def _forget_if_over(self, company_id: int) -> None:
        company = self._companies[company_id]
        is_used = company.waiting or company.in_flight or company.in_doubt or company.waits
        is_over = not is_used and company_id != self._last
        if is_over:
            del self._companies[company_id]

    def _fills_a_batch(self, company_id: int, company: _Company) -> bool:
        """Whether reading more of the plan would not make the company's next batch any larger."""
        return bool(company.returned) or company_id != self._last or len(company.orders) >= self._most_orders

    def _cut(self, company_id: int, company: _Company, *, single: bool) -> Batch:
        if company.returned:
            orders = company.returned.popleft()
            count = 1 if single else cut_size(orders, self._most_orders, self._most_bytes)
            if count < len(orders):
                company.returned.appendleft(orders[count:])
            return Batch(company_id, orders[:count])
        count = 1 if single else cut_size(company.orders, self._most_orders, self._most_bytes)
        return Batch(company_id, tuple(company.orders.popleft() for _ in range(count)))

    def _read_on(self) -> bool:
        """Read one more portion of the plan; not if there is none, or if enough is held while something is out."""
        held = sum(one.waiting for one in self._companies.values())
        is_waiting = self.in_flight or any(one.in_doubt for one in self._companies.values())
        if self._exhausted or (is_waiting and held >= AHEAD * self._most_orders):
            return False
        portion = next(self._plan, None)
        before, self._last = self._last, portion[0] if portion else None
        self._exhausted = portion is None
        if before is not None:
            self._forget_if_over(before)
        if portion:
            company_id, orders = portion
            company = self._company(company_id)
            if company.uncontrolled:
                company.held_back += len(orders)
            else:
                company.orders.extend(orders)
        return True
