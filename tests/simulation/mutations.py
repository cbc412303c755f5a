"""Break delivery in one way after the other, and see that the simulation notices: `make mutants`.

Each mutant is made in a copy of the packages, in which seeds are run until one fails.
"""

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .mutant import Mutant
from .mutants_of_evidence import EVIDENCE
from .mutants_of_sending import SENDING

ROOT = Path(__file__).parents[2]
PACKAGES = ("adapters", "flows", "schemas", "transforms", "tests/simulation")
MOST_SEEDS = 1000
MUTANTS = SENDING + EVIDENCE


class NotApplicable(Exception):  # noqa: N818 - what is the matter
    """The text that a mutant replaces is not in its file, or not once."""


class Caught(NamedTuple):
    """The first seed that fails, how many were run until then, and what it says."""

    seed: int
    seeds: int
    violation: str


@contextmanager
def mutated(mutant: Mutant | None) -> Iterator[Path]:
    """A copy of the packages with the mutant in it, or with none."""
    with TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for package in PACKAGES:
            shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        if mutant is not None:
            file = copy / mutant.file
            text = file.read_text()
            if text.count(mutant.old) != 1:
                raise NotApplicable(f"{mutant.name}: its text is {text.count(mutant.old)} times in {mutant.file}")
            file.write_text(text.replace(mutant.old, mutant.new))
        yield copy


def catch(mutant: Mutant | None, first: int, most: int) -> Caught | None:
    """Run seeds with the mutant until one fails; None if it survives them all."""
    with mutated(mutant) as copy:
        command = [sys.executable, "-m", "tests.simulation", "--until-failure", f"--first={first}", f"--seeds={most}"]
        done = subprocess.run(command, cwd=copy, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    told = re.match(r"seed (\d+): (.*)", done.stdout)
    if told is None:
        raise RuntimeError(f"The simulation itself has failed.\n{done.stdout}{done.stderr}")
    return Caught(int(told[1]), int(told[1]) - first + 1, told[2])


def is_expected(mutant: Mutant, caught: Caught) -> bool:
    """Whether the violation is the one that the mutant is there for."""
    return re.search(mutant.says, caught.violation) is not None


def _told(caught: Caught | None) -> str:
    if caught is None:
        return "SURVIVES"
    return f"seed {caught.seed:>4} after {caught.seeds:>3}: {caught.violation[:100]}"


def main() -> int:
    """Run all mutants, or those whose name has some words, and print a table; 1 if one survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutations", description=__doc__)
    parser.add_argument("words", nargs="?", default="", help="only mutants with these words in their name")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=MOST_SEEDS, help="how many to run at most")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants at a time")
    options = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if options.words in mutant.name]
    begin, failed = time.monotonic(), 0
    with ThreadPoolExecutor(options.jobs) as pool:
        found = pool.map(lambda mutant: catch(mutant, options.first, options.seeds), chosen)
        for mutant, caught in zip(chosen, found, strict=True):
            is_caught = caught is not None and is_expected(mutant, caught)
            failed += not is_caught
            sys.stdout.write(f"{mutant.name:<72} {_told(caught)}{'' if is_caught else '  <- NOT AS EXPECTED'}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - failed} of {len(chosen)} caught, {time.monotonic() - begin:.0f} s\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
