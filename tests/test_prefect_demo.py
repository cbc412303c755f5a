"""The flow with a Prefect server of its own, as `make demo` runs it: it ends, and no process stays behind."""

import re
import signal
from pathlib import Path

import pytest
from commands import SAMPLES, Orderlift, ended, wait_until
from prefect_processes import prefect_environment, processes_of

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The PREFECT_HOME by which the processes are known."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def orderlift(tmp_path: Path, home: Path) -> Orderlift:
    return Orderlift(tmp_path, **prefect_environment(home))


def test_the_demo_ends_well(orderlift: Orderlift, home: Path) -> None:
    with orderlift.start("demo") as process:
        ran = ended(process)
        wait_until(lambda: not processes_of(home), 30)
    assert ran.code == 0, ran.err
    assert re.search(r"created\s+1,849\s+8,727", ran.err)
    assert "Traceback" not in ran.err
    assert len(orderlift.stored("workspace/demo")) == 1849


def test_a_signal_while_prefect_starts_ends_its_server_too(orderlift: Orderlift, home: Path) -> None:
    with orderlift.start("demo") as process:
        wait_until(lambda: len(processes_of(home)) > 1)
        process.send_signal(signal.SIGTERM)
        ran = ended(process)
        wait_until(lambda: not processes_of(home), 30)
    assert ran.code == 143, ran.err
    assert "Traceback" not in ran.err


def test_a_signal_in_the_middle_of_a_delivery_ends_everything_in_order(orderlift: Orderlift, home: Path) -> None:
    slow = ("--requests-per-minute", 6)  # of 22 requests
    with orderlift.start("run", SAMPLES, "--sandbox", "--prefect", "--json", *slow) as process:
        store = orderlift.folder / "workspace" / "sandbox.db"
        wait_until(
            lambda: process.poll() is not None or (store.exists() and len(orderlift.stored()) > 100), 120, step=0.5
        )
        process.send_signal(signal.SIGTERM)
        ran = ended(process)
        wait_until(lambda: not processes_of(home), 30)
    assert ran.code == 130, ran.err
    assert "Traceback" not in ran.err
    assert ran.json["state"] == "interrupted"
    assert ran.json["orders"]["created"] == len(orderlift.stored()) > 100
    assert ran.json["orders"]["in_doubt"] == 0
    assert (orderlift.folder / ran.json["results"]).is_file()
