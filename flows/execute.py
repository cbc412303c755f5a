"""Execute: the three steps of a run as plain functions, and how each ends; Prefect's tasks call the same."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from adapters.workspace import RunFolder
from flows.plan import InParts
from flows.ports import Tell
from flows.run import deliver_run, plan_run, reconcile_run, report_run, verify_run
from flows.settings import Options
from flows.signals import stop_event
from schemas.errors import Interrupted, OrderliftError, Resume
from schemas.results import Status
from schemas.run import RunRecord, State
from transforms.compare import Comparison


@dataclass(frozen=True)
class Ending:
    """How delivery ended, and why if it ended early."""

    state: State
    reason: OrderliftError | None = None


def plan(inputs: Sequence[str], options: Options, folder: RunFolder, in_parts: InParts | None = None) -> RunRecord:
    """The plan of the run: as it stands if the run has one, else made now, `in_parts` if given. Raises Mend errors."""
    if folder.is_planned:
        return folder.record()
    try:
        return plan_run(inputs, options, folder, in_parts)
    finally:
        folder.discard_unplanned()


async def deliver(folder: RunFolder, options: Options, tell: Tell) -> Ending:
    """Send what is unsent. What stops it early is an ending, not an error; raises Mend errors before it sends."""
    return await _end(folder, lambda stop: deliver_run(folder, options, stop, tell))


async def reconcile(folder: RunFolder, options: Options, tell: Tell) -> Ending:
    """Settle what is in doubt, and send nothing; ends like a delivery."""
    return await _end(folder, lambda stop: reconcile_run(folder, options, stop, tell))


async def verify(folder: RunFolder, options: Options) -> Comparison:
    """Compare plan, ledger and platform; raises Mend and Resume errors, and Interrupted."""
    with stop_event() as stop:
        return await verify_run(folder, options, stop)


async def _end(folder: RunFolder, work: Callable[[asyncio.Event], Awaitable[None]]) -> Ending:
    with stop_event() as stop:
        try:
            await work(stop)
        except Interrupted as reason:
            return Ending(State.INTERRUPTED, reason)
        except Resume as reason:
            return Ending(State.STOPPED, reason)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not stop.is_set() or task is None:
                raise
            task.uncancel()  # what follows, such as the report, is not cancelled
            cut = Interrupted(
                "The run was cut off; what was in flight is in doubt.", f"orderlift resume {folder.run_id}"
            )
            return Ending(State.INTERRUPTED, cut)  # the second signal
    return Ending(State.COMPLETE)


def report(folder: RunFolder, options: Options, ending: Ending) -> RunRecord:
    """Say what became of every row."""
    return report_run(folder, options, ending.state, ending.reason)


def exit_code(record: RunRecord) -> int:
    """How a command that leaves a run like this ends."""
    if record.state is State.INTERRUPTED:
        return Interrupted.exit_code
    if record.state is State.STOPPED:
        return Resume.exit_code
    if record.orders.get(Status.IN_DOUBT):
        return 4
    if record.rows.get(Status.INVALID) or record.rows.get(Status.REJECTED):
        return 1
    sent = record.state is not State.PLANNED
    return Resume.exit_code if sent and record.orders.get(Status.PENDING) else 0
