"""The floor of planning: polars joins, groups and encodes the orders of two files, and checks nothing.

Writes one row per order, sorted, with the JSON that is to be sent, into one Parquet file.
"""

import argparse
import json
from pathlib import Path

import polars as pl

KEY = ["company_id", "order_number"]


def bodies(orders: Path, line_items: Path) -> pl.LazyFrame:
    """One row per order: its key and its body."""
    number = pl.col("order_number").cast(pl.String)
    item = pl.struct(
        pl.col("item_id").cast(pl.String),
        "description",
        pl.col("quantity").cast(pl.Float64),
        pl.col("unit_amount").cast(pl.Float64),
    )
    grouped = pl.scan_parquet(line_items).group_by(KEY).agg(item.alias("line_items"))
    body = pl.struct(
        number,
        pl.col("customer_id").cast(pl.String),
        "currency_id",
        pl.col("order_date").dt.strftime("%Y-%m-%dT00:00:00Z"),
        "status",
        pl.col("total_amount").cast(pl.Float64),
        "line_items",
    )
    joined = pl.scan_parquet(orders).join(grouped, on=KEY)
    return joined.select("company_id", number, body.struct.json_encode().alias("body")).sort(KEY)


def main() -> None:
    """Write the bodies and print how many there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=Path)
    parser.add_argument("line_items", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--engine", choices=("streaming", "in-memory"), default="streaming")
    args = parser.parse_args()
    bodies(args.orders, args.line_items).sink_parquet(args.output, engine=args.engine)
    print(json.dumps({"orders": pl.scan_parquet(args.output).select(pl.len()).collect().item()}))


if __name__ == "__main__":
    main()
