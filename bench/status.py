"""Measure `orderlift status` on a ledger of 15,000,000 orders, on SQLite and on PostgreSQL.

Exits with 1 if it does not count every order, never because of a time.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from checks import summary_of
from inputs import answer_of, small
from processes import Process, measured
from sending import ORDERLIFT, orderlift
from servers import postgresql
from tables import exit_code, megabytes, print_goal, print_table

ORDERS = 15_000_000
BASE_URL = "http://127.0.0.1:9/v4"  # nothing is sent there
SECONDS = 0.5


def main() -> int:
    """Measure each, print the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each; the table has the median")
    args = parser.parse_args()
    inputs = small(0.01)
    print(f"## The status of a run of {args.orders:,} orders; runs of each: {args.repeat}")
    runs: dict[str, list[Process]] = {}
    faults, sizes = [], {}
    with tempfile.TemporaryDirectory(prefix="orderlift-bench-") as name:
        for kind in ("SQLite", "PostgreSQL"):
            workspace = Path(name, kind)
            plan = orderlift("plan", workspace, *inputs.files, "--base-url", BASE_URL)
            command = [ORDERLIFT, "status", "--workspace", workspace, "--json"]
            with ledger_of(kind, workspace) as (url, extra):
                run_id = summary_of(measured(plan, Path(name, f"plan {kind}"), extra))["run_id"]
                print(f"filling the ledger: {kind}", file=sys.stderr)
                filled = answer_of("filling.py", url, BASE_URL, run_id, args.orders)
                sizes[kind] = filled["bytes"] / args.orders
                folders = [Path(name, f"{kind} {turn}") for turn in range(args.repeat)]
                runs[kind] = [measured(command, folder, extra) for folder in folders]
        for kind, some in runs.items():
            faults += [f"{kind}: {fault}" for run in some for fault in find_faults(run, args.orders)]
    seconds = {kind: median(run.seconds for run in some) for kind, some in runs.items()}
    rows = [[kind, f"{seconds[kind]:.2f}", *megabytes(some), f"{sizes[kind]:.0f}"] for kind, some in runs.items()]
    print_table(["ledger", "seconds", "largest process", "all", "bytes per order"], rows)
    for kind, taken in seconds.items():
        print_goal(f"status on {kind}", f"{taken:.2f} s", f"{SECONDS:g} s", met=taken <= SECONDS)
    return exit_code(faults, "every order of the ledger is counted")


@contextmanager
def ledger_of(kind: str, workspace: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a ledger, and how Orderlift is told: SQLite is what it takes by itself."""
    if kind == "SQLite":
        yield f"sqlite:///{workspace / 'ledger.db'}", {}
    else:
        with postgresql() as url:
            yield url, {"ORDERLIFT_LEDGER_URL": url}


def find_faults(run: Process, orders: int) -> list[str]:
    """Give what is wrong with an answer."""
    faults = run.fault()
    if not faults and (created := json.loads(run.output)["created"]) != orders:
        faults = [f"it counts {created} created orders, not {orders}"]
    return faults


if __name__ == "__main__":
    sys.exit(main())
