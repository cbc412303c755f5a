"""The corpus: files as people have them go through the real command, and come out right or wrong in the right cell."""

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from corpus import (
    cells,
    dates,
    lookups,
    numbers,
    other_formats,
    shapes,
    shared_files,
    tables_among_others,
    text_exports,
    text_shapes,
    workbook_tables,
)
from corpus.case import SHARED, Case, Make, lookup
from planted import given_away

from schemas.run import RunRecord

MODULES = (
    *(text_exports, text_shapes, workbook_tables, tables_among_others, other_formats),
    *(dates, numbers, cells, shapes, lookups, shared_files),
)
CASES = [case for module in MODULES for case in module.CASES]
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")


def in_folder(folder: Path, case: Case) -> list[str]:
    """Put the files of a case where the command runs, and give the arguments that name them."""
    for name, content in {**case.files, **case.beside}.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    if case.profile is None:
        return [*case.files, *case.options]
    profile = case.profile if isinstance(case.profile, str) else case.profile.read_text()
    (folder / "profile.toml").write_text(profile)
    return [*case.files, *case.options, "--profile", "profile.toml"]


def _problems(folder: Path) -> set[tuple[str, int, str | None, str]]:
    return {
        (row["source_sheet"] or row["source_file"], row["source_row"], row["column"], row["code"])
        for row in pq.read_table(folder / "problems.parquet").to_pylist()
    }


@pytest.mark.parametrize("make", CASES)
def test_a_file_is_read_right_or_its_problems_are_told_cell_by_cell(
    in_process: Any, tmp_path: Path, make: Make
) -> None:
    case = make()
    ran = in_process("plan", *in_folder(tmp_path, case), "--json")
    if case.refused:
        assert ran.code == 2, ran.err
        assert [words for words in case.refused if not re.search(words, ran.complaint, re.IGNORECASE)] == []
        assert not list(tmp_path.glob("workspace/runs/*"))
        return
    assert ran.code in (0, 1), ran.err
    [folder] = tmp_path.glob("workspace/runs/*")
    record = RunRecord.model_validate_json((folder / "run.json").read_bytes())
    told = _problems(folder)
    assert (sorted(map(str, told - case.problems)), sorted(map(str, case.problems - told))) == ([], []), record.notices
    assert given_away(folder) == set()
    plan = pq.read_table(folder / "plan").to_pylist()
    amounts: Counter[str] = Counter()
    for order in plan:
        amounts[order["currency_id"]] += order["amount"]
    assert len(plan) == case.orders
    assert sum(len(order["line_items"]) for order in plan) == case.lines
    assert dict(amounts) == {currency: Decimal(amount) for currency, amount in case.amounts.items()}
    assert ran.json["orders"]["invalid"] == case.invalid
    assert ran.code == (1 if case.invalid else 0)
    said = "\n".join(record.notices)
    assert [words for words in case.notices if not re.search(words, said, re.IGNORECASE)] == [], said
    assert [words for words in case.silent if re.search(words, said, re.IGNORECASE)] == [], said
    bodies = {order["order_number"]: orjson.loads(order["body"]) for order in plan}
    wanted = {(number, path): value for number, values in case.sent.items() for path, value in values.items()}
    assert {(number, path): lookup(bodies.get(number), path) for number, path in wanted} == wanted


@needs_shared
@pytest.mark.parametrize("name", shared_files.NO_ORDERS)
def test_a_file_that_has_no_orders_is_refused_in_one_line(in_process: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes((shared_files.TRAPS / name).read_bytes())
    ran = in_process("plan", name, "--company-id", "7")
    assert ran.code == 2, ran.err
    assert name in ran.complaint
    assert not list(tmp_path.glob("workspace/runs/*"))


@needs_shared
def test_the_corpus_has_every_shared_file() -> None:
    given = {path for case in shared_files.CASES for path in case.values[0]().files.values()}
    given |= {shared_files.TRAPS / name for name in shared_files.NO_ORDERS}
    files = {path for path in SHARED.glob("*/*") if path.parent.name != "northwind" or "order" in path.name}
    assert files - given == set()
    assert len(CASES) > 100
