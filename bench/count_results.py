"""Count the rows of a results.parquet by entity and status, in a process of its own so that run.py stays small."""

import json
import sys
from collections import Counter

import pyarrow.parquet as pq


def main() -> None:
    """Print the counts as JSON, under keys such as `line_item created`, and the orders that have a rootfi_id."""
    table = pq.read_table(sys.argv[1], columns=["entity", "status", "order_number", "rootfi_id"])
    rows = zip(table["entity"].to_pylist(), table["status"].to_pylist(), strict=True)
    counts = Counter(f"{entity} {status}" for entity, status in rows)
    print(json.dumps({"rows": dict(counts), "ids": len(table["rootfi_id"].drop_null().unique())}))


if __name__ == "__main__":
    main()
