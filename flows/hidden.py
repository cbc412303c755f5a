"""Hidden: the secrets of the environment, taken out of it before other processes are started, which inherit it."""

import os

KEY_VARIABLE = "ORDERLIFT_API_KEY"
NOTIFY_VARIABLE = "ORDERLIFT_NOTIFY_URLS"
_taken: dict[str, str] = {}


def take_secrets() -> None:
    """Take the secrets out of the environment; this process alone still knows them, by `secret`."""
    _taken.clear()
    _taken.update({name: os.environ.pop(name) for name in (KEY_VARIABLE, NOTIFY_VARIABLE) if name in os.environ})


def secret(name: str) -> str:
    """The value of a secret variable, without the spaces around it; empty if it is not set."""
    return os.environ.get(name, _taken.get(name, "")).strip()
