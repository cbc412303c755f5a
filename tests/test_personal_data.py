"""Personal data is where SECURITY.md says, and nowhere else; and it is erased as it says."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import FAST, ROOT
from test_redact import BAD, GOOD, PLANT, planted, rows, written

from schemas.ledger import metadata

SECURITY = (ROOT / "SECURITY.md").read_text()


@pytest.fixture
def workspace(in_process: Any, tmp_path: Path) -> Path:
    """Of two runs, the first without a problem."""
    (tmp_path / "a.csv").write_text(rows(*GOOD))
    (tmp_path / "b.csv").write_text(rows(planted("C-1", customer_id="jane"), *BAD))
    assert in_process("run", "a.csv", "--sandbox", *FAST).code == 0
    assert in_process("run", "b.csv", "--sandbox", *FAST).code == 1
    return tmp_path / "workspace"


def test_it_is_in_the_files_that_are_listed(workspace: Path) -> None:
    first, second = sorted((workspace / "runs").iterdir())
    assert [name for name, text in written(first).items() if PLANT in text] == []
    found = {path.relative_to(second).parts[0] for path in second.rglob("*") if path.name in told_of(second)}
    assert found == {"rows", "problems.parquet", "rejects.xlsx", "results.parquet", "results.csv"}
    for name in found:
        assert f"`runs/RUN_ID/{name.removesuffix('.csv')}" in SECURITY
    assert [path.name for path in workspace.glob("ledger.db*") if PLANT.encode() in path.read_bytes()] == []


def told_of(run: Path) -> set[str]:
    names = {name for name, text in written(run).items() if PLANT in text}
    return names - {"part-00000.parquet"} | ({"rows"} if "part-00000.parquet" in names else set())


def test_every_table_of_the_ledger_is_told_of() -> None:
    assert [name for name in metadata.tables if f"`{name}`" not in SECURITY and name != "schema_version"] == []


def test_a_customer_is_found_and_erased_as_it_says(workspace: Path, in_process: Any) -> None:
    [code] = re.findall(r"```python\n(.*?)```", SECURITY, re.DOTALL)
    script = re.sub(r"^   ", "", code, flags=re.MULTILINE).replace("CUSTOMER_ID", "jane")
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=workspace.parent, capture_output=True, text=True, check=True
    )
    run = max((workspace / "runs").iterdir())
    assert ran.stdout == f"{run.name} 1 C-1\n"
    [statement] = re.findall(r"```sql\n(.*?)```", SECURITY, re.DOTALL)
    with sqlite3.connect(workspace / "ledger.db") as ledger:
        ledger.execute("UPDATE orders SET error_message = 'jane' WHERE order_number = 'C-1'")
        ledger.execute(statement.replace("1089", "1").replace("A-1", "C-1"))
        assert ledger.execute("SELECT * FROM orders WHERE error_message IS NOT NULL").fetchall() == []
    subprocess.run(["rm", "-r", run], check=True)
    again = in_process("run", "b.csv", "--sandbox", "--json", *FAST)
    assert again.json["orders"]["already_created"] == 1
