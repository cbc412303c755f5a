"""A ledger of an earlier version is brought to this one when it is opened, with all that it knows."""

from pathlib import Path

import pytest
from ledgers import COMPANY, TARGET, claim, doubts, sender_of, status_of
from sqlalchemy import create_engine, text

from adapters import leases
from adapters.ledger import Ledger
from schemas.errors import LedgerError
from schemas.ledger import SCHEMA_VERSION, UPGRADES

# Version 1 as it was made; {id} and {end} are what the two databases differ in.
VERSION_1 = """
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE targets (id {id}, base_url VARCHAR NOT NULL UNIQUE);
CREATE TABLE throttles (target_id BIGINT NOT NULL REFERENCES targets (id), key_fingerprint VARCHAR NOT NULL,
  not_before BIGINT NOT NULL, PRIMARY KEY (target_id, key_fingerprint));
CREATE TABLE runs (run_id VARCHAR NOT NULL PRIMARY KEY, target_id BIGINT NOT NULL REFERENCES targets (id),
  owner VARCHAR, lease_until BIGINT NOT NULL);
CREATE TABLE requests (id {id}, target_id BIGINT NOT NULL REFERENCES targets (id), key_fingerprint VARCHAR NOT NULL,
  slot BIGINT NOT NULL, run_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, company_id BIGINT, orders INTEGER NOT NULL,
  started_at BIGINT NOT NULL, finished_at BIGINT, http_status INTEGER, sync_id VARCHAR, code VARCHAR,
  created INTEGER NOT NULL, rejected INTEGER NOT NULL, in_doubt INTEGER NOT NULL,
  UNIQUE (target_id, key_fingerprint, slot));
CREATE INDEX requests_of_run ON requests (run_id);
CREATE TABLE orders (target_id INTEGER NOT NULL, company_id BIGINT NOT NULL, order_number VARCHAR NOT NULL,
  status VARCHAR NOT NULL, digest BIGINT NOT NULL, run_id VARCHAR NOT NULL, batch_id BIGINT NOT NULL,
  attempts INTEGER NOT NULL, settled_at BIGINT, rootfi_id BIGINT, platform_id VARCHAR, error_code VARCHAR,
  error_message VARCHAR, PRIMARY KEY (target_id, company_id, order_number)){end};
CREATE INDEX orders_unsettled ON orders (run_id, status) WHERE status IN ('sending', 'in_doubt');
INSERT INTO schema_version VALUES (1);
INSERT INTO targets (base_url) VALUES ('https://api');
INSERT INTO throttles VALUES (1, 'fingerprint', 5);
INSERT INTO runs VALUES ('ended', 1, 'host', 0), ('killed', 1, 'host', 0);
INSERT INTO requests (target_id, key_fingerprint, slot, run_id, kind, company_id, orders, started_at, finished_at,
  http_status, sync_id, code, created, rejected, in_doubt) VALUES
  (1, 'fingerprint', 1, 'ended', 'create', 7, 3, 10, 11, 200, 'sync_1', NULL, 1, 1, 1),
  (1, 'fingerprint', 2, 'killed', 'create', 7, 1, 12, NULL, NULL, NULL, NULL, 0, 0, 0);
INSERT INTO orders VALUES (1, 7, 'made', 'created', 9, 'ended', 1, 1, 11, 5, 'p5', NULL, NULL),
  (1, 7, 'refused', 'rejected', 9, 'ended', 1, 1, 11, NULL, NULL, 'bad', 'told'),
  (1, 7, 'doubt', 'in_doubt', 9, 'ended', 1, 1, NULL, NULL, NULL, 'http_504', 'told'),
  (1, 7, 'flying', 'sending', 9, 'killed', 2, 1, NULL, NULL, NULL, NULL, NULL)
"""
ALL = ("made", "refused", "doubt", "flying")


@pytest.fixture
def old_url(ledger_url: str) -> str:
    """Where a ledger of version 1 is, with orders in it."""
    engine = create_engine(ledger_url)
    is_sqlite = engine.dialect.name == "sqlite"
    script = VERSION_1.format(
        id="INTEGER NOT NULL PRIMARY KEY" if is_sqlite else "BIGSERIAL PRIMARY KEY",
        end=" WITHOUT ROWID" if is_sqlite else "",
    )
    with engine.begin() as connection:
        for statement in script.split(";"):
            connection.execute(text(statement))
    engine.dispose()
    return ledger_url


def test_nothing_is_lost_and_the_work_goes_on(old_url: str) -> None:
    ledger = Ledger(old_url)
    assert status_of(ledger, *ALL) == ["created", "rejected", "in_doubt", "sending"]
    facts = {fact.order_number: fact for fact in ledger.facts(TARGET, COMPANY, ALL)}
    assert (facts["made"].rootfi_id, facts["made"].sync_id, facts["made"].sent_at) == (5, "sync_1", 10)
    assert ledger.counts("ended")[:4] == (1, 1, 1, 1)
    sender = sender_of(ledger, "new")
    assert claim(ledger, sender, *ALL, "next") == (3, {"made", "doubt", "flying"})
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


def test_an_upgraded_ledger_has_the_columns_of_a_new_one(old_url: str, tmp_path: Path) -> None:
    Ledger(old_url).close()
    again = Ledger(old_url)
    new = Ledger(f"sqlite:///{tmp_path / 'new.db'}")
    for table in ("runs", "requests", "orders", "throttles", "targets", "schema_version"):
        with again.reading() as ours, new.reading() as theirs:
            query = f"SELECT * FROM {table}"  # noqa: S608 - our own words
            assert set(ours.exec_driver_sql(query).keys()) == set(theirs.exec_driver_sql(query).keys())
    with again.reading() as tx:
        assert tx.execute(text("SELECT version FROM schema_version")).scalars().all() == [SCHEMA_VERSION]
    again.close()
    new.close()


def test_an_upgrade_is_whole_or_not_at_all(old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(UPGRADES, 1, ("DELETE FROM orders", "SELECT * FROM nothing"))
        with pytest.raises(LedgerError, match="nothing"):
            Ledger(old_url)
    ledger = Ledger(old_url)
    assert status_of(ledger, *ALL) == ["created", "rejected", "in_doubt", "sending"]
    ledger.close()


def test_a_ledger_of_a_later_version_is_refused(ledger: Ledger, ledger_url: str) -> None:
    with ledger.transaction() as tx:
        tx.execute(text("UPDATE schema_version SET version = 99"))
    with pytest.raises(LedgerError, match="version 99"):
        Ledger(ledger_url)
