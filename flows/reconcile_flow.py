"""The Prefect flow that settles what is in doubt by reading the API. It only wires, and sends nothing."""

from typing import Annotated

from prefect import flow, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed
from pydantic import Field

from adapters.workspace import RunFolder
from flows.endpoint import require_endpoint
from flows.given import given
from flows.reconcile_runs import in_doubt, reconcile_run
from flows.settings import Options, load
from schemas.errors import UsageError
from schemas.results import Status
from schemas.run import RunRecord
from schemas.run import State as RunState

DEFAULTS = Options()
RunId = Annotated[str, Field(description="the run to settle; empty for all that have orders in doubt")]


@flow(name="reconcile", retries=0, persist_result=False)
async def reconcile(run_id: RunId = "", options: Options = DEFAULTS) -> State[None]:
    """Settle what is in doubt by reading the orders back from the API; nothing is sent.

    Args:
        run_id: the run to settle; empty for all runs of the workspace that have orders in doubt
        options: as on the command line; what is left out comes from ORDERLIFT_... and orderlift.toml
    """
    options = load(**given(options))
    require_endpoint(options)
    log, records = get_run_logger(), []
    for folder in in_doubt(options, run_id):
        try:
            records.append(await settle(folder, options))
        except UsageError as error:  # it is going on, and settles its orders itself
            log.info("%s", error)
            continue
        if records[-1].state is RunState.INTERRUPTED:
            break
    rows = [
        {"run": one.run_id, "created": one.orders.get(Status.CREATED, 0)}
        | {"still in doubt": one.orders.get(Status.IN_DOUBT, 0), "to be sent": one.orders.get(Status.PENDING, 0)}
        | {"message": one.message}
        for one in records
    ]
    await acreate_table_artifact(rows, key="reconciled", description="what became of the orders in doubt")
    left = sum(one.orders.get(Status.IN_DOUBT, 0) for one in records)
    message = f"runs read back: {len(records):,}; orders still in doubt: {left:,}"
    states = {one.state for one in records}
    if RunState.INTERRUPTED in states:
        return Cancelled(message=message)
    failed = [one.message for one in records if one.state is RunState.STOPPED and one.message]
    return Failed(message=f"{message}. {failed[0]}") if failed else Completed(message=message)


@task(name="settle", task_run_name="settle {folder.run_id}", cache_policy=NO_CACHE, retries=0, persist_result=False)
async def settle(folder: RunFolder, options: Options) -> RunRecord:
    """Read back what one run has in doubt."""
    return await reconcile_run(folder, options)
