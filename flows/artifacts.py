"""Artifacts: what Prefect's UI shows of a run. Summaries, and no content of a cell that may be personal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from prefect.artifacts import (
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from adapters.problem_files import first_at_fault, first_rejected
from adapters.workspace import RunFolder
from flows import listening
from flows.ports import Progress, Tell
from schemas.results import Status
from schemas.run import RunRecord
from transforms.told_problems import as_page, told_problems, told_rejected

ARTIFACT_SECONDS = 2.0  # between two updates of the progress artifact
FIRST = 100  # problems that are shown
FIRST_ON_PAGE = 10


async def show(record: RunRecord, folder: RunFolder) -> None:
    """Put the outcome into Prefect's UI: a page, the control totals, the first problems, and links to all else."""
    first = _first_problems(record, folder)
    page = _page(record, folder, first[:FIRST_ON_PAGE])
    await acreate_markdown_artifact(page, key="outcome", description=f"what became of run {record.run_id}")
    table = [total.model_dump(mode="json") for total in record.totals]
    await acreate_table_artifact(table, key="control-totals", description=f"control totals of run {record.run_id}")
    if first:
        told = f"the first problems of run {record.run_id}; rejects.xlsx has them all"
        await acreate_table_artifact(first, key="problems", description=told)
    if not isinstance(folder.path, Path):
        for key, path in (("report-link", folder.report), ("results-link", folder.results_csv)):
            await acreate_link_artifact(str(path), path.name, key=key, description=f"run {record.run_id}")


def _first_problems(record: RunRecord, folder: RunFolder) -> list[dict[str, object]]:
    found = told_problems(first_at_fault(folder.problems, FIRST)) if record.problems else []
    if record.rows.get(Status.REJECTED):
        found += told_rejected(first_rejected(folder.results, FIRST))
    return found[:FIRST]


def _page(record: RunRecord, folder: RunFolder, first: list[dict[str, object]]) -> str:
    lines = [
        f"| {status.value} | {record.orders.get(status, 0):,} | {record.rows.get(status, 0):,} |"
        for status in Status
        if status is Status.CREATED or record.orders.get(status) or record.rows.get(status)
    ]
    files = [("report", folder.report), ("results", folder.results), ("as CSV", folder.results_csv)]
    files += [("rejects: mend them and import that file", folder.rejects)] if folder.rejects.exists() else []
    page = [
        f"# {record.state.value.capitalize()}: run {record.run_id}",
        *([record.message] if record.message else []),
        "\n".join(["| status | orders | rows |", "|---|--:|--:|", *lines]),
        f"{record.requests:,} requests to {record.base_url}; {record.problems:,} problems.",
        *(["## First problems", as_page(first), "## All problems", _codes(record)] if first else []),
        "## Files",
        "\n".join(f"- {name}: `{path.absolute() if isinstance(path, Path) else path}`" for name, path in files),
        "## Inputs",
        "\n".join(f"- `{one.name}`, {one.bytes:,} bytes, SHA-256 `{one.sha256[:12]}...`" for one in record.inputs),
    ]
    return "\n\n".join(page)


def _codes(record: RunRecord) -> str:
    codes = sorted(record.problem_codes.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(["| problem | rows |", "|---|--:|", *(f"| {code} | {count:,} |" for code, count in codes)])


@asynccontextmanager
async def progress_artifact(planned: RunRecord) -> AsyncIterator[Tell]:
    """Give a function to tell progress to; Prefect's UI shows the latest, a bounded number of times a minute."""
    orders = planned.orders.get(Status.PENDING, 0)
    artifact = await acreate_progress_artifact(0.0, key="delivery", description=f"{orders:,} orders to send")
    latest: list[float] = []
    display = listening.listener.get()

    def tell(progress: Progress) -> None:
        latest[:] = [100.0 * progress.settled / max(1, progress.orders)]
        if display:
            display.tell(progress)

    async def update() -> None:
        while True:
            await asyncio.sleep(ARTIFACT_SECONDS)
            if latest:
                await aupdate_progress_artifact(artifact, progress=latest.pop())

    updates = asyncio.create_task(update())
    try:
        yield tell
    finally:
        updates.cancel()
        with suppress(asyncio.CancelledError, Exception):  # a picture that fails must not fail the delivery
            await updates
        with suppress(Exception):
            await aupdate_progress_artifact(artifact, progress=latest[0] if latest else 100.0)
