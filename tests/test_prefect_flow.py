"""The same job as a Prefect flow: what Prefect's UI shows of it, and that it keeps no secret."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from commands import FAST, SAMPLES, Orderlift, Ran, files_with
from prefect_processes import ask, prefect_server
from receivers import TOKEN, receiving

from flows.settings import Options

pytestmark = pytest.mark.timeout(300)
KEY = "sk-live-4f1f0d2c9b"
PASSWORD = "pw-7a1c55"  # noqa: S105 - of no database
FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n1,A-1,c,EUR,i,1,2.50\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with prefect_server(tmp_path_factory.mktemp("prefect") / "home") as environment:
        yield environment


@pytest.fixture(scope="module")
def ran(server: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The samples, imported by the flow."""
    orderlift = Orderlift(tmp_path_factory.mktemp("run"), **server)
    return orderlift("run", SAMPLES, "--sandbox", "--json", *FAST, ORDERLIFT_API_KEY=KEY)


def test_the_flow_run_is_completed_with_its_counts(server: dict[str, str], ran: Ran) -> None:
    url = server["PREFECT_API_URL"]
    assert ran.code == 1, ran.err
    assert ran.json["orders"]["created"] == 1849
    (run,) = ask(url, "flow_runs/filter")
    assert run["name"] == f"import-orders {ran.json['run_id']}"
    assert (run["state"]["type"], run["state"]["message"]) == ("COMPLETED", "1,849 created, 11 invalid")
    tasks = ask(url, "task_runs/filter")
    assert {(task["name"].split("-")[0], task["state"]["type"]) for task in tasks} == {
        ("plan", "COMPLETED"),
        ("deliver", "COMPLETED"),
        ("report", "COMPLETED"),
    }
    assert len(tasks) == 3


def test_artifacts_tell_the_outcome(server: dict[str, str], ran: Ran) -> None:
    artifacts = {one["key"]: one for one in ask(server["PREFECT_API_URL"], "artifacts/filter") if one["key"]}
    assert {key: one["type"] for key, one in artifacts.items()} == {
        "outcome": "markdown",
        "control-totals": "table",
        "delivery": "progress",
        "problems": "table",
    }
    assert "| created | 1,849 | 8,727 |" in artifacts["outcome"]["data"]
    assert ran.json["run_id"] in artifacts["outcome"]["data"]
    assert "rejects.xlsx" in artifacts["outcome"]["data"]
    problems = orjson.loads(artifacts["problems"]["data"])
    assert {problem["file"] for problem in problems} == {
        *("orders.xlsx", "orders.parquet", "line_items.parquet", "orders_flat.csv")
    }
    assert all(problem["row"] and problem["problem"] and problem["remedy"] for problem in problems)
    assert "246026.16" in artifacts["control-totals"]["data"]
    assert float(artifacts["delivery"]["data"]) == 100.0


def test_no_secret_is_a_parameter(server: dict[str, str], ran: Ran, tmp_path: Path) -> None:
    """Parameters are stored in clear, and anyone who sees the UI sees them."""
    url = server["PREFECT_API_URL"]
    assert KEY not in str(ask(url, "flow_runs/filter")) + str(ask(url, "logs/filter")) + ran.err
    orderlift = Orderlift(tmp_path, **server)
    (tmp_path / "a.csv").write_text(FLAT)
    ledger = f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:9/orders"
    failed = orderlift("run", "a.csv", "--sandbox", ORDERLIFT_LEDGER_URL=ledger)
    assert failed.code not in (0, 1)
    assert PASSWORD not in failed.err
    runs = ask(url, "flow_runs/filter", sort="START_TIME_DESC")
    assert runs[0]["parameters"]["options"]["ledger_url"] == "postgresql+psycopg://me@127.0.0.1:9/orders"
    assert PASSWORD not in str(runs) + str(ask(url, "logs/filter"))


def test_a_bad_input_is_one_line_and_exit_code_2_under_prefect_too(server: dict[str, str], tmp_path: Path) -> None:
    orderlift = Orderlift(tmp_path, **server)
    (tmp_path / "a.csv").write_text("order_number\n1\n")
    ran = orderlift("run", "a.csv", "--sandbox")
    assert ran.code == 2
    assert "a.csv has only one column" in ran.complaint
    assert orderlift.runs() == []


def test_a_prefect_server_that_is_not_there_is_told_before_anything_is_done(orderlift: Orderlift) -> None:
    (orderlift.folder / "a.csv").write_text(FLAT)
    ran = orderlift("run", "a.csv", "--sandbox", PREFECT_API_URL="http://127.0.0.1:9/api")
    assert ran.code == 2
    assert "http://127.0.0.1:9/api/ does not answer. Start it, or unset PREFECT_API_URL." in ran.complaint
    assert orderlift.runs() == []


def test_a_notification_block_of_prefect_is_told(server: dict[str, str], tmp_path: Path) -> None:
    """Its URL is in Prefect alone."""
    orderlift = Orderlift(tmp_path, **server)
    (tmp_path / "a.csv").write_text(FLAT)
    with receiving() as receiver:
        url = receiver.url.replace("json://", "http://")
        make = (
            "from prefect.blocks.notifications import CustomWebhookNotificationBlock as Block\n"
            "data = {'title': '{{subject}}', 'message': '{{body}}'}\n"
            f"Block(name='team', url='{url}', json_data=data).save('team')"
        )
        subprocess.run([sys.executable, "-c", make], env=orderlift.environment, check=True, capture_output=True)
        ran = orderlift("run", "a.csv", "--sandbox", "--notify-block", "custom-webhook/team", *FAST)
        assert ran.code == 0, ran.err
        assert receiver.titles == ["complete"]
        assert "Orders: 1 created." in receiver.messages[0]["message"]
        none = orderlift("resume", "--notify-block", "custom-webhook/none", *FAST)
    assert none.code == 0, none.err
    assert files_with(tmp_path, TOKEN.encode()) == []
    assert TOKEN not in ran.out + ran.err


def test_every_option_of_the_form_has_a_description() -> None:
    from flows.import_orders import import_orders  # noqa: PLC0415 - Prefect takes seconds to import

    schema = import_orders.parameters.model_dump()
    assert [name for name, one in schema["properties"].items() if not one.get("description")] == []
    options = schema["definitions"]["Options"]["properties"]
    assert options.keys() == Options.model_fields.keys()
    assert [name for name, one in options.items() if not one.get("description")] == []
    assert not [name for name in options if "key" in name and name not in ("api_key_file", "api_key_block")]
