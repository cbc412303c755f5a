"""Measure `orderlift run` on TPC-H's orders, from files to results: the whole, its delivery, its results, its memory.

Beside it post httpx, with the bodies of the same plan made before, and the naive loop. With several scales only the
cost per order of Orderlift is compared. Exits with 1 if an order is missing, never because of a time.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from checks import find_faults, summary_of
from inputs import Inputs, answer_of, large
from processes import measured
from sending import Sent, orderlift, send
from tables import exit_code, megabytes, print_goal, print_table

NAMES = ("ready-made", "Orderlift", "naive loop")
SHARE = 0.35  # of the rate of the ready-made bodies
TIMES = 6.0  # as fast as the naive loop
RESULTS_SECONDS = 60.0
MOST_MEGABYTES = 1500
MOST_COST = 1.2  # per order, of the last scale beside the first


def main() -> int:
    """Measure, print the tables, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, action="append", help="of TPC-H: 1 is 1,500,000 orders; may be repeated")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each but the naive loop, in turns")
    parser.add_argument("--only", choices=NAMES, action="append", help="leave the others out")
    args = parser.parse_args()
    scales = args.scale or [1.0]
    names = args.only or (NAMES if len(scales) == 1 else ("Orderlift",))
    faults, costs = [], []
    for scale in scales:
        inputs = large(scale)
        print(f"## Delivering {inputs.orders:,} orders with {inputs.line_items:,} line items")
        with tempfile.TemporaryDirectory(prefix="orderlift-bench-") as folder:
            if "ready-made" in names:
                make_bodies(inputs, Path(folder, "plan"))
            runs: dict[str, list[Sent]] = {name: [] for name in names}
            # In turns, so that what else the machine does falls on all of them.
            for turn in range(args.repeat):
                for name in names:
                    if turn == 0 or name != "naive loop":
                        print(f"running: {name}", file=sys.stderr)
                        runs[name].append(send(name, inputs, Path(folder, f"{turn}-{name}")))
            show(runs, inputs)
            faults += [fault for some in runs.values() for run in some for fault in find_faults(run, inputs)]
        costs.append(median(run.process.seconds for run in runs["Orderlift"]) / inputs.orders)
    if len(costs) > 1:
        more = costs[-1] / costs[0]
        what = f"cost per order at scale {scales[-1]:g}"
        print_goal(what, f"{more:.2f} times that at {scales[0]:g}", f"at most {MOST_COST}", met=more <= MOST_COST)
    return exit_code(faults, "every order created exactly once, every row answered")


def make_bodies(inputs: Inputs, folder: Path) -> None:
    """Plan the orders, and put what the plan would send into bodies of 100 orders."""
    plan = measured(
        orderlift("plan", folder / "workspace", *inputs.files, "--base-url", "http://127.0.0.1:9/v4"), folder
    )
    run_folder = folder / "workspace" / "runs" / summary_of(plan)["run_id"]
    answer_of("make_bodies.py", run_folder, inputs.bodies)


def show(runs: dict[str, list[Sent]], inputs: Inputs) -> None:
    """Print a line per contender, with medians, and what of the goals can be told."""
    whole = {name: median(run.process.seconds for run in some) for name, some in runs.items()}
    sending = {name: median(run.sending for run in some) for name, some in runs.items()}
    tail = {name: median(run.tail for run in some) for name, some in runs.items()}
    rows = []
    for name, some in runs.items():
        seconds = (f"{one[name]:.2f}" for one in (whole, sending, tail))
        rates = (f"{inputs.orders / one[name]:,.0f}" for one in (whole, sending))
        rows.append([name, len(some), *seconds, *rates, *megabytes(run.process for run in some)])
    header = ["contender", "runs", "seconds", "sending", "after the last answer", "orders/s", "orders/s while sending"]
    print_table([*header, "largest process", "all"], rows)
    if "Orderlift" not in runs:
        return
    if "ready-made" in runs:
        share = sending["ready-made"] / sending["Orderlift"]
        print_goal("rate of delivery", f"{share:.2f} of httpx alone", f"at least {SHARE}", met=share >= SHARE)
    if "naive loop" in runs:
        times = whole["naive loop"] / whole["Orderlift"]
        print_goal("the whole run", f"{times:.2f} times as fast as the naive loop", f"{TIMES:g}", met=times >= TIMES)
    met = tail["Orderlift"] <= RESULTS_SECONDS
    said = f"{tail['Orderlift']:.1f} s"
    print_goal("results, from the last answer to the exit", said, f"{RESULTS_SECONDS:g} s", met=met)
    peak = max(run.process.largest for run in runs["Orderlift"])
    print_goal("memory of the run", f"{peak:,.0f} MB", f"at most {MOST_MEGABYTES:,} MB", met=peak <= MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
