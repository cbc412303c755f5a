"""Interrupt a large delivery when most of it is done, and measure how soon `orderlift resume` posts again.

Also `orderlift status` on that ledger, and its size. Exits with 1 if an order is missing or created twice.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from plans import planned
from processes import Process, measured
from sending import ORDERLIFT, orderlift
from servers import endpoint, stats_of
from tables import exit_code, megabytes, print_goal, print_table

BATCH = 100
SECONDS = 30.0
STATUS_SECONDS = 0.5
INTERRUPTED = 130


def main() -> int:
    """Measure, print the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is 1,500,000 orders")
    parser.add_argument("--fraction", type=float, default=0.9, help="of the orders, sent before the interruption")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orderlift-bench-") as name, endpoint() as address:
        folder, workspace = Path(name), Path(name, "workspace")
        run_folder, orders = planned(args.scale, workspace, f"{address}/v4")
        print(f"## Resuming a run of {orders:,} orders at {args.fraction:.0%}")
        arguments = (run_folder.name, "--base-url", f"{address}/v4")
        enough = args.fraction * orders
        # A few orders are gone before one can look: it gets no more requests in its first minute than these need.
        few = orderlift("resume", workspace, *arguments, per_minute=int(enough / BATCH) + 5)
        first = measured(few, folder / "first", until=lambda: orders_at(address) >= 0.9 * enough)
        before = stats_of(address, "lap")
        status = measured([ORDERLIFT, "status", "--workspace", workspace, "--json"], folder / "status")
        begin = time.time()
        second = measured(orderlift("resume", workspace, *arguments), folder / "second")
        after = stats_of(address)
        ledger = sum(path.stat().st_size for path in workspace.glob("ledger.db*"))
        rows = [row("until it is interrupted", first), row("status", status), row("until it is complete", second)]
        print_table(["what", "seconds", "largest process", "all"], rows)
        sending = float(before["last"]) - float(before["first"])
        print(f"the first {before['orders']:,} orders were sent in {sending:.1f} s")
        waited = float(after["first"]) - begin if after["first"] else float("inf")
        print_goal("resume, until its first POST", f"{waited:.2f} s", f"{SECONDS:g} s", met=waited <= SECONDS)
        print_goal("status", f"{status.seconds:.2f} s", f"{STATUS_SECONDS:g} s", met=status.seconds <= STATUS_SECONDS)
        print(f"the ledger's file: {ledger / 1e6:,.0f} MB, {ledger / orders:.0f} bytes per order")
        faults = [*status.fault(), *second.fault()]
        if first.exit_code != INTERRUPTED:
            faults.append(f"the first process ended with exit code {first.exit_code}, not {INTERRUPTED}")
        counts = ((what, after[what]) for what in ("orders", "distinct"))
        faults += [
            f"{count} orders at the endpoint ({what}), not {orders}" for what, count in counts if count != orders
        ]
    return exit_code(faults, "every order created exactly once over the interruption")


def orders_at(address: str) -> float:
    """How many orders the endpoint has by now."""
    return float(stats_of(address, "progress")["orders"])


def row(what: str, process: Process) -> list[str]:
    """A line of the table."""
    return [what, f"{process.seconds:.2f}", *megabytes([process])]


if __name__ == "__main__":
    sys.exit(main())
