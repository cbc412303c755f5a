"""Planning a large input in processes: killed, interrupted, without room; and what it leaves behind."""

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from commands import Orderlift, ended, wait_until

import adapters.workspace

ORDERS, LINES = 3_000, 12_000
LARGE = ("--partition-rows", "2500", "--company-id", "7")
FILES = ("orders.parquet", "lines.parquet")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Orders and line items in random order."""
    draw = np.random.default_rng(1)
    numbers = pc.binary_join_element_wise("O-", pa.array(draw.permutation(ORDERS)).cast(pa.string()), "")
    of = np.concatenate([np.arange(ORDERS), draw.integers(ORDERS, size=LINES - ORDERS)])
    lines = {
        "order_number": numbers.take(pa.array(draw.permutation(of))),
        "item_id": pa.array(draw.integers(99, size=LINES)),
        "quantity": pa.array(draw.integers(1, 9, size=LINES)),
        "unit_amount": pa.array(draw.integers(1, 9999, size=LINES) / 100),
    }
    orders = {"order_number": numbers, "customer_id": numbers, "currency_id": pa.repeat("EUR", ORDERS)}
    for name, columns in zip(FILES, (orders, lines), strict=True):
        pq.write_table(pa.table(columns), tmp_path / name)
    return FILES


def is_planning(orderlift: Orderlift) -> bool:
    """Whether some partition is planned, and not yet all are."""
    return any(list((run / "plan").glob("part-*.parquet")) for run in orderlift.runs())


def test_it_is_planned_in_processes_and_nothing_else_stays(orderlift: Orderlift, files: tuple[str, str]) -> None:
    ran = orderlift("plan", *files, *LARGE, "--json")
    assert ran.code == 0
    assert ran.json["orders"]["pending"] == ORDERS
    [run] = orderlift.runs()
    assert len(list((run / "plan").iterdir())) == 12
    assert {path.name for path in run.iterdir()} == {
        *("plan", "rows", "run.json", "problems.parquet", "report.html", "results.parquet", "results.csv", ".lock"),
    }


def test_a_killed_plan_leaves_no_process_and_the_next_one_removes_its_files(
    orderlift: Orderlift, files: tuple[str, str]
) -> None:
    with orderlift.start("plan", *files, *LARGE) as process:
        wait_until(lambda: is_planning(orderlift))
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        wait_until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))
    [killed] = orderlift.runs()
    ran = orderlift("plan", *files, *LARGE, "--json")
    assert ran.code == 0
    [run] = orderlift.runs()
    assert run != killed
    assert ran.json["orders"]["pending"] == ORDERS


def test_an_interrupted_plan_says_so_and_leaves_nothing(orderlift: Orderlift, files: tuple[str, str]) -> None:
    with orderlift.start("plan", *files, *LARGE) as process:
        wait_until(lambda: is_planning(orderlift))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to the processes that plan as well
        ran = ended(process)
    assert ran.code == 130
    assert "Traceback" not in ran.err
    assert orderlift.runs() == []


def test_a_killed_process_that_plans_ends_the_run_with_a_remedy(orderlift: Orderlift, files: tuple[str, str]) -> None:
    with orderlift.start("plan", *files, *LARGE) as process:
        wait_until(lambda: is_planning(orderlift))
        planners = [
            one
            for child in psutil.Process(process.pid).children()
            if "forkserver" in " ".join(child.cmdline())
            for one in child.children()
        ]
        planners[0].kill()
        ran = ended(process)
    assert ran.code == 2
    assert "--partition-rows" in ran.complaint
    assert orderlift.runs() == []


def test_a_disk_without_room_is_told_before_anything_is_split(
    in_process: Any, files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = 3 * sum((tmp_path / name).stat().st_size for name in files)
    monkeypatch.setattr(adapters.workspace, "disk_usage", lambda _: SimpleNamespace(free=needed - 1))
    ran = in_process("plan", *files, *LARGE)
    assert ran.code == 2
    assert "GB left" in ran.complaint
    assert list((tmp_path / "workspace" / "runs").iterdir()) == []
