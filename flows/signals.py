"""Signals: the first SIGINT or SIGTERM lets what is in flight end, the second ends at once."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_event() -> Iterator[asyncio.Event]:
    """An event that the first signal sets; a second one cancels the task that opened it. The old handlers come back.

    Outside the main thread no signal can be handled, and the event is only ever set by others.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    task = asyncio.current_task()

    asked = False  # by a signal; the event may also be set by a run that ends early of itself

    def handle() -> None:
        nonlocal asked
        if asked and task is not None:
            task.cancel()
        asked = True
        stop.set()

    old = {one: signal.getsignal(one) for one in SIGNALS}
    with suppress(ValueError, RuntimeError):  # not the main thread
        for one in SIGNALS:
            loop.add_signal_handler(one, handle)
    try:
        yield stop
    finally:
        with suppress(ValueError, RuntimeError):
            for one, handler in old.items():
                loop.remove_signal_handler(one)
                signal.signal(one, handler or signal.SIG_DFL)  # None: one that Python did not install
