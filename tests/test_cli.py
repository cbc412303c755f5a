"""The commands beside run: plan, resume, status, results, columns, sandbox; signals, and errors nobody foresaw."""

import re
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from commands import FAST, SAMPLES, Orderlift, Ran, ended, wait_until
from typer.main import get_command

from flows import cli
from sandbox.faults import Delay
from sandbox.server import Sandbox

FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
KEY = "sandbox-key"
OPTIONS = """
--company-id --orders --line-items --profile --base-url --sandbox --workspace --ledger-url --requests-per-minute
--max-orders-per-batch --max-batch-bytes --max-in-flight --settle-seconds --max-failure-ratio --timezone --date-format
--json --api-key-file --canary --skip-existing --grace-seconds --partition-rows --since --until
--log-format
""".split()  # noqa: SIM905 - a list of its own lines would be long
ONLY_PLANNING = {
    *("--company-id", "--orders", "--line-items", "--profile", "--timezone", "--date-format", "--partition-rows"),
    *("--since", "--until"),
}
COMMANDS = {
    "runs",
    "prune",
    "ledger",
    "run",
    "plan",
    "resume",
    "reconcile",
    "resolve",
    "verify",
    "status",
    "results",
    "columns",
    "sandbox",
    "demo",
}


def write_orders(path: Path, count: int) -> None:
    path.write_text(FLAT + "".join(f"1,A-{number},c,EUR,00{number},1,2.50\n" for number in range(count)))


def test_every_command_and_option_has_a_help_text() -> None:
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    assert commands.keys() >= COMMANDS
    for name, command in commands.items():
        assert command.help, name
        assert [one.name for one in command.params if not one.help] == [], name


@pytest.mark.parametrize("name", ["run", "plan", "resume"])
def test_the_options_are_those_of_the_design(name: str) -> None:
    command = get_command(cli.app).commands[name]  # type: ignore[attr-defined]
    found = {option for one in command.params for option in one.opts if option.startswith("--")}
    more = {"--prefect", "--give-up-after", "--timeout-seconds", "--api-key-block", "--task-runner", "--dask-address"}
    more |= {"--notify-file", "--notify-block", "--notify-on", "--notify-problems-above", "--redact"}
    assert found >= {*OPTIONS} - (ONLY_PLANNING if name == "resume" else set())
    assert found <= {*OPTIONS, *more}


def test_a_plan_sends_nothing_and_resume_delivers_it(orderlift: Orderlift) -> None:
    store = orderlift.folder.with_name(f"{orderlift.folder.name}.db")
    with Sandbox(store, api_key=KEY, requests_per_minute=None) as sandbox:
        planned = orderlift("plan", SAMPLES, "--base-url", sandbox.url, "--json")
        assert planned.code == 1, planned.err
        assert (planned.json["state"], planned.json["requests"]) == ("planned", 0)
        assert planned.json["orders"]["pending"] == 1849
        assert re.search(r"\b22 requests, at least 0 s", planned.err)
        assert sandbox.requests == []
        assert sandbox.store.count() == 0
        delivered = orderlift("resume", "--json", *FAST, ORDERLIFT_API_KEY=KEY)
        assert delivered.code == 1, delivered.err
        assert delivered.json["run_id"] == planned.json["run_id"]
        assert (delivered.json["orders"]["created"], delivered.json["requests"]) == (1849, 22)
        assert len(sandbox.requests) == 22
        assert sandbox.store.count() == 1849
        assert sandbox.store.duplicates() == {}
    other = orderlift("resume", "--base-url", "http://127.0.0.1:9", ORDERLIFT_API_KEY=KEY)
    assert other.code == 2
    assert "was planned for" in other.err.splitlines()[-1]


def test_status_and_results_tell_of_a_run(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 12)
    ran = in_process("run", "a.csv", "--sandbox", "--json", *FAST)
    assert ran.code == 0, ran.err
    status = in_process("status", "--json").json
    assert (status["run_id"], status["state"]) == (ran.json["run_id"], "complete")
    counts = ("planned", "created", "rejected", "in_doubt", "pending", "requests", "seconds_left")
    assert [status[name] for name in counts] == [12, 12, 0, 0, 0, 2, 0]
    lines = dict(line.split(maxsplit=1) for line in in_process("status", ran.json["run_id"]).out.splitlines()[1:4])
    assert lines == {"state": "complete", "planned": "12", "created": "12"}
    paths = [in_process("results", *more).out.strip() for more in ([], ["--format", "parquet"], ["--format", "csv"])]
    assert paths == [ran.json["results"], ran.json["results"], ran.json["results"].replace("parquet", "csv")]


