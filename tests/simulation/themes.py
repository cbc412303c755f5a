"""Themes: scenarios in which one kind of misfortune is frequent, since by chance it would be rare."""

from dataclasses import replace
from random import Random

from .faults import CREATE_FAULTS, Climate, Done, Fault, Shown
from .habits import Habits, Known, Listing
from .process import Fate, Step
from .scenario import ALL, Lane, Scenario, Session, plan_of

LATE_FAULTS = tuple(fault for fault in CREATE_FAULTS if fault.done is Done.LATE)
LATE_AND_SILENT = Fault(Done.LATE, Shown.SILENCE)
DOUBTS = (
    Fault(Done.ALL, Shown.SILENCE),
    Fault(Done.ALL, Shown.RESET),
    Fault(Done.SOME, Shown.SERVER_ERROR),
    Fault(Done.NOTHING, Shown.SERVER_ERROR),
)
SLOW_PAGES = tuple(Fault(Done.NOTHING, shown) for shown in (Shown.SILENCE, Shown.SERVER_ERROR))
WAITS = (*DOUBTS, Fault(Done.ALL, Shown.SLOW), Fault(Done.NOTHING, Shown.SILENCE))
EMPTY = Fault(Done.ALL, Shown.EMPTY)
BAD_PAGES = tuple(Fault(Done.ALL, shown) for shown in (Shown.ENDS_EARLY, Shown.EMPTY, Shown.SLOW, Shown.CUT))


def rivals(scenario: Scenario, chance: Random) -> Scenario:
    """A process is suspended right after its claim, while another one wants its orders, or its run."""
    settle_seconds = chance.choice([5.0, 5.0, 30.0])
    rival, comes_after = chance.choice(
        [("R0", chance.uniform(3, 20)), ("R1", chance.choice([0.0, chance.uniform(0, 20)]))]
    )
    # The other takes it for dead after 30 s, and settle_seconds later it may have sent its orders again.
    wakes_after = comes_after + 30.0 + chance.choice([chance.uniform(0, 10), settle_seconds + chance.uniform(0, 15)])
    fate = Fate(suspend_at_claim=chance.randint(2, 5), suspend_for=wakes_after)
    drawn = _plain(scenario, _companies(chance, 1, 6, 16), settle_seconds, most_orders=chance.choice([1, 2]))
    return replace(
        drawn,
        terms=replace(drawn.terms, max_in_flight=chance.choice([2, 2, 8])),
        habits=_late(chance, _findable(scenario.habits), settle_seconds, chance.choice([0.0, 0.5, 1.0])),
        climate=Climate(chance.choice([0.0, 0.3, 0.6]), WAITS, chance.choice([0.0, 0.7]), SLOW_PAGES),
        lanes=(Lane("here", (Session("R0", 0.0, fate),)), Lane("there", (Session(rival, comes_after, Fate()),))),
        timeout_seconds=chance.choice([3.0, 10.0, 10.0]),
        theme="rivals",
    )


def slow_readers(scenario: Scenario, chance: Random) -> Scenario:
    """Reading what exists, or only settling doubts, takes long, while another process wants the same run or orders."""
    drawn = _plain(scenario, _companies(chance, 1, 2, 6), 5.0, most_orders=2)
    first = Session("R0", 0.0, Fate(kill_at=chance.choice([None, (Step.HAS_POSTED, 2)])))
    reader = Session("R0", 0.0, Fate(), only_reads=chance.random() < 0.5)
    rivals = tuple(Session(chance.choice(["R0", "R0", "R1"]), chance.uniform(0, 20), Fate()) for _ in range(6))
    return replace(
        drawn,
        terms=replace(drawn.terms, skip_existing=True, give_up_after=600.0),
        habits=_late(chance, _findable(scenario.habits), 5.0, 0.5),
        climate=Climate(0.3, DOUBTS, 0.9, SLOW_PAGES[:1]),
        lanes=(Lane("here", (first, reader)), Lane("there", rivals)),
        timeout_seconds=30.0,
        theme="slow readers",
    )


