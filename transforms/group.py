"""Group: line items join their orders by company and order number; what does not fit together is found here."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.fields import FIELDS, KEY, NAMED, SOURCE, Entity
from transforms.arrow import text_array
from transforms.currencies import contradicts
from transforms.findings import findings, gather, places


@dataclass(frozen=True)
class Groups:
    """All rows with the number of the order each belongs to: 0, 1, ... in the order of first appearance.

    `orders` and `lines` are the stacked rows; `order_of` and `line_of` their order numbers, one per row; `head` is the
    first `orders` row of each number, or -1 where there is none. A row without an order number is an order of its own.
    """

    orders: pd.DataFrame
    lines: pd.DataFrame
    order_of: np.ndarray
    line_of: np.ndarray
    head: np.ndarray

    @property
    def count(self) -> int:
        """How many orders, those of which only line items exist included."""
        return len(self.head)

    @property
    def known(self) -> np.ndarray:
        """Which orders have a row of their own."""
        return self.head >= 0


def group(orders: pd.DataFrame, lines: pd.DataFrame) -> Groups:
    """Number the orders by (company_id, order_number) and say which rows belong to each."""
    keys = pd.concat([_keys(orders), _keys(lines)], ignore_index=True)
    codes, uniques = pd.factorize(keys)
    order_of, line_of = codes[: len(orders)], codes[len(orders) :]
    head = np.full(len(uniques), -1, dtype="int64")
    head[order_of[::-1]] = np.arange(len(orders))[::-1]
    return Groups(orders, lines, order_of, line_of, head)


def check_groups(groups: Groups, repeated: np.ndarray) -> pd.DataFrame:
    """Find orders without line items, line items without an order, what is given twice, and rows of one that disagree.

    `repeated` tells for each `orders` row whether it comes from a table that repeats the order on each of its lines.
    """
    orders, lines = groups.orders, groups.lines
    with_lines = np.zeros(groups.count, dtype=bool)
    with_lines[groups.line_of] = True
    bare = groups.head[groups.known & ~with_lines]
    twice = _duplicates(groups, repeated)
    orphan = np.flatnonzero(~groups.known[groups.line_of] & lines["order_number"].notna().to_numpy())
    return gather(
        [
            findings(Entity.ORDER, bare, code="no_line_items", value=orders["order_number"].iloc[bare]),
            findings(Entity.LINE_ITEM, orphan, code="no_order", value=lines["order_number"].iloc[orphan]),
            twice,
            _overlaps(groups, groups.order_of[twice["row"]]),
            *_other_currencies(groups),
            *_conflicts(groups, repeated),
        ]
    )


def excuse(missing: pd.DataFrame, groups: Groups, repeated: np.ndarray) -> pd.DataFrame:
    """The findings without those of empty fields for which another row speaks.

    An order field that a repeated row leaves empty may stand in another row of the order. The company of a line item is
    that of its order; it is asked for only where several companies have that order number.
    """
    empty = missing["code"] == "missing"
    suspect = empty & (missing["entity"] == Entity.ORDER.value) & ~missing["field"].isin(KEY)
    keep = np.ones(len(missing), dtype=bool)
    for name, part in missing[suspect].groupby("field"):
        rows = part["row"].to_numpy()
        given = groups.orders[name].notna().to_numpy()
        stated = np.zeros(groups.count, dtype=bool)
        stated[groups.order_of[given]] = True
        keep[part.index] = ~(repeated[rows] & stated[groups.order_of[rows]])
    homeless = missing[empty & (missing["entity"] == Entity.LINE_ITEM.value) & (missing["field"] == "company_id")]
    if len(homeless):
        claimed = groups.orders.loc[groups.orders["company_id"].notna(), "order_number"].dropna()
        keep[homeless.index] = groups.lines["order_number"].iloc[homeless["row"]].isin(claimed).to_numpy()
    return missing[keep].reset_index(drop=True)


def fill_heads(groups: Groups) -> pd.DataFrame:
    """One row per order that has one, in the order of first appearance: each field's first value that is not empty."""
    fields = [name for name in FIELDS[Entity.ORDER] if name in groups.orders]
    known = np.flatnonzero(groups.known)
    heads = groups.orders.iloc[groups.head[known]].set_axis(known)
    if len(known) < len(groups.orders):
        filled = groups.orders[fields].groupby(groups.order_of).first()
        heads = heads.assign(**{name: filled[name].reindex(known) for name in fields if heads[name].isna().any()})
    return heads


