"""Ledger check: the invariants of delivery, asked of the ledger as it is; each rule gives what contradicts it.

Nothing is changed. Each rule is one statement, so that a run which sends meanwhile is seen at one moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text

from adapters.ledger import Ledger
from schemas.ledger import SENDING
from schemas.statuses import Status

SHOWN = 5  # of what contradicts a rule


@dataclass(frozen=True)
class Finding:
    """A rule, and the first rows that contradict it, each in words; `more` of them are not shown."""

    rule: str
    rows: tuple[str, ...] = ()
    more: int = 0

    @property
    def is_held(self) -> bool:
        """Whether nothing contradicts the rule."""
        return not self.rows


WORDS = {
    "order": "'company ' || o.company_id || ', order ' || o.order_number || ': '",
    "with_batch": "FROM orders o LEFT JOIN requests r ON r.id = o.batch_id",
    "statuses": ", ".join(f"'{one}'" for one in (SENDING, *(one for one in Status if one is not Status.INVALID))),
}
LISTED = {
    "sqlite": "EXISTS (SELECT 1 FROM json_each(r.unsettled) WHERE value = o.order_number)",
    "postgresql": "jsonb_exists(CAST(r.unsettled AS jsonb), o.order_number)",
}
# Each query gives one column, what contradicts the rule, and no row where it holds. In it {...} stand for WORDS.
RULES: dict[str, str] = {
    "each order is known once": """
        SELECT 'company ' || company_id || ', order ' || order_number || ': ' || count(*) || ' rows'
        FROM orders GROUP BY target_id, company_id, order_number HAVING count(*) > 1
        """,
    "each order has a status that the ledger knows": """
        SELECT {order} || coalesce(o.status, 'none') FROM orders o
        WHERE o.status IS NULL OR o.status NOT IN ({statuses})
        """,
    "each order has the digest of its content": """
        SELECT {order} || 'no digest' FROM orders o WHERE o.digest IS NULL
        """,
    "each order belongs to a request to the same target and company": """
        SELECT {order} || CASE WHEN r.id IS NULL THEN 'no request ' ELSE 'not of request ' END || o.batch_id
        {with_batch}
        WHERE r.id IS NULL OR r.target_id <> o.target_id OR r.company_id <> o.company_id
        """,
    "an order is settled or not, and says when": """
        SELECT {order} || o.status || CASE WHEN o.settled_at IS NULL THEN ', and never settled' ELSE ', and settled' END
        FROM orders o
        WHERE (o.settled_at IS NULL) = (o.status IN ('created', 'already_created', 'rejected'))
        """,
    "what was created was told by an id, an accepted answer, or words that say how it is known": """
        SELECT {order} || 'created, with nothing to show for it' {with_batch}
        WHERE o.status = 'created' AND o.rootfi_id IS NULL AND o.platform_id IS NULL AND o.error_message IS NULL
        AND (r.http_status IS NULL OR r.http_status NOT BETWEEN 200 AND 299)
        """,
    "an order was attempted by requests that create, unless it was only found on the platform": """
        SELECT {order} || o.status || ' after ' || o.attempts || ' attempts, the last in a request of kind ' || r.kind
        {with_batch}
        WHERE r.id IS NOT NULL AND (o.attempts > 0) <> (r.kind = 'create')
        AND NOT (o.status = 'already_created' AND o.attempts >= 0)
        """,
    "what is being sent belongs to a run that a process has": """
        SELECT {order} || 'sending, and no process has run ' || coalesce(r.run_id, 'of its request') {with_batch}
        LEFT JOIN runs ON runs.run_id = r.run_id
        WHERE o.status = 'sending' AND runs.owner IS NULL
        """,
    "a request keeps the numbers of its orders until they are settled": """
        SELECT {order} || o.status || ', and no longer kept by request ' || o.batch_id {with_batch}
        WHERE o.status IN ('sending', 'in_doubt') AND (r.unsettled IS NULL OR NOT {listed})
        """,
    "no request has more orders than it carried": """
        SELECT 'request ' || r.id || ' of run ' || r.run_id || ': carried ' || r.orders || ', has ' || count(*)
        FROM orders o JOIN requests r ON r.id = o.batch_id
        WHERE r.kind = 'create' GROUP BY r.id, r.run_id, r.orders HAVING count(*) > r.orders
        """,
    "no run counts more orders than it carried": """
        SELECT 'run ' || run_id || ': carried ' || sum(orders) || ', counts ' || sum(created + rejected)
        FROM requests GROUP BY run_id HAVING sum(created + rejected) > sum(orders)
        """,
    "a request counts the outcomes that its answer gave": """
        SELECT 'request ' || r.id || ' of run ' || r.run_id || ': counts ' || r.created || ' created and '
        || r.rejected || ' rejected, gave ' || count(*)
        FROM orders o JOIN requests r ON r.id = o.batch_id
        WHERE r.kind = 'create' AND o.settled_at = r.finished_at AND o.status IN ('created', 'rejected')
        GROUP BY r.id, r.run_id, r.created, r.rejected
        HAVING sum(CASE WHEN o.status = 'created' THEN 1 ELSE 0 END) > r.created
        OR sum(CASE WHEN o.status = 'rejected' THEN 1 ELSE 0 END) > r.rejected
        """,
    "a request that was answered has ended": """
        SELECT 'request ' || id || ' of run ' || run_id || ': answered with ' || http_status || ', and never ended'
        FROM requests WHERE http_status IS NOT NULL AND finished_at IS NULL
        """,
    "each request belongs to a run to the same target": """
        SELECT 'request ' || r.id || ': run ' || r.run_id FROM requests r LEFT JOIN runs ON runs.run_id = r.run_id
        WHERE runs.run_id IS NULL OR runs.target_id <> r.target_id
        """,
    "each order and each run has a target that is known": """
        SELECT 'run ' || run_id || ': target ' || target_id FROM runs
        WHERE target_id NOT IN (SELECT id FROM targets)
        UNION ALL SELECT 'orders of target ' || target_id FROM (SELECT DISTINCT target_id FROM orders) used
        WHERE target_id NOT IN (SELECT id FROM targets)
        """,
    "the rate limiter counts each request of a key once": """
        SELECT 'target ' || target_id || ', slot ' || slot || ': ' || count(*) || ' requests'
        FROM requests GROUP BY target_id, key_fingerprint, slot HAVING count(*) > 1
        """,
}
INTEGRITY = "the file of the database is whole, and its references lead somewhere"


def check_ledger(ledger: Ledger) -> Iterator[Finding]:
    """Ask each rule of the ledger, in turn; raises LedgerError if that cannot be done."""
    dialect = ledger.engine.dialect.name
    if dialect == "sqlite":
        yield _integrity(ledger)
    for rule, query in RULES.items():
        with ledger.reading() as tx:
            asked = text(query.format(**WORDS, listed=LISTED[dialect]))
            found = tx.execution_options(stream_results=True).execute(asked).scalars()
            rows = tuple(str(row) for row in found.fetchmany(SHOWN))
            yield Finding(rule, rows, sum(1 for _ in found))


def _integrity(ledger: Ledger) -> Finding:
    """What SQLite itself finds; PostgreSQL holds the references by itself, and has tools of its own for its files."""
    with ledger.reading() as tx:
        said = [str(row[0]) for row in tx.exec_driver_sql(f"PRAGMA integrity_check({SHOWN})") if row[0] != "ok"]
        lost = [
            f"{row[0]} row {row[1]} refers to no row of {row[2]}"
            for row in tx.exec_driver_sql("PRAGMA foreign_key_check")
        ]
    found = [*said, *lost]
    return Finding(INTEGRITY, tuple(found[:SHOWN]), len(found[SHOWN:]))
