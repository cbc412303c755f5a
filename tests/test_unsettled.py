"""What is unsettled is found through its batch, whatever became of the others, and among any number of settled ones."""

import re
from pathlib import Path
from typing import Any

import pytest
from ledgers import TARGET, claim, conclude, doubts, release, sender_of, settle, status_of
from sqlalchemy import event, select

from adapters import unsettled
from adapters.ledger import Ledger
from schemas.ledger import Conclusion, Sender, requests
from schemas.results import Status


def carried(ledger: Ledger) -> list[str | None]:
    """What each request still has of its orders."""
    with ledger.reading() as tx:
        return list(tx.execute(select(requests.c.unsettled).order_by(requests.c.id)).scalars())


def in_doubt(ledger: Ledger, sender: Sender) -> list[str]:
    return [doubt.order_number for doubt in doubts(ledger, sender)]


def test_a_batch_forgets_its_orders_once_all_are_settled(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    first, _ = claim(ledger, sender, "a", "b")
    second, _ = claim(ledger, sender, "c", "d")
    assert carried(ledger) == ['["a","b"]', '["c","d"]']
    settle(ledger, sender, first, a=Status.CREATED, b=Status.REJECTED)
    settle(ledger, sender, second, c=Status.IN_DOUBT, d=Status.PENDING)
    assert carried(ledger) == [None, '["c"]']
    assert in_doubt(ledger, sender) == ["c"]
    conclude(ledger, Conclusion("c", second, Status.CREATED))
    assert carried(ledger) == [None, None]


def test_a_batch_of_which_some_is_in_doubt_keeps_it_until_the_last_is_concluded(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b")
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT, b=Status.IN_DOUBT)
    conclude(ledger, Conclusion("a", batch_id, Status.PENDING))
    assert in_doubt(ledger, sender) == ["b"]
    conclude(ledger, Conclusion("b", batch_id, Status.IN_DOUBT, error_message="it cannot be told"))
    assert in_doubt(ledger, sender) == ["b"]
    conclude(ledger, Conclusion("b", batch_id, Status.ALREADY_CREATED))
    assert (in_doubt(ledger, sender), carried(ledger)) == ([], [None])


def test_what_an_outcome_does_not_name_is_still_found(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b")
    settle(ledger, sender, batch_id, a=Status.CREATED)
    release(ledger, sender)
    assert in_doubt(ledger, sender) == ["b"]


def test_a_late_outcome_in_doubt_is_found_although_its_batch_was_concluded(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b")
    release(ledger, sender)
    conclude(ledger, Conclusion("a", batch_id, Status.PENDING), Conclusion("b", batch_id, Status.PENDING))
    assert carried(ledger) == [None]
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT, b=Status.IN_DOUBT)
    assert in_doubt(ledger, sender) == ["a", "b"]


def test_an_order_that_went_to_another_batch_is_in_doubt_after_that_one_only(ledger: Ledger) -> None:
    first, second = sender_of(ledger), sender_of(ledger, "B")
    old, _ = claim(ledger, first, "a", "b")
    settle(ledger, first, old, a=Status.PENDING, b=Status.IN_DOUBT)
    new, _ = claim(ledger, second, "a")
    settle(ledger, second, new, a=Status.IN_DOUBT)
    assert [(one.order_number, one.batch_id) for one in doubts(ledger, first)] == [("b", old)]
    assert (ledger.counts("A").in_doubt, ledger.counts("B").in_doubt) == (1, 1)
    release(ledger, second)
    assert [(one.order_number, one.batch_id) for one in doubts(ledger, first)] == [("a", new), ("b", old)]


@pytest.mark.parametrize("number", ['"', "\\", "a,b", "[]", "Ünï 订单 🎁", " ", "null", "1e5"])
def test_an_order_number_is_any_text(ledger: Ledger, number: str) -> None:
    sender = sender_of(ledger)
    claim(ledger, sender, number, "other")
    release(ledger, sender)
    assert status_of(ledger, number, "other") == ["in_doubt"] * 2
    assert sorted(in_doubt(ledger, sender)) == sorted([number, "other"])


def test_it_is_found_without_going_through_what_is_settled(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    sender = sender_of(ledger)
    said: list[tuple[Any, ...]] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda _c, _cursor, *what: said.append(what[:2]))
    with ledger.transaction() as tx:
        unsettled.doubts(tx, sender)
        unsettled.leave_in_doubt(tx, TARGET, "A")
        unsettled.close(tx, [1, 2])
    ledger.counts("A")
    asked = [one for one in said if "json_each" in one[0]]
    with ledger.reading() as tx:
        explained = [tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in asked]
    ledger.close()
    found_by = ["requests_unsettled", "requests_unsettled", "INTEGER PRIMARY KEY", "requests_unsettled"]
    for steps, index in zip(explained, found_by, strict=True):
        plan = " | ".join(step[3] for step in steps)
        assert re.search(rf"requests USING (INDEX )?{index} ", plan)
        assert "orders_1 (target_id=? AND company_id=? AND order_number=?)" in plan
        assert "SCAN orders" not in plan
