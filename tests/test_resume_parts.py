"""Resume of a plan in parts: full batches across parts, and what is settled for good is not looked at again."""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from delivering import Scene, numbers, processes, run_alone

from adapters import plan_files
from adapters.plan_files import PlanFiles
from flows.watermark import Watermark
from sandbox.faults import Delay, Reject, Reply
from sandbox.server import Sandbox
from schemas.run import State

PARTS = 3


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups of few orders, so that a plan has many positions."""
    monkeypatch.setattr(plan_files, "PLAN_GROUP", 20)
    monkeypatch.setenv("ORDERLIFT_API_KEY", "sandbox-key")


@pytest.fixture
def read_from(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The positions from which plans are read."""
    positions: list[int] = []
    portions = PlanFiles.portions
    monkeypatch.setattr(
        PlanFiles, "portions", lambda plan, columns, start=0: positions.append(start) or portions(plan, columns, start)
    )
    return positions


def position(scene: Scene) -> int:
    ledger = scene.open_ledger()
    try:
        return ledger.position(scene.folder.run_id)
    finally:
        ledger.close()


def test_a_company_gets_full_batches_whatever_parts_its_orders_are_in(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "store.db", requests_per_minute=None) as sandbox:
        scene = Scene(tmp_path, sandbox, {1: numbers(301), 2: numbers(201)}, PARTS, max_in_flight=1)
        assert scene.run().state is State.COMPLETE
        assert scene.counts() == {"created": 502}
        assert scene.posts() == (1 + 3) + (1 + 2)  # a single order opens each company


def test_what_is_settled_for_good_is_skipped(tmp_path: Path, read_from: list[int]) -> None:
    refused = Reject(order_numbers={"ORD-00007"}, times="always")
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[refused]) as sandbox:
        scene = Scene(tmp_path, sandbox, {1: numbers(300), 2: numbers(300)}, PARTS)
        assert scene.run().state is State.COMPLETE
        assert scene.counts() == {"created": 598, "rejected": 2}
        reached = position(scene)
        assert reached == 10  # all of them: 200 orders of the longest part, 20 in a row group
        posts = scene.posts()
        assert scene.run().state is State.COMPLETE
        assert read_from == [0, reached]
        assert scene.posts() == posts
        assert scene.progress[0].settled == scene.progress[0].orders


def test_after_kills_nothing_is_left_out_and_nothing_is_sent_twice(tmp_path: Path, read_from: list[int]) -> None:
    chance, context = random.Random(5), processes()  # noqa: S311 - moments to kill at
    slow = [Delay(times="always", seconds=0.02), Delay(times="always", seconds=0.02, stored=True)]
    stops = Reply(skip=60, status=401)
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[*slow, stops]) as sandbox:
        scene = Scene(
            tmp_path, sandbox, {1: numbers(500), 2: numbers(400)}, PARTS, max_orders_per_batch=7, max_in_flight=4
        )
        assert scene.run().state is State.STOPPED
        reached = position(scene)
        assert reached > 3
        for _ in range(2):
            process = context.Process(target=run_alone, args=(scene.workspace, scene.folder.run_id, scene.options))
            seen = scene.posts()
            process.start()
            while scene.posts() < seen + 5 and process.is_alive():
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.1))
            process.kill()
            process.join()
            assert process.exitcode == -9
        assert scene.run().state is State.COMPLETE
        assert read_from[0] == 0
        assert read_from[1] >= reached
        assert scene.counts() == {"created": 900}
        assert scene.is_exact()
        assert position(scene) == 15
        assert scene.progress[0].settled == scene.progress[0].orders


def test_the_watermark_waits_for_the_first_order_that_is_open() -> None:
    mark = Watermark()
    for place, name in enumerate("abc"):
        mark.read(place, 1, [name])
    mark.pass_by(3)
    assert mark.position == 0
    mark.settle(1, ["b", "c"])
    assert mark.position == 0
    mark.settle(2, ["a"])  # of another company
    assert mark.position == 0
    mark.settle(1, ["a"])
    assert mark.position == 3


def test_the_watermark_of_a_position_that_is_being_read_is_before_it() -> None:
    mark = Watermark()
    mark.read(4, 1, ["a"])
    mark.settle(1, ["a"])
    assert mark.position == 4


def test_a_watermark_that_too_many_open_orders_hold_up_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.watermark.MOST_OPEN", 2)
    mark = Watermark()
    mark.read(1, 1, ["a"])
    mark.read(2, 1, ["b", "c"])
    mark.settle(1, ["a", "b", "c"])
    mark.read(3, 1, ["d"])
    assert mark.position == 1


def test_the_watermark_is_read_by_the_event_loop_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers: list[str] = []

    def position(mark: Watermark) -> int:
        readers.append(threading.current_thread().name)
        return reached(mark)

    reached = Watermark.position.fget
    assert reached is not None
    monkeypatch.setattr(Watermark, "position", property(position))
    monkeypatch.setattr("flows.deliver.BEAT_SECONDS", 0.01)
    with Sandbox(tmp_path / "store.db", requests_per_minute=None) as sandbox:
        assert Scene(tmp_path, sandbox, {1: numbers(200)}, max_orders_per_batch=5).run().state is State.COMPLETE
    assert len(readers) > 2
    assert set(readers) == {threading.main_thread().name}
