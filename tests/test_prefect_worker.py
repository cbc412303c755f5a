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
