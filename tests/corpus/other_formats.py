"""OpenDocument spreadsheets and Parquet files."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, ods, parquet

CASES = Cases()
ONE = {"orders": 2, "lines": 3, "amounts": {"EUR": "8.5"}}
DAY_ONE, DAY_TWO = date(2024, 1, 2), date(2024, 1, 3)
ROWS = [
    FLAT,
    ["00A", "c1", "EUR", DAY_ONE, "x", 1, 2.5],
    ["00A", "c1", "EUR", DAY_ONE, "y", 2, 1],
    ["B", 17850.0, "EUR", datetime(2024, 1, 3, 4, 5, 6), "two\nlines", 4, 1],  # noqa: DTZ001
]
SENT = {
    "00A": {"customer_id": "c1", "order_date": "2024-01-02T00:00:00.000Z"},
    "B": {"customer_id": "17850", "order_date": "2024-01-03T04:05:06.000Z", "line_items.0.item_id": "two\nlines"},
}


@CASES.add
def libreoffice_sheet() -> Case:
    return Case({"a.ods": ods({"Orders": ROWS})}, sent=SENT, **ONE)


@CASES.add
def libreoffice_sheet_with_a_million_counted_rows() -> Case:
    rows = [["Orders of January"], [], *ROWS, ["Total", None, None, None, None, 7, 8.5]]
    data = ods({"Orders": rows}, empty_rows_below=1_048_576 - len(rows))
    return Case({"a.ods": data}, sent=SENT, notices=("row 7.*(left out|footer|total|not read)",), **ONE)


@CASES.add
def libreoffice_sheets_one_of_them_hidden() -> Case:
    orders = [FLAT[:4], ROWS[1][:4], ROWS[3][:4]]
    lines = [["order_number", *FLAT[4:]], *([row[0], *row[4:]] for row in ROWS[1:])]
    data = ods({"Orders": orders, "Old": ROWS, "Items": lines}, hidden=["Old"])
    return Case({"a.ods": data}, sent=SENT, notices=("old.*hidden|hidden.*old",), **ONE)


@CASES.add
def parquet_pair_of_a_database() -> Case:
    orders = {
        "order_number": pa.array(["A", "B", "C"], pa.string_view()),
        "customer_id": pa.array([5454, 17850, None], pa.float64()),
        "currency_id": pa.array(["EUR", "EUR", "EUR"]).dictionary_encode(),
        "order_date": pa.array([datetime(2024, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
        "created_on": pa.array([DAY_ONE, DAY_TWO, None]),
    }
    lines = {
        "order_number": pa.array(["A", "A", "B", "C"]).dictionary_encode(),
        "item_id": pa.array([10**15 + 1, 2, 3, 4], pa.int64()),
        "quantity": pa.array([1, 2, 4, 1], pa.int8()),
        "unit_amount": pa.array([Decimal("2.50"), Decimal("1.00"), Decimal("1.00"), Decimal("-1.00")]),
    }
    return Case(
        {"orders.parquet": parquet(orders), "lines.parquet": parquet(lines, compression="zstd")},
        invalid=1,
        problems=found("orders.parquet", (3, "customer_id", "missing"))
        | found("lines.parquet", (4, "unit_amount", "negative")),
        sent={
            "A": {
                "customer_id": "5454",
                "order_date": "2024-01-02T03:04:05.678Z",
                "line_items.0.item_id": "1000000000000001",
                "line_items.0.unit_amount": 2.5,
            }
        },
        **ONE,
    )


@CASES.add
def parquet_with_int96_and_floats() -> Case:
    days = [datetime(2024, 1, 2, 3, 4, 5)] * 2 + [datetime(2024, 1, 3)]  # noqa: DTZ001
    columns = {
        "Order Number": pa.array(["A", "A", "B"]),
        "Customer ID": pa.array([1, 1, 2], pa.uint32()),
        "Currency ID": pa.array(["eur", "EUR", "EUR"], pa.large_string()),
        "Order Date": pa.array(days, pa.timestamp("ns")),
        "Item ID": pa.array(["x", "y", "x"]),
        "Quantity": pa.array([1.0, 2.0, 4.0], pa.float32()),
        "Unit Amount": pa.array([2.5, 1.0, 1.0], pa.float64()),
    }
    return Case(
        {"a.parquet": parquet(columns, use_deprecated_int96_timestamps=True)},
        profile='timezone = "Europe/Berlin"\n',
        sent={"A": {"order_date": "2024-01-02T02:04:05.000Z"}, "B": {"order_date": "2024-01-02T23:00:00.000Z"}},
        **ONE,
    )
