"""The invariants, checked after every commit and every request: what the ledger says against what the platform has."""

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from adapters.ledger_check import LISTED, RULES, WORDS
from schemas.ledger import SENDING
from schemas.results import Status
from transforms.readback import DUPLICATE, EXISTS

from .platform import Key
from .process import Process
from .trace import Violation

if TYPE_CHECKING:
    from .world import World

CREATED = (Status.CREATED.value, Status.ALREADY_CREATED.value)
_FACTS = """SELECT orders.company_id, order_number, status, batch_id, run_id, rootfi_id, error_code, error_message
FROM orders JOIN requests ON requests.id = batch_id"""
_POSITIONS = "SELECT run_id, position FROM runs"
_REQUESTS = "SELECT COUNT(*) FROM requests"


class Row(NamedTuple):
    """An order in the ledger."""

    status: str
    batch_id: int
    run_id: str
    rootfi_id: int | None
    error_code: str | None
    error_message: str | None


class Checks:
    """Remembers what the ledger said last, so that every change of it is looked at."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._rows: dict[Key, Row] = {}
        self._owners: dict[int, Process] = {}  # of batches
        self._there: dict[str, set[Key]] = {}  # what was created of a process's plan when it began
        self._sent = 0
        self._positions: dict[str, int] = {}
        self._refused: set[tuple[str, Key]] = set()  # by run
        self._bodies = {
            (company_id, order.order_number): order.body
            for company_id, orders in world.scenario.plans["Z-all"]
            for order in orders
        }

    def after_commit(self, process: Process) -> None:
        """Every change of the ledger is one that evidence allows."""
        rows = self._read()
        claims = len(self._owners)
        if process.name not in self._there:
            self._there[process.name] = self._there_now(process, self._rows)
        for key, row in rows.items():
            before = self._rows.get(key)
            if before != row:
                self._check(process, key, before, row)
        if gone := self._rows.keys() - rows.keys():
            raise Violation(f"the ledger has forgotten {sorted(gone)}")
        self._rows = rows
        self._refused |= {(row.run_id, key) for key, row in rows.items() if row.status == Status.REJECTED}
        process.claims += len(self._owners) > claims
        self._check_canary(process)
        self._check_positions()

    def after_answer(self, process: Process, key: Key) -> None:
        """An answer that has arrived names an order as created."""
        process.told[key] = self._rows[key].batch_id

    def after_outcome(self, process: Process, told: dict[Key, int]) -> None:
        """What an answer has named as created is written down as created, whatever was thought of it meanwhile."""
        for key, batch_id in told.items():
            row = self._rows[key]
            if row.batch_id == batch_id and row.status not in CREATED:
                raise Violation(f"{process.name} was told that {key} is created, and the ledger says {row.status}")

    def before_post(self, process: Process, payload: bytes) -> None:
        """What is posted is what was planned, by the run that has claimed it, durably."""
        self.before_request()
        body: dict[str, Any] = orjson.loads(payload)
        for order in body["data"]:
            key = (body["company_id"], order["order_number"])
            row = self._rows.get(key)
            if row is None or row.status != SENDING or row.run_id != process.run_id:
                raise Violation(f"{process.name} posts {key}, of which the ledger says {row}")
            if orjson.dumps(order) != self._bodies[key]:
                raise Violation(f"{process.name} posts {key} with other content than planned")

    def before_request(self) -> None:
        """Every request has a row of its own in the ledger."""
        self._sent += 1
        rows = self._world.query(_REQUESTS)[0][0]
        if rows < self._sent:
            raise Violation(f"{self._sent} requests went out, {rows} are in the ledger")

    def after_session(self, process: Process) -> None:
        """A process that ended in order leaves nothing as `sending`."""
        mine = {batch_id for batch_id, owner in self._owners.items() if owner is process}
        left = [key for key, row in self._rows.items() if row.status == SENDING and row.batch_id in mine]
        if left and not process.ledger_failed:
            raise Violation(f"{process.name} has ended, and left {left} as `sending`")

    def at_the_end(self) -> None:
        """No order is lost, and only what cannot be known is left in doubt."""
        for company_id, orders in self._world.scenario.plans["Z-all"]:
            for order in orders:
                self._check_end((company_id, order.order_number))
        self.check_rules()

    def check_rules(self) -> None:
        """What `orderlift ledger check` asks holds as well."""
        for rule, query in RULES.items():
            if wrong := self._world.query(query.format(**WORDS, listed=LISTED["sqlite"])):
                raise Violation(f"{rule}: {wrong[0][0]}")

    def _read(self) -> dict[Key, Row]:
        return {(company_id, number): Row(*rest) for company_id, number, *rest in self._world.query(_FACTS)}

    def _check(self, process: Process, key: Key, before: Row | None, row: Row) -> None:
        world, has = self._world, self._world.platform.has(key)
        world.trace.note(process.name, f"ledger: {before.status if before else 'nothing'} -> {row.status}", key)
        if row.status == SENDING and (before is None or before.batch_id != row.batch_id):
            self._owners[row.batch_id] = process
            process.first_claims += before is None
        if before is not None and before.status in CREATED:
            raise Violation(f"{key} was {before.status}, and is now {row.status}")
        if row.error_code == DUPLICATE:
            raise Violation(f"the ledger says {DUPLICATE} of {key}, which the platform has once")
        if row.status == Status.ALREADY_CREATED and key not in world.scenario.before and not _is_said_to_exist(before):
            raise Violation(f"the ledger says {row.status} of {key}, which we have created")
        if row.status in CREATED and not has:
            raise Violation(f"the ledger says {row.status} of {key}, which the platform does not have")
        if row.status in (Status.PENDING, Status.REJECTED) and has and key not in world.scenario.before:
            raise Violation(f"the ledger says {row.status} of {key}, which the platform has")
        if row.status == Status.IN_DOUBT and before is not None and before.status == SENDING:
            self._check_takeover(process, key, row)
        elif before is not None and before.status == SENDING and self._owners[row.batch_id] is not process:
            raise Violation(f"{process.name} writes {row.status} of {key}, which is not its own to settle")
        if row.rootfi_id is not None and row.rootfi_id not in world.platform.ids[key]:
            raise Violation(f"the ledger says that {key} has the id {row.rootfi_id}, which it does not have")

    def _check_takeover(self, process: Process, key: Key, row: Row) -> None:
        """A live claim is not in doubt."""
        owner = self._owners.get(row.batch_id, process)
        if owner is not process and owner.lives and not owner.suspensions:
            raise Violation(f"{process.name} puts {key} in doubt, which {owner.name} is sending")
        if owner is not process:
            self._world.trace.cover("claim of a dead process put in doubt", process.name, key)

    def _check_canary(self, process: Process) -> None:
        """Nothing is sent beyond the canary before all of that is there."""
        count = self._world.scenario.terms.canary
        if count and process.first_claims > count:
            gained = self._there_now(process, self._rows) - self._there[process.name]
            if len(gained) < count:
                raise Violation(f"{process.name} sends more than its canary, of which {len(gained)} are there")

    def _check_positions(self) -> None:
        """What a resume will not look at again is settled for good."""
        positions = dict(self._world.query(_POSITIONS))
        for run_id, position in positions.items():
            if position < self._positions.get(run_id, 0):
                raise Violation(f"the position of {run_id} goes back to {position}")
            if position == self._positions.get(run_id, 0):
                continue
            for company_id, orders in self._world.scenario.plans[run_id][:position]:
                for key in ((company_id, order.order_number) for order in orders):
                    row = self._rows.get(key)
                    if not (row and row.status in CREATED) and (run_id, key) not in self._refused:
                        raise Violation(f"{run_id} is done with {key}, of which the ledger says {row}")
        self._positions = positions

    def _there_now(self, process: Process, rows: dict[Key, Row]) -> set[Key]:
        plan = self._world.scenario.plans[process.run_id]
        keys = [(company_id, order.order_number) for company_id, orders in plan for order in orders]
        return {key for key in keys if (row := rows.get(key)) and row.status in CREATED}

    def _check_end(self, key: Key) -> None:
        world, platform = self._world, self._world.platform
        row = self._rows.get(key)
        status = row.status if row else Status.PENDING.value
        has, is_poison = platform.has(key), key in platform.poison
        world.trace.covered[f"in the end: {status}"] += 1
        if status in CREATED:
            return  # checked when it was written
        if status == Status.REJECTED and is_poison:
            return
        if status == Status.REJECTED and platform.habits.most_bytes is not None:
            return
        if status == Status.IN_DOUBT and self._may_rest(key, has=has):
            return
        raise Violation(f"in the end {key} is {status}; the platform {'has it' if has else 'does not have it'}")

    def _may_rest(self, key: Key, *, has: bool) -> bool:
        """Whether nothing can prove what became of an order in doubt."""
        if not self._world.platform.habits.gives_control:
            return True
        # An order that the platform had before does not prove that it lists those that we create under their numbers.
        mine = (row for (company_id, _), row in self._rows.items() if company_id == key[0])
        control = any(row.status == Status.CREATED and row.error_message is None for row in mine)
        return not has and not control


def _is_said_to_exist(row: Row | None) -> bool:
    return row is not None and row.error_code in EXISTS
