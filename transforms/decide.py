"""Decide: which orders are sent and which are not, and what is said of every row; nothing is sent before it is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import Entity
from schemas.ledger import SENDING, Fact
from schemas.mapping import ColumnMap
from schemas.results import Status
from schemas.run import Total
from transforms.batches import ENVELOPE_BYTES
from transforms.findings import describe, findings, gather
from transforms.group import Groups, check_groups, excuse, group
from transforms.intake import Intake
from transforms.plan import answer_rows, assemble, orders_at_fault
from transforms.redact import without_values
from transforms.totals import totals_of

# In the ledger: may be sent. What is `sending` is claimed by a run that lives, or will be found in doubt; not here.
OPEN = (Status.PENDING.value, Status.REJECTED.value, SENDING)
CREATED = (Status.CREATED.value, Status.ALREADY_CREATED.value)  # by us, or found on the platform


@dataclass(frozen=True)
class Draft:
    """The orders that passed the checks of the files, encoded, before the ledger is asked what it knows of them.

    `numbers` are the orders' numbers in `groups`, one for each row of `plan`.
    """

    groups: Groups
    findings: pd.DataFrame
    plan: pa.Table
    numbers: np.ndarray
    amounts: pa.Array  # of every order in `groups`


@dataclass(frozen=True)
class Decision:
    """The complete plan: the valid orders, an answer for every row, the problems and the control totals.

    `rows` and `totals` are made when they are asked for: meanwhile the plan may be written.
    """

    plan: pa.Table
    problems: pd.DataFrame
    to_send: pa.Table  # the rows of the plan that nobody has sent
    groups: Groups
    status: np.ndarray  # of every order in `groups`, as its amount and its number at each problem
    amounts: pa.Array
    at_fault: np.ndarray

    @cached_property
    def rows(self) -> pa.Table:
        """What is said of every row of the input."""
        return answer_rows(self.groups, self.status, self.problems, self.at_fault)

    @cached_property
    def totals(self) -> list[Total]:
        """The control totals of all orders."""
        return totals_of(self.groups, self.status, self.amounts)


def draft(intake: Intake, max_batch_bytes: int) -> Draft:
    """Group the rows, find what does not fit together, and encode the orders without a problem."""
    groups = group(intake.orders, intake.lines)
    found = gather([excuse(intake.findings, groups, intake.repeated), check_groups(groups, intake.repeated)])
    invalid = ~groups.known
    invalid[orders_at_fault(groups, found)] = True
    plan, numbers, amounts = assemble(groups, invalid)
    too_large = pc.greater(pc.binary_length(plan["body"]), max_batch_bytes - ENVELOPE_BYTES).to_numpy()
    if too_large.any():
        heads = groups.head[numbers[too_large]]
        found = gather([found, _head_findings(groups, heads, "order_too_large")])
        plan, numbers = plan.filter(pa.array(~too_large)), numbers[~too_large]
    return Draft(groups, found, plan, numbers, amounts)


def decide(
    draft: Draft,
    facts: Iterable[Fact],
    maps: Mapping[tuple[str, str], ColumnMap],
    timezone: str,
    *,
    redact: bool = False,
) -> Decision:
    """Set apart what was created, is in doubt, or has changed since it was created, and answer for every row.

    With `redact`, what is said of the rows has no values of theirs but the numbers of orders.
    """
    groups, found, plan, numbers = draft.groups, draft.findings, draft.plan, draft.numbers
    status = np.full(groups.count, Status.INVALID.value, dtype=object)
    status[numbers] = Status.PENDING.value
    known = list(facts)
    if known:
        at = _positions(plan, known)
        digests = plan["digest"].to_numpy()
        changed = [p for p, fact in zip(at, known, strict=True) if _is_created(fact) and fact.digest != digests[p]]
        for position, fact in zip(at, known, strict=True):
            if fact.status not in OPEN:
                there = fact.status in CREATED
                status[numbers[position]] = (Status.ALREADY_CREATED if there else Status.IN_DOUBT).value
        if changed:
            found = gather([found, _head_findings(groups, groups.head[numbers[changed]], "changed_since_created")])
            status[numbers[changed]] = Status.INVALID.value
            keep = np.ones(len(numbers), dtype=bool)
            keep[changed] = False
            plan, numbers = plan.filter(pa.array(keep)), numbers[keep]
    told = without_values(found) if redact else found
    problems = describe(told, {Entity.ORDER: groups.orders, Entity.LINE_ITEM: groups.lines}, maps, timezone)
    pending = status[numbers] == Status.PENDING.value
    to_send = plan if pending.all() else plan.filter(pa.array(pending))
    return Decision(plan, problems, to_send, groups, status, draft.amounts, orders_at_fault(groups, found))


def _is_created(fact: Fact) -> bool:
    return fact.status == Status.CREATED.value


def _head_findings(groups: Groups, heads: np.ndarray, code: str) -> pd.DataFrame:
    value = groups.orders["order_number"].iloc[heads]
    return findings(Entity.ORDER, heads, code=code, field="order_number", value=value)


def _positions(plan: pa.Table, known: list[Fact]) -> np.ndarray:
    """The row of the plan that each fact is about."""
    keys = pd.MultiIndex.from_arrays([plan["company_id"].to_numpy(), plan["order_number"].to_pandas()])
    return keys.get_indexer(pd.MultiIndex.from_tuples([(fact.company_id, fact.order_number) for fact in known]))
