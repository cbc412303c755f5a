"""`orderlift inbox`: a pass imports what is new and complete, says what became of it, and moves it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import InProcess
from inboxes import LINES, ORDERS, PASS, lies_in, of, orders, put, states
from receivers import receiving

from adapters import inbox_files
from adapters.pass_lock import only_pass
from flows import execute, inbox_pass
from sandbox import faults as fault
from sandbox.server import Sandbox
from sandbox.store import Store
from schemas.errors import UsageError

KEY = {"ORDERLIFT_API_KEY": "sandbox-key"}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "workspace").mkdir()
    with Store(tmp_path / "workspace" / "sandbox.db") as store:
        yield store


def test_what_is_created_goes_to_done_and_what_is_not_to_problems(
    in_process: InProcess, inbox: Path, stored: Store
) -> None:
    put(inbox, "good.csv", orders("A-1", "A-2"))
    put(inbox, "bad.csv", orders("B-1") + orders("B-2", currency="XXQ").partition("\n")[2])
    put(inbox, "broken.xlsx", "no workbook")
    put(inbox, "may/orders.csv", ORDERS + "1,C-1,c,EUR\n")
    put(inbox, "may/lines.csv", LINES + "1,C-1,p,1,2.50\n")
    ran = in_process(*PASS)
    assert states(ran) == {"bad.csv": "problems", "broken.xlsx": "unreadable", "good.csv": "created", "may": "created"}
    assert (ran.code, ran.json["exit_code"]) == (1, 1)
    assert of(ran, "bad.csv")["orders"] == {"created": 1, "invalid": 1}
    assert lies_in(inbox) == {
        *("done/good.csv", "done/may/orders.csv", "done/may/lines.csv"),
        *(f"problems/bad/{name}" for name in ("bad.csv", "rejects.xlsx", "report.html", "problem.txt")),
        *("problems/broken/broken.xlsx", "problems/broken/problem.txt"),
    }
    assert "Nothing was sent" in (inbox / "problems/broken/problem.txt").read_text()
    assert "1 not_a_currency" in (inbox / "problems/bad/problem.txt").read_text()
    assert "good.csv: created: 2 created" in ran.err
    assert sorted(one.sent_number for one in stored.orders()) == ["A-1", "A-2", "B-1", "C-1"]
    assert {path.name for path in inbox.iterdir()} == {"done", "problems"}


def test_a_file_that_was_seen_is_said_to_be_so_and_skipped(in_process: InProcess, inbox: Path, stored: Store) -> None:
    put(inbox, "a.csv", orders("A-1"))
    first = of(in_process(*PASS), "a.csv")
    put(inbox, "a.csv", orders("A-1"))
    put(inbox, "copy/b.csv", orders("A-1"))
    ran = in_process(*PASS)
    assert states(ran) == {"a.csv": "seen before", "copy": "seen before"}
    assert (ran.code, of(ran, "a.csv")["run_id"]) == (0, None)
    assert f"as a.csv by run {first['run_id']}" in ran.err
    assert lies_in(inbox) == {"done/a.csv", "done/a-2.csv", "done/copy/b.csv"}
    assert stored.count() == 1


def test_the_same_file_twice_in_one_pass_is_imported_once(in_process: InProcess, inbox: Path, stored: Store) -> None:
    put(inbox, "a.csv", orders("A-1"))
    put(inbox, "b.csv", orders("A-1"))
    assert states(in_process(*PASS)) == {"a.csv": "created", "b.csv": "seen before"}
    assert stored.count() == 1


def test_a_file_is_new_again_where_it_is_read_otherwise(in_process: InProcess, inbox: Path, stored: Store) -> None:
    content = "order_number,customer_id,currency_id,item_id,quantity,unit_amount\nA-1,c,EUR,p,1,2.50\n"
    for company, state in ((1, "created"), (1, "seen before"), (2, "created")):
        put(inbox, "a.csv", content)
        assert states(in_process(*PASS, "--company-id", company)) == {"a.csv": state}
    assert [one.company_id for one in stored.orders()] == [1, 2]


def test_what_could_not_be_read_is_tried_again_when_it_comes_again(in_process: InProcess, inbox: Path) -> None:
    put(inbox, "a.csv", "Nothing,of,ours\n1,2,3\n")
    assert states(in_process(*PASS)) == {"a.csv": "unreadable"}
    put(inbox, "a.csv", "Nothing,of,ours\n1,2,3\n")
    assert states(in_process(*PASS)) == {"a.csv": "unreadable"}
    assert {path.partition("/")[2] for path in lies_in(inbox)} >= {"a/a.csv", "a-2/a.csv"}


def test_rejects_that_were_mended_go_into_the_inbox(in_process: InProcess, inbox: Path, stored: Store) -> None:
    put(inbox, "a.csv", orders("A-1") + "1,A-2,c,EUR,p,0,2.50\n")
    in_process(*PASS)
    rejects = inbox / "problems/a/rejects.xlsx"
    rejects.rename(inbox / "rejects.xlsx")
    assert states(in_process(*PASS)) == {"rejects.xlsx": "problems"}, "not mended yet"
    assert lies_in(inbox) >= {"problems/rejects/rejects.xlsx", "problems/rejects/rejects-2.xlsx"}
    assert stored.count() == 1


def test_a_file_waits_until_it_is_complete(in_process: InProcess, inbox: Path) -> None:
    put(inbox, "a.csv", orders("A-1"))
    put(inbox, "b.csv", orders("B-1"))
    os.utime(inbox / "b.csv", (1_000_000_000, 1_000_000_000))
    put(inbox, "c.csv", orders("C-1"))
    put(inbox, "c.csv.done", "")
    put(inbox, "pair.done", "d.csv\ne.csv\n")
    put(inbox, "d.csv", orders("D-1"))
    ran = in_process("inbox", "--sandbox", "--json")
    assert states(ran) == {
        "a.csv": "not complete",
        "b.csv": "created",
        "c.csv": "created",
        "pair": "not complete",
    }
    assert "e.csv is not there yet" in of(ran, "pair")["message"]
    assert lies_in(inbox) == {"a.csv", "pair.done", "d.csv", "done/b.csv", "done/c.csv"}


def test_a_file_that_changes_while_it_is_taken_is_left_and_nothing_of_it_is_sent(
    in_process: InProcess, inbox: Path, stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox, "a.csv", orders("A-1"))
    digest = inbox_files.InboxFolder.digest

    def digest_then_change(self: inbox_files.InboxFolder, path: str) -> str:
        found = digest(self, path)
        put(inbox, "a.csv", orders("A-1", "A-2"))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(inbox_files.InboxFolder, "digest", digest_then_change)
        ran = in_process(*PASS)
    assert states(ran) == {"a.csv": "changed"}
    assert lies_in(inbox) == {"a.csv"}
    assert stored.count() == 0
    assert states(in_process(*PASS)) == {"a.csv": "created"}
    assert stored.count() == 2


def test_a_file_that_is_replaced_while_its_run_goes_on_is_new_at_the_next_pass(
    in_process: InProcess, inbox: Path, stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox, "a.csv", orders("A-1"))
    words = inbox_pass.in_words

    def replace_then_tell(*args: object) -> str:
        put(inbox, "a.csv", orders("A-2"))
        return words(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(inbox_pass, "in_words", replace_then_tell)
        ran = in_process(*PASS)
    assert "other content by now" in of(ran, "a.csv")["message"]
    assert lies_in(inbox) == {"a.csv"}
    assert states(in_process(*PASS)) == {"a.csv": "created"}
    assert stored.count() == 2


def test_a_run_that_stopped_stays_and_the_next_pass_goes_on_with_it(
    in_process: InProcess, inbox: Path, tmp_path: Path
) -> None:
    put(inbox, "a.csv", orders(*(f"A-{n}" for n in range(5))))
    put(inbox, "b.csv", orders("B-1"))
    how = ("inbox", "--quiet", 0, "--json", "--max-orders-per-batch", 1)
    refused = [fault.Reply(skip=2, times="always", status=401)]
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, faults=refused) as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        ran = in_process(*how, "--base-url", sandbox.url, "--max-in-flight", 1, **KEY)
    assert (ran.code, states(ran)) == (3, {"a.csv": "stopped"}), "what refuses the key would refuse it for all"
    assert lies_in(inbox) == {"a.csv", "b.csv"}
    run_id = of(ran, "a.csv")["run_id"]
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, port=port) as sandbox:
        ran = in_process(*how, "--base-url", sandbox.url, **KEY)
        assert (ran.code, states(ran)) == (0, {"a.csv": "created", "b.csv": "created"})
        assert of(ran, "a.csv")["run_id"] == run_id
        assert (sandbox.store.count(), sandbox.store.duplicates()) == (6, {})
    assert lies_in(inbox) == {"done/a.csv", "done/b.csv"}


def test_a_run_that_its_own_orders_stop_is_not_tried_again_and_again(
    in_process: InProcess, inbox: Path, tmp_path: Path
) -> None:
    put(inbox, "a.csv", orders(*(f"A-{n}" for n in range(9))))
    wrong = [fault.Reply(times="always", status=422)]
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, faults=wrong) as sandbox:
        how = ("inbox", "--quiet", 0, "--json", "--base-url", sandbox.url)
        ran = in_process(*how, **KEY)
        assert (ran.code, states(ran)) == (1, {"a.csv": "problems"})
        asked = len(sandbox.requests)
        assert states(in_process(*how, **KEY)) == {}
        assert len(sandbox.requests) == asked
    assert "orderlift resume" in (inbox / "problems/a/problem.txt").read_text()


def test_what_is_in_doubt_stays_until_a_read_back_has_settled_it(
    in_process: InProcess, inbox: Path, tmp_path: Path
) -> None:
    put(inbox, "a.csv", orders("A-1"))
    how = ("--settle-seconds", 0.1, "--json")
    lost = [fault.HangUp(stored=True), fault.Reply(times="always", status=404, on="list")]
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, faults=lost) as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        ran = in_process("inbox", "--quiet", 0, "--base-url", sandbox.url, *how, **KEY)
        assert (ran.code, states(ran)) == (4, {"a.csv": "in doubt"}), ran.err
        asked = len(sandbox.requests)
        again = in_process("inbox", "--quiet", 3600, "--base-url", sandbox.url, *how, **KEY)
        assert (again.code, states(again)) == (4, {"a.csv": "in doubt"})
        assert len(sandbox.requests) == asked, "a pass leaves it to the read-back"
    assert lies_in(inbox) == {"a.csv"}
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, port=port) as sandbox:
        assert in_process("reconcile", *how, **KEY).code == 0
        assert states(in_process("inbox", "--quiet", 0, "--base-url", sandbox.url, *how, **KEY)) == {"a.csv": "created"}
        assert sandbox.store.count() == 1
    assert lies_in(inbox) == {"done/a.csv"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--profile", "none.toml"), "none.toml"),
        ((), "There is no folder"),
    ],
)
def test_what_keeps_all_files_from_being_taken_is_told_and_moves_none(
    in_process: InProcess, inbox: Path, given: tuple[str, ...], said: str
) -> None:
    put(inbox, "a.csv", orders("A-1"))
    ran = in_process("inbox", *(["nowhere"] if not given else []), "--sandbox", "--quiet", 0, *given)
    assert ran.code == 2
    assert said in ran.complaint
    assert lies_in(inbox) == {"a.csv"}


def test_settings_that_name_files_are_refused(in_process: InProcess, inbox: Path) -> None:
    ran = in_process(*PASS, ORDERLIFT_ORDERS="a.csv")
    assert (ran.code, "--orders" in ran.complaint) == (2, True)
    assert inbox.is_dir()


def test_two_passes_do_not_overlap(in_process: InProcess, inbox: Path, tmp_path: Path) -> None:
    put(inbox, "a.csv", orders("A-1"))
    with only_pass(str(inbox), tmp_path / "workspace", "sqlite://"):
        ran = in_process(*PASS)
    assert (ran.code, "Another pass" in ran.complaint) == (2, True)
    assert lies_in(inbox) == {"a.csv"}


def test_each_run_of_an_inbox_is_told_to_those_who_want_to_know(in_process: InProcess, inbox: Path) -> None:
    put(inbox, "bad.csv", orders("B-1", currency="XXQ"))
    put(inbox, "broken.xlsx", "no workbook")
    put(inbox, "good.csv", orders("A-1"))
    with receiving() as receiver:
        ran = in_process(*PASS, ORDERLIFT_NOTIFY_URLS=receiver.url)
    assert ran.code == 1
    assert receiver.titles == ["1 of 1 orders not created", "failed", "complete"]


@pytest.mark.parametrize(
    ("error", "code", "left"),
    [
        (UsageError("Planning may take 9 GB of disk.", "Make room."), 3, {"a.csv", "done/b.csv"}),
        (ZeroDivisionError("of ours"), 70, {"b.csv", "problems/a/a.csv", "problems/a/problem.txt"}),
    ],
)
def test_a_set_that_cannot_be_planned_does_not_hold_up_the_others(  # noqa: PLR0917 - the fixtures it needs
    in_process: InProcess,
    inbox: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    left: set[str],
) -> None:
    put(inbox, "a.csv", orders("A-1"))
    put(inbox, "b.csv", orders("B-1"))
    plan = execute.plan

    def fail(inputs: list[str], *rest: Any) -> Any:
        if inputs[0].endswith("a.csv"):
            raise error
        return plan(inputs, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(execute, "plan", fail)
        assert in_process(*PASS).code == code
    assert lies_in(inbox) == left
    in_process(*PASS)
    assert "done/b.csv" in lies_in(inbox)
