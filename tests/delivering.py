"""What the tests of delivery share: a plan on disk, a run of it against a sandbox, and both stores compared."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa

from adapters.ledger import Ledger
from adapters.workspace import RunFolder, Workspace
from flows.execute import Ending, deliver
from flows.ports import Progress
from flows.settings import Options
from sandbox.server import Sandbox
from schemas.ledger import Fact
from schemas.plan import PLAN, ROWS
from schemas.problems import PROBLEMS
from schemas.results import Status
from schemas.run import RunRecord, State, Total

Numbers = Mapping[int, Sequence[str]]
COMPANY = 1089


def numbers(count: int, prefix: str = "ORD") -> list[str]:
    return [f"{prefix}-{number:05}" for number in range(count)]


def content(company_id: int, number: str) -> dict[str, Any]:
    """An order as it is sent; each differs from every other one."""
    line = {"item_id": f"prod-{company_id}-{number}", "quantity": 1, "unit_amount": 9.5}
    return {"customer_id": f"cus-{number}", "currency_id": "USD", "order_number": number, "line_items": [line]}


def make_plan(workspace: Path, base_url: str, plan: Numbers, parts: int = 1) -> RunFolder:
    """A run that was planned: the given orders, company by company; in so many parts, an order in one of them."""
    folder = Workspace(workspace).new_run()
    rows = [(company_id, content(company_id, number)) for company_id, some in plan.items() for number in some]
    columns = {name: pa.nulls(len(rows), PLAN.field(name).type) for name in PLAN.names} | {
        "company_id": [company_id for company_id, _ in rows],
        "order_number": [order["order_number"] for _, order in rows],
        "customer_id": [order["customer_id"] for _, order in rows],
        "currency_id": [order["currency_id"] for _, order in rows],
        "digest": list(range(len(rows))),
        "body": [orjson.dumps(order).decode() for _, order in rows],
    }
    problems = pd.DataFrame({name: pd.Series(dtype="object") for name in PROBLEMS.names})
    table = pa.table(columns, schema=PLAN)
    for part in range(parts):
        folder.plan.write_part(part, table.take(pa.array(range(part, len(table), parts))), ROWS.empty_table, problems)
    folder.plan.finish()
    total = Total(company_id="1", currency_id="USD", status=Status.PENDING, orders=len(rows), line_items=0, amount="0")
    record = RunRecord(
        run_id=folder.run_id,
        state=State.PLANNED,
        base_url=base_url,
        settings={},
        inputs=[],
        planned_at=datetime.now(UTC),
        planned_totals=[total],
    )
    folder.write_record(record)
    return folder


def options_for(workspace: Path, base_url: str, **others: object) -> Options:
    """Options that hardly wait and do not give up, unless told to."""
    workspace.mkdir(parents=True, exist_ok=True)
    key = workspace / "key"
    key.write_text("sandbox-key")
    told = {"requests_per_minute": 100_000, "timeout_seconds": 5.0, "max_failure_ratio": 1.0, "settle_seconds": 0.3}
    return Options.model_validate({"workspace": workspace, "base_url": base_url, "api_key_file": key} | told | others)


def run(folder: RunFolder, options: Options, told: list[Progress] | None = None) -> Ending:
    """Deliver what the run has not sent; it ends within a minute or fails."""

    def tell(progress: Progress) -> None:
        if told is not None:
            told[:] = [progress]

    async def go() -> Ending:
        async with asyncio.timeout(60):
            ending = await deliver(folder, options, tell)
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()  # what follows, such as the report, is not cut off
        return ending

    return asyncio.run(go())


class Scene:
    """A sandbox, a workspace and a plan, with what is asked of them after a run."""

    def __init__(self, path: Path, sandbox: Sandbox, plan: Numbers, parts: int = 1, **others: object) -> None:
        self.sandbox = sandbox
        self.plan = plan
        self.workspace = path / "workspace"
        self.options = options_for(self.workspace, sandbox.url, **others)
        self.folder = make_plan(self.workspace, sandbox.url, plan, parts)
        self.progress: list[Progress] = []

    def run(self, **others: object) -> Ending:
        """Deliver, or go on delivering."""
        return run(self.folder, self.options.model_copy(update=others), self.progress)

    def rerun(self, **others: object) -> Ending:
        """Plan the same orders as a new run, which knows nothing of the first, and deliver it."""
        folder = make_plan(self.workspace, self.sandbox.url, self.plan)
        return run(folder, self.options.model_copy(update=others))

    def open_ledger(self) -> Ledger:
        """The ledger that the runs use."""
        return Ledger(self.options.ledger_url or Workspace(self.workspace).ledger_url())

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the ledger's database answers to a query."""
        ledger = self.open_ledger()
        with ledger.reading() as tx:
            rows = [tuple(row) for row in tx.exec_driver_sql(query)]
        ledger.close()
        return rows

    def facts(self) -> list[Fact]:
        """What the ledger knows of the plan's orders."""
        ledger = self.open_ledger()
        try:
            target = ledger.target(self.sandbox.url)
            return [fact for company_id, some in self.plan.items() for fact in ledger.facts(target, company_id, some)]
        finally:
            ledger.close()

    def counts(self) -> Counter[str]:
        """How many orders of each status; one that was never sent is pending."""
        found = Counter(fact.status for fact in self.facts())
        found[Status.PENDING.value] += sum(map(len, self.plan.values())) - found.total()
        return +found

    def posts(self) -> int:
        """How many requests the sandbox has seen."""
        return len(self.sandbox.requests)

    def is_exact(self) -> bool:
        """Nothing twice; what the ledger calls created is there, as it was sent; what else is there is in doubt."""
        facts = {(fact.company_id, fact.order_number): fact.status for fact in self.facts()}
        stored = {(one.company_id, one.sent_number or ""): one for one in self.sandbox.store.orders()}
        created = {key for key, status in facts.items() if status == Status.CREATED}
        assert self.sandbox.store.duplicates() == {}
        assert created <= stored.keys()
        assert {facts[key] for key in stored.keys() - created} <= {Status.IN_DOUBT.value}
        assert all(order.content == content(*key) for key, order in stored.items())
        return True


def run_alone(workspace: Path, run_id: str, options: Options) -> None:
    """Deliver a run; what a process of its own does, to be killed or raced."""
    run(RunFolder(workspace / "runs" / run_id), options)


def processes() -> Any:
    """A way to start processes quickly: they are forked from one that has imported all this and has no threads."""
    here = Path(__file__).parent
    os.environ["PYTHONPATH"] = os.pathsep.join([str(here.parent), str(here)])
    context = get_context("forkserver")
    context.set_forkserver_preload(["delivering"])
    return context
