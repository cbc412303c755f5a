"""Names, addresses and e-mails of a file never reach the report, in whichever cell they stand."""

import re
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from conftest import InProcess
from delivering import Scene
from planted import given_away

from adapters.report_page import render
from adapters.workspace import RunFolder
from flows.endpoint import open_ledger
from flows.execute import Ending
from flows.report import activity_of
from flows.settings import Options
from sandbox.faults import Reply
from sandbox.server import Sandbox
from schemas.run import State
from transforms.discreet import discreet

NAMES = ("Josephine", "Appleseed", "Zoë", "Ångström")
ADDRESSES = ("Kastanienallee", "Oranienburg", "0170 5550199")
EMAILS = ("josephine@example.org", "example.org")
PLANTED = (*NAMES, *ADDRESSES, *EMAILS)

# The columns of the last rows are shifted: an address stands where an amount should, a name where the currency should.
FILE = """Report for Josephine Appleseed <josephine@example.org>,,,,,,,
,,,,,,,
order_number,customer_id,currency_id,order_date,item_id,quantity,unit_amount,shipping_address.street
A-1,josephine@example.org,EUR,2024-01-22,prod,1,9.99,Kastanienallee 1
A-1,josephine@example.org,EUR,2024-01-22,prod,1,9.99,Oranienburg 2
A-2,c,Josephine Appleseed,Kastanienallee 7,prod,0170 5550199,Zoë Ångström,s
A-3,c,EUR,josephine@example.org,prod,1,Josephine Appleseed,s
A-4,c,EUR,Zoë here in Ångström,prod,josephine@example.org,1.00,s
Josephine Appleseed,c,EUR,2024-01-22,prod,-1,1.00,s
josephine@example.org,c,EUR,30.02.2024,prod,1,1.00,s
A-5,,EUR,2024-01-22,prod,1,1.00,"Kastanienallee 3, Oranienburg"
Total,,,,,,19.98,Josephine Appleseed
"""


def shown(folder: Path) -> str:
    return (folder / "report.html").read_text()


def test_what_stands_in_cells_of_people_is_not_in_the_report(in_process: InProcess, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(FILE)
    ran = in_process("plan", "orders.csv", "--company-id", "7")
    assert ran.code == 1, ran.err
    [folder] = tmp_path.glob("workspace/runs/*")
    problems = pq.read_table(folder / "problems.parquet").to_pylist()
    told = " ".join(f"{row['value']} {row['message']}" for row in problems)
    assert [text for text in PLANTED if text not in told] == []  # all of them are quoted there
    page = shown(folder)
    assert [text for text in PLANTED if text.lower() in page.lower()] == []
    assert "row 6, column currency_id" in re.sub(r"<[^>]+>", "", page)
    assert given_away(folder) == set()


@pytest.mark.parametrize("column", ["company_id", "currency_id", "order_number"])
def test_a_key_that_is_a_name_is_not_in_the_control_totals(in_process: InProcess, tmp_path: Path, column: str) -> None:
    fields = {"company_id": "7", "order_number": "A-1", "customer_id": "c", "currency_id": "EUR", "item_id": "p"}
    fields |= {"quantity": "1", "unit_amount": "2"} | {column: "Josephine Appleseed"}
    (tmp_path / "orders.csv").write_text("\n".join([",".join(fields), ",".join(fields.values())]))
    in_process("plan", "orders.csv")
    [folder] = tmp_path.glob("workspace/runs/*")
    assert "Josephine" not in shown(folder)


def test_what_the_platform_says_of_a_customer_is_not_in_the_report(tmp_path: Path) -> None:
    said = "Josephine Appleseed <josephine@example.org> is unknown"
    body = orjson.dumps({"error": {"code": "Josephine is unknown", "message": said}}).decode()
    refuse = Reply(status=422, body=body, times="always")
    with Sandbox(tmp_path / "store.db", requests_per_minute=None, faults=[refuse]) as sandbox:
        scene = Scene(tmp_path, sandbox, {1089: [f"ORD-{number}" for number in range(9)]})
        ending = scene.run()
    assert "Josephine" in str(ending.reason)
    page = page_of(scene.folder, scene.options, ending)
    assert [text for text in PLANTED if text.lower() in page.lower()] == []
    assert "were refused alike: xxxx" in page


def page_of(folder: RunFolder, options: Options, ending: Ending) -> str:
    """The page of a plan that was made without its rows."""
    record = discreet(folder.record().model_copy(update={"state": State.STOPPED, "message": str(ending.reason)}))
    with open_ledger(options) as ledger:
        counts = ledger.counts(folder.run_id)
        return render(record, [], activity_of(ledger, folder.run_id, counts, options, 0))
