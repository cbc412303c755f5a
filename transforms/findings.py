"""Findings: what is wrong with which row, before it is put into words; and problems: the same for the person."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from schemas.fields import SOURCE, Entity
from schemas.mapping import ColumnMap
from schemas.problems import MESSAGES, PROBLEMS

# row: index in the stacked frame of the entity; first: the place of the row it clashes with; other: what stands there.
COLUMNS = ("entity", "row", "field", "value", "code", "first", "other")
NOTHING = pd.DataFrame({name: pd.Series(dtype="int64" if name == "row" else "str") for name in COLUMNS})

Rows = Mapping[Entity, pd.DataFrame]


def findings(  # noqa: PLR0913 - the columns of a finding
    entity: Entity,
    row: Sequence[int] | np.ndarray | pd.Index | pd.Series,
    *,
    code: str | pd.Series,
    field: str | pd.Series | None = None,
    value: Sequence[str] | pd.Series | None = None,
    first: pd.Series | None = None,
    other: pd.Series | None = None,
) -> pd.DataFrame:
    """One finding for each row of one entity; the other arguments are one for all, or one for each, in this order."""
    if not len(row):
        return NOTHING.copy()
    index = pd.RangeIndex(len(row))
    given = {"entity": entity.value, "field": field, "value": value, "code": code, "first": first, "other": other}
    columns = {
        name: pd.Series(values.array if isinstance(values, pd.Series) else values, index, dtype="str")
        for name, values in given.items()
    }
    return pd.DataFrame(columns | {"row": pd.Series(np.asarray(row, dtype="int64"))}, columns=list(COLUMNS))


def gather(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All findings in one frame, in the order of entity and row."""
    parts = [part for part in parts if len(part)] or list(parts[:1])
    return pd.concat(parts, ignore_index=True).sort_values(["entity", "row"], kind="stable", ignore_index=True)


def places(rows: pd.DataFrame) -> pd.Series:
    """Each row's place as a person names it: `orders.xlsx, sheet "May", row 7`."""
    text = rows[list(SOURCE)].astype("str")
    sheet = (', sheet "' + text["source_sheet"] + '"').where(text["source_sheet"] != "", "")
    return text["source_file"] + sheet + ", row " + text["source_row"]


def describe(found: pd.DataFrame, rows: Rows, maps: Mapping[tuple[str, str], ColumnMap], timezone: str) -> pd.DataFrame:
    """The findings as problems.parquet has them, in the same order, with the file's own name of the column."""
    sources = [rows[Entity(str(entity))].loc[part["row"], list(SOURCE)] for entity, part in found.groupby("entity")]
    problems = pd.concat(sources or [rows[Entity.ORDER].iloc[:0][list(SOURCE)]], ignore_index=True)
    text = found.astype(object).where(found.notna(), None)
    problems["column"] = [
        field and maps[file, sheet].header(Entity(entity), field)
        for file, sheet, entity, field in zip(
            problems["source_file"], problems["source_sheet"], text["entity"], text["field"], strict=True
        )
    ]
    problems["value"] = found["value"].array
    problems["code"] = found["code"].array
    problems["message"] = [
        MESSAGES[code].format(
            column=column,
            value=value or "nothing",
            entity=entity.replace("_", " "),
            first=first,
            other=other or "nothing",
            timezone=timezone,
        )
        for code, column, value, entity, first, other in zip(
            text["code"], problems["column"], text["value"], text["entity"], text["first"], text["other"], strict=True
        )
    ]
    return problems.astype({"column": "str", "message": "str"})[list(PROBLEMS.names)]
