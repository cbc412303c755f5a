"""Settings: flag over environment over orderlift.toml, the same names everywhere, and no secret in anything written."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from commands import FAST, Orderlift, files_with

from flows.settings import Options, as_planned, load, without_password
from sandbox.faults import Reply
from sandbox.server import Sandbox
from schemas.errors import UsageError

FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
KEY = "sk-live-4f1f0d2c9b"
PLANNED = {"base_url": "https://api.example.com/v4", "workspace": "w", "ledger_url": None}


def rows(count: int) -> str:
    return FLAT + "".join(f"1,A-{number},c,EUR,i,1,2.50\n" for number in range(count))


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in ("MAX_IN_FLIGHT", "API_KEY", "LEDGER_URL", "TIMEZONE"):
        monkeypatch.delenv(f"ORDERLIFT_{name}", raising=False)
    return monkeypatch


def test_a_flag_comes_before_the_environment_and_that_before_the_file(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load().max_in_flight == 8
    (tmp_path / "orderlift.toml").write_text("max_in_flight = 3\ntimezone = 'Europe/Paris'\n")
    assert (load().max_in_flight, load().timezone) == (3, "Europe/Paris")
    clean.setenv("ORDERLIFT_MAX_IN_FLIGHT", "4")
    clean.setenv("ORDERLIFT_TIMEZONE", "")
    assert (load().max_in_flight, load().timezone) == (4, "Europe/Paris")
    assert load(max_in_flight=5, timezone=None).max_in_flight == 5


def test_the_command_takes_each_source_in_that_order(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(rows(3))
    (tmp_path / "orderlift.toml").write_text('max_in_flight = 3\nmax_orders_per_batch = 7\nworkspace = "w"\n')
    ran = in_process(
        "plan", "a.csv", "--json", "--max-in-flight", 5, ORDERLIFT_MAX_IN_FLIGHT="4", ORDERLIFT_MAX_BATCH_BYTES="900"
    )
    settings = orjson.loads((tmp_path / "w" / "runs" / ran.json["run_id"] / "run.json").read_bytes())["settings"]
    assert [settings[f"max_{name}"] for name in ("in_flight", "orders_per_batch", "batch_bytes")] == [5, 7, 900]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (f'api_key = "{KEY}"', "An API key does not belong into orderlift.toml. Set ORDERLIFT_API_KEY, or --api-key-"),
        ("max_order_per_batch = 1", "unknown key max_order_per_batch. Closest: max_orders_per_batch"),
        ("max_in_flight = 'many'", "The setting max_in_flight is wrong"),
        (f"max_in_flight = {KEY}", "orderlift.toml cannot be read: Invalid value (at line 1"),
    ],
)
@pytest.mark.usefixtures("clean")
def test_a_wrong_file_of_settings_is_refused_without_its_values(tmp_path: Path, toml: str, said: str) -> None:
    (tmp_path / "orderlift.toml").write_text(toml)
    with pytest.raises(UsageError) as error:
        load()
    assert said in str(error.value)
    assert KEY not in str(error.value)


@pytest.mark.usefixtures("clean")
def test_a_resumed_run_keeps_what_it_was_planned_with() -> None:
    planned = Options(company_id=7, max_in_flight=3, ledger_url="sqlite:///l.db").model_dump(mode="json")
    options = as_planned(planned, max_in_flight=5)
    assert (options.company_id, options.max_in_flight, options.ledger_url) == (7, 5, "sqlite:///l.db")


def test_a_run_is_not_resumed_with_another_ledger(clean: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="another ledger"):
        as_planned(PLANNED, ledger_url="sqlite:///other.db")
    clean.setenv("ORDERLIFT_LEDGER_URL", "sqlite:///other.db")
    with pytest.raises(UsageError, match="another ledger"):
        as_planned(PLANNED)


def test_the_password_of_a_ledger_is_kept_nowhere_and_taken_from_the_environment(clean: pytest.MonkeyPatch) -> None:
    url = f"postgresql+psycopg://me:{KEY}@db/orders?password={KEY}&sslmode=require"
    planned = Options(ledger_url=url).model_dump(mode="json")
    assert planned["ledger_url"] == "postgresql+psycopg://me@db/orders?sslmode=require" == without_password(url)
    assert as_planned(planned).ledger_url == planned["ledger_url"]
    clean.setenv("ORDERLIFT_LEDGER_URL", url)
    assert as_planned(planned).ledger_url == url


@pytest.mark.parametrize("url", ["https://API.example.com/v4/", " https://api.example.com/v4"])
def test_one_address_has_one_spelling(url: str) -> None:
    assert Options(base_url=url).base_url == "https://api.example.com/v4"


def test_no_secret_is_in_anything_a_run_writes_or_prints(orderlift: Orderlift, tmp_path: Path) -> None:
    """An API that repeats the key in its errors, one that refuses it, and a key that does not come from a flag."""
    (tmp_path / "a.csv").write_text(rows(5))
    (tmp_path / "key").write_text(KEY + "\n")
    echo = Reply(status=400, body=f'{{"error":{{"code":"invalid-params","message":"A-0 with api_key {KEY} is bad"}}}}')
    refusal = Reply(skip=2, status=401, body=f'{{"error":{{"code":"unauthorized","message":"no key {KEY}"}}}}')
    store = tmp_path.with_name(f"{tmp_path.name}.db")
    with Sandbox(store, api_key=KEY, faults=[echo, refusal]) as sandbox:
        call = ("--base-url", sandbox.url, "--json", *FAST)
        stopped = orderlift("run", "a.csv", *call, "--api-key-file", "key", ORDERLIFT_DEBUG="1")
        assert stopped.code == 3, stopped.err
        assert "401" in stopped.err
        done = orderlift("resume", ORDERLIFT_API_KEY=KEY)
        assert done.code == 1, done.err
    (tmp_path / "key").unlink()
    results = (tmp_path / stopped.json["results"]).with_suffix(".csv").read_text()
    assert "with api_key *** is bad" in results
    assert files_with(tmp_path, KEY.encode()) == []
    assert KEY not in stopped.out + stopped.err + done.out + done.err


def test_a_key_that_fits_in_no_header_is_refused_unseen(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(rows(1))
    for bad in (f"{KEY} {KEY}", f"{KEY}é"):
        ran = in_process("run", "a.csv", "--base-url", "http://127.0.0.1:9", ORDERLIFT_API_KEY=bad)
        assert ran.code == 2
        assert KEY not in ran.err


def test_every_setting_is_in_the_environment_and_in_the_help_under_its_own_name(in_process: Any) -> None:
    told = re.sub(r"[│\s]+", " ", in_process("run", "--help", COLUMNS="200").out)
    for name, field in Options.model_fields.items():
        assert f"--{name.replace('_', '-')}" in told
        assert field.description
        assert field.description in told, name
