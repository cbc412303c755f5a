"""The limiter: never more requests in a minute than allowed, and no fewer than could be."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import leases, request_log
from adapters.ledger import Ledger
from schemas.ledger import Sender
from transforms.rate import WINDOW_SECONDS, seconds_to_wait

MICRO = 1_000_000


class World:
    """Virtual time, a ledger, and senders that share it; records when each request started."""

    def __init__(self, url: str, per_minute: int) -> None:
        self.url = url
        self.per_minute = per_minute
        self.seconds = 1_000_000.0
        self.started: list[float] = []
        self.open()

    def open(self) -> None:
        self.ledger = Ledger(self.url, lambda: self.seconds)
        target = self.ledger.target("https://api")
        self.senders = [Sender(run_id, target, "key", f"host/{run_id}") for run_id in ("A", "B")]
        with self.ledger.transaction() as tx:
            for sender in self.senders:
                leases.take(tx, sender)

    def reopen(self) -> None:
        self.ledger.close()
        self.open()

    def try_start(self, sender: int) -> float:
        """Start a request now, or give how long to wait."""
        with self.ledger.transaction() as tx:
            facts = request_log.rate(tx, self.senders[sender], self.per_minute, self.ledger.now)
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
        world = World(f"sqlite:///{Path(path) / 'ledger.db'}", per_minute)
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
def world(ledger_url: str) -> Iterator[World]:
    world = World(ledger_url, 3)
    yield world
    world.ledger.close()


def test_one_a_minute_is_one_a_minute(world: World) -> None:
    world.per_minute = 1
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
    world.senders[1] = replace(world.senders[1], key_fingerprint="another key")
    with world.ledger.transaction() as tx:
        leases.take(tx, world.senders[1])
    assert world.try_start(0) > 0
    assert world.try_start(1) == 0


def test_a_request_that_carried_nothing_frees_its_place(world: World) -> None:
    for _ in range(5):
        with world.ledger.transaction() as tx:
            facts = request_log.rate(tx, world.senders[0], 3, world.ledger.now)
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


def _start_all(url: str, run_id: str) -> list[tuple[int, int]]:
    """Start as many requests as the limiter lets out at once; their slots and starts."""
    ledger = Ledger(url)
    sender = Sender(run_id, ledger.target("https://api"), "key", run_id)
    with ledger.transaction() as tx:
        leases.take(tx, sender)
    started = []
    while True:
        with ledger.transaction() as tx:
            facts = request_log.rate(tx, sender, SHARED, ledger.now)
            if seconds_to_wait(facts):
                break
            request_log.start(tx, sender, facts, "create", 1)
            started.append((facts.slot, facts.now))
    ledger.close()
    return started


SHARED = 100


def test_processes_that_start_at_the_same_time_share_one_limit(ledger_url: str) -> None:
    with get_context("spawn").Pool(3) as pool:
        started = sorted(chain.from_iterable(pool.starmap(_start_all, [(ledger_url, run_id) for run_id in "ABC"])))
    assert [slot for slot, _ in started] == list(range(1, SHARED + 1))
    assert [at for _, at in started] == sorted(at for _, at in started)
