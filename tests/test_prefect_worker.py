"""The deployments of prefect.yaml as they stand, the inbox every minute: a worker runs them with nobody there."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest
from commands import ROOT, SAMPLES, Orderlift, wait_until
from inboxes import lies_in, orders, put
from prefect_processes import PREFECT, ask, background, prefect_server, processes_of

from flows.settings import Options
from sandbox.faults import Delay, HangUp, Reply
from sandbox.server import Sandbox

KEY = "sandbox-key"
PAST = ["P-1", "P-2", "P-3"]
HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
ON_DEMAND = """
deployments:
  - name: on-demand
    entrypoint: flows/import_orders.py:import_orders
    work_pool: {name: orderlift}
"""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The tree as someone would clone it, with the schedule of the inbox made one of every minute."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    clone = tmp_path / "clone"
    for name in names:
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    path = clone / "prefect.yaml"
    text, count = re.subn(r'cron: "[*]/15 .*"', 'cron: "* * * * *"', path.read_text())
    assert count == 1
    path.write_text(text)
    return clone


@pytest.fixture
def environment(tmp_path: Path, clone: Path) -> Iterator[dict[str, str]]:
    home = tmp_path / "home"
    with prefect_server(home) as environment:
        yield environment | {"PYTHONPATH": str(clone), "ORDERLIFT_MAX_IN_FLIGHT": "3"}
    wait_until(lambda: not processes_of(home), 30)


def prefect(clone: Path, environment: dict[str, str], *args: str) -> None:
    done = subprocess.run([PREFECT, *args], cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run_of(url: str, name: str) -> list[dict[str, Any]]:
    """The flow runs of a deployment that are over, the first ones first."""
    states = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
    found: list[dict[str, Any]] = ask(
        url, "flow_runs/filter", flow_runs=states, deployments={"name": {"any_": [name]}}, sort="START_TIME_ASC"
    )
    return found


def leave_in_doubt(orderlift: Orderlift, sandbox: Sandbox) -> None:
    """A file in the inbox of which an order was sent, and nothing came back."""
    put(orderlift.folder, "inbox/doubt.csv", orders("D-1"))
    how = ("--quiet", 0, "--settle-seconds", 0.1, "--base-url", sandbox.url)
    ran = orderlift("inbox", *how, ORDERLIFT_API_KEY=KEY)
    assert ran.code == 4, ran.err


def test_a_worker_runs_the_deployments(clone: Path, environment: dict[str, str], tmp_path: Path) -> None:
    url, log, here = environment["PREFECT_API_URL"], clone.parent / "worker.log", Orderlift(clone)
    prefect(clone, environment, "work-pool", "create", "orderlift", "--type", "process")
    prefect(clone, environment, "--no-prompt", "deploy", "--all")
    deployments = {one["name"]: one for one in ask(url, "deployments/filter")}
    assert deployments.keys() == {"inbox", "reconcile", "backfill"}
    for one in deployments.values():
        check_form(one["parameter_openapi_schema"])
        assert one["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
        assert one["global_concurrency_limit"]["limit"] == 1
    lost = [HangUp(stored=True), Reply(status=404, on="list")]
    worker = environment | {"ORDERLIFT_API_KEY": KEY, "PREFECT_WORKER_QUERY_SECONDS": "2"}
    with Sandbox(tmp_path / "store.db", api_key=KEY, requests_per_minute=None, faults=lost) as sandbox:
        leave_in_doubt(here, sandbox)
        for path in SAMPLES.iterdir():
            if path.suffix in (".xlsx", ".parquet", ".csv"):
                put(clone, f"inbox/samples/{path.name}", "")
                shutil.copy(path, clone / "inbox/samples" / path.name)
        put(clone, "inbox/samples.done", "")
        with background(["worker", "start", "--pool", "orderlift"], worker, log, clone):
            prefect(clone, environment, "deployment", "run", "reconcile/reconcile")
            moved = [clone / "inbox/done/doubt.csv", clone / "inbox/problems/samples/orders.xlsx"]
            wait_until(lambda: all(path.exists() for path in moved), 180, step=0.5)
            wait_until(lambda: bool(run_of(url, "inbox")), 30, step=0.5)
            backfill(clone, environment)
            wait_until(lambda: bool(run_of(url, "backfill")), 60, step=0.5)
    (settled,) = run_of(url, "reconcile")
    assert settled["state"]["message"] == "runs read back: 1; orders still in doubt: 0", log.read_text()
    check_inbox(clone, url)
    (past,) = here.runs("past")
    assert orjson.loads((past / "run.json").read_bytes())["settings"]["max_in_flight"] == 3, "that of the worker"
    assert [one.sent_number for one in here.stored("past")] == (["P-2"] if "since" in Options.model_fields else PAST)


def backfill(clone: Path, environment: dict[str, str]) -> None:
    """Ask for the orders of one month, of a file that has others."""
    rows = [f"1,{number},c,EUR,p,1,2.50,2025-0{number[-1]}-15" for number in PAST]
    put(clone, "past.csv", "\n".join([HEADER.strip() + ",order_date", *rows, ""]))
    options: dict[str, object] = {"sandbox": True, "workspace": "past", "max_in_flight": 8}  # the form sends all
    if "since" in Options.model_fields:
        options |= {"since": "2025-02-01", "until": "2025-02-28"}
    given = orjson.dumps({"inputs": ["past.csv"], "options": options}).decode()
    prefect(clone, environment, "deployment", "run", "import-orders/backfill", "--params", given)


def check_form(schema: dict[str, Any]) -> None:
    """Each parameter says what it means, and what it allows."""
    models = schema["definitions"]
    fields = {**schema["properties"], **models["Options"]["properties"]}
    assert [name for name, one in fields.items() if not one.get("description")] == []
    assert models["TaskRunner"]["enum"] == ["processes", "dask"]
    assert models["Options"]["properties"]["max_in_flight"]["maximum"] == 256


def check_inbox(clone: Path, url: str) -> None:
    assert all(run["auto_scheduled"] and run["state"]["type"] == "COMPLETED" for run in run_of(url, "inbox"))
    (samples,) = [run for run in ask(url, "flow_runs/filter") if run["name"] == "samples"]
    assert samples["state"]["message"] == "1,849 created, 11 invalid"
    artifacts = ask(url, "artifacts/filter", flow_runs={"id": {"any_": [samples["id"]]}})
    assert {one["key"] for one in artifacts} >= {"outcome", "problems", "control-totals"}
    here = Orderlift(clone)
    assert len(here.stored()) == 1849
    assert {path for path in lies_in(clone / "inbox") if "/samples/" not in path} == {"done/doubt.csv"}
    assert "problems/samples/rejects.xlsx" in lies_in(clone / "inbox")
    settings = orjson.loads((here.runs()[-1] / "run.json").read_bytes())["settings"]
    assert settings["max_in_flight"] == 3, "what the deployment leaves out comes from the worker's environment"
    results = pd.read_parquet(here.runs()[-1] / "results.parquet")
    assert results["status"].value_counts().to_dict() == {"created": 8727, "invalid": 52}


def test_a_flow_run_that_is_cancelled_ends_what_is_in_flight_and_a_resume_finishes(
    clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    rows = "".join(f"1,A-{number},c,EUR,p,1,2.50\n" for number in range(60))
    (clone / "orders.csv").write_text(HEADER + rows)
    (clone / "prefect.yaml").write_text(ON_DEMAND)
    url, log = environment["PREFECT_API_URL"], clone.parent / "worker.log"
    slow = Delay(times="always", seconds=0.4, stored=True)
    with Sandbox(tmp_path / "store.db", api_key=KEY, requests_per_minute=None, faults=[slow]) as sandbox:
        key = {"ORDERLIFT_API_KEY": KEY, "ORDERLIFT_MAX_IN_FLIGHT": "1"}
        prefect(clone, environment, "work-pool", "create", "orderlift", "--type", "process")
        prefect(clone, environment, "--no-prompt", "deploy", "--all")
        with background(["worker", "start", "--pool", "orderlift"], environment | key, log, clone):
            options = {"base_url": sandbox.url, "max_orders_per_batch": 1, "workspace": str(tmp_path / "workspace")}
            given = orjson.dumps({"inputs": ["orders.csv"], "options": options}).decode()
            prefect(clone, environment, "deployment", "run", "import-orders/on-demand", "--params", given)
            wait_until(lambda: sandbox.store.count() >= 5, 120, step=0.1)
            (run,) = ask(url, "flow_runs/filter")
            prefect(clone, environment, "flow-run", "cancel", run["id"])
            wait_until(lambda: ask(url, "flow_runs/filter")[0]["state"]["type"] == "CANCELLED", 60, step=0.2)
            here = Orderlift(tmp_path)
            wait_until((here.runs()[0] / "results.parquet").exists, 30)
        statuses = pd.read_parquet(here.runs()[0] / "results.parquet").query("entity == 'order'")["status"]
        assert statuses.value_counts().to_dict().keys() == {"created", "pending"}, "nothing is in doubt"
        assert (statuses == "created").sum() == sandbox.store.count()
        done = here("resume", "--json", "--max-in-flight", "8", ORDERLIFT_API_KEY=KEY)
        assert (done.code, done.json["orders"]["created"]) == (0, 60), done.err
        assert sandbox.store.duplicates() == {}
