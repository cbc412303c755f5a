"""Claims in real databases: who may send which order, what an outcome may change, and what a read-back concludes."""

from dataclasses import replace
from itertools import chain
from multiprocessing import get_context

import pytest
from ledgers import (
    COMPANY,
    TARGET,
    Clock,
    batch_of,
    claim,
    conclude,
    doubts,
    release,
    sender_of,
    settle,
    status_of,
)

from adapters import claims, request_log
from adapters.ledger import Ledger
from schemas.errors import LedgerError
from schemas.ledger import Conclusion, Doubt
from schemas.results import Status

TRIES = 25


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
    claim(ledger, second, "before")
    batch_id, _ = claim(ledger, first, "a")
    settle(ledger, first, batch_id, a=Status.REJECTED)
    assert claim(ledger, first, "a")[1] == {"a"}
    assert claim(ledger, second, "a")[1] == set()
    fact = next(ledger.facts(TARGET, COMPANY, ["a"]))
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


def _race(url: str, run_id: str) -> tuple[list[str], int]:
    """Claim whatever is free; the orders, and how many requests were started."""
    ledger = Ledger(url)
    sender = sender_of(ledger, run_id)
    won = []
    for number in range(TRIES):
        pair = [f"{number:03}", f"{(number + 1) % TRIES:03}"]
        batch_id, lost = claim(ledger, sender, *(pair if run_id == "A" else reversed(pair)))
        won += sorted(set(pair) - lost)
        settle(ledger, sender, batch_id, **dict.fromkeys(set(pair) - lost, Status.CREATED))
    ledger.close()
    return won, ledger.counts(run_id).requests


def test_of_processes_at_the_same_time_one_gets_each_order(ledger_url: str) -> None:
    # The ledger does not exist yet: they also race to make it.
    with get_context("spawn").Pool(3) as pool:
        raced = pool.starmap(_race, [(ledger_url, run_id) for run_id in "ABC"])
    assert sorted(chain.from_iterable(won for won, _ in raced)) == [f"{number:03}" for number in range(TRIES)]
    ledger = Ledger(ledger_url)
    with ledger.reading() as tx:
        slots = [row[0] for row in tx.exec_driver_sql("SELECT slot FROM requests ORDER BY slot")]
    ledger.close()
    assert slots == list(range(1, sum(count for _, count in raced) + 1))


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
    assert conclude(ledger, Conclusion("a", batch_id, Status.PENDING)) == set()
    assert status_of(ledger, "a") == ["created"]


def test_a_read_back_settles_what_is_in_doubt_with_what_it_found(ledger: Ledger, clock: Clock) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b", "c")
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT, b=Status.IN_DOUBT, c=Status.IN_DOUBT)
    clock.seconds += 9
    found = Conclusion("a", batch_id, Status.CREATED, 8, "p8", "code", "told")
    absent = Conclusion("b", batch_id, Status.PENDING)
    assert conclude(ledger, found, absent) == {"a", "b"}
    assert status_of(ledger, "a", "b", "c") == ["created", "pending", "in_doubt"]
    fact = next(ledger.facts(TARGET, COMPANY, ["a"]))
    assert (fact.rootfi_id, fact.platform_id, fact.error_code, fact.error_message) == (8, "p8", "code", "told")
    assert fact.settled_at == int(clock.seconds * 1_000_000)
    absence = next(ledger.facts(TARGET, COMPANY, ["b"]))
    assert (absence.settled_at, absence.error_code) == (None, None)


