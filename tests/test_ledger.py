"""The ledger in real SQLite files: what is durable, who may claim what, and what an outcome may change."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import pytest

from adapters import request_log
from adapters.ledger import Ledger
from schemas.delivery import Batch, Next, OrderOutcome, SentOrder, Verdict
from schemas.errors import LedgerError
from schemas.ledger import Fact, Sender
from schemas.results import Status

COMPANY = 7
KEY = "fingerprint"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock)
    yield ledger
    ledger.close()


def batch_of(*numbers: str) -> Batch:
    return Batch(COMPANY, tuple(SentOrder(number, "cus", "USD", 1, b"{}") for number in numbers))


def sender_of(ledger: Ledger, run_id: str = "A", owner: str = "host", lease: float = 30) -> Sender:
    sender = Sender(run_id, ledger.target("https://api"), KEY)
    with ledger.transaction() as tx:
        assert ledger.take_run(tx, sender, owner, lease) is None
    return sender


def claim(ledger: Ledger, sender: Sender, *numbers: str) -> tuple[int, set[str]]:
    with ledger.transaction() as tx:
        facts = request_log.rate(tx, sender, 100_000, ledger.now())
        batch_id = request_log.start(tx, sender, facts, "create", COMPANY)
        lost = ledger.claim(tx, sender, batch_id, batch_of(*numbers))
        request_log.carry(tx, batch_id, len(numbers) - len(lost))
        return batch_id, lost


def settle(ledger: Ledger, sender: Sender, batch_id: int, **statuses: Status) -> set[str]:
    outcomes = tuple(OrderOutcome(number, status, 5, "p5") for number, status in statuses.items())
    with ledger.transaction() as tx:
        return ledger.settle(tx, sender, batch_id, COMPANY, Verdict(outcomes, Next.NOTHING, "code", "m", 200, "sync_1"))


def doubt_orphans(ledger: Ledger, sender: Sender) -> int:
    with ledger.transaction() as tx:
        return ledger.doubt_orphans(tx, sender)


def status_of(ledger: Ledger, *numbers: str) -> list[str]:
    facts = {fact.order_number: fact.status for fact in ledger.facts(1, COMPANY, numbers)}
    return [facts.get(number, "") for number in numbers]


def test_a_claim_is_seen_by_a_second_connection_once_it_is_committed(ledger: Ledger, tmp_path: Path) -> None:
    claim(ledger, sender_of(ledger), "a")
    other = sqlite3.connect(tmp_path / "ledger.db")
    assert other.execute("SELECT status, run_id FROM orders").fetchall() == [("sending", "A")]
    assert other.execute("SELECT kind, orders, finished_at FROM requests").fetchall() == [("create", 1, None)]
    other.close()


def test_commits_are_on_the_disk_and_do_not_hold_up_readers(ledger: Ledger) -> None:
    for open_ in (ledger.transaction, ledger.reading):
        with open_() as tx:
            pragmas = [tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")]
            assert pragmas == ["wal", 2]


def test_reading_waits_for_no_writer_and_sees_the_last_commit(ledger: Ledger) -> None:
    claim(ledger, sender_of(ledger), "a")
    with ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM orders")
        assert status_of(ledger, "a") == ["sending"]


def test_facts_can_be_used_one_by_one_while_something_is_written(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    claim(ledger, sender, "a", "b")
    for number, _ in enumerate(ledger.facts(1, COMPANY, ["a", "b"])):
        claim(ledger, sender, f"new{number}")


@pytest.mark.parametrize("status", [Status.CREATED, Status.IN_DOUBT, None])
def test_what_one_has_no_other_can_claim(ledger: Ledger, status: Status | None) -> None:
    first, second = sender_of(ledger), sender_of(ledger, "B")
    batch_id, lost = claim(ledger, first, "a")
    assert lost == set()
    if status:
        settle(ledger, first, batch_id, a=status)
    for sender in (first, second):
        assert claim(ledger, sender, "a", "b" + sender.run_id)[1] == {"a"}


def test_a_batch_that_lost_all_its_orders_is_no_request(ledger: Ledger) -> None:
    claim(ledger, sender_of(ledger), "a")
    assert claim(ledger, sender_of(ledger, "B"), "a")[1] == {"a"}
    assert ledger.counts("B").requests == 0
    assert ledger.counts("A")[:1] + ledger.counts("A")[-1:] == (1, 1)


def test_what_another_run_rejected_may_be_claimed_and_what_this_run_rejected_may_not(ledger: Ledger) -> None:
    first, second = sender_of(ledger), sender_of(ledger, "B")
    batch_id, _ = claim(ledger, first, "a")
    settle(ledger, first, batch_id, a=Status.REJECTED)
    assert claim(ledger, first, "a")[1] == {"a"}
    assert claim(ledger, second, "a")[1] == set()
    fact = next(ledger.facts(1, COMPANY, ["a"]))
    assert (fact.attempts, fact.run_id, fact.settled_at, fact.error_code) == (2, "B", None, None)


def test_what_was_proved_not_created_may_be_claimed_by_all(ledger: Ledger) -> None:
    first, second = sender_of(ledger), sender_of(ledger, "B")
    batch_id, _ = claim(ledger, first, "a", "b")
    settle(ledger, first, batch_id, a=Status.PENDING, b=Status.PENDING)
    assert claim(ledger, first, "a")[1] == set()
    assert claim(ledger, second, "b")[1] == set()


def test_an_order_twice_in_a_batch_is_not_sent(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="twice"):
        claim(ledger, sender_of(ledger), "a", "a")
    assert status_of(ledger, "a") == [""]


def _race(url: str, run_id: str) -> list[str]:
    ledger = Ledger(url)
    sender = sender_of(ledger, run_id)
    names = [f"{number:03}" for number in range(25)]
    won = [name for name in names for name in {name} - claim(ledger, sender, name)[1]]
    ledger.close()
    return won


@pytest.mark.parametrize("processes", [False, True])
def test_of_many_at_the_same_time_one_gets_each_order(tmp_path: Path, *, processes: bool) -> None:
    # The ledger does not exist yet: they also race to make it.
    args = [(f"sqlite:///{tmp_path / 'new.db'}", run_id) for run_id in "ABC"]
    if processes:
        with get_context("spawn").Pool(3) as pool:
            won = pool.starmap(_race, args)
    else:
        with ThreadPoolExecutor(3) as pool:
            won = list(pool.map(lambda one: _race(*one), args))
    assert sorted(chain.from_iterable(won)) == [f"{number:03}" for number in range(25)]


def test_an_outcome_is_recorded_with_what_the_answer_gave(ledger: Ledger, clock: Clock) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b", "c")
    clock.seconds += 2
    assert settle(ledger, sender, batch_id, a=Status.CREATED, b=Status.REJECTED, c=Status.IN_DOUBT) == set()
    created, rejected, doubt = ledger.facts(1, COMPANY, ["a", "b", "c"])
    at = 1_000_000_000_000
    assert created == Fact(
        COMPANY, "a", "created", 1, "A", batch_id, 1, at + 2_000_000, 5, "p5", None, None, 200, "sync_1", at
    )
    assert [rejected.status, rejected.settled_at, doubt.status, doubt.settled_at] == [
        "rejected",
        at + 2_000_000,
        "in_doubt",
        None,
    ]
    assert tuple(ledger.counts("A")) == (1, 1, 1, 1, at, at + 2_000_000, 3)


def test_an_outcome_touches_its_own_batch_alone(ledger: Ledger, clock: Clock) -> None:
    first, second = sender_of(ledger), sender_of(ledger, "B")
    old, _ = claim(ledger, first, "a", "b")
    settle(ledger, first, old, a=Status.PENDING)  # read back: it is not there
    claim(ledger, second, "a")
    clock.seconds += 1
    assert settle(ledger, first, old, a=Status.CREATED, b=Status.CREATED) == {"a"}
    assert status_of(ledger, "a", "b") == ["sending", "created"]


@pytest.mark.parametrize("meanwhile", [Status.IN_DOUBT, Status.PENDING])
def test_evidence_is_accepted_for_what_was_put_in_doubt_or_given_back_meanwhile(
    ledger: Ledger, meanwhile: Status
) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a")
    settle(ledger, sender, batch_id, a=meanwhile)
    assert settle(ledger, sender, batch_id, a=Status.CREATED) == set()
    assert status_of(ledger, "a") == ["created"]
    assert ledger.counts("A").in_doubt == 0


def test_what_is_created_stays_so(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a")
    settle(ledger, sender, batch_id, a=Status.CREATED)
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT)
    assert status_of(ledger, "a") == ["created"]


def test_orphans_of_this_run_and_of_dead_runs_are_in_doubt_and_live_ones_are_not(ledger: Ledger, clock: Clock) -> None:
    dead, live, mine = (sender_of(ledger, run_id, lease=lease) for run_id, lease in (("A", 5), ("B", 60), ("C", 60)))
    for sender in (dead, live, mine):
        claim(ledger, sender, sender.run_id)
    clock.seconds += 10
    assert doubt_orphans(ledger, mine) == 2
    assert status_of(ledger, "A", "B", "C") == ["in_doubt", "sending", "in_doubt"]
    assert (ledger.counts("A").in_doubt, ledger.counts("B").in_doubt) == (1, 0)


def test_orphans_of_another_target_are_left_to_it(ledger: Ledger, clock: Clock) -> None:
    claim(ledger, sender_of(ledger, "A", lease=5), "a")
    clock.seconds += 10
    assert doubt_orphans(ledger, replace(sender_of(ledger, "B"), target_id=ledger.target("https://other"))) == 0


def test_a_run_on_another_machine_is_taken_over_only_after_its_lease(ledger: Ledger, clock: Clock) -> None:
    sender = sender_of(ledger, owner="one", lease=30)
    with ledger.transaction() as tx:
        assert ledger.take_run(tx, sender, "two", 30) == "one"
        clock.seconds += 31
        assert ledger.take_run(tx, sender, "two", 30) is None


def test_a_lease_from_before_the_clock_was_set_back_keeps_others_off_but_not_its_own_run(
    ledger: Ledger, clock: Clock
) -> None:
    first = sender_of(ledger)
    claim(ledger, first, "a")
    clock.seconds -= 3600
    assert doubt_orphans(ledger, sender_of(ledger, "B")) == 0
    assert doubt_orphans(ledger, sender_of(ledger, "A")) == 1


def test_the_control_of_a_company_may_come_from_any_run(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    assert not ledger.has_orders(1)
    batch_id, _ = claim(ledger, sender, "a", "b")
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT)
    assert ledger.has_orders(1)
    assert not ledger.has_control(1, COMPANY)
    settle(ledger, sender, batch_id, b=Status.CREATED)
    assert ledger.has_control(1, COMPANY)
    assert not ledger.has_control(1, COMPANY + 1)
    assert not ledger.has_control(2, COMPANY)


def test_facts_are_found_for_more_orders_than_one_query_takes(ledger: Ledger) -> None:
    numbers = [f"n{number}" for number in range(12_000)]
    claim(ledger, sender_of(ledger), *numbers[::2])
    assert sum(1 for _ in ledger.facts(1, COMPANY, numbers)) == 6_000
