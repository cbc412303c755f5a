"""The Prefect flow: plan, deliver, report. It only wires; what was delivered is what the ledger says, not its state."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from adapters.workspace import RunFolder, Workspace
from flows import execute, listening, notify
from flows.cluster import on_dask
from flows.endpoint import require_endpoint
from flows.ports import Progress, Tell
from flows.settings import Options, TaskRunner, as_planned, load
from schemas.results import Status
from schemas.run import RunRecord
from schemas.run import State as RunState

DEFAULTS = Options()
ARTIFACT_SECONDS = 2.0  # between two updates of the progress artifact


@flow(name="import-orders", flow_run_name="import-orders {run_id}", retries=0, persist_result=False)
async def import_orders(inputs: list[str], options: Options = DEFAULTS, run_id: str = "") -> State[None]:
    """Load orders from files into the platform: all is checked first, then each order is created exactly once.

    Args:
        inputs: files, globs or folders of orders and line items
        options: as on the command line; what is left out comes from ORDERLIFT_... and orderlift.toml
        run_id: go on with this run; empty for a new one
    """
    given = options.model_dump(exclude_unset=True)
    options = load(**given)
    require_endpoint(options)
    workspace = Workspace(options.workspace)
    folder = workspace.folder(run_id) if run_id else workspace.new_run()
    if folder.is_planned:
        options = as_planned(folder.record().settings, **{**given, "workspace": options.workspace})
    with notify.crashes_told(folder, options, _warn):
        planned = plan(inputs, options, folder)
        if display := listening.listener.get():
            display.planned(planned)
        ending = await deliver(options, folder, planned)
        record = report(options, folder, ending)
    notify.tell(folder, options, record, ending.reason, _warn)
    await show(record, folder)
    return _state(record)


@task(name="plan", cache_policy=NO_CACHE, retries=0, persist_result=False)
def plan(inputs: list[str], options: Options, folder: RunFolder) -> RunRecord:
    """Make the complete plan, unless the run has one; on a Dask cluster a task for each partition."""
    on_cluster = partial(on_dask, options.dask_address) if options.task_runner is TaskRunner.DASK else None
    return execute.plan(inputs, options, folder, on_cluster)


@task(name="deliver", cache_policy=NO_CACHE, retries=0, persist_result=False)
async def deliver(options: Options, folder: RunFolder, planned: RunRecord) -> execute.Ending:
    """Send every order of the plan that nobody has sent."""
    async with _progress_artifact(planned) as tell:
        return await execute.deliver(folder, options, tell)


@task(name="report", cache_policy=NO_CACHE, retries=0, persist_result=False)
def report(options: Options, folder: RunFolder, ending: execute.Ending) -> RunRecord:
    """Say what became of every row."""
    return execute.report(folder, options, ending)


async def show(record: RunRecord, folder: RunFolder) -> None:
    """Put the outcome into Prefect's UI: a page and a table."""
    lines = [
        f"| {status.value} | {record.orders.get(status, 0):,} | {record.rows.get(status, 0):,} |" for status in Status
    ]
    page = [
        f"# {record.state.value.capitalize()}: run {record.run_id}",
        *([record.message] if record.message else []),
        "\n".join(["| status | orders | rows |", "|---|--:|--:|", *lines]),
        f"{record.requests:,} requests to {record.base_url}; {record.problems:,} problems.",
        f"Results: `{folder.results}`, report: `{folder.report}`",
    ]
    await acreate_markdown_artifact("\n\n".join(page), key="outcome", description=f"what became of run {record.run_id}")
    table = [total.model_dump(mode="json") for total in record.totals]
    await acreate_table_artifact(table, key="control-totals", description=f"control totals of run {record.run_id}")


@asynccontextmanager
async def _progress_artifact(planned: RunRecord) -> AsyncIterator[Tell]:
    """Give a function to tell progress to; Prefect's UI shows the latest, a bounded number of times a minute."""
    orders = planned.orders.get(Status.PENDING, 0)
    artifact = await acreate_progress_artifact(0.0, key="delivery", description=f"{orders:,} orders to send")
    latest: list[float] = []
    display = listening.listener.get()

    def tell(progress: Progress) -> None:
        latest[:] = [100.0 * progress.settled / max(1, progress.orders)]
        if display:
            display.tell(progress)

    async def update() -> None:
        while True:
            await asyncio.sleep(ARTIFACT_SECONDS)
            if latest:
                await aupdate_progress_artifact(artifact, progress=latest.pop())

    updates = asyncio.create_task(update())
    try:
        yield tell
    finally:
        updates.cancel()
        with suppress(asyncio.CancelledError, Exception):  # a picture that fails must not fail the delivery
            await updates
        with suppress(Exception):
            await aupdate_progress_artifact(artifact, progress=latest[0] if latest else 100.0)


def _warn(text: str) -> None:
    """Say what a person should know, here and at the command line."""
    get_run_logger().warning(text)
    if display := listening.listener.get():
        display.say(text)


def _state(record: RunRecord) -> State[None]:
    """The run's outcome as the flow's final state, with its counts."""
    counts = ", ".join(f"{count:,} {status.value}" for status, count in sorted(record.orders.items()))
    if record.state is RunState.STOPPED:
        return Failed(message=f"{record.message} ({counts})")
    if record.state is RunState.INTERRUPTED:
        return Cancelled(message=f"{record.message} ({counts})")
    return Completed(message=counts or "no orders")
