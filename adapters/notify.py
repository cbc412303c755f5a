"""Notify: a message to receivers that may be down, slow or refuse it, which never takes longer than it is given."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, Literal, cast

from pydantic import SecretStr

# apprise and Prefect are imported when there is something to tell.
# ruff: noqa: PLC0415

# They write down whole URLs at debug level, which hold what gives access to a receiver.
TALKATIVE = ("apprise", "httpx", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry")


@dataclass(frozen=True)
class Message:
    """What is told."""

    title: str
    body: str
    kind: Literal["success", "warning", "failure"]


def send(message: Message, urls: Sequence[SecretStr], block: str | None, seconds: float) -> list[str | None]:
    """Tell every receiver, all at once: those of apprise URLs, and a Prefect notification block if one is named.

    Gives one answer for each: None if it was told, else a line that says why not and shows no more of its URL than the
    kind. Raises nothing, and takes no longer than `seconds`: what is then under way is left to itself.
    """
    for name in TALKATIVE:
        logging.getLogger(name).addFilter(_nothing)
    ways = [(_kind(url), partial(_by_apprise, url, message)) for url in urls]
    ways += [(f"the block {block}", partial(_by_block, block, message))] if block else []
    answers: list[str | None] = [f"{name} did not answer within {seconds:g} s" for name, _ in ways]
    threads = [
        Thread(target=_note, args=(answers, number, name, way), daemon=True) for number, (name, way) in enumerate(ways)
    ]
    end = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return list(answers)


def _note(answers: list[str | None], number: int, name: str, way: Callable[[], str | None]) -> None:
    try:
        fault = way()
    except Exception as error:  # noqa: BLE001 - of any receiver, and its text may hold the URL
        fault = f"failed ({type(error).__name__})"
    answers[number] = fault and f"{name} {fault}"


def _by_apprise(url: SecretStr, message: Message) -> str | None:
    from apprise import Apprise, NotifyType

    # One receiver each: apprise would wait for the threads of several at the end of the process.
    receiver = Apprise()
    if not receiver.add(url.get_secret_value()):
        return "is no URL that apprise understands"
    told = receiver.notify(body=message.body, title=message.title, notify_type=NotifyType(message.kind))
    return None if told else "cannot be reached, or refuses the message"


def _by_block(name: str, message: Message) -> str | None:
    from prefect.blocks.core import Block

    block = cast("Any", Block.load(name))
    with block.raise_on_failure():
        block.notify(message.body, message.title)
    return None


def _kind(url: SecretStr) -> str:
    return url.get_secret_value().partition("://")[0] + "://..."


def _nothing(_record: logging.LogRecord) -> bool:
    return False
