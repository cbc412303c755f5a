"""Housekeeping: which runs there are, and the old ones among them removed; the ledger is only read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.ledger import Ledger
from adapters.pruned import Pruned, size_of
from adapters.run_signs import read_signs
from adapters.workspace import RunFolder, Workspace
from flows.health import health_of, is_live, pending
from schemas.errors import UsageError
from schemas.run import RunRecord, State
from schemas.statuses import Status
from transforms.health import Health

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
PRUNED, PLANNING, UNPLANNED = "pruned", "planning", "unplanned"  # states of a run that has no plan to send


@dataclass(frozen=True)
class RunLine:
    """A run as it is listed; one without a complete plan has no record."""

    run_id: str
    state: str
    record: RunRecord | None = None
    orders: dict[Status, int] | None = None
    health: Health | None = None


@dataclass(frozen=True)
class Choice:
    """Whether a run is pruned, and why it is kept if not."""

    run_id: str
    kept: str | None
    bytes: int = 0


def is_empty(workspace: Workspace) -> bool:
    """Whether no run was ever begun here."""
    return not workspace.runs() and not Pruned(workspace).records()


def latest_settings(workspace: Workspace) -> dict[str, object] | None:
    """The settings of the latest run with a plan, also if it was pruned; None if there is none."""
    planned = next((folder for folder in workspace.runs() if folder.is_planned), None)
    if planned is not None:
        return planned.record().settings
    return next((record.settings for record in Pruned(workspace).records().values()), None)


def list_runs(workspace: Workspace, ledger: Ledger) -> Iterator[RunLine]:
    """All runs, newest first, with those that were pruned."""
    gone = Pruned(workspace).records()
    folders = {folder.run_id: folder for folder in workspace.runs() if folder.run_id not in gone}
    for run_id in sorted(folders.keys() | gone.keys(), reverse=True):
        if run_id in gone:
            yield RunLine(run_id, PRUNED, gone[run_id], gone[run_id].orders)
        elif not folders[run_id].is_planned:
            yield RunLine(run_id, PLANNING if folders[run_id].is_locked() else UNPLANNED)
        else:
            yield _line(folders[run_id], ledger)


def _line(folder: RunFolder, ledger: Ledger) -> RunLine:
    record, counts = folder.record(), ledger.counts(folder.run_id)
    orders = record.orders
    if record.state is State.DELIVERING:  # as it is now, and not as it was planned
        now = {Status.CREATED: counts.created, Status.REJECTED: counts.rejected, Status.IN_DOUBT: counts.in_doubt}
        orders = {**orders, **now, Status.PENDING: pending(record, counts)}
    return RunLine(folder.run_id, record.state.value, record, orders, health_of(folder, record, ledger, counts))


def prune(workspace: Workspace, ledger: Ledger, before: datetime, *, dry_run: bool) -> Iterator[Choice]:
    """Remove the folders of runs that are complete and ended before a moment; tell of each, oldest first."""
    pruned = Pruned(workspace)
    gone = pruned.records()
    latest = next((folder.run_id for folder in workspace.runs() if folder.is_planned), None)
    for folder in reversed(workspace.runs()):
        if folder.run_id in gone:  # of a prune that was cut off
            if not dry_run:
                pruned.remove(folder)
            continue
        choice = _choose(folder, ledger, before)
        if choice.kept is None and folder.run_id == latest:
            choice = Choice(folder.run_id, "it is the latest run, of which `orderlift status` tells")
        if choice.kept is None and not dry_run:
            try:
                pruned.prune(folder, folder.record().model_copy(update={"pruned_at": datetime.now(UTC)}))
            except UsageError as error:  # another process took it just now
                choice = Choice(folder.run_id, error.message)
        yield choice


def _choose(folder: RunFolder, ledger: Ledger, before: datetime) -> Choice:
    if not folder.is_planned:
        return Choice(folder.run_id, "it has no complete plan yet; the next run removes it if its process is dead")
    record, counts = folder.record(), ledger.counts(folder.run_id)
    left, seen = pending(record, counts), read_signs(ledger, folder.run_id)
    unfinished = {State.PLANNED: "it was planned and not sent", State.DELIVERING: "it is not finished"}
    if is_live(folder, seen.owner) or seen.owner is not None:
        kept = "a process has it, or had it when it died"
    elif counts.in_doubt or record.orders.get(Status.IN_DOUBT):
        kept = f"{max(counts.in_doubt, record.orders.get(Status.IN_DOUBT, 0)):,} orders are in doubt"
    elif record.state is not State.COMPLETE or record.finished_at is None:
        kept = unfinished.get(record.state, f"it was {record.state}: resume it first")
    elif left:
        kept = f"{left:,} orders are pending"
    elif record.finished_at > before:
        kept = "it is not old enough"
    else:
        return Choice(folder.run_id, None, size_of(folder.path))
    return Choice(folder.run_id, kept)


def age(text: str) -> timedelta:
    """The time that a text such as 30d, 12h or 4w means; raises UsageError."""
    found = re.fullmatch(r"([0-9]{1,5})([hdw])", text.strip())
    if found is None:
        raise UsageError(f"{text} is no length of time.", "Write 12h, 30d or 4w: hours, days or weeks.")
    return int(found[1]) * UNITS[found[2]]
