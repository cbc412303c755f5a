"""Ledger tools: the ledger that is asked for, if it is there, and what only ledger and plans together can tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from adapters import watermark
from adapters.ledger import Ledger
from adapters.ledger_check import SHOWN, Finding
from adapters.workspace import Workspace
from flows.endpoint import open_ledger
from flows.settings import Options
from schemas.errors import UsageError
from schemas.ledger import SENDING
from schemas.statuses import Status

WATERMARK = "a resume passes by no order of a plan that is not settled"
UNSETTLED = (Status.PENDING.value, Status.IN_DOUBT.value, SENDING)


@contextmanager
def open_known_ledger(options: Options) -> Iterator[Ledger]:
    """The ledger that is there; raises UsageError where there is none, and makes none."""
    url = Workspace(options.workspace).ledger_url(options.ledger_url)
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise UsageError(f"There is no ledger at {address.database}.", "Name another with --workspace or --ledger-url.")
    with open_ledger(options) as ledger:
        yield ledger


def check_watermarks(workspace: Workspace, ledger: Ledger) -> Finding:
    """Look at the orders of the plans of this workspace that a resume would pass by: each must be settled for good."""
    with ledger.reading() as tx:
        reached = watermark.positions(tx)
    shown, count = list[str](), 0
    folders = {folder.run_id: folder for folder in workspace.runs()}
    for run_id, target_id, position in reached:
        if run_id not in folders or not folders[run_id].is_planned:
            continue
        portions = folders[run_id].plan.portions(())
        for portion in portions:
            if portion.position >= position:
                break
            company_id = int(portion.orders["company_id"][0].as_py())
            numbers = portion.orders["order_number"].to_pylist()
            known = {fact.order_number: fact for fact in ledger.facts(target_id, company_id, numbers)}
            for number in numbers:
                fact = known.get(number)
                if fact is None or (fact.status in UNSETTLED and fact.run_id == run_id):
                    said = "not in the ledger" if fact is None else fact.status
                    count += 1
                    if len(shown) < SHOWN:
                        shown.append(f"run {run_id}, company {company_id}, order {number}: {said}")
    return Finding(WATERMARK, tuple(shown), count - len(shown))
