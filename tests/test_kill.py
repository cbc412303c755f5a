"""The real command, killed at any moment while the API misbehaves: in the end each order was created exactly once."""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from commands import Orderlift, ended, wait_until
from postgres import Postgres

from adapters.ledger import Ledger
from sandbox import faults as fault
from sandbox.server import Sandbox
from schemas.results import Status

KILLS = 10  # for each kind of database
COMPANIES = (1, 2, 3)
ORDERS = 400  # of each company
KEY = "sandbox-key"
HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
SMALL = ("--max-orders-per-batch", 5, "--max-in-flight", 4, "--requests-per-minute", 100_000, "--settle-seconds", 0.5)
THERE = {Status.CREATED, Status.ALREADY_CREATED}
Key = tuple[int, str]


def write_orders(path: Path, count: int = ORDERS) -> set[Key]:
    """A file of orders of three companies; their keys."""
    keys = [(company, f"K-{number:04}") for company in COMPANIES for number in range(count)]
    lines = "".join(f"{company},{number},cus-{number},USD,prod-{number},2,9.50\n" for company, number in keys)
    path.write_text(HEADER + lines)
    return set(keys)


def misbehavior(chance: random.Random, requests: int = 3000) -> list[fault.Fault]:
    """One fault for every third request, and a little time for each, so that there is something to kill."""
    made: Sequence[Callable[[int], fault.Fault]] = (
        lambda at: fault.Reply(skip=at, status=504, stored=True),
        lambda at: fault.Reply(skip=at, status=503),
        lambda at: fault.HangUp(skip=at, stored=True),
        lambda at: fault.HangUp(skip=at),
        lambda at: fault.Cut(skip=at),
        lambda at: fault.Delay(skip=at, seconds=0.1, stored=True),
        lambda at: fault.Delay(skip=at, seconds=0.1),
        lambda at: fault.Hide(skip=at, seconds=0.2),
        lambda at: fault.Reply(skip=at, status=429, retry_after=0),
        lambda at: fault.Reply(skip=at, status=504, stored=True, on="list"),
    )
    struck = [chance.choice(made)(at) for at in range(2, requests) if not chance.randrange(3)]
    return [fault.Delay(times="always", seconds=0.02), fault.Delay(times="always", seconds=0.02, stored=True), *struck]


@contextmanager
def serving(path: Path, faults: Sequence[fault.Fault] = ()) -> Iterator[Sandbox]:
    with Sandbox(path / "store.db", requests_per_minute=None, faults=faults) as sandbox:
        yield sandbox


def ledger_facts(url: str, base_url: str, keys: set[Key]) -> dict[Key, tuple[str, int | None, str | None]]:
    """Status and ids of each order in the ledger."""
    ledger = Ledger(url)
    target = ledger.target(base_url)
    facts = {}
    for company in COMPANIES:
        numbers = [number for one, number in keys if one == company]
        for fact in ledger.facts(target, company, numbers):
            facts[company, fact.order_number] = (fact.status, fact.rootfi_id, fact.platform_id)
    ledger.close()
    return facts


def check_all_agree(sandbox: Sandbox, ledger_url: str, results: Path, keys: set[Key]) -> None:
    """Platform, ledger and results tell of the same orders under the same ids: each of the file's, once."""
    stored = {(one.company_id, one.sent_number): (one.rootfi_id, one.platform_id) for one in sandbox.store.orders()}
    assert sandbox.store.duplicates() == {}
    assert sandbox.store.count() == len(keys)
    assert stored.keys() == keys
    facts = ledger_facts(ledger_url, sandbox.url, keys)
    assert Counter(status for status, _, _ in facts.values()) == {"created": len(keys)}
    assert {key: ids for key, (_, *ids) in facts.items()} == {key: list(ids) for key, ids in stored.items()}
    rows = [row for row in pq.read_table(results).to_pylist() if row["entity"] == "order"]
    told = {(row["company_id"], row["order_number"]): (row["rootfi_id"], row["platform_id"]) for row in rows}
    assert len(rows) == len(keys)
    assert {row["status"] for row in rows} <= THERE
    assert told == stored


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[str], Orderlift]:
    """A folder with the command in it, as on a machine of its own."""

    def make(name: str) -> Orderlift:
        (tmp_path / name).mkdir()
        return Orderlift(tmp_path / name, ORDERLIFT_API_KEY=KEY)

    return make


def test_after_kills_at_any_moment_each_order_is_created_once(
    tmp_path: Path, ledger_url: str, machine: Callable[[str], Orderlift]
) -> None:
    chance = random.Random(ledger_url.split(":", maxsplit=1)[0])  # noqa: S311 - moments to kill at, the same in every run
    orderlift = machine("one")
    keys = write_orders(orderlift.folder / "a.csv")
    kills: list[tuple[str, float, int]] = []
    with serving(tmp_path, misbehavior(chance)) as sandbox:
        how = (*SMALL, "--ledger-url", ledger_url, "--base-url", sandbox.url)
        while len(kills) < KILLS:
            runs_before, seen = len(orderlift.runs()), len(sandbox.requests)
            command = ("resume",) if runs_before and len(kills) % 2 else ("run", "a.csv")
            delay = chance.uniform(0, 0.4)
            with orderlift.start(*command, *how) as process:
                # One in five dies before its first request: while it starts, plans or takes over.
                if chance.randrange(5):
                    wait_until(lambda: len(sandbox.requests) > seen or process.poll() is not None, step=0.002)  # noqa: B023
                else:
                    delay += 0.8
                time.sleep(delay)
                process.kill()
                code = process.wait()
            assert code == -9, process.stderr and process.stderr.read()
            assert sandbox.store.duplicates() == {}
            statuses = Counter(status for status, _, _ in ledger_facts(ledger_url, sandbox.url, keys).values())
            kills.append((command[0], round(delay, 2), statuses["sending"]))
        sys.stdout.write(f"killed (command, seconds after its first request, orders in its hands): {kills}\n")
        assert any(sending for _, _, sending in kills)
        last = orderlift("run", "a.csv", *how, "--json")
        assert last.code == 0, last.err
        check_all_agree(sandbox, ledger_url, orderlift.folder / last.json["results"], keys)


def test_of_two_machines_one_dies_in_the_middle_and_the_other_finishes_what_it_left(
    tmp_path: Path, postgres: Postgres, machine: Callable[[str], Orderlift]
) -> None:
    url = postgres.database()
    first, second = machine("one"), machine("two")
    for one in (first, second):
        keys = write_orders(one.folder / "a.csv", 100)
    with serving(tmp_path, misbehavior(random.Random(5))) as sandbox:  # noqa: S311 - the same in every run
        how = ("run", "a.csv", *SMALL, "--ledger-url", url, "--base-url", sandbox.url, "--json")
        with first.start(*how) as dying, second.start(*how) as living:
            wait_until(lambda: both_have_sent(url), step=0.01)
            dying.kill()
            other = ended(living)
        assert dying.returncode == -9
        assert other.code == 0, other.err
        assert other.json["orders"]["pending"] == 0
        for one in (first, second):
            last = one("resume", *how[2:])
            assert last.code == 0, last.err
            check_all_agree(sandbox, url, one.folder / last.json["results"], keys)


def both_have_sent(url: str) -> bool:
    ledger = Ledger(url)
    with ledger.reading() as tx:
        count = tx.exec_driver_sql("SELECT count(DISTINCT run_id) FROM requests WHERE created > 0").scalar_one()
    ledger.close()
    return bool(count == 2)
