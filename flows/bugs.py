"""Bugs: what a person is told of an error that nobody foresaw, and where its traceback is."""

import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from adapters.files import private


def tell_bug(error: Exception, folder: Path, *, says_why: bool = True) -> str:
    """What to tell of the error; its traceback is in a file of the folder, or printed where ORDERLIFT_DEBUG is set.

    Where programs read it, what the error says is left out: it may be anything.
    """
    trace = "".join(traceback.format_exception(error))
    said = f"a bug: {type(error).__name__}: {error}." if says_why else f"a bug: {type(error).__name__}."
    if os.environ.get("ORDERLIFT_DEBUG"):
        sys.stderr.write(trace)
        return said
    path = folder / f"bug-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(path, "w", opener=private) as file:
            file.write(trace)
    except OSError:
        return f"{said} Set ORDERLIFT_DEBUG=1 to see where."
    return f"{said} {path} tells where; what was sent is in the ledger, and `orderlift resume` goes on."
