"""Runs of days: an API that is down for an hour, machines that reboot, several senders. All in virtual time."""

import pytest
from simulation.core import terms
from simulation.faults import CALM, Climate, Done, Fault, Shown
from simulation.habits import Habits
from simulation.process import Fate
from simulation.scenario import ALL, Lane, Scenario, Session, plan_of
from simulation.world import World

# What is cancelled before it began was never awaited.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
MINUTE, HOUR = 60.0, 3600.0
OUTAGES = [
    Fault(Done.NOTHING, Shown.NO_CONNECTION),
    Fault(Done.NOTHING, Shown.SERVER_ERROR),
    Fault(Done.ALL, Shown.SILENCE),
]


def world_of(
    lanes: list[Lane], orders: int, per_minute: int, *, climate: Climate = CALM, give_up_after: float = 600.0
) -> World:
    """A world in which every request carries one order, and each run has a company of its own."""
    runs = sorted({session.run_id for lane in lanes for session in lane.sessions})
    companies = {run_id: {1000 + at: [f"ORD-{one:05}" for one in range(orders)]} for at, run_id in enumerate(runs)}
    plans = {run_id: plan_of(some) for run_id, some in companies.items()}
    plans[ALL] = [portion for plan in plans.values() for portion in plan]
    how = terms(most_orders=1, requests_per_minute=per_minute, give_up_after=give_up_after)
    return World(0, Scenario(Habits(per_minute=per_minute, page_size=10), how, plans, tuple(lanes), climate))


def outage(begin: float, end: float, fault: Fault) -> Climate:
    """Nothing but this fault from one second to another; no page is read either."""
    return Climate(list_kinds=(Fault(Done.NOTHING, fault.shown),), outage=(begin, end), outage_fault=fault)


def starts(world: World) -> list[float]:
    return [at for at, _ in world.platform.log]


@pytest.mark.parametrize("fault", OUTAGES, ids=str)
def test_a_run_that_may_wait_lives_through_an_hour_without_the_api(fault: Fault) -> None:
    begin, end = 10 * MINUTE, 10 * MINUTE + HOUR
    lane = Lane("here", (Session("R0", 0.0, Fate()),))
    climate = outage(begin, end, fault)
    world = world_of([lane], 300, 10, climate=climate, give_up_after=2 * HOUR)
    covered = world.run()
    assert covered["ended: ApiDown"] == 0
    assert covered["session"] == 3, "its own, and one for each run in the end"
    after = [at for at in starts(world) if at >= end]
    assert after[0] - end <= 2 * MINUTE, "it finds soon that the API is back"
    during = [at for at in starts(world) if begin <= at < end]
    assert len(during) <= 300, "it knocks twice a minute to send, and to read back; ten times are allowed"
    assert set(world.platform.times.values()) == {1}


@pytest.mark.parametrize("fault", OUTAGES, ids=str)
def test_a_run_that_gives_up_is_resumed_by_the_clock_and_goes_on(fault: Fault) -> None:
    begin, end = 10 * MINUTE, 10 * MINUTE + HOUR
    quarterly = tuple(Session("R0", 0.0 if not number else 15 * MINUTE, Fate()) for number in range(6))
    climate = outage(begin, end, fault)
    world = world_of([Lane("here", quarterly)], 300, 10, climate=climate)
    covered = world.run()
    assert covered["ended: ApiDown"] >= 2
    assert set(world.platform.times.values()) == {1}


def test_an_outage_and_two_reboots_cost_little_more_than_the_time_they_last() -> None:
    climate = outage(2 * HOUR, 3 * HOUR, OUTAGES[1])
    reboots = [Session("R0", 0.0, Fate(kill_after=HOUR)), Session("R0", 5 * MINUTE, Fate(kill_after=3 * HOUR))]
    lane = Lane("here", (*reboots, Session("R0", 5 * MINUTE, Fate())))
    world = world_of([lane], 600, 2, climate=climate, give_up_after=2 * HOUR)
    covered = world.run()
    assert covered["killed"] == 2
    assert not covered["refused by the limit"]
    assert set(world.platform.times.values()) == {1}
    time_lost = HOUR + 2 * 5 * MINUTE
    # Reading back takes some of the allowed requests, and its pauses have grown long in the outage.
    last = max(order.created_at for order in world.platform.orders)
    assert last <= 600 / 2 * MINUTE + time_lost + 45 * MINUTE


def test_four_senders_with_one_key_use_nearly_all_that_is_allowed_and_none_is_refused() -> None:
    lanes = [Lane(f"machine-{number}", (Session(f"R{number}", 0.0, Fate()),)) for number in range(4)]
    world = world_of(lanes, 250, 100)
    assert not world.run()["refused by the limit"]
    sent = starts(world)
    # A perfect sender has the last of 1,000 out after nine minutes.
    assert 9 * MINUTE / (sent[999] - sent[0]) >= 0.97
    assert set(world.platform.times.values()) == {1}
