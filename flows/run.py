"""Run: plan, deliver, report; the same functions under Prefect and without it."""

import asyncio
import hashlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress

import pyarrow as pa
from pydantic import SecretStr

from adapters.api import Api, checked_base_url
from adapters.group_commit import GroupCommit
from adapters.ledger import Ledger
from adapters.workspace import RunFolder, Workspace
from flows.deliver import LEASE_SECONDS, Delivery, Pace, Ports, Progress
from flows.plan import plan
from flows.report import report
from flows.settings import Options, api_key
from flows.supply import Supply
from schemas.delivery import SentOrder
from schemas.errors import Interrupted, OrderliftError, UsageError
from schemas.ledger import Fact, Sender
from schemas.results import Status
from schemas.run import RunRecord, State
from transforms.batches import companies

SANDBOX_TARGET = "sandbox"  # what the embedded API created is known by this name, whatever its port
Tell = Callable[[Progress], None]


def target_of(options: Options) -> str:
    """The name under which the ledger keeps what was created: the base URL, or `sandbox`."""
    return SANDBOX_TARGET if options.sandbox else options.base_url.rstrip("/")


def require_endpoint(options: Options) -> None:
    """Raise UsageError before any work is done if there is no way to send: no key, or an address that is not one."""
    if not options.sandbox:
        api_key(options)
        checked_base_url(options.base_url)


@contextmanager
def open_ledger(options: Options) -> Iterator[Ledger]:
    """The ledger of the workspace, or the one that the options name."""
    workspace = Workspace(options.workspace)
    workspace.create()
    ledger = Ledger(options.ledger_url or workspace.ledger_url)
    try:
        yield ledger
    finally:
        ledger.close()


def plan_run(inputs: Sequence[str], options: Options, folder: RunFolder) -> RunRecord:
    """Plan a run into its folder."""
    with open_ledger(options) as ledger:
        return plan(inputs, options, target_of(options), ledger, folder)


def report_run(folder: RunFolder, options: Options, state: State, stopped: OrderliftError | None = None) -> RunRecord:
    """Say what became of every row of a run."""
    with open_ledger(options) as ledger:
        return report(folder, ledger, state, stopped)


async def deliver_run(folder: RunFolder, options: Options, stop: asyncio.Event, tell: Tell) -> None:
    """Send what the run's plan has and nobody has sent; raises Resume or Interrupted once nothing is in flight."""
    record = folder.record()
    if target_of(options) != record.base_url:
        raise UsageError(
            f"Run {record.run_id} was planned for {record.base_url}, not for {target_of(options)}.",
            "Resume it with the same --base-url or --sandbox.",
        )
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.lock())
        ledger = stack.enter_context(open_ledger(options))
        base_url, key = stack.enter_context(_endpoint(options))
        sender = Sender(record.run_id, ledger.target(record.base_url), _fingerprint(key))
        _take(ledger, sender)
        # Left after the journal, so that no claim is committed any more when it says what is in doubt.
        stack.callback(_release, ledger, sender)
        folder.write_record(record.model_copy(update={"state": State.DELIVERING}))
        api = await stack.enter_async_context(Api(base_url, key, options.max_in_flight, options.timeout_seconds))
        journal = await stack.enter_async_context(GroupCommit(ledger))
        ports = Ports(ledger, journal, api, sender, time.monotonic, lambda seconds: _pause(stop, seconds))
        progress = _progress(record, ledger)
        delivery = Delivery(
            ports=ports,
            supply=Supply(
                _unsent(folder, ledger, sender, progress),
                lambda company_id: ledger.has_control(sender.target_id, company_id),
                most_orders=options.max_orders_per_batch,
                most_bytes=options.max_batch_bytes,
            ),
            pace=Pace(
                options.requests_per_minute, options.max_in_flight, options.max_failure_ratio, options.give_up_after
            ),
            progress=progress,
            tell=tell,
            stop=stop,
        )
        await delivery.run()
    if stop.is_set():
        raise Interrupted(
            "The run was interrupted; what was in flight has ended.", f"Go on: orderlift resume {record.run_id}"
        )


def _take(ledger: Ledger, sender: Sender) -> None:
    """Make the run this process's own, and put in doubt what dead processes left as `sending`."""
    with ledger.transaction() as tx:
        other = ledger.take_run(tx, sender, socket.gethostname(), LEASE_SECONDS)
        if other:
            raise UsageError(f"Run {sender.run_id} is going on, on {other}.", "`orderlift status` shows it.")
        ledger.doubt_orphans(tx, sender)


def _release(ledger: Ledger, sender: Sender) -> None:
    """End the lease. Nothing is in flight any more: what is still `sending` was cut off, and is in doubt."""
    with ledger.transaction() as tx:
        ledger.doubt_orphans(tx, sender)
        ledger.extend_lease(tx, sender, 0)


@contextmanager
def _endpoint(options: Options) -> Iterator[tuple[str, SecretStr]]:
    """Where to send, and with which key: the API, or the embedded stand-in while the context lasts."""
    if not options.sandbox:
        yield options.base_url, api_key(options)
        return
    from sandbox.server import Sandbox  # noqa: PLC0415 - FastAPI takes half a second to import, and only this needs it

    store = options.workspace / "sandbox.db"
    with Sandbox(store, requests_per_minute=options.requests_per_minute) as sandbox:
        yield sandbox.url, SecretStr(sandbox.api_key)


def _fingerprint(key: SecretStr) -> str:
    """What the ledger knows of a key: enough to tell two apart, too little to guess one."""
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:16]


def _progress(record: RunRecord, ledger: Ledger) -> Progress:
    """Where the run stands: of the orders that it was planned to send, what became of those already sent."""
    counts = ledger.counts(record.run_id)
    planned = sum(total.orders for total in record.planned_totals if total.status == Status.PENDING)
    return Progress(planned, counts.created, counts.rejected, counts.in_doubt, counts.requests)


def _unsent(
    folder: RunFolder, ledger: Ledger, sender: Sender, progress: Progress
) -> Iterator[tuple[int, list[SentOrder]]]:
    """The plan's orders that the ledger does not hold back, in portions of one company.

    Those that another run has taken since they were planned are not counted as this run's any more.
    """
    check = ledger.has_orders(sender.target_id)
    for portion in folder.plan_portions(["company_id", *SentOrder._fields]):
        columns = [portion[name].to_pylist() for name in SentOrder._fields[:-1]]
        columns.append(portion["body"].cast(pa.large_binary()).to_pylist())
        orders = list(map(SentOrder, *columns))
        for company_id, rows in companies(portion["company_id"].to_numpy()):
            mine = orders[rows]
            if check:
                numbers = [order.order_number for order in mine]
                facts = [one for one in ledger.facts(sender.target_id, company_id, numbers) if _held(one, sender)]
                progress.orders -= sum(fact.run_id != sender.run_id for fact in facts)
                held = {fact.order_number for fact in facts}
                mine = [order for order in mine if order.order_number not in held]
            if mine:
                yield company_id, mine


def _held(fact: Fact, sender: Sender) -> bool:
    """Whether an order is not this run's to send: it is settled, in doubt, or in the hands of another."""
    if fact.status == Status.REJECTED:
        return fact.run_id == sender.run_id
    return fact.status != Status.PENDING


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not beyond a stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
