"""Whether a measured run did the whole job: every order created once, and every row answered."""

import json
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from contenders import HERE, Inputs, Measured


def find_faults(run: Measured, inputs: Inputs) -> list[str]:
    """Give what is wrong with a run, each in a sentence; nothing if all is well."""
    if run.exit_code != 0:
        last = (run.folder / "stderr").read_text().splitlines()[-5:]
        return [f"exit code {run.exit_code}", *last]
    faults = list(compare_endpoint(run, inputs))
    if run.name == "Orderlift":
        faults += compare_results(run, inputs)
    return faults


def compare_endpoint(run: Measured, inputs: Inputs) -> Iterator[str]:
    """Compare what the endpoint was sent with the input."""
    stats = run.stats
    if stats["orders"] != inputs.orders:
        yield f"the endpoint created {stats['orders']} orders, not {inputs.orders}"
    if stats["distinct"] != stats["orders"]:
        yield f"the endpoint created orders twice: {stats['distinct']} distinct of {stats['orders']}"
    if stats["digest"] != digest_of_numbers(inputs.orders):
        yield "the order numbers at the endpoint are not those of the input"
    if stats["line_items"] != inputs.line_items:
        yield f"the endpoint created {stats['line_items']} line items, not {inputs.line_items}"


def compare_results(run: Measured, inputs: Inputs) -> Iterator[str]:
    """Compare Orderlift's summary and its results.parquet with the input."""
    # The summary is the last thing on standard output; within it, no brace opens in the first column.
    summary = json.loads(run.output[run.output.rfind("\n{") + 1 :])
    counts = {status: count for status, count in summary["orders"].items() if count}
    if counts != {"created": inputs.orders}:
        yield f"the summary counts {counts}, not {inputs.orders} created"
    path = Path(run.folder, "workspace", "runs", summary["run_id"], "results.parquet")
    if not path.exists():
        yield f"there is no {path}"
        return
    command = [sys.executable, str(HERE / "count_results.py"), str(path)]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    rows = {"order created": inputs.orders, "line_item created": inputs.line_items}
    if found["rows"] != rows:
        yield f"the results count {found['rows']}, not {rows}"
    if found["ids"] != inputs.orders:
        yield f"the results have {found['ids']} rootfi_ids, not {inputs.orders}"


def digest_of_numbers(orders: int) -> str:
    """Give the digest that the endpoint gives when it has exactly the orders of make_orders.py."""
    digest = sha256()
    for number in range(orders):
        digest.update(b"ORD-%09d\n" % number)
    return digest.hexdigest()
