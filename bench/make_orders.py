"""Orders and line items to measure with: shuffled Parquet files of any size, made once per scale."""

import argparse
import json
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

WORK = Path(__file__).parent / "work"
SEED = 20240122
ORDERS_AT_SCALE_1 = 100_000
LINES_PER_ORDER = 4
BATCH = 100
ITEMS = 2_000
FIRST_COMPANY = 1089
COLORS = ("Black", "White", "Blue", "Red", "Green")
GOODS = ("Wireless Headphones", "Desk Lamp", "Water Bottle", "Notebook A5", "Office Chair", "Phone Case", "Backpack")
CITIES = ("Springfield", "Riverton", "Lakeside", "Hillview", "Fairhaven")
STREETS = ("Maple Street", "Oak Avenue", "Mill Lane", "Station Road")
STATUSES = ("pending", "processing", "shipped", "delivered", "canceled")
DAYS = 730


@dataclass(frozen=True)
class OrderFiles:
    """The files of one scale, and how many orders and line items they hold."""

    folder: Path
    orders: int
    line_items: int

    @property
    def paths(self) -> tuple[Path, Path]:
        """The two input files: orders, line items."""
        return self.folder / "orders.parquet", self.folder / "line_items.parquet"

    @property
    def bodies(self) -> Path:
        """Ready-made bodies of 100 orders, one a line."""
        return self.folder / "bodies.jsonl"


def make_orders(scale: float, companies: int = 1, work: Path = WORK) -> OrderFiles:
    """Give the files of a scale, from an earlier call where this script has not changed since."""
    folder = work / f"scale-{scale:g}-companies-{companies}"
    count = max(companies, round(ORDERS_AT_SCALE_1 * scale))
    files = OrderFiles(folder, count, count * LINES_PER_ORDER)
    if files.bodies.exists() and files.bodies.stat().st_mtime > Path(__file__).stat().st_mtime:
        return files
    unfinished = work / f"{folder.name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    write_files(OrderFiles(unfinished, count, files.line_items), companies)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return files


def write_files(files: OrderFiles, companies: int) -> None:
    """Write both tables in random order, and the same orders as bodies."""
    rng = np.random.default_rng(SEED)
    # Every order has a line item; the others fall at random, so that the average is exact.
    more = rng.integers(files.orders, size=files.line_items - files.orders)
    lines_of = 1 + np.bincount(more, minlength=files.orders)
    orders = order_table(rng, files.orders, companies)
    lines = line_table(rng, orders, lines_of)
    for table, path in zip((orders, lines), files.paths, strict=True):
        pq.write_table(table.take(pa.array(rng.permutation(table.num_rows))), path)
    write_bodies(orders, lines, lines_of, files.bodies)


def order_table(rng: np.random.Generator, count: int, companies: int) -> pa.Table:
    """Orders by number, the orders of one company side by side."""
    numbers = pc.utf8_lpad(pa.array(np.arange(count)).cast(pa.string()), 9, "0")
    seconds = rng.integers(DAYS * 86_400, size=count)
    start = np.datetime64("2023-01-01T00:00:00", "ms")
    return pa.table(
        {
            "company_id": pa.array(FIRST_COMPANY + np.arange(count) * companies // count),
            "order_number": joined("ORD-", numbers),
            "customer_id": joined("cus_", pa.array(rng.integers(100_000, 999_999, size=count)).cast(pa.string())),
            "currency_id": pick(rng, ("USD", "EUR"), count),
            "order_date": pa.array(start + seconds.astype("timedelta64[s]"), pa.timestamp("ms", tz="UTC")),
            "status": pick(rng, STATUSES, count),
            "shipping_address.street": pick(rng, [f"{n} {s}" for s in STREETS for n in range(1, 200)], count),
            "shipping_address.city": pick(rng, CITIES, count),
            "shipping_address.postal_code": pick(rng, [f"{n:05d}" for n in range(10_000, 10_500)], count),
            "shipping_address.country": pick(rng, ("US", "CA", "DE"), count),
        }
    )


def line_table(rng: np.random.Generator, orders: pa.Table, lines_of: np.ndarray) -> pa.Table:
    """Line items, in the order of their orders."""
    count = int(lines_of.sum())
    owner = pa.array(np.repeat(np.arange(orders.num_rows), lines_of))
    item = rng.integers(ITEMS, size=count)
    prices = np.round(rng.integers(199, 49_999, size=ITEMS) / 100, 2)
    descriptions = pa.array([f"{GOODS[i % len(GOODS)]} - {COLORS[i % len(COLORS)]}" for i in range(ITEMS)])
    return pa.table(
        {
            "company_id": orders["company_id"].take(owner),
            "order_number": orders["order_number"].take(owner),
            "item_id": joined("prod_", pa.array(item).cast(pa.string())),
            "description": descriptions.take(pa.array(item)),
            "quantity": pa.array(rng.integers(1, 6, size=count)),
            "unit_amount": pa.array(prices[item]),
        }
    )


def write_bodies(orders: pa.Table, lines: pa.Table, lines_of: np.ndarray, path: Path) -> None:
    """Write the body of each POST of up to 100 orders of one company, as JSON, one a line."""
    first_line = np.concatenate(([0], np.cumsum(lines_of)))
    companies = orders["company_id"].to_numpy()
    borders = [0, *(np.flatnonzero(np.diff(companies)) + 1), orders.num_rows]
    with path.open("wb") as out:
        for begin, end in pairwise(borders):
            for first in range(begin, end, BATCH):
                last = min(first + BATCH, end)
                rows = orders.slice(first, last - first).to_pylist()
                items = lines.slice(first_line[first], first_line[last] - first_line[first]).to_pylist()
                by_number = {row["order_number"]: wire_order(row) for row in rows}
                for item in items:
                    del item["company_id"]
                    by_number[item.pop("order_number")]["line_items"].append(item)
                body = {"company_id": int(companies[first]), "data": list(by_number.values())}
                out.write(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))


def wire_order(row: dict[str, Any]) -> dict[str, Any]:
    """Nest a row as the API takes it, with no line items yet."""
    order = {name: value for name, value in row.items() if "." not in name and name != "company_id"}
    address = {name.partition(".")[2]: value for name, value in row.items() if "." in name}
    return order | {"shipping_address": address, "line_items": []}


def joined(prefix: str, values: pa.Array) -> pa.Array:
    """Put a prefix before every value."""
    return pc.binary_join_element_wise(prefix, values, "")


def pick(rng: np.random.Generator, words: tuple[str, ...] | list[str], count: int) -> pa.Array:
    """Draw a word for each row."""
    return pa.array(words).take(pa.array(rng.integers(len(words), size=count)))


def main() -> None:
    """Make the files and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--companies", type=int, default=1)
    args = parser.parse_args()
    files = make_orders(args.scale, args.companies)
    print(json.dumps({"folder": str(files.folder), "orders": files.orders, "line_items": files.line_items}))


if __name__ == "__main__":
    main()
