"""The whole job with its inputs and its workspace on an object store, and the ledger on PostgreSQL."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import orjson
import pandas as pd
import pytest
from commands import FAST, SAMPLES, Orderlift, Ran, ended, files_with, wait_until
from object_store import SECRET, ObjectStore, address
from postgres import Postgres
from upath import UPath

from sandbox.faults import Delay, Reply
from sandbox.server import Sandbox

ROWS = {"created": 8727, "invalid": 52}
ORDERS = {"created": 1849, "invalid": 11}
HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
KEY = "sandbox-key"


def counts(ran: Ran, kind: str = "orders") -> dict[str, int]:
    return {status: n for status, n in ran.json[kind].items() if n}


def objects(bucket: UPath) -> dict[str, bytes]:
    """All objects of a bucket, by their key."""
    return {name.removeprefix(bucket.path): bucket.fs.cat_file(name) for name in bucket.fs.find(bucket.path)}


class Remote(Orderlift):
    """The command with a workspace on an object store, in a folder that has nothing but what stays on this machine."""

    def __init__(self, folder: Path, store: ObjectStore, ledger_url: str) -> None:
        self.bucket = store.bucket()
        workspace = f"{self.bucket}w"
        super().__init__(
            folder, **store.environment, ORDERLIFT_WORKSPACE=workspace, ORDERLIFT_LEDGER_URL=ledger_url, COLUMNS="200"
        )

    def write_orders(self, count: int) -> str:
        """A file of orders of one company; its URL."""
        rows = "".join(f"7,A-{number:03},c,EUR,p{number},2,1.25\n" for number in range(count))
        (self.bucket / "orders.csv").write_text(HEADER + rows)
        return f"{self.bucket}orders.csv"


@pytest.fixture(scope="module")
def first(
    tmp_path_factory: pytest.TempPathFactory, object_store: ObjectStore, postgres: Postgres
) -> tuple[Remote, Ran]:
    """A run of the samples."""
    orderlift = Remote(tmp_path_factory.mktemp("remote"), object_store, postgres.database())
    for path in SAMPLES.iterdir():
        if path.suffix in (".xlsx", ".parquet", ".csv"):
            (orderlift.bucket / "orders" / path.name).write_bytes(path.read_bytes())
    return orderlift, orderlift("run", f"{orderlift.bucket}orders", "--sandbox", "--json", *FAST)


@pytest.fixture
def remote(tmp_path: Path, object_store: ObjectStore, postgres: Postgres) -> Remote:
    """The command with a new workspace and ledger."""
    return Remote(tmp_path, object_store, postgres.database())


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Sandbox]:
    """An API that takes its time, so that a run goes on for a while."""
    store = tmp_path.with_name(f"{tmp_path.name}.db")
    with Sandbox(store, api_key=KEY, requests_per_minute=None, faults=[Delay(times="always", seconds=0.3)]) as sandbox:
        yield sandbox


def test_samples_end_as_they_do_on_this_machine(first: tuple[Remote, Ran]) -> None:
    orderlift, ran = first
    assert ran.code == 1, ran.err
    assert (counts(ran), counts(ran, "rows")) == (ORDERS, ROWS)
    assert len(orderlift.stored()) == ORDERS["created"]
    results = pd.read_parquet(UPath(ran.json["results"]).open("rb"))
    assert results["status"].value_counts().to_dict() == ROWS
    assert set(results["source_file"]) == {
        f"{orderlift.bucket}orders/{name}"
        for name in ("orders.xlsx", "orders.parquet", "line_items.parquet", "orders_flat.csv")
    }
    run = f"w/runs/{ran.json['run_id']}/"
    assert {name.removeprefix(run) for name in objects(orderlift.bucket) if name.startswith("w/")} == {
        *("run.json", "plan/part-00000.parquet", "rows/part-00000.parquet", "problems.parquet"),
        *("rejects.xlsx", "results.parquet", "results.csv", "report.html"),
    }


def test_no_secret_is_kept_or_told(first: tuple[Remote, Ran]) -> None:
    orderlift, ran = first
    assert [name for name, content in objects(orderlift.bucket).items() if SECRET.encode() in content] == []
    assert files_with(orderlift.folder, SECRET.encode()) == []
    assert SECRET not in ran.out + ran.err


def test_all_commands_that_take_a_workspace_work(first: tuple[Remote, Ran]) -> None:
    orderlift, ran = first
    run = ran.json["run_id"]
    status = orderlift("status", "--json")
    assert orjson.loads(status.out) | {
        "run_id": run,
        "state": "complete",
        "created": 1849,
        "pending": 0,
    } == orjson.loads(status.out)
    assert orderlift("results").out.strip() == ran.json["results"]
    assert orderlift("results", run, "--format", "csv").out.strip() == ran.json["results"].replace("parquet", "csv")
    book = orderlift("results", "--format", "xlsx")
    assert len(pd.read_excel(UPath(book.out.strip()).open("rb"), engine="calamine")) == sum(ROWS.values()), book.err
    resumed = orderlift("resume", "--json")
    assert (resumed.code, counts(resumed), resumed.json["requests"]) == (1, ORDERS, ran.json["requests"])
    assert orderlift("reconcile", "--json").code == 1
    assert orderlift("verify", "--json").code == 0
    told = orderlift("resolve", "--order", "NONE", "--company-id", 1089, "--as", "created")
    assert told.code == 2
    assert "NONE" in told.complaint


def test_a_second_run_of_the_same_input_sends_nothing(first: tuple[Remote, Ran]) -> None:
    orderlift, _ = first
    again = orderlift("run", f"{orderlift.bucket}orders/*", "--sandbox", "--json", *FAST)
    assert counts(again) == {"already_created": ORDERS["created"], "invalid": ORDERS["invalid"]}, again.err
    assert len(orderlift.stored()) == ORDERS["created"]


def test_a_run_that_is_killed_goes_on_and_creates_each_order_once(remote: Remote, slow: Sandbox) -> None:
    url = remote.write_orders(400)
    settings = ("--base-url", slow.url, *FAST, "--settle-seconds", "0.2", "--json")
    few = ("--max-orders-per-batch", 3, "--max-in-flight", 2)
    with remote.start("run", url, *settings, *few, ORDERLIFT_API_KEY=KEY) as process:
        wait_until(lambda: slow.store.count() > 20)
        other = remote("resume", "--json", ORDERLIFT_API_KEY=KEY)
        assert other.code == 2
        assert "is going on" in other.err
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        assert ended(process).code == -signal.SIGKILL
    sent = slow.store.count()
    assert 20 < sent < 400
    resumed = remote("resume", *settings, "--max-orders-per-batch", 100, ORDERLIFT_API_KEY=KEY)
    assert (resumed.code, counts(resumed)) == (0, {"created": 400}), resumed.err
    assert (slow.store.count(), slow.store.duplicates()) == (400, {})


def test_a_store_that_goes_away_stops_the_run_in_one_line_and_a_resume_completes_it(
    remote: Remote, slow: Sandbox
) -> None:
    settings = ("--base-url", slow.url, *FAST, "--max-orders-per-batch", 5, "--max-in-flight", 1)
    with ExitStack() as stack:
        here = {"ORDERLIFT_API_KEY": KEY, "AWS_ENDPOINT_URL": stack.enter_context(address())}
        with remote.start("run", remote.write_orders(30), *settings, **here) as process:
            wait_until(lambda: slow.store.count() > 0)
            stack.close()
            ran = ended(process)
    assert ran.code == 3, ran.err
    assert "orderlift: s3://" in ran.err
    assert "cannot be reached: " in ran.err.splitlines()[-1]
    resumed = remote("resume", "--json", ORDERLIFT_API_KEY=KEY)
    assert (resumed.code, counts(resumed)) == (0, {"created": 30}), resumed.err
    assert (slow.store.count(), slow.store.duplicates()) == (30, {})


def test_a_plan_of_rows_that_the_api_rejects_is_read_again_for_the_rejects(remote: Remote, tmp_path: Path) -> None:
    url = remote.write_orders(3)
    faults = [Reply(times="always", status=422)]
    with Sandbox(tmp_path / "api.db", api_key=KEY, requests_per_minute=None, faults=faults) as sandbox:
        ran = remote("run", url, "--base-url", sandbox.url, *FAST, "--json", ORDERLIFT_API_KEY=KEY)
    assert ran.json["orders"]["rejected"], ran.err
    book = pd.read_excel(UPath(ran.json["rejects"]).open("rb"), engine="calamine")
    assert len(book) == ran.json["orders"]["rejected"]


@pytest.mark.parametrize("ledger", ["", "sqlite:///ledger.db"])
def test_a_workspace_at_a_url_needs_a_ledger_that_all_reach(remote: Remote, ledger: str) -> None:
    ran = remote("plan", remote.write_orders(1), ORDERLIFT_LEDGER_URL=ledger)
    assert ran.code == 2
    assert "--ledger-url postgresql+psycopg://" in ran.complaint
    assert not (remote.bucket / "w").exists()
    assert list(remote.folder.iterdir()) == []


def test_a_workspace_that_cannot_be_reached_is_told_in_one_line(remote: Remote) -> None:
    nowhere = remote("status", ORDERLIFT_WORKSPACE="s3://no-such-bucket/w")
    assert (nowhere.code, "has no run yet" in nowhere.complaint) == (2, True)
    refused = remote("status", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert (refused.code, "cannot be used" in refused.complaint) == (2, True)
    secret = remote("status", ORDERLIFT_WORKSPACE="s3://id:top-secret@bucket/w")
    assert (secret.code, "top-secret" in secret.complaint) == (2, False)
