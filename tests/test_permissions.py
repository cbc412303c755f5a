"""What a run writes is for its owner alone, whatever the umask, and in a folder that others may look into."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import FAST, SAMPLES, Orderlift

from adapters import files, workspace
from flows import execute

FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
ROWS = FLAT + "".join(f"1,A-{number},c,{'EUR' if number else '???'},i,1,2.50\n" for number in range(9))


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that a person has made."""
    made = tmp_path / "workspace"
    made.mkdir(mode=0o755)
    return made


def open_to_others(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): oct(path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o077
    }


@pytest.mark.parametrize("partition", [(), ("--partition-rows", 2)], ids=["whole", "partitions"])
def test_files_and_folders_of_a_run(orderlift: Orderlift, folder: Path, partition: tuple[object, ...]) -> None:
    (folder.parent / "a.csv").write_text(ROWS)
    assert orderlift("run", "a.csv", "--sandbox", *partition, *FAST).code == 1
    assert orderlift("results", "--format", "xlsx").code == 0
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert names >= {
        "ledger.db",
        "sandbox.db",
        "run.json",
        "results.csv",
        "results.xlsx",
        "rejects.xlsx",
        "report.html",
    }
    assert open_to_others(folder) == {}


@pytest.mark.timeout(300)
def test_what_prefect_keeps_of_a_run(orderlift: Orderlift, folder: Path) -> None:
    (folder.parent / "a.csv").write_text(ROWS)
    ran = orderlift("run", "a.csv", "--sandbox", "--prefect", *FAST)
    assert ran.code == 1, ran.err
    assert (folder / "prefect" / "prefect.db").is_file()
    assert open_to_others(folder) == {}


def test_what_is_only_needed_meanwhile(in_process: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the folder of a run at the moment it is put together, and when scratch files are closed."""
    seen: list[dict[str, str]] = []
    original = files.os.fsync

    def look(handle: int) -> None:
        seen.append(open_to_others(folder))
        original(handle)

    (folder.parent / "a.csv").write_text(ROWS)
    monkeypatch.setattr(files.os, "fsync", look)
    assert in_process("run", "a.csv", "--sandbox", "--partition-rows", 2, *FAST).code == 1
    assert len(seen) > 3
    assert [one for one in seen if one] == []


def test_a_ledger_at_work(folder: Path) -> None:
    (folder / "split").mkdir(mode=0o700)
    with files.scratch_file(folder / "split" / "0.arrow", "wb") as file:
        file.write(b"x")
    run = workspace.Workspace(folder).new_run()
    with run.lock():
        assert open_to_others(folder) == {}


def test_the_traceback_of_a_bug(in_process: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(execute, "plan", fail)
    assert in_process("run", str(SAMPLES), "--sandbox").code == 70
    assert list(folder.glob("bug-*.txt"))
    assert open_to_others(folder) == {}
