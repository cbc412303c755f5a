"""The answer to every row: statuses and the columns of results.parquet and results.csv."""

import pyarrow as pa

from schemas.statuses import Status

__all__ = ["DUPLICATE", "PLACE", "RESULTS", "SourcePlace", "Status"]

DUPLICATE = "duplicate_on_platform"  # error code of an order that is created, but stands there more than once
RESULTS = pa.schema(
    [
        ("source_file", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int64()),
        ("entity", pa.string()),
        ("company_id", pa.int64()),
        ("order_number", pa.string()),
        ("status", pa.string()),
        ("error_code", pa.string()),
        ("error_column", pa.string()),
        ("error_message", pa.string()),
        ("batch_id", pa.string()),
        ("attempts", pa.int64()),
        ("http_status", pa.int64()),
        ("sync_id", pa.string()),
        ("rootfi_id", pa.int64()),
        ("platform_id", pa.string()),
        ("sent_at", pa.timestamp("us", tz="UTC")),
        ("settled_at", pa.timestamp("us", tz="UTC")),
    ]
)

PLACE = ("entity", "source_file", "source_sheet")  # the table in which a row stands, and as what it is told
SourcePlace = tuple[str, ...]
