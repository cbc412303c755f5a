"""A ledger of an earlier version is brought to this one when it is opened, with all that it knows."""

import os
import signal
from multiprocessing import get_context
from typing import Any

import pytest
from ledgers import COMPANY, TARGET, claim, doubts, sender_of, settle, status_of
from old_ledgers import ALL, OF_VERSION, make
from sqlalchemy import Engine, create_engine, event, inspect, text

from adapters import leases
from adapters.ledger import Ledger
from schemas.errors import LedgerError
from schemas.ledger import SCHEMA_VERSION, metadata
from schemas.results import Status
from schemas.upgrades import BOTH, UPGRADES

OLD = ["created", "rejected", "in_doubt", "sending"]


@pytest.fixture(params=sorted(OF_VERSION))
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def old_url(ledger_url: str, version: int) -> str:
    """Where a ledger of an earlier version is, with orders in it."""
    make(ledger_url, version)
    return ledger_url


def test_every_earlier_version_has_a_ledger_here() -> None:
    assert sorted(OF_VERSION) == sorted(UPGRADES) == list(range(1, SCHEMA_VERSION))


def test_nothing_is_lost_and_the_work_goes_on(old_url: str) -> None:
    ledger = Ledger(old_url)
    assert status_of(ledger, *ALL) == OLD
    facts = {fact.order_number: fact for fact in ledger.facts(TARGET, COMPANY, ALL)}
    assert (facts["made"].rootfi_id, facts["made"].sync_id, facts["made"].sent_at) == (5, "sync_1", 10)
    assert [facts[number].run_id for number in ALL] == ["ended", "ended", "ended", "killed"]
    assert ledger.counts("ended")[:4] == (1, 1, 1, 1)
    assert ledger.position("ended") == 0
    sender = sender_of(ledger, "new")
    assert claim(ledger, sender, *ALL, "next") == (3, {"made", "doubt", "flying"})
    assert settle(ledger, sender, 3, next=Status.CREATED, refused=Status.CREATED) == set()
    ledger.close()


def test_what_ended_runs_left_in_doubt_is_free_and_what_killed_ones_left_sending_has_an_owner(old_url: str) -> None:
    ledger = Ledger(old_url)
    sender = sender_of(ledger, "new")
    assert [one.order_number for one in doubts(ledger, sender)] == ["doubt"]
    with ledger.transaction() as tx:
        (dead,) = (one for one in leases.owners(tx, TARGET) if one.run_id != "new")
        assert (dead.run_id, leases.bury(tx, TARGET, dead)) == ("killed", 1)
    assert [one.order_number for one in doubts(ledger, sender)] == ["doubt", "flying"]
    ledger.close()


def tables_of(url: str) -> dict[str, Any]:
    """What a ledger is made of, but for the order of columns and for what is filled in where nothing is given."""
    engine = create_engine(url)
    found, is_sqlite = inspect(engine), engine.dialect.name == "sqlite"
    tables = {}
    for table in sorted(found.get_table_names()):
        columns = sorted((one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(table))
        key = found.get_pk_constraint(table)["constrained_columns"]
        unique = sorted(one["column_names"] for one in found.get_unique_constraints(table))
        links = [(one["constrained_columns"], one["referred_table"]) for one in found.get_foreign_keys(table)]
        indexes = sorted((str(one["name"]), one["column_names"], _where(one)) for one in found.get_indexes(table))
        options = found.get_table_options(table) if is_sqlite else _storage(engine, table)
        tables[table] = (columns, key, unique, links, indexes, options)
    engine.dispose()
    return tables


def _storage(engine: Engine, table: str) -> Any:
    with engine.connect() as connection:
        query = text("SELECT reloptions FROM pg_class WHERE relname = :name")
        return connection.execute(query, {"name": table}).scalar_one()


def _where(index: Any) -> str:
    return " ".join(str(value) for name, value in index["dialect_options"].items() if name.endswith("where"))


def test_an_upgraded_ledger_has_the_tables_of_a_new_one(
    old_url: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    is_sqlite = old_url.startswith("sqlite")
    folder = tmp_path_factory.mktemp("new")
    new_url = f"sqlite:///{folder}/new.db" if is_sqlite else request.getfixturevalue("postgres").database()
    for url in (old_url, new_url):
        Ledger(url).close()
    assert tables_of(old_url) == tables_of(new_url)
    assert set(tables_of(new_url)) == set(metadata.tables)
    with create_engine(old_url).connect() as connection:
        assert connection.execute(text("SELECT version FROM schema_version")).scalars().all() == [SCHEMA_VERSION]


def test_an_upgrade_is_whole_or_not_at_all(old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(UPGRADES, SCHEMA_VERSION - 1, ((BOTH, "DELETE FROM orders"), (BOTH, "SELECT * FROM nothing")))
        with pytest.raises(LedgerError, match="nothing"):
            Ledger(old_url)
    ledger = Ledger(old_url)
    assert status_of(ledger, *ALL) == OLD
    ledger.close()


def _die_before(url: str, place: int) -> None:
    """Open a ledger in a process that is killed before its n-th statement that changes anything, or its commit."""
    left = place

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def count_changes(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.split(maxsplit=1)[0] in ("ALTER", "UPDATE", "CREATE", "DROP", "INSERT"):
            count()

    event.listen(Engine, "before_cursor_execute", count_changes)
    event.listen(Engine, "commit", count)
    Ledger(url)


def test_an_upgrade_that_is_killed_leaves_the_old_version_or_the_new_one(old_url: str, version: int) -> None:
    before, killed = tables_of(old_url), 0
    while True:
        process = get_context("spawn").Process(target=_die_before, args=(old_url, 7 * killed))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        killed += 1
        assert tables_of(old_url) == before
    assert killed >= 1, f"from version {version}"
    ledger = Ledger(old_url)
    assert status_of(ledger, *ALL) == OLD
    ledger.close()


def _open(url: str) -> list[str]:
    ledger = Ledger(url)
    found = status_of(ledger, *ALL)
    ledger.close()
    return found


def test_processes_that_open_it_at_once_all_find_it_upgraded(old_url: str) -> None:
    with get_context("spawn").Pool(3) as pool:
        assert pool.map(_open, [old_url] * 3, chunksize=1) == [OLD] * 3


def test_a_ledger_of_this_version_is_opened_while_another_process_writes(ledger: Ledger, ledger_url: str) -> None:
    with ledger.transaction() as tx:
        tx.execute(text("UPDATE schema_version SET version = version"))
        assert _open(ledger_url) == [""] * len(ALL)


def test_a_ledger_of_a_later_version_is_refused_and_left_alone(ledger: Ledger, ledger_url: str) -> None:
    with ledger.transaction() as tx:
        tx.execute(text("UPDATE schema_version SET version = 99"))
    before = tables_of(ledger_url)
    with pytest.raises(LedgerError, match="version 99") as caught:
        Ledger(ledger_url)
    assert "\n" not in str(caught.value)
    assert tables_of(ledger_url) == before
