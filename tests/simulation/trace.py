"""What happened in a simulated world, in order, and how often each kind of thing happened."""

from collections import Counter
from collections.abc import Callable


class Violation(Exception):  # noqa: N818 - what happened
    """An invariant does not hold."""


class Trace:
    """Events with their virtual time; kinds are counted, so that one sees what a set of seeds covers."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._events: list[tuple[float, str, str, object]] = []
        self.covered: Counter[str] = Counter()

    def note(self, who: str, what: str, more: object = "") -> None:
        """Remember an event."""
        self._events.append((self._clock(), who, what, more))

    def cover(self, kind: str, who: str = "world", more: object = "") -> None:
        """Remember an event of a kind that is counted."""
        self.covered[kind] += 1
        self.note(who, kind, more)

    def __len__(self) -> int:
        return len(self._events)

    def lines(self, last: int | None = None) -> list[str]:
        """The last events, or all of them, as text."""
        events = self._events if last is None else self._events[-last:]
        return [f"{at:10.3f} {who:<10} {what} {more}".rstrip() for at, who, what, more in events]
