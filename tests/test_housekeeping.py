"""`orderlift runs` and `prune`: every run is listed, and only what is over and old is removed; never the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import FAST, Ran
from postgres import Postgres
from upath import UPath

from adapters.workspace import RunFolder, Workspace
from flows.housekeeping import age
from sandbox.faults import Reply
from sandbox.server import Sandbox
from schemas.errors import UsageError
from schemas.run import State
from schemas.statuses import Status

HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
LATEST = "it is the latest run, of which `orderlift status` tells"


@pytest.fixture
def run(in_process: Any, tmp_path: Path) -> Any:
    """Run the command on a file of its own orders; the folder of the run."""

    def call(name: str, *args: object, command: str = "run") -> RunFolder:
        (tmp_path / f"{name}.csv").write_text(f"{HEADER}1,{name},c,EUR,i,1,2\n")
        ran: Ran = in_process(command, f"{name}.csv", "--sandbox", *FAST, "--json", *args)
        return Workspace("workspace").run(ran.json["run_id"])

    return call


def make_old(folder: RunFolder, **changes: Any) -> None:
    """Let a run have ended long ago."""
    ended = datetime.now(UTC) - timedelta(days=31)
    folder.write_record(folder.record().model_copy(update={"finished_at": ended} | changes))


@contextmanager
def ledger_unchanged(tmp_path: Path) -> Iterator[None]:
    before = (tmp_path / "workspace" / "ledger.db").read_bytes()
    yield
    assert (tmp_path / "workspace" / "ledger.db").read_bytes() == before


def test_runs_are_listed_newest_first_with_what_became_of_them(run: Any, in_process: Any) -> None:
    first, second, third = run("A"), run("B", command="plan"), run("C")
    told = in_process("runs", "--json").json["runs"]
    assert [one["run_id"] for one in told] == [third.run_id, second.run_id, first.run_id]
    assert [one["state"] for one in told] == ["complete", "planned", "complete"]
    assert [one["inputs"] for one in told] == [["C.csv"], ["B.csv"], ["A.csv"]]
    assert [one["health"]["state"] for one in told] == ["ok", "planned", "ok"]
    assert told[0]["orders"] == {"created": 1}
    lines = in_process("runs", "--limit", 2).out.splitlines()
    assert [line.split()[0] for line in lines] == ["Run", third.run_id, second.run_id]


def test_where_no_run_was_made_none_is_listed_and_none_removed(in_process: Any, tmp_path: Path) -> None:
    assert in_process("runs").out == "There is no run yet.\n"
    assert in_process("runs", "--json").json == {"runs": []}
    assert in_process("prune", "--older-than", "1d", "--json").json["pruned"] == []
    assert list(tmp_path.iterdir()) == []


def test_old_runs_go_and_their_records_stay(run: Any, in_process: Any, tmp_path: Path) -> None:
    old, young, latest = run("A"), run("B"), run("C")
    make_old(old)
    make_old(latest)
    with ledger_unchanged(tmp_path):
        would = in_process("prune", "--older-than", "30d", "--dry-run", "--json").json
        assert (would["pruned"], would["dry_run"], old.is_planned) == ([old.run_id], True, True)
        done = in_process("prune", "--older-than", "30d", "--json").json
    assert done == would | {"dry_run": False}
    assert done["kept"] == {young.run_id: "it is not old enough", latest.run_id: LATEST}
    assert done["bytes"] > 1000
    assert not old.path.exists()
    record = tmp_path / "workspace" / "pruned" / f"{old.run_id}.json"
    assert record.stat().st_mode & 0o777 == 0o600
    told = in_process("runs", "--json").json["runs"][-1]
    assert (told["run_id"], told["state"], told["inputs"], told["health"]) == (old.run_id, "pruned", ["A.csv"], None)
    assert told["pruned_at"] is not None
    again = in_process("run", "A.csv", "--sandbox", *FAST, "--json").json
    assert again["orders"]["already_created"] == 1  # the ledger knows it
    assert in_process("ledger", "check").code == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": State.STOPPED}, "it was stopped: resume it first"),
        ({"state": State.INTERRUPTED}, "it was interrupted: resume it first"),
        ({"state": State.DELIVERING}, "it is not finished"),
        ({"state": State.PLANNED}, "it was planned and not sent"),
        ({"orders": {Status.PENDING: 2}}, "2 orders are pending"),
        ({"orders": {Status.IN_DOUBT: 1}}, "1 orders are in doubt"),
    ],
)
def test_a_run_that_is_not_over_is_kept_and_why_is_told(
    run: Any, in_process: Any, changes: dict[str, Any], why: str
) -> None:
    old = run("A")
    run("B")
    make_old(old, **changes)
    done = in_process("prune", "--older-than", "1h", "--json").json
    assert (done["pruned"], done["kept"][old.run_id]) == ([], why)
    assert f"{old.run_id}  kept: {why}" in in_process("prune", "--older-than", "1h").out


def test_a_run_whose_orders_are_in_doubt_in_the_ledger_is_kept(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}1,A,c,EUR,i,1,2\n")
    key = {"ORDERLIFT_API_KEY": "sandbox-key"}
    lost = [Reply(times="always", status=504)]
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=lost) as sandbox:
        settling = ("--settle-seconds", 0, "--give-up-after", 0)
        ran = in_process("run", "a.csv", "--base-url", sandbox.url, *FAST, *settling, "--json", **key)
    in_process("plan", "a.csv", "--base-url", sandbox.url)
    folder = Workspace("workspace").run(ran.json["run_id"])
    make_old(folder, state=State.COMPLETE, orders={})
    assert in_process("prune", "--older-than", "1d", "--json").json["kept"][folder.run_id] == "1 orders are in doubt"


def test_a_run_that_a_process_has_is_kept(run: Any, in_process: Any) -> None:
    old = run("A")
    run("B")
    make_old(old)
    with old.lock():
        done = in_process("prune", "--older-than", "1d", "--json").json
    assert (done["pruned"], done["kept"][old.run_id]) == ([], "a process has it, or had it when it died")


def test_a_prune_that_was_cut_off_is_ended_by_the_next(run: Any, in_process: Any) -> None:
    old = run("A")
    run("B")
    make_old(old)
    kept = old.results.read_bytes()
    in_process("prune", "--older-than", "1d")
    old.path.mkdir()
    old.results.write_bytes(kept)
    assert [one["state"] for one in in_process("runs", "--json").json["runs"]] == ["complete", "pruned"]
    in_process("prune", "--older-than", "1d")
    assert not old.path.exists()


def test_a_workspace_at_a_url_has_runs_and_is_pruned(
    in_process: Any, tmp_path: Path, bucket: UPath, postgres: Postgres
) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}1,A,c,EUR,i,1,2\n")
    there = ("--workspace", str(bucket / "w"), "--ledger-url", postgres.database())
    first = in_process("run", "a.csv", "--sandbox", *FAST, "--json", *there).json["run_id"]
    second = in_process("run", "a.csv", "--sandbox", *FAST, "--json", *there).json["run_id"]
    told = in_process("runs", "--json", *there).json["runs"]
    assert [(one["run_id"], one["health"]["state"]) for one in told] == [(second, "ok"), (first, "ok")]
    make_old(Workspace(str(bucket / "w")).run(first))
    assert in_process("prune", "--older-than", "1d", "--json", *there).json["pruned"] == [first]
    assert [one["state"] for one in in_process("runs", "--json", *there).json["runs"]] == ["complete", "pruned"]
    assert not (bucket / "w" / "runs" / first / "plan").exists()


def test_a_length_of_time_has_a_unit() -> None:
    assert (age("12h"), age("30d"), age("4w")) == (timedelta(hours=12), timedelta(days=30), timedelta(days=28))
    for wrong in ("30", "d", "-1d", "1.5d", "1m", "999999d"):
        with pytest.raises(UsageError, match="is no length of time"):
            age(wrong)
