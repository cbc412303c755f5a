"""Run: plan, deliver, reconcile, verify, report; the same functions under Prefect and without it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pyarrow as pa

from adapters.ledger import Ledger
from adapters.workspace import RunFolder
from flows.endpoint import open_ledger, open_ports, target_of
from flows.plan import InParts, plan
from flows.ports import Ports, Progress, Tell, Terms
from flows.report import report
from flows.session import reconcile, send
from flows.settings import Options
from flows.verify import verify
from schemas.delivery import Portion, SentOrder
from schemas.errors import Interrupted, OrderliftError
from schemas.results import Status
from schemas.run import RunRecord, State
from transforms.compare import Comparison


def plan_run(inputs: Sequence[str], options: Options, folder: RunFolder, in_parts: InParts | None = None) -> RunRecord:
    """Plan a run into its folder; `in_parts` plans the partitions of a large input, else this machine does."""
    with folder.lock(), open_ledger(options) as ledger:
        return plan(inputs, options, target_of(options), ledger, folder, in_parts)


def report_run(folder: RunFolder, options: Options, state: State, stopped: OrderliftError | None = None) -> RunRecord:
    """Say what became of every row of a run."""
    with open_ledger(options) as ledger:
        return report(folder, options, ledger, state, stopped)


async def deliver_run(folder: RunFolder, options: Options, stop: asyncio.Event, tell: Tell) -> None:
    """Send what the run's plan has and nobody has sent; raises Resume or Interrupted once nothing is in flight."""
    async with _ready(folder, options, stop) as (record, ledger, ports):
        folder.write_record(record.model_copy(update={"state": State.DELIVERING}))
        plan = Plan(folder, ledger.position(record.run_id))
        progress = progress_of(record, ledger, folder.plan.orders_before(plan.start))
        await send(ports, plan, terms_of(options), progress=progress, tell=tell, stop=stop)


async def reconcile_run(folder: RunFolder, options: Options, stop: asyncio.Event, tell: Tell) -> None:
    """Settle what is in doubt by reading the API; raises Resume or Interrupted."""
    async with _ready(folder, options, stop) as (record, ledger, ports):
        await reconcile(ports, terms_of(options), progress=progress_of(record, ledger), tell=tell, stop=stop)


async def verify_run(folder: RunFolder, options: Options, stop: asyncio.Event) -> Comparison:
    """Compare the plan, the ledger and the platform; raises Resume or Interrupted."""
    async with _ready(folder, options, stop) as (_, ledger, ports):
        return await verify(ports, terms_of(options), folder, ledger, stop)


@asynccontextmanager
async def _ready(
    folder: RunFolder, options: Options, stop: asyncio.Event
) -> AsyncIterator[tuple[RunRecord, Ledger, Ports]]:
    """A run that no other process has, and its outside world; raises Interrupted in the end if a stop was asked for."""
    record = folder.record()
    with folder.lock(), open_ledger(options) as ledger:
        async with open_ports(record, options, ledger, stop) as ports:
            yield record, ledger, ports
    if stop.is_set():
        raise Interrupted(
            "The run was interrupted; what was in flight has ended.", f"Go on: orderlift resume {record.run_id}"
        )


def terms_of(options: Options) -> Terms:
    """What the options say of sending."""
    return Terms(
        requests_per_minute=options.requests_per_minute,
        max_in_flight=options.max_in_flight,
        most_orders=options.max_orders_per_batch,
        most_bytes=options.max_batch_bytes,
        max_failure_ratio=options.max_failure_ratio,
        give_up_after=options.give_up_after,
        settle_seconds=options.settle_seconds,
        grace_seconds=options.grace_seconds,
        canary=options.canary,
        skip_existing=options.skip_existing,
        redact=options.redact,
    )


def progress_of(record: RunRecord, ledger: Ledger, skipped: int = 0) -> Progress:
    """Where the run stands: of the orders that it was planned to send, what became of those already sent.

    `skipped` orders at the start of the plan are settled, and will not be met again.
    """
    counts = ledger.counts(record.run_id)
    # All of the plan: those that others have created meanwhile, or before, are taken off as they are met.
    planned = sum(total.orders for total in record.planned_totals if total.status != Status.INVALID)
    others = max(0, skipped - counts.created - counts.rejected)  # of those skipped, at least so many
    return Progress(planned - others, counts.created, counts.rejected, counts.in_doubt, counts.requests)


@dataclass(frozen=True)
class Plan:
    """The orders of a plan on disk, from a position on, read a bounded number at a time and as often as is needed."""

    folder: RunFolder
    start: int = 0

    def __iter__(self) -> Iterator[Portion]:
        """Portions of one company, those of a company one after the other."""
        for position, orders in self.folder.plan.portions(SentOrder._fields, self.start):
            columns = [orders[name].to_pylist() for name in SentOrder._fields[:-1]]
            columns.append(orders["body"].cast(pa.large_binary()).to_pylist())
            rows = list(map(SentOrder._make, zip(*columns, strict=True)))
            yield Portion(orders["company_id"][0].as_py(), rows, position)
