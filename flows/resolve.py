"""Resolve: a person says what became of orders that nothing else can settle."""

from collections.abc import Sequence

from adapters import claims
from adapters.ledger import Ledger
from schemas.errors import UsageError
from schemas.ledger import Conclusion, Fact
from schemas.results import Status


def resolve(ledger: Ledger, target_id: int, company_id: int, numbers: Sequence[str], *, created: bool) -> set[str]:
    """Settle orders in doubt as created, or as not created and to be sent; the runs that sent them.

    Raises UsageError, and changes nothing, unless every one of them is in doubt.
    """
    facts = {fact.order_number: fact for fact in ledger.facts(target_id, company_id, numbers)}
    for number in numbers:
        _require_doubt(company_id, number, facts.get(number))
    status = Status.CREATED if created else Status.PENDING
    told = "told by a person with orderlift resolve"
    told_by = [Conclusion(one.order_number, one.batch_id, status, None, None, None, told) for one in facts.values()]
    with ledger.transaction() as tx:
        settled = claims.conclude(tx, target_id, company_id, told_by, ledger.now(tx))
        if len(settled) < len(facts):
            raise UsageError("Another process settles these orders.", "`orderlift status` shows what is going on.")
    return {fact.run_id for fact in facts.values()}


def _require_doubt(company_id: int, number: str, fact: Fact | None) -> None:
    if fact is None:
        raise UsageError(f"Order {number} of company {company_id} was never sent.", "results.csv names those in doubt.")
    if fact.status != Status.IN_DOUBT:
        raise UsageError(
            f"Order {number} of company {company_id} is {fact.status}, not in doubt.",
            "If its process has died, `orderlift reconcile` comes first.",
        )
