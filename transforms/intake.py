"""Intake: the tables of all files as two frames, orders and line items, with what is wrong in single rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.tables import SourceTable
from transforms.findings import gather
from transforms.normalization import Normalization
from transforms.normalize import in_words, normalize
from transforms.stack import inherit_company, stack
from transforms.validate import malformed, validate


@dataclass(frozen=True)
class Understood:
    """A table whose columns are understood, and how its cells are read."""

    table: SourceTable
    mapping: ColumnMap
    how: Normalization


@dataclass(frozen=True)
class Intake:
    """All rows of the input in canonical spelling, and the findings in them.

    `repeated` tells of each row of `orders` whether its table repeats an order on each of its lines; `notices` what
    reading the cells has found out, `counts` what was made of how many rows (`transforms.normalize.in_words`).
    """

    orders: pd.DataFrame
    lines: pd.DataFrame
    repeated: np.ndarray
    findings: pd.DataFrame
    notices: list[str]
    counts: Counter[str]

    @property
    def told(self) -> list[str]:
        """All that reading the cells has found out."""
        return [*self.notices, *in_words(self.counts)]


def take_in(tables: Sequence[Understood]) -> Intake:
    """Normalize, stack and validate the rows of all tables; every problem of every row is found."""
    rows: dict[Entity, list[pd.DataFrame]] = {entity: [] for entity in Entity}
    flat = [np.zeros(0, dtype=bool)]
    doubts: list[pd.DataFrame] = []
    notices: list[str] = []
    counts: Counter[str] = Counter()
    for one in tables:
        for entity, normalized in normalize(one.table, one.mapping, one.how).items():
            before = sum(map(len, rows[entity]))
            doubts.append(normalized.doubts.assign(row=normalized.doubts["row"] + before))
            notices += normalized.notices
            counts.update(normalized.counts)
            rows[entity].append(normalized.rows)
            if entity is Entity.ORDER:
                flat.append(np.full(len(normalized.rows), one.mapping.is_flat))
    repeated = np.concatenate(flat)
    given = stack(rows[Entity.ORDER], Entity.ORDER)
    orders = inherit_company(given, given, heirs=repeated)
    lines = inherit_company(stack(rows[Entity.LINE_ITEM], Entity.LINE_ITEM), orders)
    stacked: Mapping[Entity, pd.DataFrame] = {Entity.ORDER: orders, Entity.LINE_ITEM: lines}
    shapes = [
        malformed(one.table, stacked[entity], entity)
        for one in tables
        if one.table.malformed
        for entity in one.mapping.fields
    ]
    found = gather([*shapes, *doubts, *(validate(frame, entity) for entity, frame in stacked.items())])
    # What is known of a cell for sure comes first; a second finding in it only follows from the first.
    again = found["field"].notna() & found.duplicated(["entity", "row", "field"])
    return Intake(orders, lines, repeated, found[~again].reset_index(drop=True), list(dict.fromkeys(notices)), counts)
