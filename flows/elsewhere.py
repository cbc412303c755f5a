"""Elsewhere: orders of the plan that the ledger says are not to be sent by this run now, and what becomes of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from flows.ports import Ports, Progress
from flows.reconcile import Reconciler
from flows.watch import BEAT_SECONDS, LEASE_SECONDS
from flows.watermark import Watermark
from schemas.delivery import Portion, SentOrder
from schemas.ledger import SENDING, Fact
from schemas.results import Status

PATIENCE_SECONDS = LEASE_SECONDS + 2 * BEAT_SECONDS
OPEN = (SENDING, Status.IN_DOUBT)


@dataclass
class Elsewhere:
    """The plan's orders that other runs have in their hands; some come back, when their run stops or dies."""

    ports: Ports
    reconciler: Reconciler
    watermark: Watermark = field(default_factory=Watermark)
    orders: dict[tuple[int, str], SentOrder] = field(default_factory=dict)
    _waiting_since: float | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether to wait for what becomes of them, once nothing else is left to do.

        Not for longer than it takes to tell that the run that has them is dead.
        """
        if not self.orders:
            self._waiting_since = None
            return False
        now = self.ports.clock()
        self._waiting_since = now if self._waiting_since is None else self._waiting_since
        return now - self._waiting_since < PATIENCE_SECONDS

    def unsent(self, portions: Iterable[Portion], progress: Progress) -> Iterator[tuple[int, list[SentOrder]]]:
        """The orders that the ledger does not hold back, in portions of one company.

        Those that another run has taken since they were planned are not counted as this run's any more.
        """
        check, last = self.ports.ledger.has_orders(self.ports.sender.target_id), -1
        for company_id, some, position in portions:
            last = position
            self.watermark.read(position, company_id, (order.order_number for order in some))
            held = self._hold(company_id, some) if check else {}
            progress.orders -= sum(fact.run_id != self.ports.sender.run_id for fact in held.values())
            mine = [order for order in some if order.order_number not in held] if held else some
            if mine:
                yield company_id, mine
        self.watermark.pass_by(last + 1)

    def note(self, company_id: int, lost: Iterable[SentOrder]) -> None:
        """Keep an eye on orders that another run has taken."""
        self._hold(company_id, list(lost))

    def come_back(self) -> list[tuple[int, tuple[SentOrder, ...]]]:
        """The orders, company by company, that nobody has in his hands any more; what is settled is forgotten."""
        free = []
        for company_id, keys in groupby(sorted(self.orders), key=lambda key: key[0]):
            some = [self.orders.pop(key) for key in keys]
            held = self._hold(company_id, some)
            if mine := tuple(order for order in some if order.order_number not in held):
                free.append((company_id, mine))
        return free

    def _hold(self, company_id: int, some: list[SentOrder]) -> dict[str, Fact]:
        """What the ledger knows of those of the orders that are not this run's to send now."""
        if not some:
            return {}
        target_id, numbers = self.ports.sender.target_id, [order.order_number for order in some]
        facts = {fact.order_number: fact for fact in self.ports.ledger.facts(target_id, company_id, numbers)}
        held = {number: fact for number, fact in facts.items() if self._is_held(fact)}
        for order in some:
            fact = held.get(order.order_number)
            if fact and fact.status in OPEN and not self.reconciler.adopt(company_id, order):
                self.orders[company_id, order.order_number] = order
        self.watermark.settle(company_id, [number for number, fact in held.items() if fact.status not in OPEN])
        return held

    def _is_held(self, fact: Fact) -> bool:
        if fact.status == Status.REJECTED:
            return fact.run_id == self.ports.sender.run_id
        return fact.status != Status.PENDING
