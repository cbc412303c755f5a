"""The answer to every row: statuses and the columns of results.parquet and results.csv."""

from enum import StrEnum

import pyarrow as pa

DUPLICATE = "duplicate_on_platform"  # error code of an order that is created, but stands there more than once


class Status(StrEnum):
    """What became of an order, and of each of its rows."""

    CREATED = "created"
    ALREADY_CREATED = "already_created"
    INVALID = "invalid"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    PENDING = "pending"


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
