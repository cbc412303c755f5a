"""Inbox words: what a pass over an inbox tells a person, without the content of any cell."""

from collections import Counter
from collections.abc import Iterable, Sequence

from schemas.inbox import Passed
from schemas.run import RunRecord

NO_PARTNER = frozenset({"no_line_items", "no_order"})
HINT = (
    "Orders and line items that stand in two files belong into one folder of the inbox, or into a list: a file "
    "NAME.done with their names."
)


def in_words(record: RunRecord) -> str:
    """What became of a run's orders, in one line."""
    counts = ", ".join(f"{count:,} {status.value}" for status, count in sorted(record.orders.items()) if count)
    return f"{counts or 'no orders'}. {record.message}".rstrip(". ")


def told(one: Passed) -> str:
    """What became of a set, in one line."""
    where = f" -> {one.moved_to}" if one.moved_to else ""
    run = f" (run {one.run_id})" if one.run_id else ""
    return f"{one.name}: {one.state.value}: {one.message}{run}{where}"


def problem_text(name: str, message: str, record: RunRecord | None, run: str) -> bytes:
    """The file problem.txt beside files that need a person."""
    lines = [f"{name}: {message}", ""]
    if record is None:
        lines += ["Nothing was sent. Mend the file, or the settings, and put it into the inbox again."]
    else:
        lines += _of_run(record, run)
    return "\n".join([*lines, ""]).encode()


def _of_run(record: RunRecord, run: str) -> Iterable[str]:
    yield f"Run {record.run_id}: {run}"
    if record.problem_codes:
        codes = sorted(record.problem_codes.items(), key=lambda item: -item[1])
        yield "Problems: " + ", ".join(f"{count:,} {code}" for code, count in codes)
    if len(record.inputs) == 1 and record.problem_codes.keys() & NO_PARTNER:
        yield HINT
    yield (
        "rejects.xlsx has the rows of the orders that were not created, and what is wrong with each: mend the marked "
        "cells and put that file into the inbox. report.html shows the same on one page."
    )
    if record.message:
        yield f"The run stopped early. Once the cause is mended: orderlift resume {record.run_id}"


def summary(passed: Sequence[Passed]) -> str:
    """How many sets became what."""
    counts = Counter(one.state for one in passed)
    return ", ".join(f"{count:,} {state.value}" for state, count in counts.items()) or "nothing new"
