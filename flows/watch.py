"""Watch: which of the processes that the ledger names as owners of runs are dead, by watching their beats."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from flows.ports import Ports
from schemas.ledger import Owner

# A process that has not moved its beat for so long is taken for dead. It moves it with every batch, and by itself.
LEASE_SECONDS = 30.0
BEAT_SECONDS = LEASE_SECONDS / 6
# A claim that is older is not acted on: this process was suspended, and others may have taken it for dead.
INTENT_SECONDS = LEASE_SECONDS / 2


class _Look(NamedTuple):
    owner: Owner
    since: float  # when this beat was first seen, by our clock
    has_moved: bool


@dataclass
class Watch:
    """Watches the other owners of a target's runs; each look is one reading of the ledger."""

    ports: Ports
    _looks: dict[str, _Look] = field(default_factory=dict)

    def look(self, owners: Iterable[Owner]) -> list[Owner]:
        """Learn who owns which run now; give those that are dead: certainly, or since their beat rests too long."""
        now, before, sender = self.ports.clock(), self._looks, self.ports.sender
        self._looks, dead = {}, []
        for one in owners:
            if one.owner == sender.owner:
                continue
            had = before.get(one.run_id)
            same = had is not None and had.owner.owner == one.owner
            look = had if had is not None and had.owner == one else _Look(one, now, has_moved=same)
            self._looks[one.run_id] = look
            if self.ports.is_over(one) or now - look.since >= LEASE_SECONDS:
                dead.append(one)
        return dead

    def is_alive(self, run_id: str) -> bool:
        """Whether a process is known to run this run, or has been seen to."""
        look = self._looks.get(run_id)
        return look is not None and (look.has_moved or self.ports.is_over(look.owner) is False)
