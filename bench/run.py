"""Measure Orderlift against the naive loop and the ceiling, and check that it did the whole job.

Exits with 1 if a check fails, never because of a time; with 2 if Orderlift is not installed.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from checks import find_faults
from contenders import ORDERLIFT, Inputs, Measured, make_inputs, measure

NAMES = ("naive loop", "naive loop, tuned", "ready-made", "Orderlift")


def main() -> int:
    """Measure, print the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is 100,000 orders with 400,000 line items")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the table has the median")
    parser.add_argument("--companies", type=int, default=1)
    parser.add_argument("--only", choices=NAMES, action="append", help="leave the others out")
    args = parser.parse_args()
    names = args.only or NAMES
    if "Orderlift" in names and not ORDERLIFT.exists():
        print(f"{ORDERLIFT} does not exist: make install", file=sys.stderr)
        return 2
    inputs = make_inputs(args.scale, args.companies)
    print(f"{inputs.orders:,} orders, {inputs.line_items:,} line items; runs of each: {args.repeat}", flush=True)
    with tempfile.TemporaryDirectory(prefix="orderlift-bench-") as folder:
        runs: list[Measured] = []
        # In turns, so that what else the machine does falls on all of them.
        for turn in range(args.repeat):
            for name in names:
                print(f"running: {name}", file=sys.stderr)
                runs.append(measure(name, inputs, Path(folder, f"{turn}-{name}")))
        print_table(runs, inputs)
        # Only now: a large parent would count into the peak memory of its children.
        return print_faults(runs, inputs)


def print_table(runs: list[Measured], inputs: Inputs) -> None:
    """Print a line per contender, with medians."""
    by_name = {name: [run for run in runs if run.name == name] for name in dict.fromkeys(run.name for run in runs)}
    seconds = {name: median(run.seconds for run in of_name) for name, of_name in by_name.items()}
    naive = seconds.get("naive loop")
    print("\n| contender | seconds | orders/s | times the naive loop | peak memory | requests | endpoint busy |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, of_name in by_name.items():
        megabytes = max(run.megabytes for run in of_name)
        busy = median(float(run.stats["busy"]) for run in of_name)
        times = f"{naive / seconds[name]:.2f}" if naive else ""
        rate = f"{inputs.orders / seconds[name]:,.0f}"
        requests = of_name[-1].stats["requests"]
        print(f"| {name} | {seconds[name]:.2f} | {rate} | {times} | {megabytes:,.0f} MB | {requests} | {busy:.2f} s |")


def print_faults(runs: list[Measured], inputs: Inputs) -> int:
    """Print what is wrong with the runs and give the exit code."""
    faults = [f"{run.name}: {fault}" for run in runs for fault in find_faults(run, inputs)]
    print("\n" + "\n".join(faults or ["checked: every order created exactly once, every row answered"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
