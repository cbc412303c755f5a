"""Hidden: the secrets of the environment, taken out of it before other processes are started, which inherit it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

KEY_VARIABLE = "ORDERLIFT_API_KEY"
NOTIFY_VARIABLE = "ORDERLIFT_NOTIFY_URLS"
_taken: dict[str, str] = {}


@contextmanager
def secrets_taken() -> Iterator[None]:
    """Meanwhile the secrets are not in the environment; this process alone still knows them, by `secret`."""
    _taken.update({name: os.environ.pop(name) for name in (KEY_VARIABLE, NOTIFY_VARIABLE) if name in os.environ})
    try:
        yield
    finally:
        os.environ.update(_taken)
        _taken.clear()


def secret(name: str) -> str:
    """The value of a secret variable, without the spaces around it; empty if it is not set."""
    return os.environ.get(name, _taken.get(name, "")).strip()
