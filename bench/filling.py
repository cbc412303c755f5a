"""Fill a ledger with the orders of a run, as if they had been created 100 by 100, by SQL that both databases know.

Its tables are made by Orderlift, and its columns are filled by their names; a column that is not named here must be one
that may stay empty.
"""

import argparse
import json
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, String, Table, cast, insert, literal, select, text, update

from adapters.ledger import Ledger
from schemas.ledger import orders, requests, runs
from schemas.results import Status

BATCH = 100
COMPANY = 1089
START = 1_700_000_000_000_000  # microseconds since 1970
GAP = 600_000  # microseconds between two requests
# As large as the numbers of a batch, which a request keeps while it is out: its page is never as full again.
UNSETTLED = "-" * 17 * BATCH


SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def fill(url: str, base_url: str, run_id: str, count: int) -> int:
    """Write the run, its requests and `count` created orders; gives the bytes that the ledger has then."""
    ledger = Ledger(url)
    target_id = ledger.target(base_url)
    with ledger.transaction() as tx:
        tx.execute(insert(runs).values(run_id=run_id, target_id=target_id))
        of_run = {"target_id": target_id, "company_id": COMPANY, "run_id": run_id}
        batches = -(-count // BATCH)
        number = numbered(batches)
        started = START + number * GAP
        batch = of_run | {
            "id": number,
            "slot": number,
            "key_fingerprint": "bench",
            "kind": "create",
            "orders": BATCH,
            "created": BATCH,
            "rejected": 0,
            "in_doubt": 0,
            "http_status": 200,
            "sync_id": literal("sync_") + cast(number, String),
            "started_at": started,
            "finished_at": started + GAP // 2,
            "unsettled": literal(UNSETTLED),
        }
        write(tx, requests, batch)
        tx.execute(update(requests).values(unsettled=None))
        number = numbered(count)
        order = of_run | {
            "order_number": literal("ORD-") + cast(1_000_000_000 + number, String),  # as wide as the widest: in order
            "status": Status.CREATED.value,
            "digest": number * 7_919,
            "batch_id": (number - 1) // BATCH + 1,
            "attempts": 1,
            "settled_at": START + number * (GAP // BATCH),
            "rootfi_id": number,
            "platform_id": literal("ord_") + cast(number, String),
        }
        write(tx, orders, order)
    with ledger.engine.connect() as connection:
        if connection.dialect.name == "postgresql":  # as its daemon does with a table that grows
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    with ledger.reading() as tx:
        size = int(tx.execute(text(SIZE[tx.dialect.name])).scalar_one())
    ledger.close()
    return size


def numbered(count: int) -> Any:  # noqa: ANN401 - a column, 1 to `count`
    """The numbers from 1 on, a row each."""
    first = select(literal(1, BigInteger).label("number")).cte("numbers", recursive=True)
    numbers = first.union_all(select(first.c.number + 1).where(first.c.number < count))
    return numbers.c.number


def write(tx: Connection, table: Table, values: dict[str, Any]) -> None:
    """Insert a row for each number, in those of the columns that the table has."""
    there = {name: value for name, value in values.items() if name in table.c}
    columns = (value if isinstance(value, ColumnElement) else literal(value) for value in there.values())
    tx.execute(insert(table).from_select(list(there), select(*columns), include_defaults=False))


def main() -> None:
    """Fill a ledger and print its size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("base_url")
    parser.add_argument("run_id")
    parser.add_argument("count", type=int)
    args = parser.parse_args()
    print(json.dumps({"bytes": fill(args.url, args.base_url, args.run_id, args.count)}))


if __name__ == "__main__":
    main()
