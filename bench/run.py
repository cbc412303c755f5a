"""All measurements, one after the other. Exits with 1 if the results of one are wrong, never because of a time."""

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
SHOWN = ("pandas", "pyarrow", "httpx", "polars", "requests", "dlt", "singer-sdk")


def measurements(scale: float, *, large: bool) -> list[tuple[str, ...]]:
    """The command line of each measurement at a scale; 1 is what the goals are set for."""
    of_scale = ("--scale", f"{scale:g}")
    ten_times = ("--scale", f"{scale * 10:g}")
    once = ("--repeat", "1") if scale < 1 else ()
    everything = [
        ("importing.py", *of_scale, *once),
        ("reading.py", "--rows", str(round(scale * 500_000)), *once),
        ("planning.py", *of_scale, *once),
        ("delivering.py", *of_scale, *once),
        ("status.py", "--orders", str(round(scale * 15_000_000)), *once),
        ("resuming.py", *of_scale),
        ("limit.py", "--minutes", "4") if scale >= 1 else ("limit.py", "--minutes", "0"),
    ]
    if large:
        everything += [
            ("planning.py", *ten_times, "--alone", "--repeat", "1"),
            ("delivering.py", *of_scale, *ten_times, "--repeat", "1"),
            ("resuming.py", *ten_times),
        ]
    return everything


def main() -> int:
    """Run them and name those that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="below 1 only the results are of interest")
    parser.add_argument("--large", action="store_true", help="also what takes hours: ten times the orders")
    args = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    print(
        f"# Scale {args.scale:g} on {os.cpu_count()} cores, Python {platform.python_version()}, {versions}\n",
        flush=True,
    )
    failed = []
    for command in measurements(args.scale, large=args.large):
        print(f"measuring: {' '.join(command)}", file=sys.stderr)
        if subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]], check=False).returncode:
            failed.append(" ".join(command))
        print(flush=True)
    print("failed: " + "; ".join(failed) if failed else "all results are right")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
