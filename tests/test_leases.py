"""Leases: a dead process leaves its orders in doubt, a live one is let alone, and no two clocks are compared."""

from dataclasses import replace

import pytest
from ledgers import TARGET, Clock, claim, doubts, release, sender_of, settle, status_of

from adapters import leases
from adapters.ledger import Ledger
from flows.ports import Ports
from flows.watch import BEAT_SECONDS, LEASE_SECONDS, Watch
from schemas.errors import LedgerError
from schemas.ledger import Owner, Sender
from schemas.results import Status


def hold(ledger: Ledger, sender: Sender) -> None:
    with ledger.transaction() as tx:
        leases.hold(tx, sender)


def take(ledger: Ledger, sender: Sender) -> None:
    with ledger.transaction() as tx:
        leases.take(tx, sender)


def bury(ledger: Ledger, dead: Owner) -> int:
    with ledger.transaction() as tx:
        return leases.bury(tx, TARGET, dead)


def owners(ledger: Ledger) -> list[Owner]:
    with ledger.transaction() as tx:
        return sorted(leases.owners(tx, TARGET))


def watch_of(ledger: Ledger, sender: Sender, clock: Clock, *, is_over: bool | None = None) -> Watch:
    nothing: object = None
    ports = Ports(ledger, nothing, nothing, sender, clock, nothing, lambda _: is_over)  # type: ignore[arg-type]
    return Watch(ports)


