"""`orderlift ledger check|export|backup`: as a person calls them, and while a run goes on."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import FAST, Orderlift, ended, wait_until
from ledgers import claim, sender_of, settle
from postgres import Postgres
from sqlalchemy import create_engine, text

import adapters.ledger_export
from adapters.ledger import Ledger
from adapters.ledger_backup import back_up
from adapters.ledger_export import EXPORT, export_orders
from flows.ledger_tools import WATERMARK
from sandbox.faults import Delay
from sandbox.server import Sandbox
from schemas.errors import LedgerError, UsageError
from schemas.results import Status

HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
KEY = {"ORDERLIFT_API_KEY": "sandbox-key"}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def write_orders(path: Path, count: int) -> None:
    path.write_text(HEADER + "".join(f"1,A-{number},c,EUR,i,1,2\n" for number in range(count)))


def test_check_prints_each_rule_and_ends_with_1_if_one_is_broken(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 3)
    assert in_process("run", "a.csv", "--sandbox", *FAST).code == 0
    sound = in_process("ledger", "check")
    assert sound.code == 0
    assert {line.split()[0] for line in sound.out.splitlines()} == {"ok"}
    engine = create_engine(f"sqlite:///{tmp_path}/workspace/ledger.db")
    with engine.begin() as tx:
        tx.execute(text("UPDATE orders SET settled_at = NULL"))
    broken = in_process("ledger", "check")
    assert broken.code == 1
    assert "WRONG  an order is settled or not, and says when\n         company 1, order A-0: created" in broken.out
    told = in_process("ledger", "check", "--json")
    assert (told.code, told.json["ok"], sum(not rule["ok"] for rule in told.json["rules"])) == (1, False, 1)


@pytest.mark.parametrize("what", ["UPDATE orders SET status = 'pending', settled_at = NULL", "DELETE FROM orders"])
def test_an_order_that_a_resume_would_pass_by_is_found(in_process: Any, tmp_path: Path, what: str) -> None:
    write_orders(tmp_path / "a.csv", 3)
    assert in_process("run", "a.csv", "--sandbox", *FAST).code == 0
    engine = create_engine(f"sqlite:///{tmp_path}/workspace/ledger.db")
    with engine.begin() as tx:
        assert tx.execute(text("SELECT position FROM runs")).scalar_one() > 0
        tx.execute(text(f"{what} WHERE order_number = 'A-1'"))
    [found] = [rule for rule in in_process("ledger", "check", "--json").json["rules"] if not rule["ok"]]
    assert found["rule"] == WATERMARK
    assert "company 1, order A-1: " in found["rows"][0]


def test_where_there_is_no_ledger_none_is_made(in_process: Any, tmp_path: Path) -> None:
    for command in (("check",), ("export", "a.csv"), ("backup", "a.db")):
        assert "There is no ledger at workspace/ledger.db." in in_process("ledger", *command).complaint
    assert list(tmp_path.iterdir()) == []


def test_all_orders_are_exported_a_bounded_number_at_a_time(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.ledger_export, "ROWS", 2)
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b", "c", "=1+1")
    settle(ledger, sender, batch_id, a=Status.CREATED, b=Status.REJECTED, c=Status.IN_DOUBT)
    for name in ("o.csv", "o.parquet"):
        assert export_orders(ledger, tmp_path / name) == 4
        assert mode(tmp_path / name) == 0o600
    found = pd.read_parquet(tmp_path / "o.parquet")
    assert list(found.columns) == EXPORT.names
    status = dict(zip(found["order_number"], found["status"], strict=True))
    assert status == {"=1+1": "sending", "a": "created", "b": "rejected", "c": "in_doubt"}
    assert set(found["target"]) == {"https://api"}
    text_ = pd.read_csv(tmp_path / "o.csv", dtype="str")
    assert sorted(text_["order_number"]) == ["'=1+1", "a", "b", "c"]  # no formula
    with pytest.raises(UsageError, match="cannot be exported to"):
        export_orders(ledger, tmp_path / "o.xlsx")


def test_a_backup_that_is_made_while_a_run_goes_on_is_sound(orderlift: Orderlift, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 300)
    slow = [Delay(times="always", seconds=0.02)]
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=slow) as sandbox:
        few = ("--max-orders-per-batch", 2, "--max-in-flight", 4)
        with orderlift.start("run", "a.csv", "--base-url", sandbox.url, *few, *FAST, **KEY) as process:
            wait_until(lambda: len(sandbox.requests) > 20)
            backups = 0
            while process.poll() is None:
                ran = orderlift("ledger", "backup", f"b{backups}.db")
                assert (ran.code, ran.out) == (0, f"b{backups}.db\n"), ran.err
                backups += 1
            assert ended(process).code == 0
    assert backups > 1
    known = []
    for number in range(backups):
        path = tmp_path / f"b{number}.db"
        assert mode(path) == 0o600
        # With the plan of this workspace, which the backup is of: what it does not know yet, no resume passes by.
        checked = orderlift("ledger", "check", "--ledger-url", f"sqlite:///{path}")
        assert checked.code == 0, checked.out
        known.append(count(path))
    assert sorted(known) == known
    assert 0 < known[0] <= known[-1] <= 300
    assert not list(tmp_path.glob(".*.tmp"))


def count(path: Path) -> int:
    with create_engine(f"sqlite:///{path}").begin() as tx:
        return int(tx.execute(text("SELECT count(*) FROM orders")).scalar_one())


def test_a_backup_takes_the_place_of_no_file(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 1)
    in_process("run", "a.csv", "--sandbox", *FAST)
    (tmp_path / "b.db").write_text("an older one")
    assert "b.db is there already." in in_process("ledger", "backup", "b.db").complaint
    assert (tmp_path / "b.db").read_text() == "an older one"
    assert "cannot be written" in in_process("ledger", "backup", "none/b.db").complaint


def test_a_backup_of_a_damaged_ledger_is_not_made(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 1)
    in_process("run", "a.csv", "--sandbox", *FAST)
    database = tmp_path / "workspace" / "ledger.db"
    ledger = Ledger(f"sqlite:///{database}")
    whole = bytearray(database.read_bytes())
    whole[3 * 4096 :] = b"\xff" * (len(whole) - 3 * 4096)
    ledger.close()
    database.write_bytes(whole)
    with pytest.raises(LedgerError, match="The backup cannot be made"):
        back_up(ledger, tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()


def test_postgresql_has_backups_of_its_own(in_process: Any, postgres: Postgres) -> None:
    ran = in_process("ledger", "backup", "b.db", "--ledger-url", postgres.database())
    assert ran.code == 2
    assert "pg_dump" in ran.complaint


def test_a_restored_backup_sends_nothing_twice_where_the_platform_is_read_first(
    in_process: Any, tmp_path: Path
) -> None:
    write_orders(tmp_path / "a.csv", 2)
    in_process("run", "a.csv", "--sandbox", *FAST)
    in_process("ledger", "backup", "b.db")
    write_orders(tmp_path / "b.csv", 4)
    in_process("run", "b.csv", "--sandbox", *FAST)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (tmp_path / "workspace" / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "b.db", tmp_path / "workspace" / "ledger.db")
    ran = in_process("run", "b.csv", "--sandbox", "--skip-existing", *FAST, "--json").json
    assert ran["orders"]["already_created"] == 4
    assert ran["orders"]["created"] == 0
