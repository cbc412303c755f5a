"""Ledger export: all orders that the ledger knows, as a Parquet or CSV file, a bounded number of rows at a time."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from sqlalchemy import select

from adapters.files import replacing
from adapters.ledger import Ledger
from adapters.results_files import for_csv
from schemas.errors import UsageError
from schemas.ledger import orders, requests, targets
from schemas.places import Place

ROWS = 50_000  # in memory at once
TIMES = ("sent_at", "settled_at")
COLUMNS = {
    "target": targets.c.base_url,
    **{name: orders.c[name] for name in ("company_id", "order_number", "status", "attempts")},
    "run_id": requests.c.run_id,
    "batch_id": orders.c.batch_id,
    "http_status": requests.c.http_status,
    "sync_id": requests.c.sync_id,
    **{name: orders.c[name] for name in ("rootfi_id", "platform_id", "error_code", "error_message")},
    "sent_at": requests.c.started_at,
    **{name: orders.c[name] for name in ("settled_at", "digest")},
}
NUMBERS = ("company_id", "attempts", "batch_id", "http_status", "rootfi_id", "digest")
EXPORT = pa.schema(
    [
        (name, pa.int64() if name in NUMBERS else pa.timestamp("us", tz="UTC") if name in TIMES else pa.string())
        for name in COLUMNS
    ]
)


def export_orders(ledger: Ledger, path: Place) -> int:
    """Write all orders, by target, company and number, as the name of the file says; how many there are.

    In CSV an apostrophe stands before text that looks like a formula. Raises UsageError for a file of another kind.
    """
    if path.suffix not in (".parquet", ".csv"):
        raise UsageError(f"Orders cannot be exported to {path.name}.", "Name a file that ends with .parquet or .csv.")
    count = 0
    with replacing(path) as file:
        if path.suffix == ".csv":
            with pyarrow.csv.CSVWriter(file, for_csv(EXPORT.empty_table()).schema) as rows:
                for table in _tables(ledger):
                    rows.write(for_csv(table))
                    count += len(table)
        else:
            with pq.ParquetWriter(file, EXPORT, compression="zstd") as columns:
                for table in _tables(ledger):
                    columns.write_table(table)
                    count += len(table)
    return count


def _tables(ledger: Ledger) -> Iterator[pa.Table]:
    """All orders as they are at one moment."""
    joined = orders.join(targets, targets.c.id == orders.c.target_id).outerjoin(
        requests, requests.c.id == orders.c.batch_id
    )
    key = (orders.c.target_id, orders.c.company_id, orders.c.order_number)
    query = select(*COLUMNS.values()).select_from(joined).order_by(*key)
    with ledger.reading() as tx:
        found = tx.execution_options(stream_results=True, max_row_buffer=ROWS).execute(query)
        while rows := found.fetchmany(ROWS):
            columns = [
                pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), EXPORT, strict=True)
            ]
            yield pa.Table.from_arrays(columns, schema=EXPORT)
