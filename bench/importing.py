"""Measure the whole import of 100,000 orders, from files to results: Orderlift, what people write, and its peers.

Exits with 1 if a check fails, never because of a time.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from checks import find_faults
from inputs import small
from sending import Sent, send
from tables import exit_code, megabytes, print_goal, print_table

NAMES = ("naive loop", "naive loop, tuned", "dlt", "Singer", "ready-made", "Orderlift")


def main() -> int:
    """Measure, print the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is 100,000 orders with 400,000 line items")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the table has the median")
    parser.add_argument("--companies", type=int, default=1, help="more than one only for what keeps them apart")
    parser.add_argument("--only", choices=NAMES, action="append", help="leave the others out")
    args = parser.parse_args()
    inputs = small(args.scale, args.companies)
    print(f"## Importing {inputs.orders:,} orders with {inputs.line_items:,} line items; runs of each: {args.repeat}")
    with tempfile.TemporaryDirectory(prefix="orderlift-bench-") as folder:
        runs: list[Sent] = []
        # In turns, so that what else the machine does falls on all of them.
        for turn in range(args.repeat):
            for name in args.only or NAMES:
                print(f"running: {name}", file=sys.stderr)
                runs.append(send(name, inputs, Path(folder, f"{turn}-{name}")))
        show(runs, inputs.orders)
        # Only now: a large parent would count into the peak memory of its children.
        faults = [fault for run in runs for fault in find_faults(run, inputs)]
    return exit_code(faults, "every order created exactly once, every row answered")


def show(runs: list[Sent], orders: int) -> None:
    """Print a line per contender, with medians, and how Orderlift compares with each."""
    by_name = {name: [run for run in runs if run.name == name] for name in dict.fromkeys(run.name for run in runs)}
    seconds = {name: median(run.process.seconds for run in some) for name, some in by_name.items()}
    naive = seconds.get("naive loop")
    header = ["contender", "seconds", "orders/s", "times the naive loop", "largest process", "all", "endpoint busy"]
    rows = []
    for name, some in by_name.items():
        busy = median(float(run.stats["busy"]) for run in some)
        times = f"{naive / seconds[name]:.2f}" if naive else ""
        figures = (f"{seconds[name]:.2f}", f"{orders / seconds[name]:,.0f}", times)
        rows.append([name, *figures, *megabytes(run.process for run in some), f"{busy:.2f} s"])
    print_table(header, rows)
    ours = seconds.get("Orderlift")
    for name in ("dlt", "Singer"):
        if ours and name in seconds:
            faster = seconds[name] / ours
            print_goal(f"the whole run beside {name}", f"{faster:.2f} times as fast", "faster", met=faster > 1)


if __name__ == "__main__":
    sys.exit(main())
