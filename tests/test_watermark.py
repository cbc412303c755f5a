"""The watermark: what is settled for good stays so, and only the process that has the run says it."""

from dataclasses import replace

from ledgers import release, sender_of

from adapters import watermark
from adapters.ledger import Ledger
from schemas.ledger import Sender


def advance(ledger: Ledger, sender: Sender, position: int) -> bool:
    with ledger.transaction() as tx:
        return watermark.advance(tx, sender, position)


def test_a_position_goes_forward_only_and_is_kept_when_the_run_is_taken_again(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    assert ledger.position("A") == 0
    assert [advance(ledger, sender, position) for position in (3, 2, 3, 5)] == [True, False, False, True]
    release(ledger, sender)
    assert ledger.position("A") == 5
    again = sender_of(ledger, owner="another")
    assert ledger.position("A") == 5
    assert advance(ledger, again, 6)


def test_a_run_that_nobody_ever_took_is_at_its_start(ledger: Ledger) -> None:
    assert ledger.position("never") == 0


def test_a_process_that_lost_its_run_does_not_move_it(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    assert not advance(ledger, replace(sender, owner="elsewhere"), 4)
    release(ledger, sender)
    assert not advance(ledger, sender, 4)
    assert ledger.position("A") == 0


def test_runs_have_positions_of_their_own(ledger: Ledger) -> None:
    first, second = sender_of(ledger), sender_of(ledger, "B")
    advance(ledger, first, 9)
    advance(ledger, second, 1)
    assert [ledger.position(run_id) for run_id in "AB"] == [9, 1]
