"""A process that is killed at any moment: what it left is never sent twice, and a resume finishes the rest."""

import random
import sys
import time
from pathlib import Path

import pytest
from delivering import Scene, numbers, processes, run_alone

from sandbox.faults import Delay
from sandbox.server import Sandbox
from schemas.run import State

KILLS = 5  # for each seed


@pytest.mark.parametrize("seed", [1, 2])
def test_after_kills_at_any_moment_each_order_is_created_once(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERLIFT_API_KEY", "sandbox-key")
    chance, context = random.Random(seed), processes()  # noqa: S311 - moments to kill at
    slow = [Delay(times="always", seconds=0.02), Delay(times="always", seconds=0.02, stored=True)]
    plan = {company: numbers(400) for company in (1, 2, 3)}
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=slow) as sandbox:
        scene = Scene(tmp_path, sandbox, plan, max_orders_per_batch=7, max_in_flight=4)
        kills = []
        for _ in range(KILLS):
            process = context.Process(target=run_alone, args=(scene.workspace, scene.folder.run_id, scene.options))
            seen = scene.posts()
            process.start()
            while scene.posts() == seen and process.is_alive():
                time.sleep(0.001)
            delay = chance.uniform(0, 0.3)
            time.sleep(delay)
            process.kill()
            process.join()
            sending = scene.counts()["sending"]
            assert process.exitcode == -9
            assert sandbox.store.duplicates() == {}
            kills.append((round(delay, 3), sending))
        sys.stdout.write(f"seed {seed}: killed at (seconds after its first request, orders in its hands): {kills}\n")
        left_sending = sum(sending for _, sending in kills)
        assert left_sending
        ending = scene.run()
        assert ending.state is State.COMPLETE
        counts = scene.counts()
        assert counts == {"created": 1200}
        assert scene.is_exact()
        assert scene.progress[0].settled == scene.progress[0].orders
