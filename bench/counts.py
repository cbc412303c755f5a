"""Count what large files hold, in a process of its own, since a large parent would count into its children's memory."""

import argparse
import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq


def numbers(path: Path) -> dict[str, object]:
    """The orders of an input file: their count, and the endpoint's digest of their numbers."""
    found = pq.read_table(path, columns=["order_number"])["order_number"].cast(pa.string())
    ordered = found.take(pc.sort_indices(found))
    digest = sha256()
    for chunk in ordered.chunks:
        digest.update("".join(f"{number}\n" for number in chunk.to_pylist()).encode())
    return {"orders": len(found), "digest": digest.hexdigest()}


def results(path: Path) -> dict[str, object]:
    """The rows of results.parquet by entity and status, such as `line_item created`, and the orders with an id."""
    rows: Counter[str] = Counter()
    ids = 0
    files = pyarrow.dataset.dataset(path)
    for batch in files.to_batches(columns=["entity", "status", "rootfi_id"]):
        words = pc.binary_join_element_wise(batch["entity"], batch["status"], " ")
        rows.update({one["values"]: one["counts"] for one in pc.value_counts(words).to_pylist()})
        ids += pc.sum(pc.and_(pc.equal(batch["entity"], "order"), pc.is_valid(batch["rootfi_id"]))).as_py() or 0
    return {"rows": dict(rows), "ids": ids}


def main() -> None:
    """Print the counts as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("numbers", "results"))
    parser.add_argument("path", type=Path)
    args = parser.parse_args()
    print(json.dumps({"numbers": numbers, "results": results}[args.what](args.path)))


if __name__ == "__main__":
    main()
