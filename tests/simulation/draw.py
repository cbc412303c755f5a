"""Scenarios drawn from a seed: orders, runs and the fates of their processes; half of them then get a theme."""

from dataclasses import replace
from random import Random

from . import themes
from .core import Plan, terms
from .faults import draw_climate
from .habits import Habits, Known, Listing, draw_habits
from .process import Fate, Step
from .scenario import ALL, Lane, Scenario, Session, plan_of

# Without a theme nearly everything is rare. A theme makes one kind of misfortune frequent; what it leaves is as drawn.
THEMES = {
    None: 42,
    themes.rivals: 22,
    themes.slow_readers: 6,
    themes.late: 14,
    themes.long_listing: 10,
    themes.known_orders: 6,
}


def draw_scenario(seed: int) -> Scenario:
    """The scenario of a seed."""
    chance = Random(seed)  # noqa: S311 - a simulation
    count = chance.choice([1, 3, 10, 30])
    companies = {
        1000 + company: [f"ORD-{number:04}" for number in range(chance.randint(1, count))]
        for company in range(chance.randint(1, 3))
    }
    keys = [(company_id, number) for company_id, numbers in companies.items() for number in numbers]
    per_minute = chance.choice([4, 15, 100, 100])
    settle_seconds = chance.choice([5.0, 30.0, 45.0])
    habits: Habits = draw_habits(chance, per_minute, settle_seconds)
    drawn = terms(
        requests_per_minute=per_minute,
        max_in_flight=chance.choice([1, 2, 8]),
        give_up_after=chance.choice([30.0, 600.0]),
        settle_seconds=settle_seconds,
        most_orders=chance.choice([1, 3, 20]),
    )
    is_listed = habits.listing.shows_numbers or habits.listing is Listing.NOTHING
    skip_existing = is_listed and chance.random() < 0.15
    drawn = replace(drawn, canary=chance.choice([0, 0, 0, 0, 1, 3, 10]), skip_existing=skip_existing)
    knows = habits.known is not Known.CREATES or (skip_existing and habits.listing.shows_numbers)
    plans = {f"R{run}": _draw_plan(chance, companies) for run in range(chance.randint(1, 3))}
    plans[ALL] = plan_of(companies)
    scenario = Scenario(
        habits=habits,
        terms=drawn,
        plans=plans,
        lanes=_draw_lanes(chance, sorted(set(plans) - {ALL})),
        poison=frozenset(key for key in keys if chance.random() < 0.1) if chance.random() < 0.4 else frozenset(),
        before=frozenset(key for key in keys if chance.random() < 0.2) if knows else frozenset(),
        timeout_seconds=chance.choice([3.0, 10.0, 30.0]),
        commit_seconds=chance.choice([0.002, 0.02, 0.2]),
        ledger_failures=chance.choice([0.0, 0.0, 0.0, 0.01, 0.05]),
        knows_the_dead=chance.choice([0.0, 0.5, 1.0]),
        clock_steps=_draw_steps(chance),
        climate=draw_climate(chance),
    )
    theme = chance.choices(list(THEMES), list(THEMES.values()))[0]
    return theme(scenario, chance) if theme else scenario


def _draw_plan(chance: Random, companies: dict[int, list[str]]) -> Plan:
    """All orders, or some of each company; in portions."""
    share = chance.choice([1.0, 1.0, 0.6])
    plan: Plan = []
    for company_id, numbers in companies.items():
        some = [number for number in numbers if chance.random() < share]
        portion = chance.choice([2, 100])
        for start in range(0, len(some), portion):
            plan += plan_of({company_id: some[start : start + portion]})
    return plan


def _draw_lanes(chance: Random, runs: list[str]) -> tuple[Lane, ...]:
    lanes = []
    for lane in range(chance.choice([1, 1, 2])):
        run_id = chance.choice(runs)
        sessions = []
        for number in range(chance.randint(1, 4)):
            if number and chance.random() < 0.3:
                run_id = chance.choice(runs)
            rest = chance.choice([0.0, 0.0, 3.0, chance.uniform(0, 90)])
            sessions.append(Session(run_id, rest, _draw_fate(chance), only_reads=chance.random() < 0.1))
        lanes.append(Lane(chance.choice(["here", f"there-{lane}"]), tuple(sessions)))
    return tuple(lanes)


def _draw_fate(chance: Random) -> Fate:
    moment, seconds = (chance.choice(list(Step)), int(2 ** chance.uniform(0, 4))), 2 ** chance.uniform(-4, 8)
    suspended = {"suspend_at_commit": int(2 ** chance.uniform(0, 4)), "suspend_for": chance.uniform(2, 120)}
    fates = [
        (30, Fate(kill_at=moment)),
        (15, Fate(kill_after=seconds)),
        (10, Fate(cut_off_at=moment)),
        (5, Fate(cut_off_after=seconds)),
        (5, Fate(stop_after=seconds)),
        (5, Fate(stop_after=seconds, cut_off_after=seconds + chance.uniform(0, 5))),
        (5, Fate(**suspended)),  # type: ignore[arg-type]
        (5, Fate(kill_after=seconds + suspended["suspend_for"], **suspended)),  # type: ignore[arg-type]
        (20, Fate()),
    ]
    return chance.choices([fate for _, fate in fates], [weight for weight, _ in fates])[0]


def _draw_steps(chance: Random) -> tuple[tuple[float, float], ...]:
    if chance.random() < 0.7:
        return ()
    return tuple((2 ** chance.uniform(0, 8), chance.uniform(-60, 60)) for _ in range(chance.randint(1, 4)))
