"""Normalize: a table of a file becomes rows of orders and rows of line items, in canonical columns and spellings."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import union_categoricals

from schemas.fields import FIELDS, KEY, SOURCE, Entity, Field
from schemas.mapping import ColumnMap
from schemas.tables import SourceTable
from transforms.cells import to_text
from transforms.values import Reading, canonical


@dataclass(frozen=True)
class Normalization:
    """What is known beside the cells: how to read values, words for no value, and fields that every row shares."""

    reading: Reading = field(default_factory=Reading)
    null_words: Sequence[str] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)


def normalize(table: SourceTable, mapping: ColumnMap, how: Normalization) -> dict[Entity, pd.DataFrame]:
    """The rows of a table for each entity it carries: source columns, then text in canonical spelling, or None.

    Every required field has a column; other fields only where the table or `how` gives them.
    """
    rows = {}
    for entity, headers in mapping.fields.items():
        read = partial(_column, table, headers, how)
        with ThreadPoolExecutor(pa.cpu_count()) as pool:  # Arrow does not hold Python's lock while it computes
            columns = zip(FIELDS[entity], pool.map(read, FIELDS[entity].values()), strict=True)
        given = {name: text for name, text in columns if text is not None}
        frame = _source(table)
        rows[entity] = frame.assign(**{name: pd.Series(text, frame.index, "str") for name, text in given.items()})
    return rows


def _column(table: SourceTable, headers: Mapping[str, str], how: Normalization, one: Field) -> pa.ChunkedArray | None:
    """A field of all rows in canonical spelling; None where nothing gives it and nothing asks for it."""
    count = len(table.cells)
    if one.name in headers:
        text = to_text(table.cells[headers[one.name]], how.null_words)
    elif (value := how.fixed.get(one.qualified, how.fixed.get(one.name))) is not None:
        text = pa.chunked_array([pa.repeat(to_text(pd.Series([value], dtype=object))[0], count)])
    elif one.required:
        text = pa.chunked_array([pa.nulls(count, pa.large_string())])
    else:
        return None
    return canonical(text, one.kind, how.reading).text


def stack(frames: Sequence[pd.DataFrame], entity: Entity) -> pd.DataFrame:
    """The rows of all tables in one frame with a unique index; the required columns are there even without rows."""
    text = {name: pd.Series(dtype="str") for name, one in FIELDS[entity].items() if one.required}
    nothing = pd.DataFrame(
        {"source_file": pd.Categorical([]), "source_sheet": pd.Categorical([]), "source_row": []} | text
    )
    frames = [frame for frame in frames if len(frame)] or [nothing]
    stacked = pd.concat([frame.drop(columns=["source_file", "source_sheet"]) for frame in frames], ignore_index=True)
    for name in ("source_file", "source_sheet"):
        stacked[name] = union_categoricals([frame[name] for frame in frames])
    fields = [name for name in FIELDS[entity] if name in stacked]
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


def _source(table: SourceTable) -> pd.DataFrame:
    count = len(table.cells)
    return pd.DataFrame(
        {
            "source_file": pd.Categorical.from_codes(np.zeros(count, dtype="int8"), pd.Index([table.file])),
            "source_sheet": pd.Categorical.from_codes(np.zeros(count, dtype="int8"), pd.Index([table.sheet])),
            "source_row": table.cells.index.to_numpy("int64"),
        }
    )
