"""Assigning rows to partitions: what belongs together meets, and a flat table's rows without a number follow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning import FLAT, LINE, LINES, ORDER, ORDERS, SHOP, mapped, table, text

from schemas.mapping import ColumnMap
from schemas.tables import SourceTable
from transforms.normalization import Normalization
from transforms.partition import Downward, assign
from transforms.shapes import continues

PARTS = 97
EDGES = [0, 7, 10**15, 10**18 - 1, 10**18, 10**18 + 1, 2**63 - 1]
BELOW = dict.fromkeys(("company_id", "order_number", "customer_id", "currency_id"))
HOW = Normalization()


def numbered(file: str, column: pd.Series) -> tuple[SourceTable, ColumnMap]:
    """A table whose order numbers are these."""
    row = LINE if file == LINES else ORDER
    cells = table(file, [row] * max(len(column), 1)).cells.iloc[: len(column)]
    return mapped(SourceTable(file, "", cells.assign(order_number=column.set_axis(cells.index))))


def typed(values: Sequence[Any], kind: pa.DataType) -> pd.Series:
    return pd.Series(pd.array(values, dtype=pd.ArrowDtype(kind)))


def parts_of(column: pd.Series, file: str = LINES, how: Normalization = HOW, parts: int = PARTS) -> list[int]:
    return assign(*numbered(file, column), how, parts, Downward()).tolist()


def as_text(values: Sequence[int | None]) -> pd.Series:
    return text([None if value is None else str(value) for value in values])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (EDGES, pa.int64()),
        ([-5], pa.int64()),
        ([-(2**63), -1, 10**18, 2**63 - 1], pa.int64()),
        ([*EDGES, -5], pa.int64()),
        ([*EDGES, 2**63, 2**64 - 1], pa.uint64()),
        ([-5, -1, 0, 127], pa.int8()),
        ([5, None, 10**18, None], pa.int64()),
        ([5, None], pa.int64()),
        ([None, None], pa.int64()),
        ([], pa.int64()),
    ],
    ids=str,
)
def test_a_number_goes_where_its_text_goes(values: list[int | None], kind: pa.DataType) -> None:
    assert parts_of(typed(values, kind)) == parts_of(as_text(values), ORDERS)


@settings(deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(10**18 - 9, 10**18 + 9) | st.none(), max_size=5))
def test_any_number_goes_where_its_text_goes(values: list[int | None]) -> None:
    assert parts_of(typed(values, pa.int64())) == parts_of(as_text(values))


def test_a_number_goes_to_the_same_part_whatever_stands_beside_it() -> None:
    [alone] = parts_of(typed([7], pa.int64()))
    assert [parts_of(typed([7, other], pa.int64()))[0] for other in (8, -5, 10**18, None)] == [alone] * 4
    assert parts_of(typed([7], pa.int64()), how=Normalization(null_words=("-",))) == [alone]


def test_a_whole_number_goes_to_the_same_part_in_every_spelling_that_means_it() -> None:
    objects = pd.Series([1042, 1042.0, "1042", " 1042.0 "], dtype=object)
    [alone] = parts_of(text(["1042"]))
    assert parts_of(objects) == [alone] * 4
    assert parts_of(typed([1042.0], pa.float64())) == [alone]


def test_orders_are_spread_over_all_parts_alike_in_every_process() -> None:
    for column in (typed(range(10_000), pa.int64()), text([f"SO-{at}" for at in range(10_000)])):
        counts = np.bincount(parts_of(column, parts=8), minlength=8)
        assert counts.min() > 1_000
    assert parts_of(text(["0", "1042", "SO-1", "-5"])) == [0, 30, 10, 74]  # machines that plan together must agree


def test_rows_without_a_number_are_spread_where_no_order_is_above_them() -> None:
    assert parts_of(text([None] * 6), parts=4) == [2, 3, 0, 1, 2, 3]


def test_a_table_whose_order_number_is_the_same_for_all_goes_to_one_part() -> None:
    bare = {name: value for name, value in LINE.items() if name != "order_number"}
    one, mapping = mapped(table(LINES, [bare] * 20), fixed={"order_number": "A"})
    assert len(set(assign(one, mapping, HOW, PARTS, Downward()).tolist())) == 1


def pieces(rows: Sequence[dict[str, Any]], size: int) -> tuple[list[SourceTable], ColumnMap]:
    """A flat table, in pieces of so many rows."""
    one, mapping = mapped(table(SHOP, [FLAT | row for row in rows]))
    return [replace(one, cells=one.cells.iloc[start : start + size]) for start in range(0, len(rows), size)], mapping


def gone_down(rows: Sequence[dict[str, Any]], size: int) -> tuple[list[int], bool]:
    """The partitions of the rows of a flat table that is read in pieces, and whether its orders reach down."""
    down = Downward()
    tables, mapping = pieces(rows, size)
    codes = [code for one in tables for code in assign(one, mapping, HOW, PARTS, down).tolist()]
    return codes, down.decide()


FILLED = [{"order_number": "A"}, BELOW, BELOW, {"order_number": "B"}, BELOW, {"order_number": "C"}]


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_rows_below_an_order_go_where_it_goes_also_from_one_piece_to_the_next(size: int) -> None:
    codes, reaches = gone_down(FILLED, size)
    a, b, c = parts_of(text(["A", "B", "C"]))
    assert len({a, b, c}) == 3
    assert (codes, reaches) == ([a, a, a, b, b, c], True)


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_rows_above_every_order_go_to_the_first_part(size: int) -> None:
    codes, _ = gone_down([BELOW, BELOW, {"order_number": "B"}, BELOW], size)
    [b] = parts_of(text(["B"]))
    assert codes == [0, 0, b, b]


@pytest.mark.parametrize("size", [1, 2, 3, 9])
@pytest.mark.parametrize(
    ("rows", "reaches"),
    [
        (FILLED, True),
        ([*FILLED, {"order_number": "A"}], False),
        ([{"order_number": "A"}, {"order_number": "A"}, BELOW], False),
        ([{"order_number": "A"}, BELOW, BELOW | {"order_number": "B"}], False),
        ([{"order_number": "A"}, BELOW | {"customer_id": "d"}, {"order_number": "B"}], True),
        ([{"order_number": "A"}, {"order_number": "B"}, {"order_number": "A"}], False),
        ([BELOW, BELOW], True),
    ],
    ids=["down", "far", "next", "bare", "other", "all-numbered", "none"],
)
def test_orders_reach_down_unless_a_number_stands_twice_or_alone(
    rows: list[dict[str, Any]], reaches: bool, size: int
) -> None:
    assert gone_down(rows, size)[1] == reaches


ROWS = st.sampled_from(
    [*({"order_number": one} for one in "ABCD"), BELOW, BELOW, BELOW | {"order_number": "E"}, {"order_number": None}]
)


@settings(deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=7), st.integers(1, 7))
def test_what_reaches_down_is_what_one_look_at_the_whole_table_says(rows: list[dict[str, Any]], size: int) -> None:
    whole = mapped(table(SHOP, [FLAT | row for row in rows]))[0].cells
    orders = whole[[*BELOW]].astype(object).where(whole[[*BELOW]].notna(), None)
    at_once = continues(orders, whole[["item_id"]], list(BELOW))
    below = (orders.isna().all(axis=1) & orders["order_number"].notna().cummax()).to_numpy()
    assert at_once.tolist() == (below & gone_down(rows, size)[1]).tolist()