def test_a_run_has_one_owner_and_its_beat_moves(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    (first,) = owners(ledger)
    hold(ledger, sender)
    assert owners(ledger) == [first._replace(beat=first.beat + 1)]
    take(ledger, sender)
    assert owners(ledger)[0].owner == sender.owner


def test_a_run_that_another_process_has_cannot_be_taken_and_is_told_in_one_line(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    other = replace(sender, owner="elsewhere")
    for move in (take, hold):
        with pytest.raises(LedgerError, match="in the hands of another process"):
            move(ledger, other)
    assert owners(ledger)[0].owner == sender.owner


def test_the_owners_of_another_target_are_not_told(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    take(ledger, replace(sender, run_id="B", target_id=ledger.target("https://other")))
    assert [one.run_id for one in owners(ledger)] == ["A"]


def test_what_a_dead_process_was_sending_is_in_doubt_and_what_others_send_is_not(ledger: Ledger) -> None:
    dead, live = sender_of(ledger), sender_of(ledger, "B")
    batch_id, _ = claim(ledger, dead, "a", "made")
    settle(ledger, dead, batch_id, made=Status.CREATED)
    claim(ledger, live, "b")
    assert bury(ledger, owners(ledger)[0]) == 1
    assert status_of(ledger, "a", "made", "b") == ["in_doubt", "created", "sending"]
    assert (ledger.counts("A").in_doubt, ledger.counts("B").in_doubt) == (1, 0)
    assert [(one.order_number, one.error_code) for one in doubts(ledger, live)] == [("a", "crashed")]
    assert [one.run_id for one in owners(ledger)] == ["B"]


def test_a_process_whose_beat_has_moved_since_it_was_looked_at_is_not_buried(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    claim(ledger, sender, "a")
    (before,) = owners(ledger)
    hold(ledger, sender)
    assert bury(ledger, before) == 0
    assert status_of(ledger, "a") == ["sending"]


def test_two_that_bury_the_same_process_do_it_once(ledger: Ledger) -> None:
    claim(ledger, sender_of(ledger), "a")
    (dead,) = owners(ledger)
    assert [bury(ledger, dead), bury(ledger, dead)] == [1, 0]


def test_a_process_that_was_taken_for_dead_takes_its_run_again(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a")
    bury(ledger, owners(ledger)[0])
    hold(ledger, sender)
    assert owners(ledger)[0].owner == sender.owner
    assert settle(ledger, sender, batch_id, a=Status.CREATED) == set()
    assert status_of(ledger, "a") == ["created"]


def test_a_process_that_was_taken_for_dead_leaves_its_run_to_who_has_it_now(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    bury(ledger, owners(ledger)[0])
    heir = replace(sender, owner="heir")
    take(ledger, heir)
    claim(ledger, heir, "a")
    with pytest.raises(LedgerError, match="took this one for dead"):
        hold(ledger, sender)
    release(ledger, sender)  # as it ends
    assert owners(ledger)[0].owner == "heir"
    assert status_of(ledger, "a") == ["sending"]


def test_what_was_cut_off_is_in_doubt_when_the_run_is_let_go(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    claim(ledger, sender, "a")
    release(ledger, sender)
    assert status_of(ledger, "a") == ["in_doubt"]
    assert owners(ledger) == []


def test_a_beat_that_rests_is_dead_after_a_lease_and_not_before(ledger: Ledger, clock: Clock) -> None:
    sender_of(ledger)
    watch = watch_of(ledger, sender_of(ledger, "B"), clock)
    assert watch.look(owners(ledger)) == []
    assert not watch.is_alive("A")  # that is not known yet
    clock.seconds += LEASE_SECONDS - 0.1
    assert watch.look(owners(ledger)) == []
    clock.seconds += 0.1
    assert [one.run_id for one in watch.look(owners(ledger))] == ["A"]


def test_a_beat_that_moves_is_alive_however_long_it_is_watched(ledger: Ledger, clock: Clock) -> None:
    other = sender_of(ledger)
    watch = watch_of(ledger, sender_of(ledger, "B"), clock)
    for _ in range(20):
        assert watch.look(owners(ledger)) == []
        clock.seconds += BEAT_SECONDS
        hold(ledger, other)
    assert watch.look(owners(ledger)) == []
    assert watch.is_alive("A")
    clock.seconds += LEASE_SECONDS
    assert [one.run_id for one in watch.look(owners(ledger))] == ["A"]


def test_a_process_that_is_certainly_over_is_dead_at_once(ledger: Ledger, clock: Clock) -> None:
    sender_of(ledger)
    watch = watch_of(ledger, sender_of(ledger, "B"), clock, is_over=True)
    assert [one.run_id for one in watch.look(owners(ledger))] == ["A"]


def test_a_process_that_certainly_runs_is_alive_at_once(ledger: Ledger, clock: Clock) -> None:
    sender_of(ledger)
    watch = watch_of(ledger, sender_of(ledger, "B"), clock, is_over=False)
    assert watch.look(owners(ledger)) == []
    assert watch.is_alive("A")
    assert not watch.is_alive("B")


def test_the_lease_of_a_new_owner_begins_anew(ledger: Ledger, clock: Clock) -> None:
    first = sender_of(ledger)
    watch = watch_of(ledger, sender_of(ledger, "B"), clock)
    watch.look(owners(ledger))
    clock.seconds += LEASE_SECONDS - 1
    release(ledger, first)
    sender_of(ledger, owner="another")
    assert watch.look(owners(ledger)) == []
    assert not watch.is_alive("A")
    clock.seconds += LEASE_SECONDS - 1
    assert watch.look(owners(ledger)) == []


def test_a_process_does_not_watch_itself(ledger: Ledger, clock: Clock) -> None:
    watch = watch_of(ledger, sender_of(ledger), clock)
    watch.look(owners(ledger))
    clock.seconds += 10 * LEASE_SECONDS
    assert watch.look(owners(ledger)) == []


@pytest.mark.parametrize("off", [-3600.0, -60.0, 60.0, 3600.0])
def test_clocks_that_do_not_agree_keep_the_living_alive_and_the_dead_dead(
    ledger: Ledger, ledger_url: str, clock: Clock, off: float
) -> None:
    other_clock = Clock()
    other_clock.seconds += off
    other = Ledger(ledger_url, other_clock)
    far = sender_of(other)
    claim(other, far, "a")
    watch = watch_of(ledger, sender_of(ledger, "B"), clock)
    for _ in range(12):
        assert watch.look(owners(ledger)) == []
        hold(other, far)
        clock.seconds += BEAT_SECONDS
        other_clock.seconds += BEAT_SECONDS
    watch.look(owners(ledger))
    clock.seconds += LEASE_SECONDS
    (dead,) = watch.look(owners(ledger))
    assert bury(ledger, dead) == 1
    other.close()
