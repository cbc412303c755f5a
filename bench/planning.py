"""Measure `orderlift plan` on TPC-H's orders against a polars query that joins, groups and encodes them unchecked.

Exits with 1 if an order is missing, never because of a time.
"""

import argparse
import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
from checks import summary_of
from inputs import Inputs, large
from processes import Process, measured
from sending import CONTENDERS, orderlift
from tables import exit_code, megabytes, print_goal, print_table

GOAL = 2.5  # times the wall time of the query
MOST_MEGABYTES = 1500
BASE_URL = "http://127.0.0.1:9/v4"  # nothing is sent there


def main() -> int:
    """Measure in turns, print the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="of TPC-H: 1 is 1,500,000 orders, 6,001,215 line items"
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the table has the median")
    parser.add_argument("--alone", action="store_true", help="without polars, which needs memory for all of the input")
    args = parser.parse_args()
    inputs = large(args.scale)
    print(f"## Planning {inputs.orders:,} orders with {inputs.line_items:,} line items; runs of each: {args.repeat}")
    names = ["Orderlift"] if args.alone else ["polars, unchecked", "Orderlift"]
    runs: dict[str, list[Process]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="orderlift-bench-") as folder:
        for turn in range(args.repeat):
            for name, some in runs.items():
                print(f"running: {name}", file=sys.stderr)
                some.append(run(name, inputs, Path(folder, f"{turn}-{name}")))
        show(runs, inputs)
        faults = [fault for name, some in runs.items() for one in some for fault in find_faults(name, one, inputs)]
    return exit_code(faults, "every order is in the plan, and in the query's file")


def run(name: str, inputs: Inputs, folder: Path) -> Process:
    """Run one contender in a folder of its own."""
    query = [sys.executable, CONTENDERS / "polars_query.py", *inputs.files, "bodies.parquet"]
    plan = orderlift("plan", folder / "workspace", *inputs.files, "--base-url", BASE_URL)
    return measured(plan if name == "Orderlift" else query, folder)


def show(runs: dict[str, list[Process]], inputs: Inputs) -> None:
    """Print a line per contender, with medians, and the goals."""
    seconds = {name: median(one.seconds for one in some) for name, some in runs.items()}
    planned = seconds | {"Orderlift": median(map(until_planned, runs["Orderlift"]))}
    rate = {name: f"{inputs.line_items / taken:,.0f}" for name, taken in planned.items()}
    rows = [
        [name, f"{planned[name]:.2f}", rate[name], f"{seconds[name]:.2f}", *megabytes(some)]
        for name, some in runs.items()
    ]
    print_table(["contender", "seconds", "line items/s", "with its results", "largest process", "all"], rows)
    ours = planned["Orderlift"]
    for name, taken in planned.items():
        if name != "Orderlift":
            met = ours <= GOAL * taken
            print_goal("planning", f"{ours / taken:.2f} times {name}", f"at most {GOAL}", met=met)
    peak = max(one.largest for one in runs["Orderlift"])
    print_goal("memory of planning", f"{peak:,.0f} MB", f"at most {MOST_MEGABYTES:,} MB", met=peak <= MOST_MEGABYTES)


def until_planned(run: Process) -> float:
    """The seconds from the start of a command to its complete plan; what follows is an answer for each row."""
    if run.fault():
        return run.seconds
    folder = Path(run.folder, "workspace", "runs", summary_of(run)["run_id"])
    record = json.loads((folder / "run.json").read_text())
    return datetime.fromisoformat(record["planned_at"]).timestamp() - run.began


def find_faults(name: str, run: Process, inputs: Inputs) -> list[str]:
    """Give what is wrong with a run: an exit code, or a number of orders."""
    faults = run.fault()
    if not faults and name == "Orderlift":
        summary = summary_of(run)
        parts = Path(run.folder, "workspace", "runs", summary["run_id"], "plan").glob("part-*.parquet")
        found = {
            "summary": summary["orders"]["pending"],
            "plan": sum(pq.read_metadata(part).num_rows for part in parts),
        }
        faults = [f"the {where} has {count} orders" for where, count in found.items() if count != inputs.orders]
    elif not faults and (count := json.loads(run.output)["orders"]) != inputs.orders:
        faults = [f"{count} orders"]
    return [f"{name}: {fault}" for fault in faults]


if __name__ == "__main__":
    sys.exit(main())
