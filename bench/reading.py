"""Measure reading 500,000 line items from one .xlsx and one .csv against the bare libraries that read them.

Exits with 1 if a reader does not give every row, never because of a time.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
WORK = HERE / "work"
ROWS = 500_000
# What is timed is the last part alone, in a process of its own that has imported and found everything before.
READERS = {
    "pandas.read_excel, calamine": ("xlsx", "import pandas as pd", "len(pd.read_excel(path, engine='calamine'))"),
    "Orderlift, .xlsx": ("xlsx", "from readers import find, read; file = find(path)", "read(file)"),
    "pyarrow.csv": ("csv", "import pyarrow.csv", "pyarrow.csv.read_csv(path).num_rows"),
    "Orderlift, .csv": ("csv", "from readers import find, read; file = find(path)", "read(file)"),
    "Orderlift, .csv, found and read": ("csv", "from readers import find, read", "read(find(path))"),
}
PAIRS = (
    ("Orderlift, .xlsx", "pandas.read_excel, calamine", 1.5),
    ("Orderlift, .csv", "pyarrow.csv", 2.0),
)
PROGRAM = """
import json, resource, sys, time
path = {path!r}
{setup}
begin = time.perf_counter()
rows = {call}
seconds = time.perf_counter() - begin
usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([seconds, rows, max(usage) / 1024]))
"""


def main() -> int:
    """Measure in turns, print medians and factors, check the numbers of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    files = make_files(args.rows)
    runs: dict[str, list[tuple[float, int, float]]] = {name: [] for name in READERS}
    for _ in range(args.repeat):
        for name, (kind, setup, call) in READERS.items():
            print(f"running: {name}", file=sys.stderr)
            program = PROGRAM.format(setup=setup, call=call, path=str(files[kind]))
            done = subprocess.run([sys.executable, "-c", program], check=True, cwd=HERE, stdout=subprocess.PIPE)
            runs[name].append(tuple(json.loads(done.stdout)))
    seconds = {name: median(run[0] for run in some) for name, some in runs.items()}
    print(f"\n{args.rows:,} line items of 8 columns; medians of {args.repeat}\n")
    print("| reader | seconds | rows/s | peak memory |\n|---|--:|--:|--:|")
    for name, some in runs.items():
        megabytes = max(run[2] for run in some)
        print(f"| {name} | {seconds[name]:.2f} | {args.rows / seconds[name]:,.0f} | {megabytes:,.0f} MB |")
    print()
    for ours, bare, goal in PAIRS:
        print(f"{ours} takes {seconds[ours] / seconds[bare]:.2f} times {bare} (goal: at most {goal})")
    wrong = [name for name, some in runs.items() if any(run[1] != args.rows for run in some)]
    print("\n" + ("wrong number of rows: " + ", ".join(wrong) if wrong else "checked: every reader gave every row"))
    return 1 if wrong else 0


def make_files(rows: int) -> dict[str, Path]:
    """Make the files, or find those that an earlier run has made."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    folder = WORK / f"reading-{rows}-{version}"
    files = {kind: folder / f"line_items.{kind}" for kind in ("csv", "xlsx")}
    if not all(path.exists() for path in files.values()):
        folder.mkdir(parents=True, exist_ok=True)
        code = f"from readers import write; write({rows}, {str(files['csv'])!r}, {str(files['xlsx'])!r})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE)
    return files


if __name__ == "__main__":
    sys.exit(main())
