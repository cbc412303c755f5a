"""`orderlift status` answers at once: it imports nothing that takes long, and goes through no order."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from commands import FAST, ROOT
from ledgers import claim, release, sender_of, settle
from sqlalchemy import event

from adapters.ledger import Ledger
from schemas.results import Status

SLOW = {"pandas", "pandera", "pyarrow", "numpy", "httpx", "fastapi", "prefect", "alembic", "s3fs"}
ONE_ORDER = "order_number,customer_id,currency_id,item_id,quantity,unit_amount\nA-1,c,USD,i,1,2.5\n"
ASK = """
import sys
sys.argv = ["orderlift", "status", "--json"]
from flows.cli import main
try:
    main()
finally:
    print(*sys.modules)
"""


def test_it_imports_nothing_that_takes_long(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "order_number,customer_id,currency_id,item_id,quantity,unit_amount\nA-1,c,USD,i,1,2.5\n"
    )
    assert in_process("run", "a.csv", "--company-id", 7, "--sandbox", *FAST).code == 0
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    status, modules = asked.stdout.splitlines()
    assert '"created":1' in status
    assert SLOW & {name.split(".")[0] for name in modules.split()} == set()


def test_counts_look_at_requests_and_at_the_orders_of_unsettled_ones_only(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b")
    settle(ledger, sender, batch_id, a=Status.CREATED, b=Status.CREATED)
    claim(ledger, sender, "c")
    release(ledger, sender)
    asked: list[tuple[Any, ...]] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda _c, _cursor, *what: asked.append(what[:2]))
    assert ledger.counts("A")[:4] == (2, 2, 0, 1)
    with ledger.reading() as tx:
        ((sql, values),) = [one for one in asked if "orders" in one[0]]
        steps = [row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    ledger.close()
    assert [step for step in steps if " orders " in step] == [
        "SEARCH orders USING INDEX sqlite_autoindex_orders_1 (target_id=? AND company_id=? AND order_number=?)"
    ]
