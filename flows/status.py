"""Status: how far a run is, also while it goes on. It imports little, so that it answers at once."""

import sys

import orjson

from adapters.workspace import RunFolder
from flows.endpoint import open_ledger
from flows.health import as_json, health_of
from flows.settings import Options
from schemas.statuses import Status


def show_status(folder: RunFolder, options: Options, *, json: bool) -> None:
    """Print how far a run is, from the ledger."""
    record = folder.record()
    with open_ledger(options) as ledger:
        counts = ledger.counts(record.run_id)
        health = health_of(folder, record, ledger, counts)
    planned = record.planned_totals
    to_send = sum(total.orders for total in planned if total.status == Status.PENDING)
    left = max(0, to_send - counts.created - counts.rejected - counts.in_doubt)
    seconds = ((counts.last_at or 0) - (counts.first_at or 0)) / 1e6
    done = counts.created + counts.rejected
    status: dict[str, object] = {
        "run_id": record.run_id,
        "state": record.state.value,
        "planned": to_send,
        "created": counts.created,
        "rejected": counts.rejected,
        "in_doubt": counts.in_doubt,
        "pending": left,
        "requests": counts.requests,
        "orders_per_minute": round(done / seconds * 60, 1) if seconds else None,
        "seconds_left": round(left / done * seconds) if seconds and done else None,
    }
    if json:
        status["health"] = as_json(health)
        sys.stdout.write(orjson.dumps(status).decode() + "\n")
        return
    for name, value in status.items():
        shown = "-" if value is None else f"{value:,}" if isinstance(value, int | float) else value
        sys.stdout.write(f"{name.replace('_', ' '):18} {shown}\n")
    sys.stdout.write(f"{'health':18} {health.word}: {health.reason}\n")
