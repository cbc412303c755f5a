"""What makes a ledger of one version one of the next: plain SQL, for each kind of database.

A version that was released never changes here. The tables of the current one stand in schemas/ledger.py; a test
compares them with what these statements make of each earlier version.
"""

BOTH, SQLITE, POSTGRESQL = "both", "sqlite", "postgresql"
Statement = tuple[str, str]  # the database that it is for, and its SQL

# What was unsettled in version 2, batch by batch.
_CARRIED = """UPDATE requests SET unsettled = found.numbers
FROM (SELECT batch_id, {} AS numbers FROM orders WHERE status IN ('sending', 'in_doubt') GROUP BY batch_id) AS found
WHERE requests.id = found.batch_id"""
_LISTED = {SQLITE: "json_group_array(order_number)", POSTGRESQL: "json_agg(order_number)::text"}
_ORDERS_3 = """CREATE TABLE orders_3 (target_id INTEGER NOT NULL, company_id BIGINT NOT NULL,
order_number VARCHAR NOT NULL, status VARCHAR NOT NULL, digest BIGINT NOT NULL, batch_id BIGINT NOT NULL,
attempts INTEGER NOT NULL, settled_at BIGINT, rootfi_id BIGINT, platform_id VARCHAR, error_code VARCHAR,
error_message VARCHAR, PRIMARY KEY (target_id, company_id, order_number))"""
_COPIED_3 = """INSERT INTO orders_3 SELECT target_id, company_id, order_number, status, digest, batch_id, attempts,
settled_at, rootfi_id, platform_id, error_code, error_message FROM orders"""

UPGRADES: dict[int, tuple[Statement, ...]] = {
    1: (
        (BOTH, "ALTER TABLE runs ADD COLUMN beat BIGINT NOT NULL DEFAULT 0"),
        # Version 1 kept the owners of runs that had ended; what they left `sending` still makes a run count as owned.
        (
            BOTH,
            "UPDATE runs SET owner = NULL WHERE run_id NOT IN (SELECT run_id FROM orders WHERE status = 'sending')",
        ),
        (BOTH, "ALTER TABLE runs DROP COLUMN lease_until"),
        (BOTH, "ALTER TABLE requests ADD COLUMN api_started_at BIGINT"),
    ),
    # Orders lose what their request says anyway, and are found through it while they are unsettled.
    2: (
        (BOTH, "ALTER TABLE runs ADD COLUMN position BIGINT NOT NULL DEFAULT 0"),
        (BOTH, "ALTER TABLE requests ADD COLUMN unsettled VARCHAR"),
        *((kind, _CARRIED.format(listed)) for kind, listed in _LISTED.items()),
        (BOTH, "CREATE INDEX requests_unsettled ON requests (target_id, run_id) WHERE unsettled IS NOT NULL"),
        (BOTH, "DROP INDEX orders_unsettled"),
        (POSTGRESQL, "ALTER TABLE orders DROP COLUMN run_id"),
        (POSTGRESQL, "ALTER TABLE orders SET (fillfactor = 50)"),
        # Rows in the order in which they are sent, and their key in an index: a batch then changes pages that lie
        # together, in whatever order its numbers come.
        (SQLITE, _ORDERS_3),
        (SQLITE, _COPIED_3),
        (SQLITE, "DROP TABLE orders"),
        (SQLITE, "ALTER TABLE orders_3 RENAME TO orders"),
    ),
}
