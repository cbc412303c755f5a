"""Which runs of a workspace have orders in doubt, by the ledger."""

import asyncio
from pathlib import Path

import pytest
from conftest import InProcess
from inboxes import orders, put

from flows.reconcile_runs import in_doubt, reconcile_run
from flows.settings import load
from sandbox import faults as fault
from sandbox.server import Sandbox
from schemas.results import Status

KEY = "sandbox-key"


def test_runs_with_orders_in_doubt_are_found_and_settled(
    in_process: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERLIFT_API_KEY", KEY)
    put(tmp_path, "clear.csv", orders("A-1"))
    put(tmp_path, "doubt.csv", orders("B-1"))
    lost = [fault.HangUp(skip=1, stored=True), fault.Reply(times="always", status=404, on="list")]
    how = ("--settle-seconds", 0.1)
    options = load(workspace=str(tmp_path / "workspace"), settle_seconds=0.1)
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, faults=lost) as sandbox:
        port = int(sandbox.url.rpartition(":")[2].partition("/")[0])
        for name in ("clear.csv", "doubt.csv"):
            assert in_process("run", name, "--base-url", sandbox.url, *how).code in (0, 4)
    (folder,) = in_doubt(options)
    assert folder.record().inputs[0].name == "doubt.csv"
    with Sandbox(tmp_path / "api.db", requests_per_minute=None, port=port) as sandbox:
        record = asyncio.run(reconcile_run(folder, options))
        assert record.orders[Status.CREATED] == 1
        assert sandbox.store.count() == 2
    assert in_doubt(options) == []
    assert [one.run_id for one in in_doubt(options, folder.run_id)] == [folder.run_id]
