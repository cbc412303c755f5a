"""The Prefect flow of the inbox: a flow run for each file set, and a table of what became of them. It only wires."""

from typing import Annotated

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed
from pydantic import Field

from flows import execute
from flows.given import given
from flows.import_orders import carry_out, state_of
from flows.inbox_pass import Ran, Taken, require_same
from flows.inbox_plain import QUIET_SECONDS, inbox_pass, options_of
from flows.inbox_words import summary, told
from flows.settings import Options, load
from schemas.errors import OrderliftError
from schemas.inbox import Passed, SetState
from schemas.run import RunRecord

DEFAULTS = Options()
Inbox = Annotated[str, Field(description="folder or URL in which new files are put", min_length=1)]
Quiet = Annotated[float, Field(description="a file is complete once nothing has changed it for so long", ge=0)]


@flow(name="inbox", flow_run_name="inbox {folder}", retries=0, persist_result=False)
async def inbox(
    folder: Inbox = "inbox", quiet_seconds: Quiet = QUIET_SECONDS, options: Options = DEFAULTS
) -> State[None]:
    """Import the files that are new in a folder, a flow run for each file set, and move them to done/ or problems/.

    Args:
        folder: folder or URL in which new files are put
        quiet_seconds: a file is complete once nothing has changed it for so long, or NAME.done lies beside it
        options: as on the command line; what is left out comes from ORDERLIFT_... and orderlift.toml
    """
    options = load(**given(options))
    log = get_run_logger()

    def tell(one: Passed) -> None:
        log.info("%s", told(one))

    with inbox_pass(folder, options, quiet_seconds, tell) as one_pass:
        for taken in one_pass.sets():
            one_pass.settle(taken, await _run(taken, options))
    await acreate_table_artifact(
        [one.model_dump(mode="json") for one in one_pass.passed], key="inbox", description=f"a pass over {folder}"
    )
    message = summary(one_pass.passed)
    states = {one.state for one in one_pass.passed}
    if SetState.INTERRUPTED in states:
        return Cancelled(message=message)
    return (Failed if SetState.STOPPED in states else Completed)(message=message)


async def _run(taken: Taken, options: Options) -> Ran:
    """Run a set as a flow run of its own, and give what came of it, whatever became of Prefect's state."""
    ran: list[tuple[RunRecord, execute.Ending]] = []

    @flow(name="import-set", flow_run_name="{name}", retries=0, persist_result=False)
    async def import_set(name: str, inputs: list[str], run_id: str) -> State[None]:  # noqa: ARG001 - shown in the UI
        """Import one file set of an inbox."""
        ran.append(await carry_out(inputs, options, taken.folder, lambda record: require_same(record, taken.kept)))
        return state_of(ran[0][0])

    options = options_of(taken, options)
    state = await import_set(taken.kept.name, taken.inputs, taken.folder.run_id, return_state=True)
    if ran:
        record, ending = ran[0]
        return Ran(record, ending.reason)
    cause = await state.aresult(raise_on_failure=False)
    if isinstance(cause, Exception):
        return Ran(None, cause)
    raise OrderliftError(f"The flow run of {taken.kept.name} ended as {state.name}: {state.message}.")
