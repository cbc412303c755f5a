"""Compare: what was planned, what the ledger says, and what the platform has, order by order and in total."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from schemas.results import Status

THERE = (Status.CREATED.value, Status.ALREADY_CREATED.value)
BY = ["company_id", "currency_id"]
FINDINGS = ["company_id", "order_number", "finding", "detail"]


@dataclass(frozen=True)
class Comparison:
    """Control totals side by side, and every order that is not as it should be.

    `totals` has company_id, currency_id and, of each of file, ledger and platform, the number of orders and their
    amount, which for the platform is None where it shows none; `findings` company_id, order_number, finding (missing,
    doubled, different, unexpected) and detail.
    """

    totals: pd.DataFrame
    findings: pd.DataFrame


def compare(planned: pd.DataFrame, listed: pd.DataFrame) -> Comparison:
    """Compare the orders of a plan with those that the platform lists.

    `planned` has company_id, order_number, customer_id, currency_id, amount, status and rootfi_id (as the ledger has
    them); `listed` has company_id, order_number, customer_id, currency_id, amount, rootfi_id and platform_id. An order
    is found by its rootfi_id, or under its number.
    """
    found = _match(planned, listed)
    copies = found.groupby("order").size().reindex(planned.index, fill_value=0)
    first = found.drop_duplicates("order").set_index("order").reindex(planned.index)
    is_there, doubled = (copies > 0).to_numpy(), (copies > 1).to_numpy()
    should = planned["status"].isin(THERE).to_numpy()
    parts = [
        _findings(planned[should & ~is_there], "missing", "the ledger says that it was created"),
        _findings(planned[doubled], "doubled", copies[doubled].astype(str) + " orders on the platform"),
        _findings(planned[~should & is_there], "unexpected", "is there; the ledger says: " + planned["status"]),
    ]
    for name in ("order_number", "customer_id", "currency_id", "amount"):
        ours, theirs = planned[name], first[name]
        differs = is_there & theirs.notna().to_numpy() & (ours != theirs).to_numpy()
        detail = name + ": " + ours[differs].astype(str) + ", on the platform " + theirs[differs].astype(str)
        parts.append(_findings(planned[differs], "different", detail))
    findings = pd.concat(parts, ignore_index=True).sort_values(FINDINGS[:2], kind="stable", ignore_index=True)
    return Comparison(_totals(planned, should, is_there, first["amount"]), findings)


def put_together(parts: Sequence[Comparison]) -> Comparison:
    """The comparisons of different companies as one."""
    if not parts:
        none = pd.DataFrame(columns=[*FINDINGS[:2], "customer_id", "currency_id", "amount", "status", "rootfi_id"])
        return compare(none, none.assign(platform_id=None))
    totals, findings = ([getattr(part, name) for part in parts] for name in ("totals", "findings"))
    return Comparison(pd.concat(totals, ignore_index=True), pd.concat(findings, ignore_index=True))


def _match(planned: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """The listed orders that are of the plan, each with the row of the plan (`order`)."""
    once = listed.drop_duplicates(["company_id", "rootfi_id", "platform_id", "order_number"])
    by_id = pd.Series(planned.index, index=pd.MultiIndex.from_frame(planned[["company_id", "rootfi_id"]]))
    by_id = by_id[planned["rootfi_id"].notna().to_numpy()]
    by_number = pd.Series(planned.index, index=pd.MultiIndex.from_frame(planned[["company_id", "order_number"]]))
    ids = by_id.reindex(pd.MultiIndex.from_frame(once[["company_id", "rootfi_id"]])).to_numpy()
    numbers = by_number.reindex(pd.MultiIndex.from_frame(once[["company_id", "order_number"]])).to_numpy()
    order = pd.Series(np.where(pd.isna(ids), numbers, ids), index=once.index)
    return once.assign(order=order).dropna(subset="order").astype({"order": "int64"})


def _findings(orders: pd.DataFrame, finding: str, detail: str | pd.Series) -> pd.DataFrame:
    told = detail if isinstance(detail, str) else detail.reindex(orders.index)
    return orders[["company_id", "order_number"]].assign(finding=finding, detail=told)[FINDINGS]


def _totals(planned: pd.DataFrame, should: np.ndarray, is_there: np.ndarray, shown: pd.Series) -> pd.DataFrame:
    frame = planned[BY].assign(
        file_orders=1,
        file_amount=planned["amount"],
        ledger_orders=should.astype("int64"),
        ledger_amount=planned["amount"].where(should, Decimal(0)),
        platform_orders=is_there.astype("int64"),
        platform_amount=shown.where(is_there, Decimal(0)),
    )
    return frame.groupby(BY, sort=True).agg(_sum).reset_index()


def _sum(column: pd.Series) -> Decimal | int | None:
    """The sum, to the last digit; None if a part of it is not known."""
    return sum(column) if column.notna().all() else None
