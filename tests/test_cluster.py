"""Work on a Dask cluster: each number's result once and in order, whoever dies and whatever fails."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from commands import ROOT, wait_until
from dask_processes import dask_cluster
from prefect_processes import ask, prefect_server

from schemas.errors import InputError, UsageError

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with prefect_server(tmp_path_factory.mktemp("prefect") / "home") as environment:
        paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
        yield environment | {"PYTHONPATH": paths}


def spread(server: dict[str, str], address: str, work: object, numbers: Sequence[int]) -> list[object]:
    """What a flow gets that has the work done on the cluster."""
    from prefect import flow  # noqa: PLC0415 - Prefect takes seconds to import
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings  # noqa: PLC0415

    from flows.cluster import on_dask  # noqa: PLC0415

    @flow(name="spread")
    def results() -> list[object]:
        return list(on_dask(address, work, numbers))  # type: ignore[arg-type]

    home = Path(server["PREFECT_HOME"])
    with temporary_settings({PREFECT_API_URL: server["PREFECT_API_URL"], PREFECT_HOME: home}):
        return results()


def square_when_told(folder: Path, number: int) -> int:
    """The square, once somebody says go; leaves a file that tells which process was at it."""
    (folder / f"{number}-{os.getpid()}").touch()
    wait_until((folder / "go").exists)
    return number * number


def test_what_a_killed_worker_had_in_hand_is_done_by_another(server: dict[str, str], tmp_path: Path) -> None:
    with dask_cluster(tmp_path, server) as (address, workers), ThreadPoolExecutor() as aside:
        marks = tmp_path / "marks"
        marks.mkdir()
        results = aside.submit(spread, server, address, partial(square_when_told, marks), range(6))
        victim = workers[0]
        wait_until(lambda: any(marks.glob(f"*-{victim.pid}")))
        victim.kill()
        victim.wait()
        (marks / "go").touch()
        assert results.result(120) == [0, 1, 4, 9, 16, 25]
    by_victim = {mark.name.split("-")[0] for mark in marks.glob(f"*-{victim.pid}")}
    assert by_victim <= {mark.name.split("-")[0] for mark in marks.glob(f"*-{workers[1].pid}")}
    runs = ask(server["PREFECT_API_URL"], "task_runs/filter")
    assert {run["name"] for run in runs} >= {f"plan-part {number}" for number in range(6)}


def stumble(folder: Path, number: int) -> int:
    """Fails the first time; for number 3, as a file does that cannot be read."""
    if number == 3:
        (folder / f"3-{len(list(folder.glob('3-*')))}").touch()
        raise InputError("Part 3 is broken.", "Mend it.")
    mark = folder / str(number)
    if not mark.exists():
        mark.touch()
        raise ConnectionError("gone for a moment")
    return number


def test_what_fails_by_chance_is_done_again_and_what_is_wrong_with_the_input_is_told_at_once(
    server: dict[str, str], tmp_path: Path
) -> None:
    with dask_cluster(tmp_path, server) as (address, _):
        assert spread(server, address, partial(stumble, tmp_path), range(3)) == [0, 1, 2]
        with pytest.raises(InputError) as told:
            spread(server, address, partial(stumble, tmp_path), [0, 3])
    assert (told.value.message, told.value.remedy) == ("Part 3 is broken.", "Mend it.")
    assert [mark.name for mark in tmp_path.glob("3-*")] == ["3-0"], "it was tried once"


def test_a_cluster_that_is_not_there_is_told(
    server: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.cluster.CONNECT_SECONDS", 1)
    monkeypatch.setattr("flows.cluster.WORKER_SECONDS", 1)
    with pytest.raises(UsageError, match="There is no Dask worker at tcp://"):
        spread(server, "tcp://127.0.0.1:9", partial(stumble, tmp_path), [1])
    with (
        dask_cluster(tmp_path, server, workers=0) as (address, _),
        pytest.raises(UsageError, match="There is no Dask worker at"),
    ):
        spread(server, address, partial(stumble, tmp_path), [1])
