"""Whatever layout orders have in their files, they are read back to the last digit, or exactly the fault is told.

More examples than usual: `pytest tests/test_layouts.py --hypothesis-profile=layouts`, which draws 2,000 new ones.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st
from layouts.orders import Order, orders
from layouts.spelling import STATUS_WORDS, kept
from layouts.tables import Table, tables_of
from layouts.ways import WAYS, Way
from layouts.writing import Written, write

from flows.intake import open_source, profile_of, timezone_of
from flows.settings import Options
from schemas.fields import FIELDS, Entity
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
    source = open_source([str(folder / name) for name in written.files], options, profile)
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
        return {key: Path(one).name if key == "source_file" else _plain(one) for key, one in value.items() if one is not None}
    return value


@settings(max_examples=EXAMPLES, deadline=None, derandomize="LAYOUTS" not in os.environ, suppress_health_check=list(HealthCheck))
@given(orders(), WAYS)
def test_orders_are_read_back_from_any_layout(orders_: list[Order], way: Way) -> None:
    tables = tables_of(orders_, way)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = write(folder, tables, orders_, way)
        for file in written.files:
            note(f"{file}: {(folder / file).read_bytes()[:900]!r}")
        note(str(written.profile))
        event(way.shape)
        decision = decided(folder, written)
    assert decision.problems[["source_row", "column", "value", "code"]].to_dict("records") == []
    assert planned(decision.plan) == expected(orders_, tables, way)
