"""Lookups: a table translates the values of a column; what it does not have is told, what it says twice is refused."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from transforms.lookups import translate, translation

Cells = list[str | None]
WORDS = st.text("abAB ", max_size=2)


def text(cells: Cells) -> pa.ChunkedArray:
    """As reading gives it: in several chunks."""
    return pa.chunked_array([pa.array(cells[:1], pa.large_string()), pa.array(cells[1:], pa.large_string())])


def translated(cells: Cells, keys: Cells, values: Cells, *, ignore_case: bool = False) -> tuple[Cells, list[int]]:
    table = translation("customers.csv", text(keys), text(values), ignore_case=ignore_case)
    column, unknown = translate(text(cells), table)
    return column.to_pylist(), unknown.tolist()


def test_values_are_translated_and_those_that_the_table_has_not_keep_their_place_and_value() -> None:
    cells: Cells = ["a@b.c", None, "x@y.z", "d@e.f", "a@b.c"]
    assert translated(cells, ["d@e.f", "a@b.c"], ["7", "05"]) == (["05", None, "x@y.z", "7", "05"], [2])


def test_case_matters_unless_it_is_said_not_to() -> None:
    assert translated(["A@B.c"], ["a@B.C"], ["7"]) == (["A@B.c"], [0])
    assert translated(["A@B.c"], ["a@B.C"], ["7"], ignore_case=True) == (["7"], [])


def test_a_key_with_two_values_is_refused_and_named_with_both() -> None:
    with pytest.raises(InputError, match=r"customers\.csv translates a into 1 and into 2"):
        translation("customers.csv", text(["b", "a", "a", "a"]), text(["1", "1", "1", "2"]))
    with pytest.raises(InputError, match=r"translates A into 1 and into 2"):
        translation("customers.csv", text(["a", "A"]), text(["1", "2"]), ignore_case=True)
    assert translated(["a", "A"], ["a", "A"], ["1", "2"]) == (["1", "2"], [])


def test_a_key_that_stands_twice_with_one_value_is_one_key() -> None:
    assert translated(["a"], ["a", "a"], ["1", "1"]) == (["1"], [])


def test_rows_without_a_key_or_without_a_value_say_nothing() -> None:
    assert translated(["a", "b"], ["", None, "a", "a", "b"], ["1", "2", None, "3", ""]) == (["3", "b"], [1])


def test_a_table_without_rows_has_no_value() -> None:
    assert translated(["a", None], [], []) == (["a", None], [0])


def test_pandas_columns_are_taken_as_well() -> None:
    table = translation("t", pd.Series(["a", None], dtype="str"), pd.Series(["1", "2"], dtype="category"))
    assert translate(text(["a"]), table)[0].to_pylist() == ["1"]


@given(st.lists(st.none() | WORDS), st.dictionaries(WORDS.filter(bool), WORDS.filter(bool)))
def test_a_lookup_is_a_dictionary(cells: Cells, table: dict[str, str]) -> None:
    column, unknown = translated(cells, list(table), list(table.values()))
    assert column == [None if cell is None else table.get(cell, cell) for cell in cells]
    assert unknown == [at for at, cell in enumerate(cells) if cell is not None and cell not in table]
