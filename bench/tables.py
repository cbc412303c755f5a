"""What was measured, as Markdown, and the exit code of a measurement."""

from collections.abc import Iterable, Sequence

from processes import Process


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; the first column is text, the others are figures."""
    print("\n| " + " | ".join(header) + " |\n|---|" + "--:|" * (len(header) - 1))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(flush=True)


def megabytes(runs: Iterable[Process]) -> list[str]:
    """The peaks of the largest process and of all together, over several runs."""
    largest, together = (max(peaks) for peaks in zip(*((run.largest, run.together) for run in runs), strict=True))
    return [f"{largest:,.0f} MB", f"{together:,.0f} MB"]


def print_goal(what: str, figure: str, goal: str, *, met: bool) -> None:
    """Print a figure beside its goal; a goal that is missed is told, and is no failure."""
    print(f"{what}: {figure} (goal: {goal}; {'met' if met else 'MISSED'})", flush=True)


def exit_code(faults: Sequence[str], checked: str) -> int:
    """Print what is wrong with the results, or what was checked, and give the exit code."""
    print("\n" + "\n".join(faults or [f"checked: {checked}"]), flush=True)
    return 1 if faults else 0
