"""A large input is planned in partitions, and comes out as if it had been planned at once."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow.parquet as pq
import pytest
from corpus.case import Make
from hypothesis import given
from hypothesis import strategies as st
from layouts.faults import plant
from layouts.orders import Order, orders
from layouts.tables import tables_of
from layouts.ways import WAYS, Way
from layouts.writing import write
from test_corpus import CASES, in_folder
from test_layouts import many

import flows.opening
import flows.plan
import flows.split
from adapters.ledger import Ledger
from adapters.workspace import RunFolder, Workspace
from flows.plan import plan
from flows.plan_part import Split
from flows.settings import Options
from schemas.errors import Mend
from schemas.run import RunRecord

TARGET = "http://127.0.0.1:9"
FEW = 3  # partitions
SINCE, UNTIL = st.dates(date(1990, 1, 1), date(2014, 1, 1)), st.dates(date(2014, 1, 1), date(2037, 12, 31))
ORDER_KEY, PLACE = ["company_id", "order_number"], ["source_file", "source_sheet", "source_row"]


class Here:
    """Plans partitions one after the other, in this process."""

    def __init__(self, _killed: Exception) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, work: Callable[[int], Any], numbers: Sequence[int]) -> Iterator[Any]:
        return map(work, numbers)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is done a number of rows at a time has several times to do it."""
    monkeypatch.setattr(flows.split, "CHUNK", 7)
    monkeypatch.setattr(flows.opening, "HEAD", 3)
    monkeypatch.setattr(flows.plan, "Processes", Here)
    monkeypatch.setattr(flows.plan, "count_parts", lambda _, options: FEW if options.partition_rows == FEW else 1)


def said(folder: RunFolder, record: RunRecord) -> dict[str, Any]:
    """All that planning says of its inputs, but for the order in which it says it."""
    plans = pq.read_table(folder.path / "plan").to_pandas().sort_values(ORDER_KEY)
    rows = pq.read_table(folder.path / "rows").to_pandas().sort_values([*PLACE, "entity"])
    problems = pq.read_table(folder.problems)
    rejects = (
        pd.read_excel(folder.rejects, sheet_name=None, header=None, engine="calamine")
        if folder.rejects.exists()
        else {}
    )
    kept = record.model_dump(exclude={"run_id", "settings", "planned_at", "inputs", "finished_at"})
    return {
        "plan": [str(order) for order in plans.to_dict("records")],
        "rows": [str(row) for row in rows.to_dict("records")],
        "problems": sorted(map(str, problems.to_pylist())),
        "record": kept | {"notices": sorted(kept["notices"])},
        "rejects": {name: sheet.astype(str).to_numpy().tolist() for name, sheet in rejects.items()},
    }


def outcome(inputs: Sequence[str], options: Options) -> dict[str, Any]:
    ledger = Ledger("sqlite://")
    folder = Workspace(options.workspace).new_run()
    try:
        return said(folder, plan(inputs, options, TARGET, ledger, folder))
    except Mend as error:
        return {"error": str(error)}
    finally:
        ledger.close()


def same_in_partitions(folder: Path, inputs: Sequence[str], profile: str | None, **days: date) -> dict[str, Any]:
    """The outcome, which is the same at once and in partitions."""
    options = Options(workspace=folder / "workspace", profile=profile, **days)
    whole = outcome(inputs, options)
    parts = outcome(inputs, options.model_copy(update={"partition_rows": FEW}))
    assert parts == whole
    return whole


@pytest.mark.parametrize("make", CASES)
def test_a_file_is_planned_in_partitions_as_it_is_at_once(in_process: Any, tmp_path: Path, make: Make) -> None:
    arguments = in_folder(tmp_path, make())
    whole = in_process("plan", *arguments, "--json")
    parts = in_process("plan", *arguments, "--json", "--partition-rows", FEW)
    assert parts.code == whole.code
    if not whole.out:
        assert parts.err == whole.err
        return
    assert told(parts.out) == told(whole.out)


def told(out: str) -> dict[str, Any]:
    folder = RunFolder(Path(json.loads(out)["report"]).parent)
    return said(folder, folder.record())


@many
@given(orders(), WAYS, st.data(), st.fixed_dictionaries({}, optional={"since": SINCE, "until": UNTIL}))
def test_any_layout_is_planned_in_partitions_as_it_is_at_once(
    orders_: list[Order], way: Way, data: st.DataObject, days: dict[str, date]
) -> None:
    tables = tables_of(orders_, way)
    if data.draw(st.booleans()):
        plant(data, tables, orders_, way)
    with tempfile.TemporaryDirectory() as name:
        written = write(Path(name), tables, orders_, way)
        profile = None
        if written.profile is not None:
            profile = str(Path(name) / "profile.toml")
            Path(profile).write_text(written.profile, encoding="utf-8")
        same_in_partitions(Path(name), [str(Path(name) / file) for file in written.files], profile, **days)


def test_an_input_that_changes_while_it_is_planned_gives_no_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders_file, lines_file = tmp_path / "orders.parquet", tmp_path / "lines.parquet"
    numbers = [f"A-{number}" for number in range(20)]
    pd.DataFrame({"order_number": numbers, "customer_id": "C", "currency_id": "EUR"}).to_parquet(orders_file)
    lines = pd.DataFrame({"order_number": numbers, "item_id": "I", "quantity": 1, "unit_amount": 2})
    lines.to_parquet(lines_file)
    split_inputs = flows.plan.split_inputs

    def split_and_change(*arguments: Any) -> Split:
        split = split_inputs(*arguments)
        lines[1:].to_parquet(lines_file)
        return split

    monkeypatch.setattr(flows.plan, "split_inputs", split_and_change)
    options = Options(workspace=tmp_path / "workspace", company_id=1, partition_rows=FEW)
    assert f"{lines_file} changed while it was read" in outcome([str(orders_file), str(lines_file)], options)["error"]
