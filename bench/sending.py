"""The contenders that send orders: the command line of each, and one run of it against a fresh endpoint."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from inputs import HERE, Inputs
from processes import Process, measured
from servers import Stats, endpoint, stats_of

ORDERLIFT = Path(sys.executable).with_name("orderlift")
CONTENDERS = HERE / "contenders"


@dataclass(frozen=True)
class Sent:
    """One run of one contender, and what reached the endpoint."""

    name: str
    process: Process
    stats: Stats
    tail: float  # seconds from the last answer to the exit

    @property
    def sending(self) -> float:
        """Seconds from the first POST to the last answer."""
        return float(self.stats["last"]) - float(self.stats["first"])


def commands(inputs: Inputs, base_url: str, folder: Path) -> dict[str, list[str | Path]]:
    """Give the command line of every contender."""
    there: list[str | Path] = ["--base-url", base_url]
    peer: list[str | Path] = [*inputs.files, *there]
    python = sys.executable
    return {
        "naive loop": [python, CONTENDERS / "naive.py", *peer],
        "naive loop, tuned": [python, CONTENDERS / "naive.py", *peer, "--tuned"],
        "dlt": [python, CONTENDERS / "dlt_destination.py", *peer],
        "Singer": ["bash", CONTENDERS / "singer.sh", python, *inputs.files],
        "ready-made": [python, CONTENDERS / "ready_made.py", inputs.bodies, *there],
        "Orderlift": orderlift("run", folder / "workspace", *peer),
    }


def orderlift(verb: str, workspace: Path, *arguments: str | Path, per_minute: int = 1_000_000) -> list[str | Path]:
    """A command line of Orderlift, by itself with no rate limit that matters."""
    return [ORDERLIFT, verb, *arguments, "--workspace", workspace, "--requests-per-minute", str(per_minute), "--json"]


def send(name: str, inputs: Inputs, folder: Path) -> Sent:
    """Run one contender from start to exit, and give what it took and what reached the endpoint."""
    with endpoint() as address:
        base_url = f"{address}/v4"
        # How the peers are told: the target's settings, and to send nothing about themselves.
        extra = {"TARGET_ORDERS_BASE_URL": base_url, "RUNTIME__DLTHUB_TELEMETRY": "false"}
        process = measured(commands(inputs, base_url, folder)[name], folder, extra)
        over = time.time()
        stats = stats_of(address)
    return Sent(name, process, stats, over - float(stats["last"]))
