"""Input files, opened without waiting for anybody; whatever goes wrong with one is an InputError."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import cast

from adapters.files import reported
from adapters.names import shown
from adapters.storage import using
from schemas.errors import InputError
from schemas.places import Place


@contextmanager
def opened(path: Place, name: str) -> Iterator[BufferedReader]:
    """A file to read, called so; raises InputError where it cannot be reached or read."""
    if not isinstance(path, Path):
        with reported(path, "rb", partial(using, name)) as file:
            yield cast(BufferedReader, file)
        return
    try:
        with _open(path) as stream:
            yield stream
    except OSError as error:
        raise unreadable(name, error) from error


def unreadable(name: str, error: Exception) -> InputError:
    """What is said of a file of this machine that cannot be read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return InputError(f"{shown(name)} cannot be read: {reason}.", "Check that you may read it.")


def _open(path: Path) -> BufferedReader:
    """Open a file without waiting for anybody, should a pipe have taken its place."""
    stream = open(path, "rb", opener=_unhindered)  # noqa: SIM115 - Path.open takes no opener
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError("it is no regular file")
    return stream


def _unhindered(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
