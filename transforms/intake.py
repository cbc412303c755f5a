"""Intake: the tables of all files as two frames, orders and line items, with what is wrong in single rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.tables import SourceTable
from transforms.findings import gather
from transforms.normalize import Normalization, inherit_company, normalize, stack
from transforms.validate import malformed, validate


@dataclass(frozen=True)
class Intake:
    """All rows of the input in canonical spelling, and the findings in them.

    `repeated` tells of each row of `orders` whether its table repeats an order on each of its lines.
    """

    orders: pd.DataFrame
    lines: pd.DataFrame
    repeated: np.ndarray
    findings: pd.DataFrame


def take_in(tables: Sequence[tuple[SourceTable, ColumnMap]], how: Normalization) -> Intake:
    """Normalize, stack and validate the rows of all tables; every problem of every row is found."""
    rows: dict[Entity, list[pd.DataFrame]] = {entity: [] for entity in Entity}
    flat = [np.zeros(0, dtype=bool)]
    for table, mapping in tables:
        for entity, frame in normalize(table, mapping, how).items():
            rows[entity].append(frame)
            if entity is Entity.ORDER:
                flat.append(np.full(len(frame), len(mapping.fields) == len(Entity)))
    repeated = np.concatenate(flat)
    given = stack(rows[Entity.ORDER], Entity.ORDER)
    orders = inherit_company(given, given, heirs=repeated)
    lines = inherit_company(stack(rows[Entity.LINE_ITEM], Entity.LINE_ITEM), orders)
    stacked: Mapping[Entity, pd.DataFrame] = {Entity.ORDER: orders, Entity.LINE_ITEM: lines}
    shapes = [
        malformed(table, stacked[entity], entity)
        for table, mapping in tables
        if table.malformed
        for entity in mapping.fields
    ]
    found = gather([*shapes, *(validate(frame, entity) for entity, frame in stacked.items())])
    return Intake(orders, lines, repeated, found)
