"""The limiter: never more requests in a minute than allowed, and no fewer than could be."""

import heapq
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import request_log
from adapters.ledger import Ledger
from schemas.ledger import Sender
from transforms.rate import WINDOW_SECONDS, seconds_to_wait

MICRO = 1_000_000


class World:
    """Virtual time, a ledger, and senders that share it; records when each request started."""

    def __init__(self, path: Path, per_minute: int) -> None:
        self.url = f"sqlite:///{path / 'ledger.db'}"
        self.per_minute = per_minute
        self.seconds = 1_000_000.0
        self.started: list[float] = []
        self.open()

    def open(self) -> None:
        self.ledger = Ledger(self.url, lambda: self.seconds)
        target = self.ledger.target("https://api")
        self.senders = [Sender(run_id, target, "key") for run_id in ("A", "B")]
        with self.ledger.transaction() as tx:
            for sender in self.senders:
                self.ledger.take_run(tx, sender, "host", 30)

    def reopen(self) -> None:
        self.ledger.close()
        self.open()

    def try_start(self, sender: int) -> float:
        """Start a request now, or give how long to wait."""
        with self.ledger.transaction() as tx:
            facts = request_log.rate(tx, self.senders[sender], self.per_minute, self.ledger.now())
            wait = seconds_to_wait(facts)
            if not wait:
                request_log.start(tx, self.senders[sender], facts, "create", 1)
                self.started.append(self.seconds)
            return wait

    def play(self, arrivals: Sequence[tuple[float, int]]) -> None:
        """Each arrival (seconds from now, sender) is tried, and tried again when it was told to."""
        waiting = [(self.seconds + at, sender) for at, sender in arrivals]
        heapq.heapify(waiting)
        while waiting:
            at, sender = heapq.heappop(waiting)
            self.seconds = max(self.seconds, at)
            if wait := self.try_start(sender):
                heapq.heappush(waiting, (self.seconds + wait, sender))

    def hold(self, seconds: float) -> None:
        with self.ledger.transaction() as tx:
            request_log.hold(tx, self.senders[0], int((self.seconds + seconds) * MICRO))


def most_in(started: Sequence[float], window: float) -> int:
    return max((sum(first <= at < first + window for at in started) for first in started), default=0)


ARRIVALS = st.lists(st.tuples(st.floats(0, 200), st.integers(0, 1)), max_size=40)


@settings(max_examples=25, deadline=None)
@given(ARRIVALS, ARRIVALS, st.integers(1, 7))
def test_no_minute_has_more_than_allowed_and_none_that_could_start_waits(
    before: list[tuple[float, int]], after: list[tuple[float, int]], per_minute: int
) -> None:
    with TemporaryDirectory() as path:
        world = World(Path(path), per_minute)
        begin = world.seconds
        world.play(before)
        world.reopen()
        middle = world.seconds
        world.play(after)
        world.ledger.close()
    assert len(world.started) == len(before) + len(after)
    assert most_in(world.started, 60.0) <= per_minute
    # Fully used: the n-th start is when it came, or when the n-th before it left the window, whichever is later.
    came = sorted([begin + at for at, _ in before]) + sorted([middle + at for at, _ in after])
    expected: list[float] = []
    for number, at in enumerate(came):
        free = expected[number - per_minute] + WINDOW_SECONDS if number >= per_minute else 0.0
        expected.append(max(at, free, expected[-1] if expected else 0.0))
    assert world.started == pytest.approx(expected, abs=1e-3)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, 3)


def test_one_a_minute_is_one_a_minute(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    world.play([(0, 0), (0, 1), (0, 0)])
    assert [at - world.started[0] for at in world.started] == pytest.approx([0, WINDOW_SECONDS, 2 * WINDOW_SECONDS])


def test_nothing_starts_before_the_api_wants_it_in_any_process(world: World) -> None:
    world.hold(42)
    world.reopen()
    assert [world.try_start(0), world.try_start(1)] == pytest.approx([42, 42])
    world.seconds += 42
    assert world.try_start(1) == 0


def test_an_earlier_wish_does_not_shorten_a_later_one(world: World) -> None:
    world.hold(42)
    world.hold(5)
    assert world.try_start(0) == pytest.approx(42)


def test_another_key_has_a_limit_of_its_own(world: World) -> None:
    world.play([(0, 0)] * 3)
    world.senders[1] = Sender("B", world.senders[1].target_id, "another key")
    with world.ledger.transaction() as tx:
        world.ledger.take_run(tx, world.senders[1], "host", 30)
    assert world.try_start(0) > 0
    assert world.try_start(1) == 0


def test_a_request_that_carried_nothing_frees_its_place(world: World) -> None:
    for _ in range(5):
        with world.ledger.transaction() as tx:
            facts = request_log.rate(tx, world.senders[0], 3, world.ledger.now())
            assert seconds_to_wait(facts) == 0
            request_log.carry(tx, request_log.start(tx, world.senders[0], facts, "create", 1), 0)


@pytest.mark.parametrize("back", [1.0, 30.0, 3600.0, 86400.0 * 365])
def test_a_clock_that_is_set_back_costs_a_window_at_most(world: World, back: float) -> None:
    world.play([(0, 0), (1, 0), (2, 0)])
    world.hold(100)
    world.seconds -= back
    waited = 0.0
    while wait := world.try_start(1):
        waited += wait
        world.seconds += wait
    assert waited <= max(WINDOW_SECONDS, 120.0) + min(back, 100.0)
