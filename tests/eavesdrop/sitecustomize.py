"""Python imports this when it starts: every logger then logs everything, in every process of a command, into a file."""

import logging
import os
import traceback
from pathlib import Path

_call_handlers = logging.Logger.callHandlers


def _write(logger: logging.Logger, record: logging.LogRecord) -> None:
    trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
    with Path(os.environ["EAVESDROP"], f"{os.getpid()}.log").open("a") as file:
        file.write(f"{record.name}: {record.getMessage()}\n{trace}")
    if record.levelno >= logging.INFO:
        _call_handlers(logger, record)


if "EAVESDROP" in os.environ:
    logging.Logger.isEnabledFor = lambda *_: True  # type: ignore[method-assign]
    logging.Logger.callHandlers = _write  # type: ignore[method-assign]

if "CRASH" in os.environ:
    from adapters.api import Api

    async def _crash(*_: object) -> None:
        raise RuntimeError("planted")

    Api.create = _crash  # type: ignore[method-assign,assignment]
