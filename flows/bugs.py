"""Bugs: what a person is told of an error that nobody foresaw, and where its traceback is kept."""

import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path


def as_bug(error: Exception, folder: Path) -> str:
    """What to tell of it; its traceback is in a file of the folder, or printed where ORDERLIFT_DEBUG is set."""
    trace = "".join(traceback.format_exception(error))
    said = f"a bug: {type(error).__name__}: {error}."
    if os.environ.get("ORDERLIFT_DEBUG"):
        sys.stderr.write(f"{trace}\n")
        return said
    path = folder / f"bug-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(trace)
    except OSError:
        return f"{said} Set ORDERLIFT_DEBUG=1 to see where."
    return f"{said} {path} tells where; what was sent is in the ledger, and `orderlift resume` goes on."
