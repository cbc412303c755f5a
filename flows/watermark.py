"""Watermark: how many leading positions of the plan are settled for good, so that a resume need not look at them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_OPEN = 200_000  # orders that are remembered; with more the watermark stays where it is


@dataclass
class Watermark:
    """Follows the orders of a plan that were read and are not settled; what it says is only ever too low."""

    _open: dict[tuple[int, str], int] = field(default_factory=dict)  # the position of each
    _counts: Counter[int] = field(default_factory=Counter)  # of open orders, by position
    _read: int = 0  # all before this position was read
    _most: int | None = None  # where it stays

    @property
    def position(self) -> int:
        """How many positions, from the start of the plan, have nothing that is still to be sent or to be settled."""
        reached = min(self._counts, default=self._read)
        return reached if self._most is None else self._most

    def read(self, position: int, company_id: int, numbers: Iterable[str]) -> None:
        """Take in a portion: those of its orders that are not settled."""
        self.pass_by(position)
        if self._most is not None:
            return
        fresh = {(company_id, number): position for number in numbers}
        self._open |= fresh
        self._counts[position] += len(fresh)
        self._counts = +self._counts
        if len(self._open) > MOST_OPEN:
            self._most = self.position
            self._open, self._counts = {}, Counter()

    def pass_by(self, position: int) -> None:
        """Say that all before a position was read."""
        self._read = max(self._read, position)

    def settle(self, company_id: int, numbers: Iterable[str]) -> None:
        """Say that nothing can bring these orders back: they are created, or rejected by this run."""
        for number in numbers:
            position = self._open.pop((company_id, number), None)
            if position is not None:
                self._counts[position] -= 1
                if not self._counts[position]:
                    del self._counts[position]