def _keys(rows: pd.DataFrame) -> pd.Series:
    key = rows["company_id"].fillna("") + "\x1f" + rows["order_number"]
    if key.isna().any():
        source = rows[list(SOURCE)].astype("str")
        own = "\x1e" + source["source_file"] + "\x1f" + source["source_sheet"] + "\x1f" + source["source_row"]
        key = key.fillna(own)
    return key


def _duplicates(groups: Groups, repeated: np.ndarray) -> pd.DataFrame:
    """Every further row of an order, unless all its rows repeat the order on its lines, in one and the same table.

    Exports often overlap: an order that stands in two of them would get its line items twice.
    """
    first = groups.head[groups.order_of]
    row = np.arange(len(groups.orders))
    single = np.zeros(groups.count, dtype=bool)
    single[groups.order_of[~repeated]] = True  # has a row that is meant to be the only one
    table = _tables(groups.orders)
    elsewhere = table != table[first]
    again = np.flatnonzero((row != first) & (single[groups.order_of] | elsewhere))
    place = places(groups.orders.iloc[first[again]])
    number = groups.orders["order_number"].iloc[again]
    return findings(Entity.ORDER, again, code="duplicate_order", field="order_number", value=number, first=place)


def _overlaps(groups: Groups, known: np.ndarray) -> pd.DataFrame:
    """Line items that another table has given before, alike in all that tells them apart: exports often overlap.

    In one table two alike are two line items. Of the `known` orders it is said already that they stand twice.
    """
    lines, table = groups.lines, _tables(groups.lines)
    first_table = np.full(groups.count, -1, dtype="int64")
    first_table[groups.line_of[::-1]] = table[::-1]
    several = np.zeros(groups.count, dtype=bool)
    several[groups.line_of[table != first_table[groups.line_of]]] = True
    several[known] = False
    rows = np.flatnonzero(several[groups.line_of])
    if not len(rows):
        return findings(Entity.LINE_ITEM, [], code="repeated_line_item")
    marks = [name for name in FIELDS[Entity.LINE_ITEM] if name in lines and name not in KEY]
    suspects = lines[marks].iloc[rows].assign(order=groups.line_of[rows], table=table[rows], row=rows)
    firsts = suspects.drop_duplicates(["order", *marks])
    found = suspects.merge(firsts, on=["order", *marks], suffixes=("", "_first"))
    again = found[found["table"] != found["table_first"]]
    place = places(lines.iloc[again["row_first"]])
    item = lines["item_id"].iloc[again["row"]]
    return findings(Entity.LINE_ITEM, again["row"], code="repeated_line_item", field="item_id", value=item, first=place)


def _other_currencies(groups: Groups) -> list[pd.DataFrame]:
    """Amounts whose cell names another currency than their order has."""
    first = groups.orders["currency_id"].groupby(groups.order_of).first().reindex(range(groups.count))
    found = []
    for entity, rows, of in (
        (Entity.ORDER, groups.orders, groups.order_of),
        (Entity.LINE_ITEM, groups.lines, groups.line_of),
    ):
        for name in [name for name in FIELDS[entity] if name + NAMED in rows]:
            currency = first.iloc[of]
            at = contradicts(text_array(rows[name + NAMED]), text_array(currency))
            value, other = rows[name + NAMED].iloc[at].str.replace(" ", " or "), currency.iloc[at]
            found.append(findings(entity, at, code="other_currency", field=name, value=value, other=other))
    return found


def _tables(rows: pd.DataFrame) -> np.ndarray:
    """Numbers of the tables that the rows stand in."""
    codes: np.ndarray = rows.groupby(["source_file", "source_sheet"], observed=True, sort=False).ngroup().to_numpy()
    return codes


def _conflicts(groups: Groups, repeated: np.ndarray) -> list[pd.DataFrame]:
    """Every value that differs from the first one of its order, in tables that repeat the order on each line."""
    rows = np.flatnonzero(repeated)
    if not len(rows):
        return []
    found = []
    for name in FIELDS[Entity.ORDER]:
        if name in KEY or name not in groups.orders:
            continue
        column = groups.orders[name]
        given = np.flatnonzero(column.notna().to_numpy())
        first = np.full(groups.count, -1, dtype="int64")
        first[groups.order_of[given[::-1]]] = given[::-1]
        mine = rows[column.notna().to_numpy()[rows]]
        of = first[groups.order_of[mine]]
        values, firsts = column.iloc[mine], column.iloc[of]
        differs = (values.array != firsts.array).astype(bool)
        if not differs.any():
            continue
        place = places(groups.orders.iloc[of[differs]][list(SOURCE)])
        found.append(
            findings(
                Entity.ORDER,
                mine[differs],
                code="conflicting_values",
                field=name,
                value=values[differs],
                first=place,
                other=firsts[differs],
            )
        )
    return found
