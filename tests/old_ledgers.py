"""Ledgers of earlier versions, as they were made, with the same orders in each."""

from sqlalchemy import create_engine, text

# {id}, {ref} and {end} are what the two kinds of database differ in.
TABLES = """
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE targets (id {id}, base_url VARCHAR NOT NULL UNIQUE);
CREATE TABLE throttles (target_id {ref} NOT NULL REFERENCES targets (id), key_fingerprint VARCHAR NOT NULL,
  not_before BIGINT NOT NULL, PRIMARY KEY (target_id, key_fingerprint));
CREATE TABLE requests (id {id}, target_id {ref} NOT NULL REFERENCES targets (id), key_fingerprint VARCHAR NOT NULL,
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
INSERT INTO targets (base_url) VALUES ('https://api');
INSERT INTO throttles VALUES (1, 'fingerprint', 5);
INSERT INTO requests (target_id, key_fingerprint, slot, run_id, kind, company_id, orders, started_at, finished_at,
  http_status, sync_id, code, created, rejected, in_doubt) VALUES
  (1, 'fingerprint', 1, 'ended', 'create', 7, 3, 10, 11, 200, 'sync_1', NULL, 1, 1, 1),
  (1, 'fingerprint', 2, 'killed', 'create', 7, 1, 12, NULL, NULL, NULL, NULL, 0, 0, 0);
INSERT INTO orders VALUES (1, 7, 'made', 'created', 9, 'ended', 1, 1, 11, 5, 'p5', NULL, NULL),
  (1, 7, 'refused', 'rejected', 9, 'ended', 1, 1, 11, NULL, NULL, 'bad', 'told'),
  (1, 7, 'doubt', 'in_doubt', 9, 'ended', 1, 1, NULL, NULL, NULL, 'http_504', 'told'),
  (1, 7, 'flying', 'sending', 9, 'killed', 2, 1, NULL, NULL, NULL, NULL, NULL);
"""
OF_VERSION = {
    1: """
CREATE TABLE runs (run_id VARCHAR NOT NULL PRIMARY KEY, target_id {ref} NOT NULL REFERENCES targets (id),
  owner VARCHAR, lease_until BIGINT NOT NULL);
INSERT INTO runs VALUES ('ended', 1, 'host', 0), ('killed', 1, 'host', 0);
INSERT INTO schema_version VALUES (1)
""",
    2: """
CREATE TABLE runs (run_id VARCHAR NOT NULL PRIMARY KEY, target_id {ref} NOT NULL REFERENCES targets (id),
  owner VARCHAR, beat BIGINT NOT NULL);
INSERT INTO runs VALUES ('ended', 1, NULL, 8), ('killed', 1, 'host', 9);
ALTER TABLE requests ADD COLUMN api_started_at BIGINT;
INSERT INTO schema_version VALUES (2)
""",
}
ALL = ("made", "refused", "doubt", "flying")


def make(url: str, version: int) -> None:
    """A ledger of an earlier version, with orders in it."""
    engine = create_engine(url)
    is_sqlite = engine.dialect.name == "sqlite"
    script = (TABLES + OF_VERSION[version]).format(
        id="INTEGER NOT NULL PRIMARY KEY" if is_sqlite else "BIGSERIAL PRIMARY KEY",
        ref="INTEGER" if is_sqlite else "BIGINT",
        end=" WITHOUT ROWID" if is_sqlite else "",
    )
    with engine.begin() as connection:
        for statement in script.split(";"):
            connection.execute(text(statement))
    engine.dispose()