def test_a_read_back_says_nothing_of_a_later_attempt_nor_of_what_is_being_sent(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    first, _ = claim(ledger, sender, "a", "b")
    settle(ledger, sender, first, a=Status.PENDING)
    second, _ = claim(ledger, sender, "a")
    settle(ledger, sender, second, a=Status.IN_DOUBT)
    old, sending = Conclusion("a", first, Status.PENDING), Conclusion("b", first, Status.PENDING)
    assert conclude(ledger, old, sending) == set()
    assert status_of(ledger, "a", "b") == ["in_doubt", "sending"]
    assert conclude(ledger) == set()


def test_doubts_are_told_with_the_batch_that_left_them(ledger: Ledger, clock: Clock) -> None:
    sender = sender_of(ledger)
    with ledger.transaction() as tx:
        facts = request_log.rate(tx, sender, 100, ledger.now)
        batch_id = request_log.start(tx, sender, facts, "create", COMPANY, orders=["a", "b"], api_now=1_700_000_000.25)
        claims.claim(tx, sender, batch_id, batch_of("a", "b"))
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT)
    started_at = int(clock.seconds * 1_000_000)
    assert doubts(ledger, sender) == [Doubt(COMPANY, "a", "A", batch_id, 2, None, started_at, 1_700_000_000_250_000)]


def test_doubts_of_a_run_that_another_process_has_are_left_to_it(ledger: Ledger) -> None:
    first, second = sender_of(ledger), sender_of(ledger, "B")
    batch_id, _ = claim(ledger, first, "a")
    settle(ledger, first, batch_id, a=Status.IN_DOUBT)
    assert doubts(ledger, second) == []
    assert [doubt.order_number for doubt in doubts(ledger, first)] == ["a"]
    release(ledger, first)
    assert [doubt.order_number for doubt in doubts(ledger, second)] == ["a"]


def test_doubts_of_another_target_are_no_business_of_a_sender(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a")
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT)
    release(ledger, sender)
    assert doubts(ledger, replace(sender, target_id=ledger.target("https://other"))) == []


def test_what_a_read_back_credits_to_a_request_that_is_out_is_counted_beside_its_outcome(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b")
    with ledger.transaction() as tx:
        request_log.credit(tx, sender, 5, 2)
    settle(ledger, sender, batch_id, a=Status.CREATED, b=Status.REJECTED)
    assert (ledger.counts("A").created, ledger.counts("A").rejected) == (6, 3)


def note_existing(ledger: Ledger, run_id: str, **statuses: Status) -> set[str]:
    sender = sender_of(ledger, run_id)
    with ledger.transaction() as tx:
        facts = request_log.rate(tx, sender, 100, ledger.now)
        page = request_log.start(tx, sender, facts, "list", COMPANY)
        found = [Conclusion(number, page, status, 8, "p8") for number, status in statuses.items()]
        return claims.note_existing(tx, sender, COMPANY, found, dict.fromkeys(statuses, 6), now=ledger.now(tx))


def test_what_the_platform_had_before_is_noted_and_never_sent(ledger: Ledger) -> None:
    assert note_existing(ledger, "A", a=Status.ALREADY_CREATED, b=Status.ALREADY_CREATED) == {"a", "b"}
    fact = next(ledger.facts(TARGET, COMPANY, ["a"]))
    assert (fact.status, fact.rootfi_id, fact.platform_id, fact.digest) == ("already_created", 8, "p8", 6)
    assert (fact.run_id, fact.attempts) == ("A", 0)
    assert claim(ledger, sender_of(ledger, "B"), "a", "new")[1] == {"a"}
    assert note_existing(ledger, "B", a=Status.ALREADY_CREATED) == set()


def test_noting_what_exists_changes_only_what_was_not_there(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "made", "doubt", "flying", "refused", "absent")
    outcomes = {"made": Status.CREATED, "doubt": Status.IN_DOUBT, "refused": Status.REJECTED, "absent": Status.PENDING}
    settle(ledger, sender, batch_id, **outcomes)
    names = ("made", "doubt", "flying", "refused", "absent", "new")
    assert note_existing(ledger, "B", **dict.fromkeys(names, Status.ALREADY_CREATED)) == {"refused", "absent", "new"}
    assert status_of(ledger, *names) == ["created", "in_doubt", "sending"] + ["already_created"] * 3
