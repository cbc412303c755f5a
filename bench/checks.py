"""Whether a measured run did the whole job: every order created once, and every row answered."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inputs import Inputs, answer_of
from processes import Process
from sending import Sent
from servers import Stats


def find_faults(run: Sent, inputs: Inputs) -> list[str]:
    """Give what is wrong with a run, each in a sentence; nothing if all is well."""
    faults = run.process.fault() or list(compare_endpoint(run.stats, inputs))
    if run.name == "Orderlift" and run.process.exit_code == 0:
        faults += compare_results(run.process, inputs)
    return [f"{run.name}: {fault}" for fault in faults]


def compare_endpoint(stats: Stats, inputs: Inputs) -> Iterator[str]:
    """Compare what the endpoint was sent with the input."""
    if stats["orders"] != inputs.orders:
        yield f"the endpoint created {stats['orders']} orders, not {inputs.orders}"
    if stats["distinct"] != stats["orders"]:
        yield f"the endpoint created orders twice: {stats['distinct']} distinct of {stats['orders']}"
    if stats["digest"] != inputs.digest:
        yield "the order numbers at the endpoint are not those of the input"
    if stats["line_items"] != inputs.line_items:
        yield f"the endpoint created {stats['line_items']} line items, not {inputs.line_items}"


def compare_results(run: Process, inputs: Inputs) -> Iterator[str]:
    """Compare Orderlift's summary and its results.parquet with the input."""
    summary = summary_of(run)
    counts = {status: count for status, count in summary["orders"].items() if count}
    if counts != {"created": inputs.orders}:
        yield f"the summary counts {counts}, not {inputs.orders} created"
    path = Path(run.folder, "workspace", "runs", summary["run_id"], "results.parquet")
    if not path.exists():
        yield f"there is no {path}"
        return
    found = answer_of("counts.py", "results", path)
    rows = {"order created": inputs.orders, "line_item created": inputs.line_items}
    if found["rows"] != rows:
        yield f"the results count {found['rows']}, not {rows}"
    if found["ids"] != inputs.orders:
        yield f"the results have {found['ids']} rootfi_ids, not {inputs.orders}"


def summary_of(run: Process) -> dict[str, Any]:
    """The JSON object of a command of Orderlift: the last thing on its standard output.

    Within it, no brace opens in the first column.
    """
    output = "\n" + run.output
    summary: dict[str, Any] = json.loads(output[output.rfind("\n{") + 1 :])
    return summary
