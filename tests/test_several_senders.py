"""Several senders over one PostgreSQL ledger: one limit for all, and what a dead one had in hand is settled."""

import bisect
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from commands import wait_until
from delivering import make_plan, numbers, options_for, processes, run_alone
from postgres import Postgres

from adapters.ledger import Ledger
from flows import session, watch
from flows.settings import Options
from sandbox.faults import Delay
from sandbox.limits import Window
from sandbox.server import Sandbox
from transforms import rate

SENDERS = 4
LIMIT = 100  # requests in a window, which is short here, of the key that all of them use
WINDOW = 6.0
MARGIN = rate.WINDOW_SECONDS - 60

Run = tuple[Path, str, Options]


def send_in_short_windows(workspace: Path, run_id: str, options: Options) -> None:
    """Deliver a run under a limit whose window is short, with the margin that it always has."""
    rate.WINDOW_SECONDS = WINDOW + MARGIN
    run_alone(workspace, run_id, options)


def send_among_mortals(workspace: Path, run_id: str, options: Options) -> None:
    """Deliver a run that takes others for dead after a few seconds."""
    watch.LEASE_SECONDS, session.BEAT_SECONDS = 8.0, 0.5
    run_alone(workspace, run_id, options)


@contextmanager
def sending(
    target: object, path: Path, orders: int, **settings: object
) -> Iterator[tuple[list[BaseProcess], list[Run]]]:
    """Processes, each on a machine of its own as it were, that send a run of one company."""
    started: list[BaseProcess] = []
    runs: list[Run] = []
    for company in range(1, SENDERS + 1):
        workspace = path / f"machine-{company}"
        options = options_for(workspace, **settings)
        folder = make_plan(workspace, options.base_url, {company: numbers(orders)})
        runs.append((workspace, folder.run_id, options))
        started.append(processes().Process(target=target, args=runs[-1]))
    try:
        for process in started:
            process.start()
        yield started, runs
    finally:
        for process in started:
            process.kill()
            process.join()


def statuses(ledger_url: str, base_url: str, orders: int) -> dict[int, Counter[str]]:
    """How many orders of each status the ledger has of each company; what was never sent is pending."""
    ledger = Ledger(ledger_url)
    target, found = ledger.target(base_url), {}
    for company in range(1, SENDERS + 1):
        found[company] = Counter(fact.status for fact in ledger.facts(target, company, numbers(orders)))
        found[company]["pending"] += orders - found[company].total()
    ledger.close()
    return {company: +counts for company, counts in found.items()}


def test_four_senders_share_one_limit_which_is_never_exceeded(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.server.Window", partial(Window, seconds=WINDOW))
    url, orders, windows = postgres.database(), 100, 4
    with Sandbox(tmp_path / "store.db", requests_per_minute=LIMIT) as sandbox:
        how = {"base_url": sandbox.url, "ledger_url": url, "requests_per_minute": LIMIT, "max_orders_per_batch": 1}
        with sending(send_in_short_windows, tmp_path, orders, **how) as (started, _):
            for process in started:
                process.join(120)
            assert [process.exitcode for process in started] == [0] * SENDERS
        seen = [request for request in sandbox.requests if request.method == "POST"]
        assert sandbox.store.duplicates() == {}
        assert sandbox.store.count() == SENDERS * orders
    assert {request.status for request in seen} == {200}, "none was refused"
    times = [request.at for request in seen]
    most = max(at - bisect.bisect_left(times, times[at] - WINDOW) + 1 for at in range(len(times)))
    assert most == LIMIT, "not one more than allowed in any window, and in some window all that are"
    # A perfect sender has its last request out when all windows but the last are over.
    perfect = (windows - 1) * (WINDOW + MARGIN)
    sys.stdout.write(f"{perfect / (times[-1] - times[0]):.1%} of what the limiter allows, {len(times)} requests\n")
    assert statuses(url, sandbox.url, orders) == {one: {"created": orders} for one in range(1, SENDERS + 1)}


def test_what_a_killed_sender_had_in_hand_another_settles_and_its_run_goes_on(
    tmp_path: Path, postgres: Postgres
) -> None:
    url, orders = postgres.database(), 400
    slow = [Delay(times="always", seconds=0.2, stored=stored) for stored in (False, True)]
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=slow) as sandbox:
        how = {"base_url": sandbox.url, "ledger_url": url, "max_orders_per_batch": 5, "max_in_flight": 2}
        with sending(send_among_mortals, tmp_path, orders, **how) as (started, runs):
            wait_until(lambda: statuses(url, sandbox.url, orders)[1]["created"] >= 20)
            wait_until(lambda: statuses(url, sandbox.url, orders)[1]["sending"] > 0, step=0.002)
            started[0].kill()
            started[0].join()
            left = statuses(url, sandbox.url, orders)
            for process in started[1:]:
                process.join(120)
            assert [process.exitcode for process in started] == [-9, 0, 0, 0]
        others = statuses(url, sandbox.url, orders)
        assert left[1]["sending"] > 0
        assert others[1].keys() == {"created", "pending"}, "nothing of it is in anybody's hands, or in doubt"
        assert others[1]["created"] >= left[1]["created"]
        run_alone(*runs[0])
        assert statuses(url, sandbox.url, orders) == {one: {"created": orders} for one in range(1, SENDERS + 1)}
        assert sandbox.store.duplicates() == {}
        assert sandbox.store.count() == SENDERS * orders