def late(scenario: Scenario, chance: Random) -> Scenario:
    """Requests are carried out late, and orders shown late: as late as settle_seconds allows."""
    settle_seconds = chance.choice([5.0, 5.0, 5.0, 30.0])
    companies = _companies(chance, chance.randint(1, 2), 3, 20)
    drawn = _plain(scenario, companies, settle_seconds, most_orders=chance.choice([1, 1, 3]))
    habits = _late(chance, _findable(scenario.habits), settle_seconds, chance.choice([0.0, 0.5, 1.0, 1.0]))
    killed = Fate(kill_at=chance.choice([None, None, (Step.HAS_POSTED, chance.randint(2, 9))]))
    return replace(
        drawn,
        terms=replace(drawn.terms, max_in_flight=8),
        habits=replace(habits, answers_within=2.5),  # so that not all of them time out at once
        climate=Climate(chance.choice([0.2, 0.5]), (*LATE_FAULTS, LATE_AND_SILENT, LATE_AND_SILENT, *DOUBTS)),
        lanes=(Lane("here", (Session("R0", 0.0, killed), Session("R0", 0.0, Fate()))),),
        knows_the_dead=1.0,
        timeout_seconds=chance.choice([10.0, 30.0]),
        theme="late",
    )


def long_listing(scenario: Scenario, chance: Random) -> Scenario:
    """A company's orders fill many pages, and are created over minutes, by processes that die."""
    companies = _companies(chance, 1, 15, 40)
    listing = chance.choice([Listing.NEWEST_FIRST, Listing.NEWEST_FIRST, Listing.OLDEST_FIRST, Listing.SHUFFLED])
    habits = _late(chance, _findable(scenario.habits), 5.0, 0.5)
    killed = Fate(kill_after=chance.choice([None, chance.uniform(5, 60)]))
    drawn = _plain(scenario, companies, 5.0, most_orders=chance.choice([1, 3]))
    return replace(
        drawn,
        terms=replace(drawn.terms, requests_per_minute=30, max_in_flight=chance.choice([1, 8])),
        habits=replace(habits, listing=listing, page_size=10 if listing is Listing.SHUFFLED else 5, per_minute=30),
        climate=Climate(0.3, DOUBTS, chance.choice([0.0, 0.3]), BAD_PAGES),
        lanes=(Lane("here", (Session("R0", 0.0, killed), Session("R0", 0.0, killed), Session("R0", 0.0, Fate()))),),
        theme="long listing",
    )


def known_orders(scenario: Scenario, chance: Random) -> Scenario:
    """The platform has some of the orders before, would create them again, and is asked for them first."""
    companies = _companies(chance, 1, 6, 20)
    keys = [(company_id, number) for company_id, numbers in companies.items() for number in numbers]
    drawn = _plain(scenario, companies, scenario.terms.settle_seconds, most_orders=chance.choice([1, 3, 20]))
    return replace(
        drawn,
        terms=replace(drawn.terms, skip_existing=True, canary=chance.choice([0, 1, 3])),
        habits=replace(_findable(scenario.habits), page_size=5, renumbers=chance.random() < 0.3),
        before=frozenset(key for key in keys if chance.random() < 0.4),
        lanes=scenario.lanes,
        climate=replace(scenario.climate, list_share=0.6, list_kinds=(*BAD_PAGES, EMPTY, EMPTY)),
        theme="known orders",
    )


def _companies(chance: Random, count: int, least: int, most: int) -> dict[int, list[str]]:
    return {
        1000 + company: [f"ORD-{number:04}" for number in range(chance.randint(least, most))]
        for company in range(count)
    }


def _plain(scenario: Scenario, companies: dict[int, list[str]], settle_seconds: float, *, most_orders: int) -> Scenario:
    """The same with these orders in every run, and few other misfortunes."""
    plan = plan_of(companies)
    return replace(
        scenario,
        terms=replace(
            scenario.terms,
            settle_seconds=settle_seconds,
            most_orders=most_orders,
            requests_per_minute=100,
            canary=0,
            skip_existing=False,
        ),
        plans=dict.fromkeys(("R0", "R1", "R2", ALL), plan),
        poison=frozenset(),
        before=frozenset(),
        ledger_failures=0.0,
    )


def _findable(habits: Habits) -> Habits:
    """The same platform, but it would create known orders again, and shows what it has."""
    return replace(
        habits,
        renumbers=False,
        listing=Listing.NEWEST_FIRST,
        known=Known.CREATES,
        most_bytes=None,
        per_minute=100,
        others_per_minute=0,
    )


def _late(chance: Random, habits: Habits, settle_seconds: float, share: float) -> Habits:
    """The same platform, as late as may be: so much of it in carrying out, the rest in showing."""
    late = chance.choice([0.0, settle_seconds - 1.5, settle_seconds - 1.5])
    return replace(habits, works_on_for=share * late, shows_within=late - share * late)
