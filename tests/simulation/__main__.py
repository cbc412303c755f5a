"""Run seeds: `python -m tests.simulation --seeds 10000 --jobs 2`, or one of them with its whole trace: `--seed 7`."""

import argparse
import gc
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from .trace import Violation
from .world import World

PART = 50  # seeds that a process takes at a time


def run_seeds(seeds: Iterable[int]) -> tuple[Counter[str], list[str]]:
    """What some seeds cover, and how those that fail do."""
    # What is cancelled before it began was never awaited.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited")
    covered: Counter[str] = Counter()
    failures: list[str] = []
    for seed in seeds:
        try:
            covered += World(seed).run()
            covered["seeds"] += 1
        except Violation as violation:
            failures.append(str(violation))
    gc.collect()
    return covered, failures


def main() -> int:
    """Run what the command line asks for; 1 if a seed fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay one seed with its whole trace")
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--until-failure", action="store_true", help="run one after the other, and stop at a failure")
    options = parser.parse_args()
    if options.seed is not None:
        return _replay(options.seed)
    last = options.first + options.seeds
    if options.until_failure:
        return _search(range(options.first, last))
    begin = time.monotonic()
    parts = [range(start, min(start + PART, last)) for start in range(options.first, last, PART)]
    covered: Counter[str] = Counter()
    failures: list[str] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for found, failed in pool.map(run_seeds, parts):
            covered += found
            failures += failed
    lines = [f"{count:9,}  {kind}" for kind, count in sorted(covered.items())]
    lines += [f"\n{failure}" for failure in failures[:3]]
    lines += [failure.splitlines()[0] for failure in failures[3:]]
    lines += [f"{len(failures)} of {options.seeds} seeds failed, {time.monotonic() - begin:.0f} s"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if failures else 0


def _search(seeds: Iterable[int]) -> int:
    for seed in seeds:
        _, failures = run_seeds([seed])
        if failures:
            sys.stdout.write(f"{failures[0]}\n")
            return 1
    return 0


def _replay(seed: int) -> int:
    world = World(seed)
    try:
        world.run()
        failed = ""
    except Violation as violation:
        failed = str(violation).splitlines()[0]
    sys.stdout.write("\n".join([*world.describe(), *world.trace.lines(), failed]) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
