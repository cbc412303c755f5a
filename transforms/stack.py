"""Stack: the rows of all tables in one frame for each entity."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from schemas.fields import FIELDS, KEY, NAMED, SOURCE, Entity


def stack(frames: Sequence[pd.DataFrame], entity: Entity) -> pd.DataFrame:
    """The rows of all tables in one frame with a unique index; the required columns are there even without rows."""
    text = {name: pd.Series(dtype="str") for name, one in FIELDS[entity].items() if one.required}
    nothing = pd.DataFrame(
        {"source_file": pd.Categorical([]), "source_sheet": pd.Categorical([]), "source_row": []} | text
    )
    frames = [frame for frame in frames if len(frame)] or [nothing]
    if len(frames) == 1:
        stacked = frames[0].reset_index(drop=True)
    else:
        texts = [frame.drop(columns=["source_file", "source_sheet"]) for frame in frames]
        stacked = pd.concat(texts, ignore_index=True)
        for name in ("source_file", "source_sheet"):
            stacked[name] = union_categoricals([frame[name] for frame in frames])
    fields = [name for one in FIELDS[entity] for name in (one, one + NAMED) if name in stacked]
    return stacked[[*SOURCE, *fields]].astype({"source_row": "int64"} | dict.fromkeys(fields, "str"))


def inherit_company(rows: pd.DataFrame, orders: pd.DataFrame, heirs: np.ndarray | None = None) -> pd.DataFrame:
    """Give rows without a company that of the only order with their number; leave open what several have.

    `heirs` tells which rows may inherit; None means all.
    """
    open_ = rows["company_id"].isna() if heirs is None else rows["company_id"].isna() & heirs
    if not open_.any():
        return rows
    keys = orders[list(KEY)].dropna().drop_duplicates()
    owners = keys.drop_duplicates("order_number", keep=False).set_index("order_number")["company_id"]
    inherited = rows["order_number"].map(owners)
    return rows.assign(company_id=rows["company_id"].where(~open_, inherited).astype("str"))
