"""What a billion orders cost: requests, days per API key, ledger, machines, money, and what breaks first.

    python bench/scale.py [--orders 1000000000]

The days come from a simulation in virtual time: senders that go through the real rule of the limiter. The rest is
arithmetic on figures after measurements on two cores, and on assumptions: change them here.
"""

import argparse
import heapq
from collections import deque
from dataclasses import dataclass
from math import ceil

from schemas.ledger import RateFacts
from transforms.rate import seconds_to_wait

MICRO = 1_000_000
PER_MINUTE = 100  # requests of a key
PER_BATCH = 100  # orders
MOST_IN_A_RUN = 25_000_000  # orders: 100 partitions of 250,000

# After measurements on two cores, PostgreSQL and sender on the same machine, rounded to the safe side
# (bench/README.md), but for PostgreSQL's two figures, of which no measurement is kept.
LEDGER_BYTES = {"SQLite": 128, "PostgreSQL": 410}  # an order, its share of its request and of the indexes included
LEDGER_ORDERS_PER_SECOND = 2_500  # claimed and settled in PostgreSQL, in batches of 100
PLANNED_PER_CORE_SECOND = 60_000  # 1,500,000 orders, 6,001,215 line items: 12 s of two cores, without results
FOLDER_BYTES = 1_450  # an order with four line items: plan and rows 280, results.csv 1,025, results.parquet 130
LARGEST_GIGABYTES = {"plan": 0.68, "run": 0.73}  # the largest process, 1,500,000 orders on one machine
TOGETHER_GIGABYTES = {"plan": 1.50, "run": 1.54}  # all processes together

# Assumed.
WORKER_GIGABYTES = 2.0  # of a Dask worker, as in docs/kubernetes.yaml; plans a partition at a time
ANSWER_SECONDS = 0.5
COMMIT_SECONDS = 0.02
SENDERS_PER_CORE = 10  # with 4 GB; by CPU, once they only send: their memory was not measured

# Assumed prices, in dollars.
CORE_HOUR = 0.05  # with 4 GB of memory
DATABASE_HOUR = 0.50  # 4 cores, 16 GB
DATABASE_GIGABYTE_MONTH = 0.115
OBJECT_GIGABYTE_MONTH = 0.023
WORKERS = 16


def simulate(senders: int, minutes: int, in_flight: int = 8) -> float:
    """Requests a minute of senders that share a key, over the full windows of so many virtual minutes."""
    now, started = 0, deque[int](maxlen=PER_MINUTE)
    times: list[int] = []
    ready = [(0, slot) for slot in range(senders * in_flight)]  # when a slot of a sender may try to start a request
    while now < minutes * 60 * MICRO:
        at, slot = heapq.heappop(ready)
        now = max(now, at)
        oldest = started[0] if len(started) == PER_MINUTE else None
        wait = seconds_to_wait(RateFacts(now, 0, oldest, len(times) + 1))
        if wait:
            heapq.heappush(ready, (now + int(wait * MICRO), slot))
            continue
        started.append(now)
        times.append(now)
        busy = int((COMMIT_SECONDS + ANSWER_SECONDS + COMMIT_SECONDS) * MICRO)
        heapq.heappush(ready, (now + busy, slot))
        now += int(COMMIT_SECONDS * MICRO)  # one transaction after the other looks at the limit
    last = (len(times) - 1) // PER_MINUTE * PER_MINUTE
    return last / (times[last] - times[0]) * 60 * MICRO


@dataclass(frozen=True)
class Cost:
    """What so many orders cost with so many keys; times in days, sizes in GB, money in dollars."""

    keys: int
    requests: int
    by_limit: float
    by_ledger: float
    money: float

    @property
    def days(self) -> float:
        """How long it takes."""
        return max(self.by_limit, self.by_ledger)


def cost(orders: int, keys: int, rate: float) -> Cost:
    """The cost of a backfill whose companies are spread evenly over keys, each with one sender on its own core."""
    requests = ceil(orders / PER_BATCH)
    by_limit = requests / keys / rate / 60 / 24
    by_ledger = orders / LEDGER_ORDERS_PER_SECOND / 86_400
    hours = max(by_limit, by_ledger) * 24
    machines = (ceil(keys / SENDERS_PER_CORE) * hours + orders / PLANNED_PER_CORE_SECOND / 3600) * CORE_HOUR
    months = hours / 730
    stored = ledger_gigabytes(orders) * DATABASE_GIGABYTE_MONTH + orders * FOLDER_BYTES / 1e9 * OBJECT_GIGABYTE_MONTH
    return Cost(keys, requests, by_limit, by_ledger, machines + hours * DATABASE_HOUR + months * stored)


def ledger_gigabytes(orders: int, kind: str = "PostgreSQL") -> float:
    """The size of a ledger."""
    return orders * LEDGER_BYTES[kind] / 1e9


def report(orders: int) -> str:
    """The tables, as Markdown."""
    rates = {senders: simulate(senders, 60) for senders in (1, 4, 16, 64)}
    lines = ["| senders of one key | requests a minute | of what is allowed |", "|--:|--:|--:|"]
    lines += [f"| {senders} | {rate:.1f} | {rate / PER_MINUTE:.1%} |" for senders, rate in rates.items()]
    costs = [cost(orders, keys, rates[1]) for keys in (1, 4, 16, 64)]
    lines += ["", "| keys | days by the limit | days by one ledger | days | dollars |", "|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {one.keys} | {one.by_limit:,.1f} | {one.by_ledger:,.1f} | {one.days:,.1f} | {one.money:,.0f} |"
        for one in costs
    ]
    hours = orders / PLANNED_PER_CORE_SECOND / 3600
    keys_at_most = LEDGER_ORDERS_PER_SECOND / (rates[1] * PER_BATCH / 60)
    lines += [
        "",
        f"- Requests: {costs[0].requests:,}, {costs[0].requests / rates[1] / 60:,.0f} hours of one key.",
        f"- Ledger: {ledger_gigabytes(orders):,.0f} GB; {ledger_gigabytes(orders, 'SQLite'):,.0f} GB in SQLite.",
        f"- One ledger takes {LEDGER_ORDERS_PER_SECOND:,} orders a second, those of {keys_at_most:.0f} keys.",
        f"- Planning: {hours:,.1f} core hours, {hours / WORKERS * 60:,.0f} minutes on {WORKERS} workers.",
        f"- Memory: {WORKER_GIGABYTES} GB for each worker that plans (assumed). Measured, of 1,500,000 orders: plan",
        f"  {LARGEST_GIGABYTES['plan']} GB in the largest process, {TOGETHER_GIGABYTES['plan']} GB in all; a whole run",
        f"  {LARGEST_GIGABYTES['run']} GB and {TOGETHER_GIGABYTES['run']} GB. A sender alone was not measured.",
        f"- Runs: {ceil(orders / MOST_IN_A_RUN):,} of at most {MOST_IN_A_RUN:,} orders.",
        f"- Run folders: {orders * FOLDER_BYTES / 1e9:,.0f} GB on object storage.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000_000)
    print(report(parser.parse_args().orders))


if __name__ == "__main__":
    main()
