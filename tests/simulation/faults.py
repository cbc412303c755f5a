"""Faults of a simulated API: what is done of a request, and what the client gets to see of it."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple


class Done(StrEnum):
    """What the platform does with the orders of a request."""

    ALL = "all"
    SOME = "some"
    NOTHING = "nothing"
    LATE = "late"  # all, when nobody waits for the answer any more


class Shown(StrEnum):
    """What the client gets to see."""

    ANSWER = "the answer"
    SLOW = "the answer, late"
    NO_CONNECTION = "no connection"
    SILENCE = "silence"
    RESET = "a reset"
    SERVER_ERROR = "5xx"
    ODD_STATUS = "an odd status"
    TOO_MANY = "429"
    STOP = "401, 403 or 404"
    CUT = "a cut body"
    UNREADABLE = "an unreadable body"
    EMPTY = "an empty list"
    FEWER = "fewer orders"
    ENDS_EARLY = "a page that tells of no next one"


class Fault(NamedTuple):
    done: Done
    shown: Shown

    def __str__(self) -> str:
        return f"{self.shown}, done: {self.done}"


FINE = Fault(Done.ALL, Shown.ANSWER)
CREATE_FAULTS = (
    Fault(Done.NOTHING, Shown.NO_CONNECTION),
    Fault(Done.NOTHING, Shown.SILENCE),
    Fault(Done.ALL, Shown.SILENCE),
    Fault(Done.LATE, Shown.SILENCE),
    Fault(Done.NOTHING, Shown.RESET),
    Fault(Done.ALL, Shown.RESET),
    Fault(Done.LATE, Shown.RESET),
    Fault(Done.NOTHING, Shown.SERVER_ERROR),
    Fault(Done.ALL, Shown.SERVER_ERROR),
    Fault(Done.LATE, Shown.SERVER_ERROR),
    Fault(Done.SOME, Shown.SERVER_ERROR),
    Fault(Done.NOTHING, Shown.ODD_STATUS),
    Fault(Done.ALL, Shown.ODD_STATUS),
    Fault(Done.NOTHING, Shown.TOO_MANY),
    Fault(Done.NOTHING, Shown.STOP),
    Fault(Done.ALL, Shown.CUT),
    Fault(Done.ALL, Shown.UNREADABLE),
    Fault(Done.ALL, Shown.EMPTY),
    Fault(Done.ALL, Shown.FEWER),
    Fault(Done.SOME, Shown.FEWER),
    Fault(Done.ALL, Shown.SLOW),
)
LIST_FAULTS = (
    Fault(Done.NOTHING, Shown.NO_CONNECTION),
    Fault(Done.NOTHING, Shown.SILENCE),
    Fault(Done.NOTHING, Shown.RESET),
    Fault(Done.NOTHING, Shown.SERVER_ERROR),
    Fault(Done.NOTHING, Shown.TOO_MANY),
    Fault(Done.ALL, Shown.CUT),
    Fault(Done.ALL, Shown.UNREADABLE),
    Fault(Done.ALL, Shown.EMPTY),
    Fault(Done.ALL, Shown.ENDS_EARLY),
    Fault(Done.ALL, Shown.SLOW),
)
SERVER_ERRORS = (500, 502, 503, 504, 520)
ODD_STATUSES = (302, 304, 408, 410, 418, 499, 600)


@dataclass(frozen=True)
class Climate:
    """Which faults there are, and how often: single ones, and outages that last from one second to another."""

    share: float = 0.0
    kinds: tuple[Fault, ...] = (FINE,)
    list_share: float = 0.0
    list_kinds: tuple[Fault, ...] = LIST_FAULTS
    outage: tuple[float, float] = (0.0, 0.0)
    outage_fault: Fault = FINE


CALM = Climate()
MOST_EMPTY = 2


def draw_climate(chance: Random) -> Climate:
    share = chance.choice([0.0, 0.05, 0.2, 0.5, 0.8])
    kinds = tuple(chance.sample(CREATE_FAULTS, chance.randint(1, 8)))
    start = chance.uniform(0, 60)
    outage = (start, start + chance.choice([5, 60, 400])) if chance.random() < 0.2 else (0.0, 0.0)
    return Climate(share, kinds, share, LIST_FAULTS, outage, chance.choice(CREATE_FAULTS[:11]))


class Weather:
    """The fault of each request, as the climate has it."""

    def __init__(self, climate: Climate, chance: Random) -> None:
        self._climate = climate
        self._chance = chance
        self._empty: Counter[str] = Counter()  # first pages in a row

    def of_create(self, now: float) -> Fault:
        """The fault of a request that creates orders."""
        climate = self._climate
        if self._is_out(now):
            return climate.outage_fault
        return self._chance.choice(climate.kinds) if self._chance.random() < climate.share else FINE

    def of_list(self, now: float, *, reader: str, is_first: bool) -> Fault:
        """The fault of a request for a page. No listing seems empty to a reader three times in a row."""
        climate = self._climate
        is_struck = self._is_out(now) or self._chance.random() < climate.list_share
        fault = self._chance.choice(climate.list_kinds) if is_struck else FINE
        if is_first:
            self._empty[reader] = self._empty[reader] + 1 if fault.shown is Shown.EMPTY else 0
        return FINE if is_first and self._empty[reader] > MOST_EMPTY else fault

    def _is_out(self, now: float) -> bool:
        start, end = self._climate.outage
        return start <= now < end


def draw_stop_status(chance: Random) -> int:
    return chance.choice([401, 403, 404])
