"""The job on many machines: a Dask cluster plans and loses a worker, files are on S3, the ledger on PostgreSQL."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from commands import FAST, ROOT, Orderlift, ended, wait_until
from dask_processes import dask_cluster
from object_store import ObjectStore
from postgres import Postgres
from prefect_processes import ask, prefect_server
from upath import UPath

from sandbox.server import Sandbox

pytestmark = pytest.mark.timeout(600)
KEY = "sandbox-key"
ORDERS, LINES = 600, 2
PARTITION_ROWS = 200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    with prefect_server(tmp_path / "prefect") as environment:
        yield environment | {"PYTHONPATH": str(ROOT)}


def write_orders(path: UPath) -> None:
    """A Parquet file of the orders of three companies, shuffled; one order has no currency."""
    rows = [
        (1 + number % 3, f"A-{number:05}", f"cus-{number}", "EUR" if number else None, f"item-{line}", 1, 2.5)
        for number in range(ORDERS)
        for line in range(LINES)
    ]
    columns = ["company_id", "order_number", "customer_id", "currency_id", "item_id", "quantity", "unit_amount"]
    with path.open("wb") as file:
        pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=5).to_parquet(file, index=False)


def test_a_worker_that_is_killed_while_it_plans_loses_nothing_and_each_order_is_created_once(
    server: dict[str, str], tmp_path: Path, postgres: Postgres, object_store: ObjectStore
) -> None:
    bucket = object_store.bucket()
    write_orders(bucket / "orders.parquet")
    orderlift = Orderlift(tmp_path, **server, ORDERLIFT_API_KEY=KEY, ORDERLIFT_LEDGER_URL=postgres.database())
    with (
        Sandbox(tmp_path / "store.db", requests_per_minute=None) as sandbox,
        dask_cluster(tmp_path, {**server, **object_store.environment}) as (address, workers),
    ):
        how = ("--task-runner", "dask", "--dask-address", address, "--partition-rows", PARTITION_ROWS)
        where = (str(bucket / "orders.parquet"), "--workspace", str(bucket / "workspace"))
        args = ("run", *where, *how, "--base-url", sandbox.url, *FAST, "--json")

        def planned() -> list[UPath]:
            return list(bucket.glob("workspace/runs/*/plan/part-*.parquet"))

        with orderlift.start(*args) as process:
            wait_until(lambda: len(planned()) >= 3 or process.poll() is not None, 200)
            workers[0].kill()
            workers[0].wait()
            at_kill = len(planned())
            ran = ended(process, 300)
        assert ran.code == 1, ran.err
        stored = {(one.company_id, one.sent_number) for one in sandbox.store.orders()}
        assert sandbox.store.duplicates() == {}
        assert sandbox.store.count() == len(stored) == ORDERS - 1
    assert 3 <= at_kill < len(planned()), "it died in the middle"
    assert +Counter(ran.json["orders"]) == {"created": ORDERS - 1, "invalid": 1}
    with UPath(ran.json["results"]).open("rb") as file:
        results = pq.read_table(file).to_pandas()
    assert Counter(results["status"]) == {"created": (ORDERS - 1) * (1 + LINES), "invalid": 1 + LINES}
    told = results.query("entity == 'order' and status == 'created'")
    assert set(zip(told["company_id"], told["order_number"], strict=True)) == stored
    assert told["rootfi_id"].notna().all()
    tasks = Counter(task["name"].rstrip("0123456789- ") for task in ask(server["PREFECT_API_URL"], "task_runs/filter"))
    assert tasks["plan-part"] == len(planned())
