"""The inbox without Prefect: one pass over it, as `orderlift inbox` makes it."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.inbox_files import InboxFolder
from adapters.inputs import find_inputs
from adapters.pass_lock import only_pass
from adapters.workspace import Workspace
from flows import execute, notify
from flows.endpoint import require_endpoint, target_of
from flows.inbox_pass import InboxPass, Ran, Taken, require_same
from flows.intake import profile_of
from flows.settings import Options, as_planned
from schemas.errors import UsageError
from schemas.inbox import Passed

READING = ("company_id", "timezone", "date_format", "since", "until")  # and the profile, with its lookups
QUIET_SECONDS = 30.0
OF_SENDING = (
    *("workspace", "ledger_url", "api_key_file", "api_key_block", "requests_per_minute", "max_in_flight"),
    *("settle_seconds", "max_failure_ratio", "give_up_after", "timeout_seconds", "grace_seconds"),
    *("notify_file", "notify_block", "notify_on", "notify_problems_above"),
)


@contextmanager
def inbox_pass(
    inbox: str, options: Options, quiet_seconds: float, tell: Callable[[Passed], None] = lambda _: None
) -> Iterator[InboxPass]:
    """A pass over an inbox that no other pass has; raises Mend errors for what keeps every set from being run."""
    if options.orders or options.line_items:
        raise UsageError(
            "An inbox takes files as they come, so --orders and --line-items name none.",
            "Leave them out, also of the environment and orderlift.toml.",
        )
    require_endpoint(options)
    folder, workspace = InboxFolder(inbox), Workspace(options.workspace)
    ledger_url = workspace.ledger_url(options.ledger_url)
    with only_pass(folder.name, options.here, ledger_url):
        yield InboxPass(folder, workspace, reading_of(options), quiet_seconds, tell)


def run_inbox(
    inbox: str, options: Options, quiet_seconds: float, tell: Callable[[Passed], None], warn: notify.Warn
) -> InboxPass:
    """Make one pass, in this process."""
    with inbox_pass(inbox, options, quiet_seconds, tell) as one_pass:
        for taken in one_pass.sets():
            one_pass.settle(taken, _run(taken, options, warn))
    return one_pass


def _run(taken: Taken, options: Options, warn: notify.Warn) -> Ran:
    options, folder = options_of(taken, options), taken.folder
    try:
        with notify.crashes_told(folder, options, warn):
            require_same(execute.plan(taken.inputs, options, folder), taken.kept)
    except Exception as error:  # noqa: BLE001 - a pass tells it of this set, or raises it again
        return Ran(None, error)
    with notify.crashes_told(folder, options, warn):
        ending = asyncio.run(execute.deliver(folder, options, lambda _: None))
        record = execute.report(folder, options, ending)
    notify.tell(folder, options, record, ending.reason, warn)
    return Ran(record, ending.reason)


def options_of(taken: Taken, options: Options) -> Options:
    """The settings of a set's run: those it was planned with, if it was, and those of sending as they are now."""
    if not taken.folder.is_planned:
        return options
    return as_planned(taken.folder.record().settings, **options.model_dump(include=set(OF_SENDING)))


def reading_of(options: Options) -> str:
    """The digest of all that decides what a file's rows become: the target and how files are read."""
    profile = profile_of(options)
    told = {
        "target": target_of(options),
        "profile": profile and profile.model_dump(mode="json"),
        "lookups": [find_inputs([one.file])[0].sha256 for one in (profile.lookup if profile else {}).values()],
        **{name: str(getattr(options, name, None)) for name in READING},
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
