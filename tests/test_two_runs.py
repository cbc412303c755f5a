"""Two runs of the same orders at the same time: what one has in hand, the other leaves alone."""

import threading
from pathlib import Path

import pytest
from delivering import COMPANY, Scene, make_plan, numbers, processes, run_alone

from adapters import claims, leases, request_log
from adapters.ledger import Ledger
from flows import elsewhere
from sandbox.faults import Delay
from sandbox.server import Sandbox
from schemas.delivery import Batch, SentOrder
from schemas.errors import UsageError
from schemas.ledger import Sender
from schemas.run import State


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERLIFT_API_KEY", "sandbox-key")


def test_two_processes_at_once_create_each_order_once(tmp_path: Path, ledger_url: str) -> None:
    plan = {company: numbers(150) for company in range(1, 9)}
    slow = Delay(times="always", seconds=0.02)
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[slow]) as sandbox:
        scene = Scene(tmp_path, sandbox, plan, max_orders_per_batch=10, ledger_url=ledger_url)
        others = [make_plan(scene.workspace, sandbox.url, plan) for _ in range(2)]
        context = processes()
        started = [
            context.Process(target=run_alone, args=(scene.workspace, folder.run_id, scene.options)) for folder in others
        ]
        for process in started:
            process.start()
        for process in started:
            process.join(60)
        assert [process.exitcode for process in started] == [0, 0]
        assert scene.counts() == {"created": 1200}
        assert {fact.run_id for fact in scene.facts()} == {folder.run_id for folder in others}
        assert scene.is_exact()


def beat(ledger: Ledger, sender: Sender, ended: threading.Event) -> None:
    while not ended.wait(0.1):
        with ledger.transaction() as tx:
            leases.hold(tx, sender)
    ledger.close()


def test_what_a_live_run_is_sending_is_neither_sent_nor_doubted_nor_counted(
    tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "PATIENCE_SECONDS", 1.0)
    with Sandbox(tmp_path / "store.db", requests_per_minute=None) as sandbox:
        scene = Scene(tmp_path, sandbox, {COMPANY: numbers(30)}, ledger_url=ledger_url)
        ledger = scene.open_ledger()
        other = Sender("other", ledger.target(sandbox.url), "key", "elsewhere/1/a")
        with ledger.transaction() as tx:
            leases.take(tx, other)
            facts = request_log.rate(tx, other, 100, ledger.now)
            batch_id = request_log.start(tx, other, facts, "create", COMPANY, orders=numbers(20))
            orders = tuple(SentOrder(number, 0, b"{}") for number in numbers(20))
            claims.claim(tx, other, batch_id, Batch(COMPANY, orders))
        beating = threading.Event()
        threading.Thread(target=beat, args=(ledger, other, beating), daemon=True).start()
        assert scene.run().state is State.COMPLETE
        beating.set()
        assert scene.counts() == {"created": 10, "sending": 20}
        assert (scene.progress[0].orders, scene.progress[0].created) == (10, 10)
        assert sandbox.store.count() == 10


def test_a_run_cannot_be_delivered_twice_at_the_same_time(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "store.db", requests_per_minute=None) as sandbox:
        scene = Scene(tmp_path, sandbox, {COMPANY: numbers(3)})
        with scene.folder.lock(), pytest.raises(UsageError, match="going on"):
            scene.run()
        assert scene.posts() == 0
