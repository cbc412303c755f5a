"""A ledger that cannot be written stops the real command before it sends, with one line; a resume finishes."""

import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Orderlift, Ran, ended, wait_until
from postgres import Postgres
from sqlalchemy import create_engine, make_url, text

from sandbox.faults import Delay
from sandbox.server import Sandbox

COUNT = 40
KEY = "sandbox-key"
HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
SMALL = ("--max-orders-per-batch", 2, "--max-in-flight", 2, "--requests-per-minute", 100_000, "--settle-seconds", 0.5)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    slow = Delay(times="always", seconds=0.02)
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[slow]) as sandbox:
        yield sandbox


@pytest.fixture
def orderlift(tmp_path: Path) -> Orderlift:
    folder = tmp_path / "home"
    folder.mkdir()
    rows = "".join(f"1,A-{number},c,EUR,00{number},1,2.50\n" for number in range(COUNT))
    (folder / "a.csv").write_text(HEADER + rows)
    return Orderlift(folder, ORDERLIFT_API_KEY=KEY)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting takes root")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(place: Path) -> Path:
    """Leave no byte free."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return filler


def check_stopped(ran: Ran, told: str) -> None:
    """It says once what is wrong with the ledger, in one line or at the head of the report."""
    assert ran.code == 3, ran.err
    assert "Traceback" not in ran.err
    said = " ".join(ran.err.split())
    assert said.count("The ledger cannot be used: ") == 1, ran.err
    assert told in said


def check_finished(ran: Ran, sandbox: Sandbox) -> None:
    assert ran.code == 0, ran.err
    assert ran.json["orders"]["created"] == COUNT
    assert sandbox.store.count() == COUNT
    assert sandbox.store.duplicates() == {}


@pytest.mark.parametrize("only_the_ledger", [True, False])
def test_a_full_disk_stops_it_before_it_sends(
    orderlift: Orderlift, sandbox: Sandbox, tiny_disk: Path, *, only_the_ledger: bool
) -> None:
    place = ("--ledger-url", f"sqlite:///{tiny_disk / 'ledger.db'}") if only_the_ledger else ("--workspace", tiny_disk)
    how = (*SMALL, *place, "--base-url", sandbox.url)
    planned = orderlift("plan", "a.csv", *how)
    assert planned.code == 0, planned.err
    filler = fill(tiny_disk)
    check_stopped(orderlift("resume", *how), "disk")
    assert sandbox.requests == []
    filler.unlink()
    check_finished(orderlift("resume", *how, "--json"), sandbox)


def test_a_ledger_that_cannot_grow_stops_it_in_the_middle_and_what_was_sent_is_known(
    orderlift: Orderlift, sandbox: Sandbox
) -> None:
    how = (*SMALL, "--max-orders-per-batch", 1, "--base-url", sandbox.url)
    with orderlift.start("run", "a.csv", *how) as process:
        wait_until(lambda: len(sandbox.requests) > 2, step=0.002)
        wal = orderlift.folder / "workspace" / "ledger.db-wal"
        limit = wal.stat().st_size + 50_000
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        stopped = ended(process)
    check_stopped(stopped, "ledger")
    assert 0 < sandbox.store.count() < COUNT
    check_finished(orderlift("resume", *how, "--json"), sandbox)


def test_a_database_that_refuses_to_write_stops_it_before_it_sends(
    orderlift: Orderlift, sandbox: Sandbox, postgres: Postgres
) -> None:
    url = postgres.database()
    how = (*SMALL, "--ledger-url", url, "--base-url", sandbox.url)
    assert orderlift("plan", "a.csv", *how).code == 0
    name = make_url(url).database
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    check_stopped(orderlift("resume", *how), "read-only")
    assert sandbox.requests == []
    with admin.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
    admin.dispose()
    check_finished(orderlift("resume", *how, "--json"), sandbox)


def test_a_database_that_goes_away_stops_it_and_what_was_sent_is_known(
    orderlift: Orderlift, sandbox: Sandbox, postgres: Postgres
) -> None:
    url = postgres.database()
    how = (*SMALL, "--max-orders-per-batch", 1, "--ledger-url", url, "--base-url", sandbox.url)
    name = make_url(url).database
    admin = create_engine(postgres.database(), isolation_level="AUTOCOMMIT")
    ends = text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - ours
    with orderlift.start("run", "a.csv", *how) as process, admin.connect() as connection:
        wait_until(lambda: len(sandbox.requests) > 2, step=0.002)
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(ends)
        ran = ended(process)
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()
    check_stopped(ran, "ledger")
    assert 0 < sandbox.store.count() < COUNT
    check_finished(orderlift("resume", *how, "--json"), sandbox)
