"""Plan in parts: read as one, in the same order and at the same positions whatever its parts are."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import plan_files, plan_reader
from adapters.merge import merge
from adapters.plan_files import PlanFiles
from schemas.plan import PLAN, ROWS
from schemas.problems import PROBLEMS

Key = tuple[int, str]
NO_PROBLEMS = pd.DataFrame({name: pd.Series(dtype="object") for name in PROBLEMS.names})


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is read or written at a time has a few rows."""
    monkeypatch.setattr(plan_files, "PLAN_GROUP", 7)
    monkeypatch.setattr(plan_reader, "PORTION", 10)
    monkeypatch.setattr(plan_reader, "LEAST", 2)


def planned(path: Path, parts: Sequence[Sequence[Key]]) -> PlanFiles:
    """A plan with these orders in its parts."""
    plan = PlanFiles(path)
    for folder in plan.folders:
        folder.mkdir(parents=True)
    for number, part in enumerate(parts):
        keys = sorted(part)
        columns = {name: pa.nulls(len(keys), PLAN.field(name).type) for name in PLAN.names} | {
            "company_id": [company for company, _ in keys],
            "order_number": [name for _, name in keys],
            "body": [f"{company}/{name}" for company, name in keys],
        }
        plan.write_part(number, pa.table(columns, schema=PLAN), ROWS.empty_table, NO_PROBLEMS)
    plan.finish()
    return plan


def read(plan: PlanFiles, start: int = 0) -> list[tuple[int, list[Key]]]:
    """Positions, and the orders of each portion."""
    found = []
    for position, orders in plan.portions(["body"], start):
        rows = orders.to_pylist()
        assert all(row["body"] == f"{row['company_id']}/{row['order_number']}" for row in rows)
        found.append((position, [(row["company_id"], row["order_number"]) for row in rows]))
    return found


def dealt(count: int, parts: int, companies: int = 3) -> list[list[Key]]:
    """So many orders, dealt out to parts as a hash does."""
    keys = [(1 + at % companies, f"N{at * 7919 % 100_003:06}") for at in range(count)]
    return [[key for key in keys if hash(key[1]) % parts == part] for part in range(parts)]


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_the_parts_are_read_as_one_plan_sorted_by_company_and_number(tmp_path: Path, parts: int) -> None:
    dealing = dealt(200, parts)
    portions = read(planned(tmp_path, dealing))
    assert [key for _, keys in portions for key in keys] == sorted(key for part in dealing for key in part)
    assert all(len({company for company, _ in keys}) == 1 for _, keys in portions)
    assert max(len(keys) for _, keys in portions) <= 10


def test_the_portions_of_a_company_lie_one_after_the_other(tmp_path: Path) -> None:
    portions = read(planned(tmp_path, dealt(200, 5)))
    assert [company for company, _ in groupby(keys[0][0] for _, keys in portions)] == [1, 2, 3]


@pytest.mark.parametrize("parts", [1, 4])
def test_reading_from_a_position_gives_what_reading_all_gives_from_there(tmp_path: Path, parts: int) -> None:
    plan = planned(tmp_path, dealt(200, parts, companies=2))
    whole = read(plan)
    positions = [position for position, _ in whole]
    assert positions == sorted(positions)
    assert set(positions) == set(range(max(positions) + 1))
    assert max(positions) >= 200 // parts // 7 - 2
    for start in range(max(positions) + 3):
        before = [key for position, keys in whole if position < start for key in keys]
        behind = [(position, key) for position, keys in whole if position >= start for key in keys]
        assert [(position, key) for position, keys in read(plan, start) for key in keys] == behind
        assert plan.orders_before(start) == len(before)


def test_positions_do_not_depend_on_how_much_is_read_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(tmp_path, dealt(200, 4))
    one = [(position, key) for position, keys in read(plan) for key in keys]
    monkeypatch.setattr(plan_reader, "PORTION", 1000)
    monkeypatch.setattr(plan_reader, "LEAST", 50)
    assert [(position, key) for position, keys in read(plan) for key in keys] == one


def test_what_is_before_a_position_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(tmp_path, dealt(300, 3, companies=1))
    last = max(position for position, _ in read(plan))
    groups: list[int] = []
    read_group = pq.ParquetFile.read_row_group

    def noted(file: pq.ParquetFile, group: int, **others: Any) -> pa.Table:
        groups.append(group)
        return read_group(file, group, **others)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", noted)
    assert plan.orders_before(last) > 200
    assert len(groups) <= 1 + 3  # that which has the position, and one of each part


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 3), st.text("ab\x7fé😀", max_size=3))), max_size=5), st.integers(1, 4)
)
@settings(deadline=None)
def test_streams_are_merged_as_sorting_them_all_would(streams: list[list[Key]], size: int) -> None:
    def batches(number: int, rows: list[Key]) -> Iterator[pa.RecordBatch]:
        rows = sorted(rows, key=lambda row: (row[0], row[1].encode()))
        for at in range(0, len(rows), size):
            some = rows[at : at + size]
            yield pa.record_batch(
                {"a": [row[0] for row in some], "b": [row[1] for row in some], "of": [number] * len(some)}
            )

    every = [(*row, number) for number, rows in enumerate(streams) for row in rows]
    tables = list(merge([batches(number, rows) for number, rows in enumerate(streams)], ["a", "b"]))
    merged = [(row["a"], row["b"], row["of"]) for table in tables for row in table.to_pylist()]
    assert merged == sorted(every, key=lambda row: (row[0], row[1].encode(), row[2]))
    assert all(table.num_rows <= 3 * size * len(streams) for table in tables)


def test_a_plan_whose_parts_have_no_orders_has_no_portions(tmp_path: Path) -> None:
    plan = planned(tmp_path, [[], []])
    assert (read(plan), read(plan, 1), plan.orders_before(1)) == ([], [], 0)


def test_a_company_whose_orders_are_in_many_parts_is_cut_into_full_portions(tmp_path: Path) -> None:
    portions = read(planned(tmp_path, dealt(400, 4, companies=1)))
    sizes = [len(keys) for _, keys in portions]
    assert sum(sizes) == 400
    assert all(first[-1] < second[0] for (_, first), (_, second) in pairwise(portions))
