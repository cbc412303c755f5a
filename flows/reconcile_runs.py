"""Reconcile runs: settle what is in doubt in all runs of a workspace by reading the API; nothing is sent."""

import asyncio
from collections.abc import Iterator

from adapters.ledger import Ledger
from adapters.unsettled import runs_in_doubt
from adapters.workspace import RunFolder, Workspace
from flows import execute
from flows.endpoint import open_ledger
from flows.settings import Options, as_planned
from schemas.errors import UsageError
from schemas.results import Status
from schemas.run import RunRecord, State

OF_READING = (
    *("workspace", "ledger_url", "api_key_file", "api_key_block", "requests_per_minute", "settle_seconds"),
    *("give_up_after", "timeout_seconds", "grace_seconds"),
)


def in_doubt(options: Options, run_id: str = "") -> list[RunFolder]:
    """The runs of the workspace of which the ledger says that orders are in doubt, oldest first; or the one given."""
    workspace = Workspace(options.workspace)
    if run_id:
        return [workspace.run(run_id)]
    with open_ledger(options) as ledger:
        return list(_in_doubt(ledger, workspace))


def _in_doubt(ledger: Ledger, workspace: Workspace) -> Iterator[RunFolder]:
    with ledger.reading() as tx:
        found = runs_in_doubt(tx)
    for run_id in found:
        try:
            yield workspace.run(run_id)
        except UsageError:  # of another workspace that shares the ledger
            continue


async def reconcile_run(folder: RunFolder, options: Options) -> RunRecord:
    """Read back what a run has in doubt, and bring its results up to date; raises UsageError if it is going on."""
    options = as_planned(folder.record().settings, **options.model_dump(include=set(OF_READING)))
    before = folder.record().state
    ending = await execute.reconcile(folder, options, lambda _: None)
    return await asyncio.to_thread(report_reconciled, folder, options, ending, before)


def report_reconciled(folder: RunFolder, options: Options, ending: execute.Ending, before: State) -> RunRecord:
    """The results after a read-back: a run that was to be resumed still is."""
    record = execute.report(folder, options, ending)
    if ending.reason is None and before is not State.COMPLETE and record.orders.get(Status.PENDING):
        record = execute.report(folder, options, execute.Ending(State.STOPPED))  # as it was, but for its doubts
    return record
