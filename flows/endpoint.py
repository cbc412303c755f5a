"""Endpoint: the real outside world of a run: where to send and with which key, the ledger, the clock."""

import asyncio
import hashlib
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial

from pydantic import SecretStr

from adapters.group_commit import GroupCommit
from adapters.ledger import Ledger
from adapters.workspace import Workspace
from flows.ports import Ports
from flows.settings import Options, api_key
from schemas.errors import UsageError
from schemas.ledger import Owner, Sender
from schemas.run import RunRecord

# httpx and FastAPI are imported by who sends: they take longer than `orderlift status` does.
# ruff: noqa: PLC0415

SANDBOX_TARGET = "sandbox"  # what the embedded API created is known by this name, whatever its port
# One that goes on while the machine sleeps, where the system has it.
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def target_of(options: Options) -> str:
    """The name under which the ledger keeps what was created: the base URL, or `sandbox`."""
    return SANDBOX_TARGET if options.sandbox else options.base_url.rstrip("/")


def require_endpoint(options: Options) -> None:
    """Raise UsageError before any work is done if there is no way to send, or to tell of it.

    No key, an address that is not one, receivers that cannot be right.
    """
    from flows.notify import receivers

    receivers(options)
    if not options.sandbox:
        from adapters.api import checked_base_url

        api_key(options)
        checked_base_url(options.base_url)


@contextmanager
def open_ledger(options: Options) -> Iterator[Ledger]:
    """The ledger of the workspace, or the one that the options name."""
    workspace = Workspace(options.workspace)
    workspace.create()
    ledger = Ledger(workspace.ledger_url(options.ledger_url))
    try:
        yield ledger
    finally:
        ledger.close()


@asynccontextmanager
async def open_ports(record: RunRecord, options: Options, ledger: Ledger, stop: asyncio.Event) -> AsyncIterator[Ports]:
    """The ledger, API and clock of a run, which sends only to the target that it was planned for."""
    if target_of(options) != record.base_url:
        raise UsageError(
            f"Run {record.run_id} was planned for {record.base_url}, not for {target_of(options)}.",
            "Resume it with the same --base-url or --sandbox.",
        )
    from adapters.api import Api

    with _endpoint(options) as (base_url, key):
        owner = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        sender = Sender(record.run_id, ledger.target(record.base_url), _fingerprint(key), owner)
        workspace = Workspace(options.workspace)
        async with (
            Api(base_url, key, options.max_in_flight + 1, options.timeout_seconds) as api,
            GroupCommit(ledger) as journal,
        ):
            yield Ports(
                ledger,
                journal,
                api,
                sender,
                clock=partial(time.clock_gettime, CLOCK),
                pause=partial(_pause, stop),
                is_over=partial(_is_over, workspace, record.run_id),
            )


def _is_over(workspace: Workspace, mine: str, other: Owner) -> bool | None:
    """Whether a process of this machine is gone: the lock of its run is free, or ours since the run is `mine`.

    Nothing is known of other machines, nor of other workspaces, nor where a workspace has no locks.
    """
    if not workspace.is_here or other.owner.split("/")[0] != socket.gethostname():
        return None
    if other.run_id == mine:
        return True
    try:
        is_locked = workspace.folder(other.run_id).is_locked()
    except UsageError:
        return None
    return None if is_locked is None else not is_locked


@contextmanager
def _endpoint(options: Options) -> Iterator[tuple[str, SecretStr]]:
    """Where to send, and with which key: the API, or the embedded stand-in while the context lasts."""
    if not options.sandbox:
        yield options.base_url, api_key(options)
        return
    from sandbox.server import Sandbox

    store = options.here / "sandbox.db"
    with Sandbox(store, requests_per_minute=options.requests_per_minute) as sandbox:
        yield sandbox.url, SecretStr(sandbox.api_key)


def _fingerprint(key: SecretStr) -> str:
    """What the ledger knows of a key: enough to tell two apart, too little to guess one."""
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:16]


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not beyond a stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
