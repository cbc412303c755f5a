"""Fuzz the reading path: `python -m tests.fuzz --seconds 600`, or one input again with its traceback: `--seed 7`.

Each input is made from its seed alone. They are read in a process of their own, which may die of a workbook as the
process that reads them does in earnest: what kills it is read anew in the real way. Inputs that fail are saved.
"""

import argparse
import contextlib
import resource
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import IO

from .reading import WHOLE, case_of, read

SECONDS = 10  # that one input may take
MEBI = 1 << 20
MEMORY = 500 * MEBI  # that all of them may take, beyond what the libraries need by themselves
SPACE = 8 << 30  # of addresses, so that the process dies before the machine does


def main() -> int:
    """Run what the command line asks for; 1 if an input fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="read this one again")
    parser.add_argument("--whole", action="store_true", help="read workbooks in a process of their own, always")
    parser.add_argument("--save", type=Path, default=Path("fuzz-failures"), help="folder for the inputs that fail")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        _serve(options.first)
    if options.seed is not None:
        sys.stdout.write(f"{_save(options.save, options.seed)}\n")
        sys.stdout.write(f"{_read(options.seed, whole=options.whole)}\n")
        return 0
    return _fuzz(options.seconds, options.first, options.save)


def _read(seed: int, *, whole: bool = False) -> str:
    case = case_of(seed)
    return f"{Path(case.name).suffix} {read(case, in_process=not whole and seed % WHOLE > 0)}"


def _serve(seed: int) -> None:
    """Read one input after the other, and say before and after each which one it is."""
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    before = 0
    while True:
        _say(f"{seed}")
        try:
            told = _read(seed)
        except Exception:  # noqa: BLE001 - that is what is looked for
            told = "! " + " | ".join(traceback.format_exc().strip().splitlines()[-3:])
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        before = before or used
        if used - before > MEMORY and not told.startswith("!"):
            told, before = f"! it takes {(used - before) // MEBI:,} MiB", used
        _say(told)
        seed += 1


def _say(line: str) -> None:
    sys.stdout.write(line.replace("\n", " ") + "\n")
    sys.stdout.flush()


def _fuzz(seconds: float, first: int, folder: Path) -> int:
    end = time.monotonic() + seconds
    counts: Counter[str] = Counter()
    failures: dict[int, str] = {}
    seed = first
    while time.monotonic() < end and len(failures) < 50:
        for at, first_told in _outcomes(seed, end):
            told = _again(at) if first_told.startswith("?") else first_told
            counts[told if not told.startswith("!") else "failed"] += 1
            if told.startswith("!"):
                failures[at] = told
                _say(f"seed {at}: {told[2:]} ({_save(folder, at)})")
            elif told != first_told:
                _say(f"seed {at}: {told}")
            seed = at + 1
    for kind, count in sorted(counts.items()):
        _say(f"{count:9,}  {kind}")
    _say(f"{len(failures)} of {sum(counts.values()):,} inputs failed; the next one is --first {seed}")
    return 1 if failures or not counts else 0


def _outcomes(first: int, end: float) -> Iterator[tuple[int, str]]:
    """What became of each input, until the time is over, the process dies or takes too long (?)."""
    command = [sys.executable, "-m", "tests.fuzz", "--serve", "--first", str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        lines: Queue[str] = Queue()
        threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True).start()
        try:
            begun = lines.get(timeout=6 * SECONDS)  # after the imports, which are not to be counted
            if not begun:
                sys.exit("the process that reads the inputs does not start: run it with --serve")
            seed = int(begun)
            while True:
                try:
                    told = lines.get(timeout=SECONDS)
                except Empty:
                    told = ""
                yield seed, told or "? it takes too long, or kills its process"
                if not told or time.monotonic() > end:
                    return
                seed = int(lines.get(timeout=SECONDS))
        finally:
            process.kill()


def _pass_on(stream: IO[str], lines: Queue[str]) -> None:
    for line in stream:
        lines.put(line.rstrip("\n"))
    lines.put("")


def _again(seed: int) -> str:
    """What becomes of an input that is read in the real way."""
    command = [sys.executable, "-m", "tests.fuzz", "--whole", "--seed", str(seed), "--save", "/dev/null"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=6 * SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "! it takes too long"
    if done.returncode:
        return "! " + " | ".join((done.stderr.strip() or f"it ends with {done.returncode}").splitlines()[-3:])
    return f"{done.stdout.strip().splitlines()[-1]}, by a process that it kills"


def _save(folder: Path, seed: int) -> Path:
    case = case_of(seed)
    place = folder / str(seed)
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        (place / case.name).write_bytes(case.data)
        if case.profile is not None:
            (place / "profile.toml").write_bytes(case.profile)
    return place


if __name__ == "__main__":
    sys.exit(main())
