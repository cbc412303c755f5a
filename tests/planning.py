"""What the tests of planning share: small tables, and the way from them to rows, a draft and a decision."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa

from schemas.fields import Entity
from schemas.ledger import Fact
from schemas.mapping import ColumnMap
from schemas.profile import Profile
from schemas.tables import SourceTable
from transforms.columns import understand
from transforms.decide import Decision, Draft, decide, draft
from transforms.intake import Intake, Understood, take_in
from transforms.normalization import Normalization
from transforms.values import TEXT, Reading

ORDER = {"company_id": "1", "order_number": "A", "customer_id": "c", "currency_id": "EUR"}
LINE = {"company_id": "1", "order_number": "A", "item_id": "i", "quantity": "2", "unit_amount": "1.50"}
FLAT = ORDER | LINE
ORDERS, LINES, SHOP = "orders.csv", "lines.csv", "shop.csv"  # a pair, and one table of both

Mapped = tuple[SourceTable, ColumnMap]


def table(
    file: str, rows: Sequence[Mapping[str, Any]], sheet: str = "", malformed: Mapping[int, str] = {}
) -> SourceTable:
    """A text file as reading gives it: the first row after the header is row 2."""
    names = list(dict.fromkeys(name for row in rows or [FLAT] for name in row))
    cells = pd.DataFrame({name: text([row.get(name) for row in rows]) for name in names})
    cells.index = pd.RangeIndex(2, len(rows) + 2)
    return SourceTable(file, sheet, cells, malformed)


def text(cells: Sequence[str | None]) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(cells, TEXT)])))


def mapped(one: SourceTable, profile: Profile | None = None, fixed: Mapping[str, object] = {}) -> Mapped:
    """A table with its columns understood; one without rows has the header of its file."""
    entities = {ORDERS: frozenset({Entity.ORDER}), LINES: frozenset({Entity.LINE_ITEM})}.get(one.file)
    mapping = understand(one.place, list(one.cells.columns), profile or Profile(), fixed, entities)
    assert mapping is not None
    return one, mapping


def pair(orders: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> list[Mapped]:
    """A file of orders and one of line items; what is given replaces cells of ORDER and LINE."""
    return [
        mapped(table(ORDERS, [ORDER | dict(row) for row in orders])),
        mapped(table(LINES, [LINE | dict(row) for row in lines])),
    ]


def flat(*rows: Mapping[str, Any]) -> list[Mapped]:
    """A file in which each line item repeats its order; what is given replaces cells of FLAT."""
    return [mapped(table(SHOP, [FLAT | dict(row) for row in rows]))]


def taken(tables: Sequence[Mapped], timezone: str = "UTC", **how: Any) -> Intake:
    normalization = Normalization(reading=Reading(timezone), **how)
    return take_in([Understood(one, mapping, normalization) for one, mapping in tables])


def drafted(tables: Sequence[Mapped], most_bytes: int = 10**6) -> Draft:
    return draft(taken(tables), most_bytes)


def decided(
    tables: Sequence[Mapped],
    facts: Iterable[Fact] = (),
    most_bytes: int = 10**6,
    timezone: str = "UTC",
    *,
    fixed: Mapping[str, object] = {},
    profile: Profile | None = None,
) -> Decision:
    maps = {(one.file, one.sheet): mapping for one, mapping in tables}
    only = (profile or Profile()).only
    return decide(draft(taken(tables, timezone, fixed=fixed, only=only), most_bytes), facts, maps, timezone)


def problems(decision: Decision) -> list[tuple[str, int, str | None, str | None, str]]:
    """Each problem as file, row, column, value and code."""
    frame = decision.problems.astype(object).where(decision.problems.notna(), None)
    names = ["source_file", "source_row", "column", "value", "code"]
    return list(frame[names].itertuples(index=False, name=None))


def answers(decision: Decision) -> dict[tuple[str, int, str], tuple[str, str | None]]:
    """Status and error code of each row of the index, by file, row and entity."""
    return {
        (row["source_file"], row["source_row"], row["entity"]): (row["status"], row["error_code"])
        for row in decision.rows.to_pylist()
    }


def numbered(decision: Decision) -> list[tuple[int, dict[str, Any]]]:
    """What is said of every row, each with the number that its order has in `Decision.groups`."""
    groups, numbers = decision.groups, {}
    for entity, rows, of in (("order", groups.orders, groups.order_of), ("line_item", groups.lines, groups.line_of)):
        places = rows[["source_file", "source_sheet", "source_row"]].itertuples(index=False, name=None)
        numbers |= {(entity, *place): int(number) for place, number in zip(places, of, strict=True)}
    rows = decision.rows.to_pylist()
    return [(numbers[row["entity"], row["source_file"], row["source_sheet"], row["source_row"]], row) for row in rows]


def bodies(decision: Decision | Draft) -> list[dict[str, Any]]:
    return [orjson.loads(body) for body in decision.plan["body"].to_pylist()]


def fact(number: str = "A", status: str = "created", digest: int = 0, company_id: int = 1, **more: Any) -> Fact:
    """What the ledger knows of an order that run `old` sent in batch 7."""
    known = {
        "run_id": "old",
        "batch_id": 7,
        "attempts": 1,
        "settled_at": 2_000_000,
        "rootfi_id": None,
        "platform_id": None,
        "error_code": None,
        "error_message": None,
        "http_status": 200,
        "sync_id": None,
        "sent_at": 1_000_000,
    } | more
    return Fact(company_id=company_id, order_number=number, status=status, digest=digest, **known)
