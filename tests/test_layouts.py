"""Whatever layout orders have in their files, they are read back to the last digit, or exactly the fault is told.

The examples are always the same; `LAYOUTS=2000 pytest tests/test_layouts.py --timeout=0` draws so many new ones, and
makes one that fails as small as it can.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, event, given, note, settings
from hypothesis import strategies as st
from layouts.faults import plant
from layouts.orders import Order, orders
from layouts.spelling import kept
from layouts.tables import Table, tables_of
from layouts.ways import WAYS, Way
from layouts.writing import Written, write

from flows.intake import find_files, open_source, profile_of, timezone_of
from flows.settings import Options
from schemas.profile import Profile
from transforms.decide import Decision, decide, draft
from transforms.intake import take_in

EXAMPLES = int(os.environ.get("LAYOUTS", "60"))


def decided(folder: Path, written: Written) -> Decision:
    """What `orderlift plan` decides of the files."""
    options = Options(profile=None)
    if written.profile is not None:
        (folder / "profile.toml").write_text(written.profile, encoding="utf-8")
        options = Options(profile=str(folder / "profile.toml"))
    profile = profile_of(options)
    source = open_source(find_files([str(folder / name) for name in written.files], options), options, profile)
    maps = {(one.table.file, one.table.sheet): one.mapping for one in source.tables}
    drafted = draft(take_in(source.tables), options.max_batch_bytes)
    return decide(drafted, [], maps, timezone_of(options, profile or Profile()))


def expected(orders_: Sequence[Order], tables: Sequence[Table], way: Way) -> dict[str, dict[str, Any]]:
    """The orders as the plan must have them, by number."""
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        for record, row in zip(table.records, table.rows, strict=True):
            order = orders_[record.order]
            place = {"source_file": table.file, "source_sheet": table.sheet, "source_row": row}
            mine = found.setdefault(order.number, {"line_items": []})
            if record.heads and "source_row" not in mine:
                style = "iso" if way.dates == "typed" else way.dates
                date = order.fields.get("order_date")
                fields = dict(order.fields) | {"company_id": 1}
                fields |= {"order_date": kept(date, style, way.timezone).replace(tzinfo=dt.UTC)} if date else {}
                mine |= place | fields
            mine["line_items"] += [place | dict(order.lines[line]) for line in record.lines]
    return {number: _plain(order) for number, order in found.items()}


def planned(plan: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["order_number"]: _plain(row) for row in plan.drop_columns(["amount", "digest", "body"]).to_pylist()}


def _plain(value: Any) -> Any:
    """Without fields that are empty, and with the names of files alone."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {
            key: Path(one).name if key == "source_file" else _plain(one)
            for key, one in value.items()
            if one is not None
        }
    return value


many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="LAYOUTS" not in os.environ,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, *((Phase.shrink,) if "LAYOUTS" in os.environ else ())),
    suppress_health_check=list(HealthCheck),
)


def read_back(tables: Sequence[Table], orders_: Sequence[Order], way: Way) -> Decision:
    """Write the tables and decide what is in the files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = write(folder, tables, orders_, way)
        for file in written.files:
            note(f"{file}: {(folder / file).read_bytes()[:900]!r}")
        note(f"{written.profile}")
        event(f"{way.shape}: {', '.join(table.kind for table in tables)}")
        return decided(folder, written)


@many
@given(orders(), WAYS)
def test_orders_are_read_back_from_any_layout(orders_: list[Order], way: Way) -> None:
    tables = tables_of(orders_, way)
    decision = read_back(tables, orders_, way)
    assert decision.problems[["source_row", "column", "value", "code"]].to_dict("records") == []
    assert planned(decision.plan) == expected(orders_, tables, way)


@many
@given(orders(), WAYS, st.data())
def test_a_fault_makes_its_own_order_invalid_and_is_told_where_it_stands(
    orders_: list[Order], way: Way, data: st.DataObject
) -> None:
    tables = tables_of(orders_, way)
    planted = plant(data, tables, orders_, way)
    decision = read_back(tables, orders_, way)
    table, number = planted.table, orders_[planted.order].number
    rows = {table.rows[place] for place in planted.records}
    told = decision.problems.astype(object).where(decision.problems.notna(), None)
    names = ["source_sheet", "source_row", "column", "code"]
    assert {tuple(problem) for problem in told[names].to_numpy()} == {
        (table.sheet, row, planted.column, planted.code) for row in rows
    }
    assert {Path(file).name for file in told["source_file"]} == {table.file}
    others = {key: order for key, order in expected(orders_, tables, way).items() if key != number}
    assert planned(decision.plan) == others
