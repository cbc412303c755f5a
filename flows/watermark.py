"""Watermark: how many leading positions of the plan are settled for good, so that a resume need not look at them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

MOST_OPEN = 200_000  # orders that are remembered; with more the watermark stays where it is


@dataclass
class Watermark:
    """Follows the orders of a plan that were read and are not settled; what it says is only ever too low."""

    _open: dict[int, dict[int, set[str]]] = field(default_factory=dict)  # the numbers by company and position
    _count: int = 0  # of open orders
    _read: int = 0  # all before this position was read
    _most: int | None = None  # where it stays

    @property
    def position(self) -> int:
        """How many positions, from the start of the plan, have nothing that is still to be sent or to be settled."""
        still = (position for portions in self._open.values() for position, open_ in portions.items() if open_)
        reached = min(still, default=self._read)
        return reached if self._most is None else self._most

    def read(self, position: int, company_id: int, numbers: Iterable[str]) -> None:
        """Take in a portion: those of its orders that are not settled."""
        self.pass_by(position)
        if self._most is not None:
            return
        portion = self._open.setdefault(company_id, {}).setdefault(position, set())
        before = len(portion)
        portion.update(numbers)
        self._count += len(portion) - before
        if self._count > MOST_OPEN:
            self._most = self.position
            self._open = {}

    def pass_by(self, position: int) -> None:
        """Say that all before a position was read."""
        self._read = max(self._read, position)

    def settle(self, company_id: int, numbers: Collection[str]) -> None:
        """Say that nothing can bring these orders back: they are created, or rejected by this run."""
        portions = self._open.get(company_id, {})
        for position, portion in list(portions.items()):
            before = len(portion)
            portion.difference_update(numbers)
            self._count -= before - len(portion)
            if not portion:
                del portions[position]
        if not portions:
            self._open.pop(company_id, None)
