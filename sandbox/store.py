"""The sandbox's own store of orders: a SQLite file that tests compare with what a run reports."""

import os
import sqlite3
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson

from schemas.errors import UsageError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  rootfi_id INTEGER PRIMARY KEY, created_at TEXT NOT NULL, company_id INTEGER NOT NULL, order_number TEXT NOT NULL,
  sent_number TEXT, contact_id TEXT NOT NULL, currency_id TEXT NOT NULL, status TEXT NOT NULL, sync_id TEXT NOT NULL,
  listed_at REAL NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS listing ON orders (company_id, created_at, rootfi_id, listed_at);
CREATE INDEX IF NOT EXISTS numbers ON orders (company_id, sent_number);
"""
_COLUMNS = (
    "rootfi_id, created_at, company_id, order_number, sent_number, contact_id, currency_id, status, sync_id, body"
)


@dataclass(frozen=True)
class StoredOrder:
    """One order as the platform has it; `order_number` differs from `sent_number` where the platform numbers itself."""

    rootfi_id: int
    created_at: str
    company_id: int
    order_number: str
    sent_number: str | None
    contact_id: str
    currency_id: str
    status: str
    sync_id: str
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        """The order's JSON as it was sent."""
        content: dict[str, Any] = orjson.loads(self.body)
        return content

    @property
    def platform_id(self) -> str:
        """The platform's own id."""
        return f"ord_{self.rootfi_id}"

    @property
    def entry(self) -> dict[str, object]:
        """The order as answers give it (api.md, "Create orders")."""
        return {
            "rootfi_id": self.rootfi_id,
            "rootfi_created_at": self.created_at,
            "rootfi_updated_at": self.created_at,
            "rootfi_company_id": self.company_id,
            "platform_id": self.platform_id,
            "order_number": self.order_number,
            "contact_id": self.contact_id,
            "currency_id": self.currency_id,
            "status": self.status,
        }


class Sync(NamedTuple):
    """One POST that stored orders."""

    sync_id: str
    created_at: str
    orders: int


class Store:
    """Orders in a SQLite file; what `add` returned survives the death of the process. Safe to share by threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite would make one that others may read
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")
        except (OSError, sqlite3.Error) as error:
            raise UsageError(f"The sandbox cannot keep its orders in {path}: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def add(
        self, company_id: int, orders: Sequence[dict[str, Any]], *, prefix: str | None = None, hidden_for: float = 0
    ) -> list[StoredOrder]:
        """Create the orders in one transaction; numbers are the platform's own where absent, or where `prefix` is set.

        Reading shows them after `hidden_for` seconds.
        """
        now = datetime.now(UTC)
        created_at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:  # commits, or rolls back
                first = self._db.execute("SELECT COALESCE(MAX(rootfi_id), 0) + 1 FROM orders").fetchone()[0]
                stored = [
                    StoredOrder(
                        rootfi_id=rootfi_id,
                        created_at=created_at,
                        company_id=company_id,
                        order_number=_number(rootfi_id, order.get("order_number"), prefix),
                        sent_number=order.get("order_number"),
                        contact_id=order["customer_id"],
                        currency_id=order["currency_id"],
                        status=order.get("status", "pending"),
                        sync_id=f"sync_{first}",
                        body=orjson.dumps(order),
                    )
                    for rootfi_id, order in enumerate(orders, first)
                ]
                self._db.executemany(
                    f"INSERT INTO orders ({_COLUMNS}, listed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 - our own words
                    [(*vars(order).values(), now.timestamp() + hidden_for) for order in stored],
                )
        return stored

    def remove(self, company_id: int, number: str) -> None:
        """Delete an order by the number that it was sent with, as a person may do on the platform."""
        with self._lock:
            self._db.execute("DELETE FROM orders WHERE company_id = ? AND sent_number = ?", (company_id, number))

    def orders(self, company_id: int | None = None) -> list[StoredOrder]:
        """All orders, or those of one company, in the order in which they were created; hidden ones too."""
        where, values = ("WHERE company_id = ?", (company_id,)) if company_id is not None else ("", ())
        return self._select(f"{where} ORDER BY rootfi_id", values)

    def count(self, company_id: int | None = None, *, visible: bool = False) -> int:
        """Count the orders; with `visible` only those that reading shows."""
        sql, values = _where(company_id, time.time() if visible else float("inf"))
        return int(self._rows(f"SELECT COUNT(*) FROM orders {sql}", values)[0][0])  # noqa: S608 - our own words

    def duplicates(self) -> dict[tuple[int, str], int]:
        """Tell which (company_id, order number as sent) were created more than once, and how often."""
        rows = self._rows(
            "SELECT company_id, sent_number, COUNT(*) FROM orders WHERE sent_number IS NOT NULL "
            "GROUP BY company_id, sent_number HAVING COUNT(*) > 1"
        )
        return {(company_id, number): times for company_id, number, times in rows}

    def known(self, company_id: int, numbers: Collection[str]) -> bool:
        """Whether one of the order numbers was created before."""
        marks = ",".join("?" * len(numbers))
        sql = f"SELECT 1 FROM orders WHERE company_id = ? AND sent_number IN ({marks}) LIMIT 1"  # noqa: S608 - only marks
        return bool(self._rows(sql, (company_id, *numbers)))

    def page(
        self, company_id: int | None, limit: int, key: tuple[str, int] | None = None, *, descending: bool
    ) -> list[StoredOrder]:
        """Up to `limit` visible orders by (created_at, rootfi_id), beginning behind `key`."""
        sql, values = _where(company_id, time.time())
        if key is not None:
            sql, values = f"{sql} AND (created_at, rootfi_id) {'<' if descending else '>'} (?, ?)", (*values, *key)
        way = "DESC" if descending else "ASC"
        return self._select(f"{sql} ORDER BY created_at {way}, rootfi_id {way} LIMIT ?", (*values, limit))

    def find(self, order_id: str) -> StoredOrder | None:
        """Find the visible order with this rootfi_id or platform_id."""
        found = self._select("WHERE rootfi_id = ? AND listed_at <= ?", (order_id.removeprefix("ord_"), time.time()))
        return found[0] if found else None

    def syncs(self, company_id: int, limit: int, before: str | None = None) -> list[Sync]:
        """Up to `limit` of the company's syncs, newest first, older than the sync `before`."""
        sql = (
            "SELECT sync_id, created_at, COUNT(*) FROM orders WHERE company_id = ? GROUP BY sync_id "
            "HAVING MIN(rootfi_id) < ? ORDER BY MIN(rootfi_id) DESC LIMIT ?"
        )
        newest = int(before.removeprefix("sync_")) if before else 2**63 - 1
        return [Sync(*row) for row in self._rows(sql, (company_id, newest, limit))]

    def _select(self, where: str, values: Sequence[object]) -> list[StoredOrder]:
        sql = f"SELECT {_COLUMNS} FROM orders {where}"  # noqa: S608 - our own words
        return [StoredOrder(*row) for row in self._rows(sql, values)]

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _number(rootfi_id: int, sent: str | None, prefix: str | None) -> str:
    return f"{prefix or 'ORD-'}{rootfi_id}" if sent is None or prefix is not None else sent


def _where(company_id: int | None, listed_by: float) -> tuple[str, tuple[object, ...]]:
    if company_id is None:
        return "WHERE listed_at <= ?", (listed_by,)
    return "WHERE company_id = ? AND listed_at <= ?", (company_id, listed_by)
