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
Intend = Callable[[Connection, RateFacts], T]


@dataclass
class Turnstile:
    """One for all requests of a run. The ledger keeps the limit over all processes, machines and restarts."""

    ports: Ports
    requests_per_minute: int
    stop: asyncio.Event
    _held: Connection | None = None

    async def enter(self, intend: Intend[T], *, gives_up: Callable[[], bool]) -> T | None:
        """Run `intend` in the transaction in which the limiter lets a request start, and give its result once durable.

        None if a stop was asked for, or the caller gave up, while it waited. Raises LedgerError if this process has
        lost its run.
        """
        while True:
            wait, result = await self.ports.journal.commit(lambda tx: self.attempt(tx, intend))
            if not wait:
                return result
            await self.ports.pause(wait)
            if self.stop.is_set() or gives_up():
                return None

    def attempt(self, tx: Connection, intend: Intend[T]) -> tuple[float, T | None]:
        """Run `intend` if a request may start now, else give the seconds to wait."""
        sender = self.ports.sender
        facts = request_log.rate(tx, sender, self.requests_per_minute, self.ports.ledger.now)
        if wait := seconds_to_wait(facts):
            return wait, None
        if self._held is not tx:  # once in a transaction is enough
            leases.hold(tx, sender)
            self._held = tx
        return 0.0, intend(tx, facts)

    def heed(self, tx: Connection, came: Answer | NoAnswer) -> None:
        """Write down until when the API wants to be left alone."""
        until = not_before(came, self.ports.ledger.now(tx) / 1e6) if isinstance(came, Answer) else None
        if until is not None:
            request_log.hold(tx, self.ports.sender, int(until * 1e6))
