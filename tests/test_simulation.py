"""Delivery in a simulated world: whatever happens, each order is created exactly once, at the rate that is allowed."""

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from simulation.__main__ import run_seeds
from simulation.core import terms
from simulation.faults import CREATE_FAULTS, LIST_FAULTS
from simulation.habits import Habits, Known, LimitHeaders, Listing, Naming
from simulation.process import Fate, Step
from simulation.scenario import ALL, Lane, Scenario, Session, plan_of
from simulation.trace import Violation
from simulation.world import World

from transforms import verdict

# What is cancelled before it began was never awaited.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
ROOT = Path(__file__).parents[1]
PARTS, SEEDS = 10, 50
ERRORS = ("ApiDown", "CanaryFailed", "CannotList", "KeyRefused", "LedgerError", "UsageError", "WrongMapping")
NUMBERS = [f"ORD-{number:05}" for number in range(1000)]


@cache
def part(number: int) -> tuple[Counter[str], list[str]]:
    return run_seeds(range(number * SEEDS, (number + 1) * SEEDS))


@pytest.mark.parametrize("number", range(PARTS))
def test_whatever_happens_each_order_is_created_once_and_has_an_answer(number: int) -> None:
    _, failures = part(number)
    assert not failures, "\n\n".join(failures)


def test_the_seeds_cover_every_kind_of_fault_at_every_step() -> None:
    covered: Counter[str] = sum((part(number)[0] for number in range(PARTS)), Counter())
    expected = {"asked to stop", "carried out late", "claim of a dead process put in doubt", "clock stepped"}
    expected |= {"cut off", "killed: by the clock", "ledger fails after a commit", "ledger fails before a commit"}
    expected |= {"refused by the limit", "suspended", "two lanes", "canary", "skips existing", "only reads"}
    expected |= {
        f"theme: {theme}" for theme in ("anything", "rivals", "slow readers", "late", "long listing", "known orders")
    }
    expected |= {f"killed: {step}" for step in Step}
    expected |= {f"post: {fault}" for fault in CREATE_FAULTS[1:]}
    expected |= {f"no connection: {error}" for error in ("ConnectError", "ConnectTimeout", "PoolTimeout")}
    expected |= {f"ended: {error}" for error in ERRORS}
    expected |= {f"in the end: {status}" for status in ("created", "in_doubt", "rejected")}
    expected |= {f"listing: {one}" for one in Listing} | {f"known: {one}" for one in Known}
    expected |= {f"refusals: {one}" for one in Naming} | {f"limit headers: {one}" for one in LimitHeaders}
    expected |= {f"platform: {name}" for name in ("renumbers", "answers_by_record", "shows_within", "clock_ahead")}
    expected |= {f"list: {fault.shown}" for fault in LIST_FAULTS[1:]}
    assert sorted(expected - covered.keys()) == []


def test_a_failing_seed_tells_itself_and_fails_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "NO_ANSWER", verdict.NOT_SENT)
    _, failures = run_seeds(range(SEEDS))
    assert failures
    seed = int(failures[0].split(":")[0].removeprefix("seed "))
    with pytest.raises(Violation) as again:
        World(seed).run()
    assert str(again.value) == failures[0]


def test_a_seed_is_the_same_story_in_every_process() -> None:
    def story(hash_seed: int) -> str:
        command = [sys.executable, "-m", "tests.simulation", "--seed", "3"]
        environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert story(1) == story(2)


def alone(*lanes: Lane, orders: dict[str, list[str]], **others: object) -> World:
    """A world without faults, where every request carries one order and takes its time."""
    plans = {run_id: plan_of({1000: numbers}) for run_id, numbers in orders.items()}
    plans[ALL] = plan_of({1000: NUMBERS})
    scenario = Scenario(Habits(**others), terms(most_orders=1), plans, lanes)  # type: ignore[arg-type]
    return World(0, scenario, faulty=False)


def starts(world: World, run_id: str) -> list[float]:
    return [at for at, who in world.platform.log if who == run_id]


def test_a_run_uses_nearly_all_requests_that_are_allowed_and_none_is_refused() -> None:
    world = alone(Lane("here", (Session("R0", 0.0, Fate()),)), orders={"R0": NUMBERS})
    assert not world.run()["refused by the limit"]
    sent = starts(world, "R0")
    assert len(sent) >= 1000
    # A perfect sender has the last of 1,000 out after nine minutes.
    assert 9 * 60 / (sent[999] - sent[0]) >= 0.97


def test_two_runs_with_one_key_share_what_is_allowed() -> None:
    lanes = [Lane(machine, (Session(run_id, 0.0, Fate()),)) for machine, run_id in (("here", "R0"), ("there", "R1"))]
    world = alone(*lanes, orders={"R0": NUMBERS[:500], "R1": NUMBERS[500:]})
    assert not world.run()["refused by the limit"]
    first, second = starts(world, "R0"), starts(world, "R1")
    end = min(first[-1], second[-1])
    mine, yours = sum(at <= end for at in first), sum(at <= end for at in second)
    assert 0.4 <= mine / (mine + yours) <= 0.6
    assert (mine + yours) / 100 >= 0.97 * (end // 60)


def test_a_run_that_is_killed_and_started_again_at_once_is_not_refused() -> None:
    sessions = [Session("R0", 0.0, Fate(kill_after=after)) for after in (3.0, 0.5, 61.0, 20.0)]
    world = alone(Lane("here", (*sessions, Session("R0", 0.0, Fate()))), orders={"R0": NUMBERS})
    assert not world.run()["refused by the limit"]
    assert world.trace.covered["killed"] == 4
    assert set(world.platform.times.values()) == {1}
