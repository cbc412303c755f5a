"""The simulated platform: the orders it has, when it shows them, and its rate limit. Knows nothing of the network."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from .habits import Habits, Known
from .trace import Trace, Violation

Key = tuple[int, str]  # company, order number as sent
MINUTE = 60.0


@dataclass(frozen=True)
class Stored:
    """An order as the platform has it; times are virtual."""

    rootfi_id: int
    key: Key
    shown_number: str
    contact_id: str
    currency_id: str
    created_at: float
    visible_at: float


class Platform:
    """Creates orders as it is told, however often; `times` counts how often each was created."""

    def __init__(
        self, habits: Habits, poison: set[Key], chance: Random, trace: Trace, clock: Callable[[], float]
    ) -> None:
        self.habits = habits
        self.poison = poison
        self.orders: list[Stored] = []
        self.times: Counter[Key] = Counter()
        self.ids: defaultdict[Key, set[int]] = defaultdict(set)
        self.arrivals: deque[float] = deque()  # of the last minute
        self.log: list[tuple[float, str]] = []  # when a request came, and of which run; empty for those of others
        self._chance = chance
        self._trace = trace
        self._clock = clock

    def has(self, key: Key) -> bool:
        return self.times[key] > 0

    def is_known(self, key: Key) -> bool:
        """Whether it refuses an order because it has its number."""
        return self.habits.known is not Known.CREATES and self.has(key)

    def create(self, company_id: int, orders: Iterable[dict[str, Any]], age: float = 0.0) -> list[Stored]:
        """Create the orders, now or so many seconds ago; one that it has already violates what we promise."""
        return [self._create(company_id, order, age) for order in orders]

    def _create(self, company_id: int, order: dict[str, Any], age: float) -> Stored:
        key = (company_id, order["order_number"])
        rootfi_id = len(self.orders) + 1
        now = self._clock() - age
        stored = Stored(
            rootfi_id,
            key,
            f"P{rootfi_id:06}" if self.habits.renumbers and not age else key[1],
            order["customer_id"],
            order["currency_id"],
            now,
            now + self._chance.choice([0.5, 1.0]) * self.habits.shows_within,
        )
        self.orders.append(stored)
        self.times[key] += 1
        self.ids[key].add(rootfi_id)
        self._trace.note("platform", "creates", key)
        if self.times[key] > 1:
            raise Violation(f"order {key} was created {self.times[key]} times")
        return stored

    def visible(self, company_id: int) -> list[Stored]:
        """What it shows of a company now, in the order of creation; of all companies if it ignores the filter."""
        now = self._clock()
        return [
            one
            for one in self.orders
            if one.visible_at <= now and (self.habits.lists_all_companies or one.key[0] == company_id)
        ]

    def admit(self, run_id: str) -> bool:
        """Count a request of a run; whether it is within the limit of so many in any minute."""
        now = self._clock()
        while self.arrivals and self.arrivals[0] <= now - MINUTE:
            self.arrivals.popleft()
        self.arrivals.append(now)
        self.log.append((now, run_id))
        return len(self.arrivals) <= self.habits.per_minute
