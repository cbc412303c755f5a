"""The deployment of prefect.yaml as it stands, but every minute: a worker runs it on schedule, with nobody there."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest
from commands import ROOT, Orderlift, wait_until
from prefect_processes import PREFECT, ask, background, prefect_server, processes_of

from sandbox.faults import Delay
from sandbox.server import Sandbox

KEY = "sandbox-key"
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
    """The tree as someone would clone it, with the daily schedule made one of every minute."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    clone = tmp_path / "clone"
    for name in names:
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    path = clone / "prefect.yaml"
    text, count = re.subn(r'cron: ".*"', 'cron: "* * * * *"', path.read_text())
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


def test_a_worker_runs_the_deployment_on_schedule(clone: Path, environment: dict[str, str]) -> None:
    url, log = environment["PREFECT_API_URL"], clone.parent / "worker.log"
    prefect(clone, environment, "work-pool", "create", "orderlift", "--type", "process")
    prefect(clone, environment, "--no-prompt", "deploy", "--all")
    (deployment,) = ask(url, "deployments/filter")
    assert deployment["name"] == "daily"
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert deployment["global_concurrency_limit"]["limit"] == 1

    ended: list[dict[str, Any]] = []

    def one_is_over() -> bool:
        states = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
        ended[:] = ask(url, "flow_runs/filter", flow_runs=states, sort="START_TIME_ASC")
        return bool(ended)

    with background(["worker", "start", "--pool", "orderlift"], environment, log, clone):
        wait_until(one_is_over, 150, step=1)
    run = ended[0]
    assert run["state"]["type"] == "COMPLETED", log.read_text()
    assert run["state"]["message"] == "1,849 created, 11 invalid"
    assert run["auto_scheduled"]
    assert run["deployment_id"] == deployment["id"]
    here = Orderlift(clone)
    assert len(here.stored()) == 1849
    settings = orjson.loads((here.runs()[0] / "run.json").read_bytes())["settings"]
    assert settings["max_in_flight"] == 3, "what the deployment leaves out comes from the worker's environment"
    results = pd.read_parquet(here.runs()[0] / "results.parquet")
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
