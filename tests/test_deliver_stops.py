"""How delivery ends early: what is in flight is recorded, the rest stays pending, and a resume finishes."""

import asyncio
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from delivering import COMPANY, Scene, numbers
from sqlalchemy import Connection

from adapters import claims
from adapters.ledger import Ledger
from flows.ports import Progress
from flows.run import deliver_run
from flows.signals import stop_event
from sandbox.faults import Delay
from sandbox.server import Sandbox
from schemas.delivery import Batch
from schemas.errors import Interrupted, LedgerError
from schemas.ledger import Sender
from schemas.run import State

SLOW = Delay(times="always", seconds=0.1, stored=True)
PLAN = {company: numbers(150) for company in (1, 2, 3, 4)}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERLIFT_API_KEY", "sandbox-key")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[SLOW]) as sandbox:
        yield sandbox


@pytest.fixture
def scene(tmp_path: Path, sandbox: Sandbox) -> Scene:
    return Scene(tmp_path, sandbox, PLAN, max_orders_per_batch=20)


def deliver_with(scene: Scene, tell: Callable[[Progress, asyncio.Event], object]) -> None:
    """Deliver, and tell what is told together with the event that stops it."""

    async def go() -> None:
        stop = asyncio.Event()
        async with asyncio.timeout(30):

            def told(progress: Progress) -> None:
                tell(progress, stop)

            await deliver_run(scene.folder, scene.options, stop, told)

    asyncio.run(go())


def finish(scene: Scene) -> None:
    assert scene.run().state is State.COMPLETE
    assert scene.is_exact()


def test_a_stop_lets_what_is_in_flight_end_and_a_resume_finishes(scene: Scene) -> None:
    def tell(progress: Progress, stop: asyncio.Event) -> None:
        if progress.requests > 10:
            stop.set()

    with pytest.raises(Interrupted):
        deliver_with(scene, tell)
    counts = scene.counts()
    assert counts.keys() == {"created", "pending"}
    assert counts["created"] == scene.sandbox.store.count()
    finish(scene)
    assert scene.counts() == {"created": 600}


def test_a_stop_does_not_wait_for_the_rate_limit(scene: Scene) -> None:
    scene.options = scene.options.model_copy(update={"requests_per_minute": 6})
    with pytest.raises(Interrupted):
        deliver_with(scene, lambda _, stop: asyncio.get_running_loop().call_later(0.3, stop.set))
    assert scene.posts() == 6
    assert scene.counts().keys() == {"created", "pending"}


def send_signals(*seconds: float) -> None:
    for one in seconds:
        timer = threading.Timer(one, os.kill, (os.getpid(), signal.SIGINT))
        timer.daemon = True
        timer.start()


def test_the_first_signal_drains(scene: Scene) -> None:
    send_signals(0.8)
    ending = scene.run(max_orders_per_batch=5)
    assert ending.state is State.INTERRUPTED
    assert scene.counts().keys() == {"created", "pending"}
    finish(scene)


def test_a_run_that_ends_early_of_itself_still_takes_two_signals_to_cut_off() -> None:
    async def go() -> None:
        with stop_event() as stop:
            stop.set()
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(asyncio.CancelledError):
                await asyncio.sleep(5)

    before = signal.getsignal(signal.SIGINT)
    asyncio.run(go())
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_signal_cuts_off_and_what_was_in_flight_is_in_doubt(tmp_path: Path) -> None:
    hang = Delay(skip=1, times="always", seconds=20, stored=True)
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[hang]) as sandbox:
        scene = Scene(tmp_path, sandbox, {COMPANY: numbers(300)}, max_orders_per_batch=20, timeout_seconds=30)
        send_signals(1.5, 1.7)
        ending = scene.run()
        assert ending.state is State.INTERRUPTED
        assert scene.counts() == {"created": 1, "in_doubt": 8 * 20, "pending": 139}
        assert sandbox.store.count() == 161
        assert scene.is_exact()


def test_a_stop_waits_for_what_is_in_flight_only_so_long(tmp_path: Path) -> None:
    hang = Delay(skip=1, times=8, seconds=20, stored=True)
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[hang]) as sandbox:
        scene = Scene(tmp_path, sandbox, {COMPANY: numbers(300)}, max_orders_per_batch=20, timeout_seconds=30)
        send_signals(1.5)
        begin = time.monotonic()
        ending = scene.run(grace_seconds=0.5)
        assert ending.state is State.INTERRUPTED
        assert time.monotonic() - begin < 10
        assert scene.counts() == {"created": 1, "in_doubt": 8 * 20, "pending": 139}
        finish(scene)
        assert scene.counts() == {"created": 300}


