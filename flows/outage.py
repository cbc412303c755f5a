"""Outage: how long nothing has got through, when to try again, and when to give up."""

from dataclasses import dataclass

from flows.ports import Ports
from schemas.errors import ApiDown
from transforms.waiting import backoff


@dataclass
class Outage:
    """The circuit: rounds of requests of which none got through. What was out together is one round."""

    ports: Ports
    give_up_after: float
    rounds: int = 0
    _since: float | None = None
    _retry_at: float = 0.0

    def ends(self) -> None:
        """Something got through."""
        self.rounds, self._since = 0, None

    def lasts(self, why: str, rounds_before: int, *, told_to_wait: bool = False) -> None:
        """Nothing got through; `rounds_before` is `rounds` as it was when the request left.

        Raises ApiDown after `give_up_after`. An API that tells how long to wait is not knocked at more rarely.
        """
        now = self.ports.clock()
        self._since = now if self._since is None else self._since
        if not told_to_wait and rounds_before >= self.rounds:
            self._retry_at = now + backoff(self.rounds, self.ports.random())
            self.rounds += 1
        if now - self._since >= self.give_up_after:
            raise ApiDown(
                f"Nothing got through for {now - self._since:.0f} s: {why}.", "Resume when the API answers again."
            )

    async def wait(self) -> None:
        """Pause until the next round."""
        await self.ports.pause(max(0.0, self._retry_at - self.ports.clock()))
