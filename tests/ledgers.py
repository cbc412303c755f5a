"""What the tests of the ledger share: its moves in transactions of their own, and a clock to set."""

from adapters import claims, leases, request_log, unsettled
from adapters.ledger import Ledger
from schemas.delivery import Batch, Next, OrderOutcome, SentOrder, Verdict
from schemas.ledger import Conclusion, Doubt, Sender
from schemas.results import Status

COMPANY = 7
TARGET = 1
KEY = "fingerprint"


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def batch_of(*numbers: str) -> Batch:
    return Batch(COMPANY, tuple(SentOrder(number, 1, b"{}") for number in numbers))


def sender_of(ledger: Ledger, run_id: str = "A", owner: str | None = None) -> Sender:
    """The sender of a run that it has taken."""
    sender = Sender(run_id, ledger.target("https://api"), KEY, owner or f"host/{run_id}")
    with ledger.transaction() as tx:
        leases.take(tx, sender)
    return sender


def claim(ledger: Ledger, sender: Sender, *numbers: str) -> tuple[int, set[str]]:
    with ledger.transaction() as tx:
        facts = request_log.rate(tx, sender, 100_000, ledger.now)
        batch_id = request_log.start(tx, sender, facts, "create", COMPANY, orders=numbers)
        lost = claims.claim(tx, sender, batch_id, batch_of(*numbers))
        request_log.carry(tx, batch_id, len(numbers) - len(lost))
        return batch_id, lost


def settle(ledger: Ledger, sender: Sender, batch_id: int, **statuses: Status) -> set[str]:
    outcomes = tuple(OrderOutcome(number, status, 5, "p5") for number, status in statuses.items())
    verdict = Verdict(outcomes, Next.NOTHING, "code", "m", 200, "sync_1")
    with ledger.transaction() as tx:
        return claims.settle(tx, sender, batch_id, COMPANY, verdict, now=ledger.now(tx))


def conclude(ledger: Ledger, *conclusions: Conclusion) -> set[str]:
    with ledger.transaction() as tx:
        return claims.conclude(tx, TARGET, COMPANY, conclusions, ledger.now(tx))


def doubts(ledger: Ledger, sender: Sender) -> list[Doubt]:
    with ledger.transaction() as tx:
        return sorted(unsettled.doubts(tx, sender))


def release(ledger: Ledger, sender: Sender) -> None:
    with ledger.transaction() as tx:
        leases.release(tx, sender)


def status_of(ledger: Ledger, *numbers: str) -> list[str]:
    """The status of each order; empty if it was never sent."""
    facts = {fact.order_number: fact.status for fact in ledger.facts(TARGET, COMPANY, numbers)}
    return [facts.get(number, "") for number in numbers]
