"""Run the flow for the command line, with a server that ends with it where none is set up."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from adapters.workspace import RunFolder
from flows import prefect_setup
from flows.display import Display
from flows.settings import Options
from schemas.errors import OrderliftError, UsageError
from schemas.run import RunRecord


def run_flow(inputs: Sequence[str], options: Options, folder: RunFolder, display: Display) -> RunRecord:
    """Run the flow in this process and give the run's record; raises the error that ended the flow."""
    prefect_setup.quiet(options.workspace / "prefect")
    signal.signal(signal.SIGTERM, _leave)  # a server of Prefect's own is stopped on the way out, not left behind
    if not prefect_setup.is_configured():
        display.say("Starting Prefect with a server of its own, since no PREFECT_API_URL is set ...")
    return asyncio.run(_run(inputs, options, folder, display))


async def _run(inputs: Sequence[str], options: Options, folder: RunFolder, display: Display) -> RunRecord:
    from flows.import_orders import import_orders, listener  # noqa: PLC0415 - reads the settings made above

    before = folder.record().finished_at if folder.is_planned else None
    listener.set(display)
    state = await import_orders(list(inputs), options, folder.run_id, return_state=True)
    cause = await state.aresult(raise_on_failure=False)
    if isinstance(cause, OrderliftError):
        raise cause
    if not folder.is_planned or folder.record().finished_at == before:
        raise UsageError(
            f"The Prefect flow ended as {state.name}: {state.message}.", f"orderlift resume {folder.run_id}"
        )
    return folder.record()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)
