"""Measure how four processes share one rate limit: each a run of another company, over one ledger on PostgreSQL.

They send to the sandbox, which allows 100 requests in any 60 s. Exits with 1 if more than that started in any 60 s, if
a request was refused, or if an order is missing; never because of the share that was used.
"""

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks import summary_of
from processes import Process, measured
from sending import ORDERLIFT
from servers import postgresql
from tables import exit_code, megabytes, print_goal, print_table

from sandbox.server import Sandbox

PROCESSES = 4
WINDOW = 60.0
SHARE = 0.97
FIRST_COMPANY = 1089
COLUMNS = ("order_number", "customer_id", "currency_id", "order_date", "item_id", "quantity", "unit_amount")


def main() -> int:
    """Measure, print the tables, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-minute", type=int, default=100, help="the limit")
    parser.add_argument("--minutes", type=int, default=4, help="least time that the limit allows; 0 sends half a limit")
    args = parser.parse_args()
    orders = int(args.per_minute * (args.minutes + 1 if args.minutes else 0.5)) // PROCESSES
    print(f"## {PROCESSES} processes, {args.per_minute} requests a minute together, {PROCESSES * orders:,} orders")
    with tempfile.TemporaryDirectory(prefix="orderlift-bench-") as name, postgresql() as ledger_url:
        folder = Path(name)
        write_orders(folder / "orders.csv", orders)
        with Sandbox(folder / "sandbox.db", requests_per_minute=args.per_minute) as sandbox:
            options = ["--base-url", sandbox.url, "--ledger-url", ledger_url]
            options += ["--requests-per-minute", str(args.per_minute), "--max-orders-per-batch", "1", "--json"]

            def run(number: int) -> Process:
                mine = ["--workspace", folder / f"workspace {number}", "--company-id", str(FIRST_COMPANY + number)]
                command = [ORDERLIFT, "run", folder / "orders.csv", *mine, *options]
                return measured(command, folder / f"run {number}", {"ORDERLIFT_API_KEY": sandbox.api_key})

            with ThreadPoolExecutor(PROCESSES) as pool:
                runs = list(pool.map(run, range(PROCESSES)))
            seen = sandbox.requests
        times = [one.at for one in seen]
        print_table(
            ["process", "seconds", "largest process", "all"],
            [[number, f"{one.seconds:.1f}", *megabytes([one])] for number, one in enumerate(runs, 1)],
        )
        most = most_in_window(times)
        print(f"{len(times):,} requests in {times[-1] - times[0]:.1f} s, at most {most} in any {WINDOW:g} s")
        if args.minutes:
            share = used(times, args.per_minute)
            overall = len(times) / (args.per_minute * (1 + (times[-1] - times[0]) / WINDOW))
            print(f"with the first window, {overall:.1%} of the limit was used")
            print_goal(
                "share of the limit after the first window", f"{share:.1%}", f"at least {SHARE:.0%}", met=share >= SHARE
            )
        faults = [fault for one in runs for fault in find_faults(one, orders)]
    refused = sum(one.status == 429 for one in seen)
    if most > args.per_minute or refused:
        faults.append(f"{most} requests in {WINDOW:g} s, {refused} refused")
    return exit_code(faults, "no request over the limit, every order created")


def write_orders(path: Path, count: int) -> None:
    """Write orders of one line item; whose they are, each run is told."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows([f"SO-{n:06d}", "cus_1", "USD", "2024-01-22", "prod_1", 1, "9.99"] for n in range(count))


def most_in_window(times: Sequence[float]) -> int:
    """The most requests that came in any window; `times` are sorted."""
    first, most = 0, 0
    for last, time in enumerate(times):
        while times[first] <= time - WINDOW:
            first += 1
        most = max(most, last - first + 1)
    return most


def used(times: Sequence[float], limit: int) -> float:
    """Of what the limit allows after the first window was full, the share that was sent; `times` are sorted."""
    return (len(times) - limit) / (limit * (times[-1] - times[0]) / WINDOW)


def find_faults(run: Process, orders: int) -> list[str]:
    """Give what is wrong with a run."""
    faults = run.fault()
    if not faults and (created := summary_of(run)["orders"]["created"]) != orders:
        faults = [f"it created {created} orders, not {orders}"]
    return faults


if __name__ == "__main__":
    sys.exit(main())
