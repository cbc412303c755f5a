"""Survey: what the parts of a table prove together is what the whole proves, and each part is read by it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning import FLAT, SHOP, mapped, table

from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.profile import Profile
from schemas.tables import SourceTable
from transforms.day_month import DAY_FIRST, MONTH_FIRST
from transforms.ids import OTHER, WHOLE
from transforms.lookups import translation
from transforms.normalization import IDS, Normalization
from transforms.normalize import normalize
from transforms.numbers import TWOFOLD
from transforms.reading import Reading
from transforms.survey import Survey, merged, survey, survey_notices

HOW = Normalization()
SERIAL, UNPROVED = "day number", "date in both orders"
Rows = Sequence[Mapping[str, Any]]


def taken(rows: Rows, profile: Profile | None = None) -> tuple[SourceTable, ColumnMap]:
    """A flat table; what is given replaces cells of FLAT."""
    return mapped(table(SHOP, [FLAT | dict(row) for row in rows]), profile)


def cut(one: SourceTable, size: int) -> list[SourceTable]:
    starts = range(0, max(len(one.cells), 1), size)
    return [replace(one, cells=one.cells.iloc[start : start + size]) for start in starts]


def surveyed(one: SourceTable, mapping: ColumnMap, size: int, how: Normalization = HOW) -> Survey:
    """What its parts of so many rows prove together."""
    return reduce(merged, [survey(part, mapping, how) for part in cut(one, size)], {})


def marks(column: str, cells: Sequence[Any], size: int = 99, **reading: Any) -> dict[str, int]:
    """The marks of a column of text, with the rows that show them."""
    one, mapping = taken([{column: cell} for cell in cells])
    found = surveyed(one, mapping, size, Normalization(Reading(**reading)))
    return next((dict(shown) for (headers, _, _), shown in found.items() if headers == (column,)), {})


MARKED: list[tuple[str, list[str | None], dict[str, int]]] = [
    ("unit_amount", ["1.5", "2"], {".": 2}),
    ("unit_amount", ["1", "2,5", "3,5"], {",": 3}),
    ("unit_amount", ["1,234", "2", "1,5", "2.5"], {TWOFOLD: 2, ",": 4, ".": 5}),
    ("unit_amount", [None, "7"], {}),
    ("order_date", ["03/04/2024", None, "25/04/2024"], {UNPROVED: 2, DAY_FIRST: 4}),
    ("order_date", ["04/25/2024", "25/04/2024"], {MONTH_FIRST: 2, DAY_FIRST: 3}),
    ("order_date", ["2024-01-22", "nonsense"], {}),
    ("order_number", ["1.0", "2.0"], {WHOLE: 2}),
    ("order_number", ["1.0", None, "A"], {WHOLE: 2, OTHER: 4}),
    ("customer_id", ["x", "5.0"], {OTHER: 2, WHOLE: 3}),
    ("status", ["1,234", "2,5"], {}),
]


@pytest.mark.parametrize("size", [1, 2, 99])
@pytest.mark.parametrize(("column", "cells", "shown"), MARKED, ids=range(len(MARKED)))
def test_each_mark_has_the_first_row_that_shows_it_in_whatever_parts(
    column: str, cells: list[str | None], shown: dict[str, int], size: int
) -> None:
    assert marks(column, cells, size) == shown


def test_what_is_no_text_says_itself_what_it_is_but_for_day_numbers() -> None:
    cells = taken([{"order_date": "1"}] * 2)[0].cells
    for column, kind in (
        ("unit_amount", pa.float64()),
        ("order_date", pa.timestamp("us")),
        ("order_number", pa.int64()),
    ):
        given = replace(taken([{"order_date": "1"}] * 2)[0], cells=cells.assign(**{column: _typed([1, 2], kind)}))
        found = survey(given, taken([{"order_date": "1"}])[1], HOW)
        assert [key for key in found if key[0] == (column,)] == []
    given = replace(
        taken([{"order_date": "1"}] * 2)[0], cells=cells.assign(order_date=_typed([45000, 45001], pa.int64()))
    )
    found = survey(given, taken([{"order_date": "1"}])[1], HOW)
    assert {key: dict(one) for key, one in found.items() if key[2] == "date"} == {
        (("order_date",), None, "date"): {SERIAL: 2}
    }


def _typed(values: Sequence[Any], kind: pa.DataType) -> pd.Series:
    array = pa.array(values, pa.int64()).cast(kind)
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([array])), index=[2, 3])


def test_a_column_that_is_translated_or_divides_another_is_surveyed_as_it_is_read() -> None:
    how = {
        "lookup": {"customer_id": {"file": "c.csv", "from": "a", "to": "customer_id"}},
        "line_items": {"unit_amount": {"columns": "total", "divide_by": "pack"}},
    }
    rows = [{"customer_id": "a", "pack": "1,5", "total": "3", "unit_amount": None}]
    one, mapping = taken(rows, Profile.model_validate(how))
    tables = {"customer_id": translation("c.csv", pd.Series(["a"]), pd.Series(["7.0"]), ignore_case=False)}
    found = survey(one, mapping, Normalization(lookups=tables))
    assert found[("customer_id",), "customer_id", IDS] == {WHOLE: 2}
    assert found[("pack",), None, "quantity"] == {",": 2}


def test_the_notices_are_those_of_the_whole_read_at_once() -> None:
    rows = [
        {"order_number": "1.0", "order_date": "03/04/2024", "unit_amount": "1,234"},
        {"order_number": "2.0", "order_date": "25/04/2024", "unit_amount": "2,5"},
    ]
    one, mapping = taken(rows)
    at_once = [notice for entity in normalize(one, mapping, HOW).values() for notice in entity.notices]
    assert len(set(at_once)) == 3
    for size in (1, 2):
        found = surveyed(one, mapping, size)
        assert sorted(set(survey_notices(one, mapping, HOW, found))) == sorted(set(at_once))
    assert not list(survey_notices(one, mapping, HOW, {}))


CELLS = {
    "unit_amount": ["1,234", "1.234", "2,5", "2.5", "3", "x", None],
    "quantity": ["1,5", "1.000", "2"],
    "order_date": ["03/04/2024", "25/04/2024", "04/25/2024", "05/05/2024", "2024-01-22", None],
    "order_number": ["1.0", "2.0", "A", "3", None],
    "customer_id": ["7.0", "c", "8.0"],
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}), min_size=1, max_size=6
)


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(1, 6), st.sampled_from([None, ".", ","]), st.sampled_from([None, "%d/%m/%Y"]))
def test_each_part_is_read_as_the_whole_is_by_what_all_parts_prove(
    rows: Rows, size: int, decimal: str | None, date_format: str | None
) -> None:
    how = Normalization(Reading(decimal=decimal, date_format=date_format), fills_down=False)
    one, mapping = taken(rows)
    whole = normalize(one, mapping, how)
    told = replace(how, marks=surveyed(one, mapping, size, how))
    parts = [normalize(part, mapping, told) for part in cut(one, size)]
    for entity in Entity:
        rows_ = pd.concat([part[entity].rows.astype(object) for part in parts])
        expected = whole[entity].rows.astype(object)
        pd.testing.assert_frame_equal(rows_.reset_index(drop=True), expected.reset_index(drop=True), check_names=False)
        doubts = [
            (row + start, *rest)
            for start, part in zip(range(0, len(one.cells), size), parts, strict=True)
            for row, *rest in part[entity].doubts[["row", "code", "field"]].itertuples(index=False)
        ]
        assert sorted(doubts) == sorted(map(tuple, whole[entity].doubts[["row", "code", "field"]].to_numpy().tolist()))
        assert [part[entity].notices for part in parts] == [[]] * len(parts)


def dated(*cells: Any) -> list[list[str]]:
    """The doubts of each of two rows at a time, read by what all rows prove."""
    one, mapping = taken([{"order_date": None}] * len(cells))
    column = pd.Series(cells, index=one.cells.index, dtype=object)
    one = replace(one, cells=one.cells.assign(order_date=column))
    told = replace(HOW, marks=surveyed(one, mapping, 2))
    return [normalize(part, mapping, told)[Entity.ORDER].doubts["code"].tolist() for part in cut(one, 2)]


def test_a_typed_date_is_probably_swapped_if_no_text_of_any_part_has_both_orders() -> None:
    typed, proof = pd.Timestamp(2024, 4, 3), "25/04/2024"
    assert dated(typed, None, proof) == [["swapped_date"], []]
    assert dated(typed, proof, "03/04/2024") == [[], []]


@pytest.mark.parametrize(
    ("column", "proof", "cell", "means"),
    [
        ("unit_amount", "2,5", "1,234", "1.234"),
        ("unit_amount", "2.5", "1,234", "1234"),
        ("order_date", "25/04/2024", "03/04/2024", "2024-04-03T00:00:00.000Z"),
        ("order_date", "04/25/2024", "03/04/2024", "2024-03-04T00:00:00.000Z"),
        ("order_number", "A", "1.0", "1.0"),
        ("order_number", "2.0", "1.0", "1"),
    ],
)
def test_a_part_is_read_by_what_another_proves(column: str, proof: str, cell: str, means: str) -> None:
    one, mapping = taken([{column: cell}, {column: proof}])
    told = replace(HOW, marks=surveyed(one, mapping, 1))
    entity = Entity.LINE_ITEM if column == "unit_amount" else Entity.ORDER
    [first, _] = [normalize(part, mapping, told)[entity] for part in cut(one, 1)]
    assert first.rows[column].tolist() == [means]
    assert first.doubts.empty


@pytest.mark.parametrize("reaches", [True, False])
def test_rows_below_an_order_are_its_only_if_the_whole_table_says_so(reaches: bool) -> None:
    below = dict.fromkeys(("company_id", "order_number", "customer_id", "currency_id"))
    one, mapping = taken([{"order_number": "A"}, below])
    rows = normalize(one, mapping, replace(HOW, fills_down=reaches))[Entity.LINE_ITEM].rows
    assert rows["order_number"].astype(object).where(rows["order_number"].notna(), None).tolist() == [
        "A",
        "A" if reaches else None,
    ]
    assert np.shape(rows)[0] == 2