def test_a_claim_that_waits_for_the_ledger_when_it_is_cut_off_is_put_in_doubt(scene: Scene) -> None:
    async def go() -> None:
        told = asyncio.Event()
        task = asyncio.create_task(deliver_run(scene.folder, scene.options, asyncio.Event(), lambda _: told.set()))
        await told.wait()
        other = sqlite3.connect(scene.workspace / "ledger.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(0.5)  # all answers have come; all that is left waits for the ledger
        threading.Timer(0.5, other.execute, ("COMMIT",)).start()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        other.close()

    asyncio.run(go())
    assert scene.counts()["sending"] == 0
    finish(scene)


def fail_on(scene: Scene, trigger: str) -> None:
    with sqlite3.connect(scene.workspace / "ledger.db") as connection:
        connection.execute(f"CREATE TRIGGER failing {trigger} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    connection.close()


def mend(scene: Scene) -> None:
    with sqlite3.connect(scene.workspace / "ledger.db") as connection:
        connection.execute("DROP TRIGGER failing")
    connection.close()


@pytest.mark.parametrize(
    "trigger",
    [
        pytest.param("BEFORE INSERT ON requests WHEN NEW.slot > 12", id="intent"),
        pytest.param("BEFORE INSERT ON orders WHEN NEW.batch_id > 12", id="claim"),
        pytest.param("BEFORE UPDATE ON requests WHEN NEW.finished_at IS NOT NULL AND NEW.slot > 12", id="outcome"),
    ],
)
def test_a_ledger_that_fails_in_the_middle_stops_the_run_and_nothing_more_is_sent(scene: Scene, trigger: str) -> None:
    Ledger(f"sqlite:///{scene.workspace / 'ledger.db'}").close()
    fail_on(scene, trigger)
    ending = scene.run()
    assert isinstance(ending.reason, LedgerError)
    assert "disk full" in str(ending.reason)
    assert scene.posts() <= 12 + 8  # what had its intent when the first outcome failed
    assert scene.is_exact()
    mend(scene)
    finish(scene)


def test_a_lease_that_cannot_be_renewed_stops_the_run_and_a_resume_finishes(scene: Scene) -> None:
    Ledger(f"sqlite:///{scene.workspace / 'ledger.db'}").close()
    fail_on(scene, "BEFORE UPDATE ON runs WHEN NEW.beat > OLD.beat AND (SELECT max(slot) FROM requests) >= 20")
    ending = scene.run()
    assert isinstance(ending.reason, LedgerError)
    assert scene.counts().keys() <= {"created", "pending", "in_doubt"}  # outcomes of the transaction that failed
    assert scene.posts() <= 20 + 8
    mend(scene)
    finish(scene)
    assert scene.counts() == {"created": 600}


def test_what_was_claimed_together_with_an_outcome_is_not_sent_once_the_run_stops(scene: Scene) -> None:
    posted: list[int] = []

    def tell(progress: Progress, stop: asyncio.Event) -> None:
        if progress.requests > 12:
            stop.set()
            posted.append(scene.posts())

    with pytest.raises(Interrupted):
        deliver_with(scene, tell)
    assert scene.posts() <= posted[0] + 8
    assert scene.counts().keys() == {"created", "pending"}
    assert set(scene.ask("SELECT error_code FROM orders WHERE status = 'pending'")) <= {("stopped",)}
    finish(scene)


def test_an_outcome_stays_though_the_claim_beside_it_fails(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = claims.claim

    def failing(tx: Connection, sender: Sender, batch_id: int, batch: Batch) -> set[str]:
        if batch_id > 12:
            raise LedgerError("Another process has the run.")
        return claim(tx, sender, batch_id, batch)

    with monkeypatch.context() as patch:
        patch.setattr(claims, "claim", failing)
        assert isinstance(scene.run().reason, LedgerError)
    assert scene.counts() == {"created": scene.sandbox.store.count(), "pending": 600 - scene.sandbox.store.count()}
    assert scene.posts() == 12
    finish(scene)


def test_a_display_that_fails_ends_the_run_after_what_is_in_flight(scene: Scene) -> None:
    def tell(progress: Progress, _: asyncio.Event) -> None:
        if progress.requests > 10:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        deliver_with(scene, tell)
    assert scene.counts().keys() == {"created", "pending"}
    assert scene.counts()["created"] == scene.sandbox.store.count()
    finish(scene)
