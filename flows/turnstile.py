"""Turnstile: lets requests out, none without its row in the ledger, none faster than the limit."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from adapters import leases, request_log
from flows.ports import Ports
from schemas.delivery import Answer, NoAnswer
from schemas.ledger import RateFacts
from transforms.rate import seconds_to_wait
from transforms.waiting import not_before

T = TypeVar("T")


@dataclass
class Turnstile:
    """One for all requests of a run. The ledger keeps the limit over all processes, machines and restarts."""

    ports: Ports
    requests_per_minute: int
    stop: asyncio.Event

    async def enter(self, intend: Callable[[Connection, RateFacts], T], *, gives_up: Callable[[], bool]) -> T | None:
        """Run `intend` in the transaction in which the limiter lets a request start, and give its result once durable.

        None if a stop was asked for, or the caller gave up, while it waited. Raises LedgerError if this process has
        lost its run.
        """
        ledger, sender = self.ports.ledger, self.ports.sender

        def attempt(tx: Connection) -> tuple[float, T | None]:
            facts = request_log.rate(tx, sender, self.requests_per_minute, ledger.now)
            if wait := seconds_to_wait(facts):
                return wait, None
            leases.hold(tx, sender)
            return 0.0, intend(tx, facts)

        while True:
            wait, result = await self.ports.journal.commit(attempt)
            if not wait:
                return result
            await self.ports.pause(wait)
            if self.stop.is_set() or gives_up():
                return None

    def heed(self, tx: Connection, came: Answer | NoAnswer) -> None:
        """Write down until when the API wants to be left alone."""
        until = not_before(came, self.ports.ledger.now(tx) / 1e6) if isinstance(came, Answer) else None
        if until is not None:
            request_log.hold(tx, self.ports.sender, int(until * 1e6))
