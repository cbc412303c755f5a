"""Results: what became of every row, from what planning said of it and what the ledger knows of its order."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from schemas.ledger import SENDING, Fact
from schemas.results import RESULTS, Status
from schemas.run import Total
from transforms.totals import sum_up

FACTS = ("attempts", "http_status", "sync_id", "rootfi_id", "platform_id")
INTEGERS = ("company_id", "digest", "batch_id", "attempts", "settled_at", "rootfi_id", "http_status", "sent_at")
REFUSED = (Status.REJECTED.value, Status.IN_DOUBT.value)


def facts_frame(facts: Iterable[Fact], run_id: str) -> pd.DataFrame:
    """Facts by (company_id, order_number), each with the `status` that a report of the run gives the order."""
    frame = pd.DataFrame(facts, columns=list(Fact._fields)).astype(dict.fromkeys(INTEGERS, "Int64"))
    mine = frame["run_id"] == run_id
    created = frame["status"] == Status.CREATED.value
    pending = frame["status"].isin([Status.PENDING.value, SENDING]) | (
        (frame["status"] == Status.REJECTED.value) & ~mine
    )
    frame["status"] = np.select(
        [created & mine, created, pending],
        [Status.CREATED.value, Status.ALREADY_CREATED.value, Status.PENDING.value],
        frame["status"],
    )
    return frame.astype({"order_number": "str"}).set_index(["company_id", "order_number"])


def results(rows: pa.Table, facts: pd.DataFrame) -> pa.Table:
    """One row per row of the input, with the columns of results.parquet.

    `rows` is what planning said of them, `facts` a facts_frame of their orders. Invalid rows stay as they were judged.
    """
    planned = rows.to_pandas(types_mapper={pa.string(): pd.StringDtype("pyarrow", np.nan)}.get)
    planned["company_id"] = planned["company_id"].astype("Int64")
    judged = (planned["status"] == Status.INVALID.value).to_numpy()
    at = facts.index.get_indexer(pd.MultiIndex.from_frame(planned[["company_id", "order_number"]]))
    at[judged] = -1
    known = pd.DataFrame({name: _taken(facts[name], at) for name in facts.columns}, index=planned.index)
    status = known["status"].where(at >= 0, Status.PENDING.value).where(~judged, Status.INVALID.value)
    refused = known["status"].isin(REFUSED)
    sent = known[list(FACTS)].assign(
        status=status,
        batch_id=known["batch_id"].astype("str"),
        error_code=planned["error_code"].where(judged, known["error_code"].where(refused)),
        error_message=planned["error_message"].where(judged, known["error_message"].where(refused)),
        sent_at=pd.to_datetime(known["sent_at"], unit="us", utc=True),
        settled_at=pd.to_datetime(known["settled_at"], unit="us", utc=True),
    )
    frame = planned.drop(columns=[name for name in sent if name in planned]).join(sent)
    return pa.Table.from_pandas(frame[RESULTS.names], schema=RESULTS, preserve_index=False)


def plan_totals(plan: pa.Table, facts: pd.DataFrame) -> list[Total]:
    """The control totals of the plan's orders by what became of them; `plan` needs the columns of TOTALED."""
    index = pd.MultiIndex.from_arrays([plan["company_id"].to_pandas(), plan["order_number"].to_pandas()])
    at = facts.index.get_indexer(index)
    frame = pd.DataFrame(
        {
            "company_id": plan["company_id"].to_numpy(),
            "currency_id": plan["currency_id"].to_pandas(),
            "status": _taken(facts["status"], at).where(at >= 0, Status.PENDING.value),
            "line_items": plan["line_items"].to_numpy(),
        }
    )
    return sum_up(frame, plan["amount"])


def _taken(column: pd.Series, at: np.ndarray) -> pd.Series:
    return pd.Series(column.array.take(at, allow_fill=True))
