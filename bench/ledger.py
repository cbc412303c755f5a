"""Measure the ledger alone: batches claimed and settled one after the other, each commit durable.

python bench/ledger.py [--orders 100000] [--parts 60] [--ledger-url postgresql+psycopg://...]
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from adapters import claims, leases, request_log
from adapters.ledger import Ledger
from schemas.delivery import Batch, Next, OrderOutcome, SentOrder, Verdict
from schemas.ledger import Sender
from schemas.statuses import Status

COMPANY, RUN_ID, SIZE = 1089, "20260102T030405123Z-abcd", 100


def batches(count: int, parts: int) -> Iterator[tuple[Batch, Verdict]]:
    """Batches of one company and what the API says of them; in so many parts, each with every n-th order number."""
    numbers = [f"SO-{number:09}" for part in range(parts) for number in range(part, count, parts)]
    for at in range(0, count, SIZE):
        some = enumerate(numbers[at : at + SIZE], at)
        batch = Batch(COMPANY, tuple(SentOrder(number, hash(number), b"{}") for _, number in some))
        ids = enumerate(batch.orders, 10_000_000 + at)
        made = [OrderOutcome(one.order_number, Status.CREATED, id_, f"65f1c0{id_:012x}") for id_, one in ids]
        yield batch, Verdict(tuple(made), Next.NOTHING, None, None, 200, f"sync_{at:012}")


def written() -> int:
    """Bytes that this process has written so far."""
    return int(Path("/proc/self/io").read_text().split("wchar: ")[1].split()[0])


def deliver(ledger: Ledger, sender: Sender, orders: int, parts: int) -> dict[str, float]:
    """Seconds of CPU by step."""
    cpu = {"claim": 0.0, "settle": 0.0}
    for batch, verdict in batches(orders, parts):
        begin = time.process_time()
        with ledger.transaction() as tx:
            facts = request_log.rate(tx, sender, 10**9, ledger.now)
            batch_id = request_log.start(
                tx, sender, facts, "create", COMPANY, orders=[order.order_number for order in batch.orders]
            )
            assert not claims.claim(tx, sender, batch_id, batch)
        claimed = time.process_time()
        with ledger.transaction() as tx:
            assert not claims.settle(tx, sender, batch_id, COMPANY, verdict, now=ledger.now(tx))
        cpu["claim"] += claimed - begin
        cpu["settle"] += time.process_time() - claimed
    return cpu


def main() -> None:
    """Print CPU and wall time per batch, bytes written and the size of the ledger per order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--ledger-url")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(given.ledger_url or f"sqlite:///{folder}/ledger.db")
        sender = Sender(RUN_ID, ledger.target("https://api.example.com"), "0123456789abcdef", "host/1/abcd")
        with ledger.transaction() as tx:
            leases.take(tx, sender)
        gc.freeze()
        begin, before = time.perf_counter(), written()
        cpu = deliver(ledger, sender, given.orders, given.parts)
        seconds, bytes_ = time.perf_counter() - begin, written() - before
        ledger.close()
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    count = given.orders / SIZE
    steps = ", ".join(f"{name} {spent / count * 1e3:.2f} ms CPU" for name, spent in cpu.items())
    print(f"a batch: {steps}, {seconds / count * 1e3:.2f} ms; {given.orders / seconds:,.0f} orders/s")
    print(f"an order: {bytes_ / given.orders:,.0f} bytes written, {size / given.orders:.0f} bytes of file")


if __name__ == "__main__":
    main()
