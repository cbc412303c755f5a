"""A pass over an inbox that is killed at any step: the next one goes on, imports nothing twice and loses no file."""

import random
import time
from pathlib import Path

import pytest
from commands import Orderlift, ended, wait_until
from conftest import InProcess
from inboxes import PASS, lies_in, orders, put, states
from object_store import ObjectStore
from postgres import Postgres
from test_remote_workspace import Remote
from upath import UPath

from adapters.inbox_files import InboxFolder
from adapters.inbox_records import InboxRecords
from flows import execute
from sandbox.faults import Delay
from sandbox.server import Sandbox
from sandbox.store import Store

KEY = {"ORDERLIFT_API_KEY": "sandbox-key"}
SMALL = ("--max-orders-per-batch", 5, "--max-in-flight", 2, "--requests-per-minute", 100_000, "--settle-seconds", 0.3)
STEPS = (  # all that a pass does on the disk
    *((InboxRecords, name) for name in ("keep", "note_seen", "forget")),
    *((InboxFolder, name) for name in ("move", "write", "remove", "remove_folder")),
    *((execute, name) for name in ("plan", "deliver", "report")),
)
NAMES = [f"A-{number:03}" for number in range(120)]


class Killed(BaseException):
    """What no code of ours catches, as a kill."""


def dying(monkeypatch: pytest.MonkeyPatch, at: int) -> list[str]:
    """Have this process die before its step of that number; the names of the steps before."""
    done: list[str] = []

    def counting(name: str, step: object) -> object:
        def call(*args: object, **named: object) -> object:
            if len(done) == at:
                raise Killed
            done.append(name)
            return step(*args, **named)  # type: ignore[operator]

        return call

    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, counting(name, getattr(owner, name)))
    return done


def test_whichever_step_a_pass_dies_before_the_next_one_goes_on(
    in_process: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {
        *("done/a.csv", "done/b-folder/1.csv", "done/b-folder-2/1.csv"),
        *(f"problems/c/{name}" for name in ("c.csv", "rejects.xlsx", "report.html", "problem.txt")),
    }
    at, died = 0, True
    while died:
        folder = tmp_path / f"inbox{at}"
        workspace = ("--workspace", tmp_path / f"workspace{at}")
        put(folder, "done/b-folder/1.csv", "what lay there before")
        put(folder, "a.csv", orders("A-1", "A-2"))
        put(folder, "b-folder/1.csv", orders("B-1"))
        put(folder, "c.csv", orders("C-1", currency="XXQ"))
        put(folder, "c.done", "")
        how = (PASS[0], folder, *PASS[1:], *workspace)
        with monkeypatch.context() as patch:
            done = dying(patch, at)
            try:
                in_process(*how)
                died = False
            except Killed:
                pass
        before = lies_in(folder)
        ran = in_process(*how)
        assert ran.code in (0, 1), ran.err
        told = f"died before step {at}, after {done[-3:]}, when there were {sorted(before)}"
        assert lies_in(folder) == wanted, told
        assert (folder / "done/b-folder/1.csv").read_text() == "what lay there before", told
        with Store(tmp_path / f"workspace{at}" / "sandbox.db") as store:
            assert sorted(one.sent_number for one in store.orders()) == ["A-1", "A-2", "B-1"], told
            assert store.duplicates() == {}
        assert len(list((tmp_path / f"workspace{at}").glob("runs/*/run.json"))) == 3, told
        assert list((tmp_path / f"workspace{at}" / "inbox/open").iterdir()) == [], told
        at += 1
    assert at > 20


def test_a_pass_that_is_killed_at_any_moment_is_gone_on_with(tmp_path: Path) -> None:
    chance, orderlift = random.Random(7), Orderlift(tmp_path, **KEY)  # noqa: S311 - moments to kill at
    inbox = tmp_path / "inbox"
    put(inbox, "a.csv", orders(*NAMES))
    put(inbox, "b.csv", orders("B-1", "B-2"))
    slow = [Delay(times="always", seconds=0.02), Delay(times="always", seconds=0.02, stored=True)]
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, faults=slow) as sandbox:
        how = ("inbox", "--quiet", 0, "--json", "--base-url", sandbox.url, *SMALL)
        for _ in range(4):
            seen = len(sandbox.requests)
            with orderlift.start(*how) as process:
                wait_until(lambda: len(sandbox.requests) > seen or process.poll() is not None, step=0.002)  # noqa: B023
                time.sleep(chance.uniform(0, 0.3))
                process.kill()
                process.wait()
        ran = orderlift(*how)
        assert ran.code == 0, ran.err
        assert (sandbox.store.count(), sandbox.store.duplicates()) == (len(NAMES) + 2, {})
    assert lies_in(inbox) == {"done/a.csv", "done/b.csv"}
    assert len(orderlift.runs()) == 2, "each file had one run, which was resumed"


def test_an_inbox_at_a_url_is_gone_on_with(tmp_path: Path, object_store: ObjectStore, postgres: Postgres) -> None:
    remote = Remote(tmp_path, object_store, postgres.database())
    inbox = UPath(f"{remote.bucket}in", protocol=None, use_listings_cache=False)
    put(inbox, "a.csv", orders(*NAMES))
    put(inbox, "may/b.csv", orders("B-1", currency="XXQ"))
    unanswered = [Delay(skip=6, times=2, seconds=300, stored=True)]  # all that may be in flight, until killed
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, faults=unanswered) as sandbox:
        how = ("inbox", f"{remote.bucket}in", "--quiet", 0, "--json", "--base-url", sandbox.url, *SMALL)
        with remote.start(*how, **KEY) as process:
            wait_until(lambda: sandbox.store.count() > 30)
            other = remote(*how, **KEY)
            assert (other.code, "Another pass" in other.complaint) == (2, True)
            process.kill()
            ended(process)
        ran = remote(*how, **KEY)
        assert (ran.code, states(ran)) == (1, {"a.csv": "created", "may": "problems"}), ran.err
        assert (sandbox.store.count(), sandbox.store.duplicates()) == (len(NAMES), {})
    assert lies_in(inbox) == {
        "done/a.csv",
        *(f"problems/may/{name}" for name in ("b.csv", "rejects.xlsx", "report.html", "problem.txt")),
    }
    (inbox / "again.csv").write_text(orders(*NAMES))
    assert states(remote(*how, **KEY)) == {"again.csv": "seen before"}
