"""The Prefect flow: plan, deliver, report. It only wires; what was delivered is what the ledger says, not its state."""

from collections.abc import Callable
from functools import partial

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from adapters.workspace import RunFolder, Workspace
from flows import execute, listening, notify
from flows.artifacts import progress_artifact, show
from flows.cluster import on_dask
from flows.endpoint import require_endpoint
from flows.given import given
from flows.settings import Options, TaskRunner, as_planned, load
from schemas.run import RunRecord
from schemas.run import State as RunState

DEFAULTS = Options()


@flow(name="import-orders", flow_run_name="import-orders {run_id}", retries=0, persist_result=False)
async def import_orders(inputs: list[str], options: Options = DEFAULTS, run_id: str = "") -> State[None]:
    """Load orders from files into the platform: all is checked first, then each order is created exactly once.

    Args:
        inputs: files, globs or folders of orders and line items
        options: as on the command line; what is left out comes from ORDERLIFT_... and orderlift.toml
        run_id: go on with this run; empty for a new one
    """
    told = given(options)
    options = load(**told)
    require_endpoint(options)
    workspace = Workspace(options.workspace)
    folder = workspace.folder(run_id) if run_id else workspace.new_run()
    if folder.is_planned:
        options = as_planned(folder.record().settings, **{**told, "workspace": options.workspace})
    record, _ = await carry_out(inputs, options, folder)
    return state_of(record)


async def carry_out(
    inputs: list[str], options: Options, folder: RunFolder, check: Callable[[RunRecord], None] = lambda _: None
) -> tuple[RunRecord, execute.Ending]:
    """Plan, deliver, report and show, within a flow run; what `check` raises of a plan keeps it from being sent."""
    with notify.crashes_told(folder, options, _warn):
        planned = plan(inputs, options, folder)
        check(planned)
        if display := listening.listener.get():
            display.planned(planned)
        ending = await deliver(options, folder, planned)
        record = report(options, folder, ending)
    notify.tell(folder, options, record, ending.reason, _warn)
    await show(record, folder)
    return record, ending


@task(name="plan", cache_policy=NO_CACHE, retries=0, persist_result=False)
def plan(inputs: list[str], options: Options, folder: RunFolder) -> RunRecord:
    """Make the complete plan, unless the run has one; on a Dask cluster a task for each partition."""
    on_cluster = partial(on_dask, options.dask_address) if options.task_runner is TaskRunner.DASK else None
    return execute.plan(inputs, options, folder, on_cluster)


@task(name="deliver", cache_policy=NO_CACHE, retries=0, persist_result=False)
async def deliver(options: Options, folder: RunFolder, planned: RunRecord) -> execute.Ending:
    """Send every order of the plan that nobody has sent."""
    async with progress_artifact(planned) as tell:
        return await execute.deliver(folder, options, tell)


@task(name="report", cache_policy=NO_CACHE, retries=0, persist_result=False)
def report(options: Options, folder: RunFolder, ending: execute.Ending) -> RunRecord:
    """Say what became of every row."""
    return execute.report(folder, options, ending)


def _warn(text: str) -> None:
    """Say what a person should know, here and at the command line."""
    get_run_logger().warning(text)
    if display := listening.listener.get():
        display.say(text)


def state_of(record: RunRecord) -> State[None]:
    """The run's outcome as the flow's final state, with its counts."""
    counts = ", ".join(f"{count:,} {status.value}" for status, count in sorted(record.orders.items()))
    if record.state is RunState.STOPPED:
        return Failed(message=f"{record.message} ({counts})")
    if record.state is RunState.INTERRUPTED:
        return Cancelled(message=f"{record.message} ({counts})")
    return Completed(message=counts or "no orders")
