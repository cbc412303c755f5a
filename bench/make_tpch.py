"""TPC-H orders and line items: unsorted Parquet files in the columns that Orderlift knows, made once per scale factor.

Scale factor 1 is 1,500,000 orders with 6,001,215 line items. The types are TPC-H's: integer keys, decimal amounts, days
as dates. All orders are of one company, in US dollars. Made in constant memory, and the same at every call.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

WORK = Path(__file__).parent / "work"
GENERATOR = Path(sys.executable).with_name("tpchgen-cli")
COMPANY = 1089
SEED = 20240122
PILE = 500_000  # rows that are shuffled in memory at a time
STATUSES = {"F": "delivered", "O": "pending", "P": "processing"}
PRICE = pa.decimal128(15, 2)


def make_tpch(scale: float, work: Path = WORK) -> tuple[Path, int, int]:
    """Give the folder with orders.parquet and line_items.parquet, and the numbers of their rows."""
    folder = work / f"tpch-{scale:g}"
    if not folder.exists() or folder.stat().st_mtime < Path(__file__).stat().st_mtime:
        unfinished = work / f"{folder.name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        write_files(scale, unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    orders, line_items = (pq.read_metadata(folder / f"{name}.parquet").num_rows for name in ("orders", "line_items"))
    return folder, orders, line_items


def write_files(scale: float, folder: Path) -> None:
    """Write both files, shuffled."""
    raw = folder / "raw"
    command = [GENERATOR, "parquet", "-s", f"{scale:g}", "--tables", "orders,lineitem", "--output-dir", raw]
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shuffle(raw / "orders.parquet", folder / "orders.parquet", as_orders)
    shuffle(raw / "lineitem.parquet", folder / "line_items.parquet", as_line_items)
    shutil.rmtree(raw)


def as_orders(rows: pa.RecordBatch) -> pa.Table:
    """Rows of TPC-H's orders in Orderlift's columns."""
    words = pa.array(STATUSES.values())
    places = pc.index_in(rows["o_orderstatus"].cast(pa.string()), pa.array(STATUSES))
    return pa.table(
        {
            "company_id": pa.repeat(COMPANY, len(rows)),
            "order_number": rows["o_orderkey"],
            "customer_id": rows["o_custkey"],
            "currency_id": pa.repeat("USD", len(rows)),
            "order_date": rows["o_orderdate"],
            "status": words.take(places),
            "total_amount": rows["o_totalprice"],
        }
    )


def as_line_items(rows: pa.RecordBatch) -> pa.Table:
    """Rows of TPC-H's lineitem in Orderlift's columns; the extended price is a multiple of the quantity."""
    price, quantity = rows["l_extendedprice"], rows["l_quantity"]
    return pa.table(
        {
            "company_id": pa.repeat(COMPANY, len(rows)),
            "order_number": rows["l_orderkey"],
            "item_id": rows["l_partkey"],
            "description": rows["l_comment"].cast(pa.string()),
            "quantity": quantity,
            "unit_amount": pc.divide(price.cast(pa.float64()), quantity.cast(pa.float64())).cast(PRICE),
        }
    )


def shuffle(source: Path, path: Path, converted: Callable[[pa.RecordBatch], pa.Table]) -> None:
    """Write the rows of a file in random order: dealt out to piles on disk, then each pile shuffled in memory."""
    rng = np.random.default_rng(SEED)
    with pq.ParquetFile(source) as file:
        count = -(-file.metadata.num_rows // PILE)
        piles = deal(map(converted, file.iter_batches()), [path.with_suffix(f".{n}.pile") for n in range(count)], rng)
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for pile in piles:
            with pa.memory_map(str(pile)) as memory:
                rows = pa.ipc.open_stream(memory).read_all()
                rows = rows.take(pa.array(rng.permutation(len(rows))))
            writer = writer or stack.enter_context(pq.ParquetWriter(path, rows.schema))
            writer.write_table(rows)
            pile.unlink()


def deal(tables: Iterator[pa.Table], paths: list[Path], rng: np.random.Generator) -> list[Path]:
    """Append each row to a pile drawn for it."""
    with ExitStack() as stack:
        piles: list[pa.RecordBatchStreamWriter] = []
        for table in tables:
            if not piles:
                piles = [stack.enter_context(pa.ipc.new_stream(str(path), table.schema)) for path in paths]
            drawn = rng.integers(len(paths), size=len(table))
            for number, pile in enumerate(piles):
                pile.write_table(table.filter(pa.array(drawn == number)))
    return paths


def main() -> None:
    """Make the files and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="the scale factor of TPC-H")
    folder, orders, line_items = make_tpch(parser.parse_args().scale)
    print(json.dumps({"folder": str(folder), "orders": orders, "line_items": line_items}))


if __name__ == "__main__":
    main()
