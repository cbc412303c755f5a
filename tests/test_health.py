"""The health line of `orderlift status`: one word that a cron job can alert on, and why."""

from pathlib import Path
from typing import Any

import pytest
from commands import FAST, Orderlift, wait_until
from ledgers import COMPANY, sender_of

from adapters import request_log, run_signs
from adapters.ledger import Ledger
from sandbox.faults import Delay
from sandbox.server import Sandbox
from schemas.run import State
from transforms.health import PATIENCE, WELL, Signs, Word, judge

HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
NOW = 10**15
KEY = {"ORDERLIFT_API_KEY": "sandbox-key"}


def signs(**changes: Any) -> Signs:
    usual = {
        "state": State.COMPLETE,
        "message": "",
        "is_live": False,
        "pending": 0,
        "in_doubt": 0,
        "bad": 0,
        "now": NOW,
        "answered_at": NOW - 5_000_000,
        "not_before": 0,
        "settle_seconds": 30.0,
    }
    return Signs(**(usual | changes))


LONG_AGO = NOW - int(PATIENCE + 1) * 1_000_000


@pytest.mark.parametrize(
    ("changes", "word", "says"),
    [
        ({}, Word.OK, "every order is on the platform"),
        ({"bad": 2}, Word.PROBLEMS, "2 orders are invalid or rejected"),
        ({"bad": 2, "in_doubt": 1}, Word.DOUBT, "1 orders are in doubt"),
        ({"pending": 3, "in_doubt": 1}, Word.STOPPED, "3 orders were not sent"),
        ({"state": State.PLANNED, "pending": 3, "answered_at": None}, Word.PLANNED, "nothing was sent"),
        ({"state": State.STOPPED, "message": "The API is down."}, Word.STOPPED, "The API is down."),
        ({"state": State.INTERRUPTED}, Word.STOPPED, "it was stopped"),
        ({"state": State.DELIVERING, "pending": 1}, Word.STOPPED, "its process ended without a word"),
        ({"state": State.DELIVERING}, Word.WORKING, "the results are written"),
        ({"state": State.DELIVERING, "answered_at": NOW - 10**9}, Word.STOPPED, "without a word"),
        ({"state": State.DELIVERING, "is_live": True, "pending": 9}, Word.WORKING, "9 orders are still to be sent"),
        ({"is_live": True, "answered_at": None}, Word.WORKING, "has not answered yet"),
        ({"is_live": True, "answered_at": LONG_AGO}, Word.STALLED, "has not answered for 121 s"),
        ({"is_live": True, "answered_at": LONG_AGO, "not_before": NOW + 10**7}, Word.WORKING, "asked to wait 10 s"),
        ({"is_live": True, "answered_at": LONG_AGO, "settle_seconds": 600.0}, Word.WORKING, ""),
    ],
)
def test_each_way_that_a_run_can_be_has_its_word(changes: dict[str, Any], word: Word, says: str) -> None:
    health = judge(signs(**changes))
    assert (health.word, health.ok) == (word, word in WELL)
    assert says in health.reason


def test_the_time_since_the_last_answer_is_told() -> None:
    assert judge(signs()).seconds_since_answer == 5
    assert judge(signs(answered_at=None)).seconds_since_answer is None
    assert judge(signs(answered_at=NOW + 1)).seconds_since_answer == 0


def test_every_word_is_in_the_document() -> None:
    told = (Path(__file__).parents[1] / "docs" / "operation.md").read_text()
    assert [word for word in Word if f"| `{word}` |" not in told] == []


def test_status_tells_it_of_a_run_that_is_well_and_of_one_with_problems(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + "1,A,c,EUR,i,1,2\n")
    assert in_process("run", "a.csv", "--sandbox", *FAST).code == 0
    health = in_process("status", "--json").json["health"]
    assert (health["ok"], health["state"]) == (True, "ok")
    assert 0 <= health["seconds_since_answer"] < 100
    (tmp_path / "b.csv").write_text(HEADER + "1,B,c,EUR,i,x,2\n")
    assert in_process("run", "b.csv", "--sandbox", *FAST).code == 1
    assert in_process("status", "--json").json["health"] == {
        "ok": False,
        "state": "problems",
        "reason": "1 orders are invalid or rejected: rejects.xlsx has them",
        "seconds_since_answer": None,
    }
    assert "health             problems: 1 orders are invalid" in in_process("status").out


def test_status_tells_it_of_a_run_that_works_and_of_one_that_was_killed(orderlift: Orderlift, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + "".join(f"1,A-{number},c,EUR,i,1,2\n" for number in range(40)))
    slow = [Delay(times="always", seconds=0.3)]
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=slow) as sandbox:
        few = ("--max-orders-per-batch", 1, "--max-in-flight", 1)
        with orderlift.start("run", "a.csv", "--base-url", sandbox.url, *few, *FAST, **KEY) as process:

            def works() -> bool:
                ran = orderlift("status", "--json")
                return ran.code == 0 and ran.json["created"] > 1

            wait_until(works, step=0.2)
            health = orderlift("status", "--json").json["health"]
            assert (health["ok"], health["state"]) == (True, "working")
            process.kill()
            process.wait()
        health = orderlift("status", "--json").json["health"]
    assert (health["ok"], health["state"]) == (False, "stopped")


def test_the_last_answer_is_found_among_the_last_requests(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_signs, "LATEST", 2)
    sender = sender_of(ledger)
    for finished_at, http_status in ((9, 200), (3, 200), (5, 503), (4, 200), (8, None)):
        with ledger.transaction() as tx:
            facts = request_log.rate(tx, sender, 100_000, ledger.now)
            number = request_log.start(tx, sender, facts, "list", COMPANY)
            request_log.finish(tx, number, http_status, finished_at)
    assert run_signs.read_signs(ledger, sender.run_id).answered_at == 5
