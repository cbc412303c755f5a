"""Run the flow for the command line, with a server that ends with it where none is set up."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from adapters.workspace import RunFolder
from flows import prefect_setup
from flows.display import Display
from flows.listening import listener
from flows.settings import Options
from schemas.errors import UsageError
from schemas.run import RunRecord


def run_flow(inputs: Sequence[str], options: Options, folder: RunFolder, display: Display) -> RunRecord:
    """Run the flow in this process and give the run's record; raises the error that ended the flow."""
    if options.dask_address is not None and not prefect_setup.is_configured():
        raise UsageError(
            "The workers of a Dask cluster need a Prefect server that all of them reach.",
            "Start one, and set PREFECT_API_URL here and there.",
        )
    os.umask(0o077)  # Prefect's own data too is for nobody else
    prefect_setup.quiet(options.here / "prefect")
    signal.signal(signal.SIGTERM, _leave)  # a server of Prefect's own is stopped on the way out, not left behind
    if not prefect_setup.is_configured():
        display.say("Starting Prefect with a server of its own, since no PREFECT_API_URL is set ...")
    try:
        return asyncio.run(_run(inputs, options, folder, display))
    except SystemExit:
        _end_children()
        raise
    finally:
        folder.discard_unplanned()


async def _run(inputs: Sequence[str], options: Options, folder: RunFolder, display: Display) -> RunRecord:
    from flows.import_orders import import_orders  # noqa: PLC0415 - reads the settings made above

    if prefect_setup.is_configured():
        await _require_server()
    before = _finished_at(folder)
    listener.set(display)
    try:
        state = await import_orders(list(inputs), options, folder.run_id, return_state=True)
        cause = await state.aresult(raise_on_failure=False)
    except Exception as error:  # noqa: BLE001 - Prefect's own, such as that its server went away
        cause = error
    if _finished_at(folder) != before:
        return folder.record()  # what was done is what the ledger says, whatever became of Prefect
    if isinstance(cause, Exception):
        raise cause
    raise UsageError(f"The Prefect flow ended as {state.name}: {state.message}.", f"orderlift resume {folder.run_id}")


async def _require_server() -> None:
    """Raise UsageError, before anything is done, if the Prefect server that is set up does not answer."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415

    async with get_client() as client:
        if await client.api_healthcheck() is not None:
            raise UsageError(
                f"The Prefect server at {client.api_url} does not answer.", "Start it, or unset PREFECT_API_URL."
            )


def _finished_at(folder: RunFolder) -> datetime | None:
    return folder.record().finished_at if folder.is_planned else None


def _end_children() -> None:
    """End what this process has started and Prefect does not know of: a server that a signal met at its birth."""
    for tasks in Path("/proc/self/task").glob("*/children"):
        for child in tasks.read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGTERM)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)