def test_results_as_a_workbook_keep_text_and_ids(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FLAT + "1,=1+1,c,EUR,i,1,2.50\n1,007,c,EUR,i,1,2.50\n")
    ran = in_process("run", "a.csv", "--sandbox", "--json", *FAST)
    told = in_process("results", "--format", "xlsx")
    assert (told.code, told.err) == (0, "")
    book = pd.read_excel(tmp_path / told.out.strip(), dtype=object, engine="calamine")
    results = pq.read_table(tmp_path / ran.json["results"]).to_pandas()
    assert list(book) == list(results)
    assert book["order_number"].tolist() == results["order_number"].tolist() == ["=1+1", "007"] * 2
    assert book["rootfi_id"].tolist() == results["rootfi_id"].tolist()
    assert book["batch_id"].tolist() == results["batch_id"].tolist()
    assert all(isinstance(cell, str) for cell in book["batch_id"])
    assert book["sent_at"].str.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z").all()


def test_a_profile_that_columns_writes_is_understood_as_the_file_was(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(
        "Order Number,Customer ID,Currenci,Item ID,Qty,Unit Amount,Note\nA-1,c,EUR,i,2,2.50,x\n", "utf-8"
    )
    told = in_process("columns", "shop.csv", "--company-id", 7, "--write", "shop.toml", COLUMNS="200")
    assert told.code == 0, told.err
    for words in ("order_number", "Order Number", "always 7", "MISSING", "Not sent: Note.", "Wrote shop.toml"):
        assert words in told.out
    profile = (tmp_path / "shop.toml").read_text()
    assert in_process("plan", "shop.csv", "--company-id", 7, "--profile", "shop.toml").code == 2
    mended = profile.replace('# missing: currency_id = "..."', 'currency_id = "Currenci"')
    mended = mended.replace('# missing: quantity = "..."', 'quantity = "Qty"')
    (tmp_path / "shop.toml").write_text(mended)
    ran = in_process("plan", "shop.csv", "--company-id", 7, "--profile", "shop.toml", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["orders"]["pending"] == 1
    assert "Note" in ran.err


def test_the_served_sandbox_answers_and_ends_on_a_signal(orderlift: Orderlift) -> None:
    with orderlift.start("sandbox", "--port", 0, "--accept-key", "abc") as process:
        assert process.stderr is not None
        told = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+\S*", told)):
            told += process.stderr.readline()
        params = {"rootfi_company_id[eq]": 1}
        url = f"{found[0]}/ecommerce/orders"
        assert httpx.get(url, params=params).status_code == 401
        assert httpx.get(url, params=params, headers={"api_key": "abc"}).json()["data"] == []
        process.send_signal(signal.SIGTERM)
        ran = ended(process, 20)
    assert (ran.code, ran.out) == (0, "")


def test_a_signal_lets_what_is_in_flight_end_and_resume_finishes(orderlift: Orderlift) -> None:
    write_orders(orderlift.folder / "a.csv", 20)
    store = orderlift.folder.with_name(f"{orderlift.folder.name}.db")
    slow = Delay(skip=3, seconds=1, times=8)
    with Sandbox(store, api_key=KEY, requests_per_minute=None, faults=[slow]) as sandbox:
        how = ("--base-url", sandbox.url, "--max-orders-per-batch", 1, "--max-in-flight", 2, *FAST)
        with orderlift.start("run", "a.csv", *how, "--json", ORDERLIFT_API_KEY=KEY) as process:
            wait_until(lambda: sandbox.store.count() >= 3)
            process.send_signal(signal.SIGTERM)
            stopped = ended(process)
        assert stopped.code == 130, stopped.err
        check_interrupted(orderlift, stopped)
        counts = stopped.json["orders"]
        assert counts["in_doubt"] == 0
        assert 3 <= counts["created"] == sandbox.store.count() < 20
        assert counts["created"] + counts["pending"] == 20
        done = orderlift("resume", "--json", ORDERLIFT_API_KEY=KEY)
        assert done.code == 0, done.err
        assert done.json["orders"]["created"] == 20 == sandbox.store.count()
        assert sandbox.store.duplicates() == {}


def check_interrupted(orderlift: Orderlift, stopped: Ran) -> None:
    """Results are written for every row, and a person is told how to go on."""
    results = pq.read_table(orderlift.folder / stopped.json["results"])
    assert results.num_rows == 40
    assert stopped.json["state"] == "interrupted"
    assert f"orderlift resume {stopped.json['run_id']}" in " ".join(stopped.err.split())


def test_a_second_signal_ends_at_once_and_nothing_is_lost(orderlift: Orderlift) -> None:
    write_orders(orderlift.folder / "a.csv", 20)
    store = orderlift.folder.with_name(f"{orderlift.folder.name}.db")
    stuck = Delay(skip=3, seconds=100, times=2, stored=True)
    with Sandbox(store, api_key=KEY, requests_per_minute=None, faults=[stuck]) as sandbox:
        how = ("--base-url", sandbox.url, "--max-orders-per-batch", 1, "--max-in-flight", 2, *FAST)
        with orderlift.start("run", "a.csv", *how, "--json", ORDERLIFT_API_KEY=KEY) as process:
            wait_until(lambda: sandbox.store.count() == 5)
            process.send_signal(signal.SIGINT)
            with pytest.raises(TimeoutError):
                wait_until(lambda: process.poll() is not None, 1)
            process.send_signal(signal.SIGINT)
            stopped = ended(process, 20)
        assert stopped.code == 130, stopped.err
        check_interrupted(orderlift, stopped)
        counts = stopped.json["orders"]
        assert (counts["created"], counts["in_doubt"], counts["pending"]) == (3, 2, 15)
        done = orderlift("resume", "--json", ORDERLIFT_API_KEY=KEY)
        assert done.code == 0, done.err
        assert (done.json["orders"]["created"], done.json["orders"]["in_doubt"]) == (20, 0)
        assert sandbox.store.count() == 20
        assert sandbox.store.duplicates() == {}


def break_planning(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("flows.plan.find_files", fail)


def test_an_error_nobody_foresaw_is_one_line_and_its_traceback_is_kept(
    in_process: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_planning(monkeypatch, RuntimeError("odd\nthing"))
    ran = in_process("plan", "a.csv", "--workspace", "w")
    assert ran.code == 70
    (path,) = tmp_path.glob("w/bug-*.txt")
    assert "a bug: RuntimeError: odd thing" in ran.complaint
    assert f"w/{path.name}" in ran.complaint
    assert "in fail" in path.read_text()
    assert not list(tmp_path.glob("w/runs/*"))
    loud = in_process("plan", "a.csv", "--workspace", "v", ORDERLIFT_DEBUG="1")
    assert loud.code == 70
    assert "Traceback" in loud.err
    assert not list(tmp_path.glob("v/bug-*.txt"))


def test_an_interruption_before_anything_is_sent_ends_with_130(
    in_process: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_planning(monkeypatch, KeyboardInterrupt())
    ran = in_process("run", "a.csv", "--sandbox")
    assert ran.code == 130
    assert "interrupted" in ran.complaint
    assert not list(tmp_path.glob("workspace/runs/*"))


def test_a_workspace_may_move_with_its_runs(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 3)
    assert in_process("run", "a.csv", "--sandbox", "--workspace", "w", *FAST).code == 0
    shutil.move(tmp_path / "w", tmp_path / "v")
    ran = in_process("resume", "--json", *FAST, ORDERLIFT_WORKSPACE="v")
    assert (ran.code, ran.json["orders"]["created"]) == (0, 3)
    assert not (tmp_path / "w").exists()
    record = orjson.loads((tmp_path / "v" / "runs" / ran.json["run_id"] / "run.json").read_bytes())
    assert record["requests"] == 1 + 1


def test_a_workspace_is_readable_by_its_owner_alone(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 1)
    assert in_process("plan", "a.csv", "--workspace", "deep/w").code == 0
    assert (tmp_path / "deep" / "w").stat().st_mode & 0o777 == 0o700
