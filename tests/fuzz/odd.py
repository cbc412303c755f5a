"""Files that are well-formed and odd: cells, types, encodings and settings that nobody expects."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .seeds import HEADER, ROWS

CELLS = [
    *(
        "",
        " ",
        "\t",
        "\u00a0",
        "\u200b",
        "0",
        "-0",
        "00",
        "1e400",
        "1e-400",
        "-1",
        "+1",
        "1.",
        ".1",
        ".",
        ",",
        "-",
        "(1)",
    ),
    *(
        "1,2,3.4",
        "1.234",
        "1,234",
        "1 234,5",
        "\uff11\uff12",
        "٣",
        "∞",
        "NaN",
        "nan",
        "inf",
        "NULL",
        "NA",
        "None",
        "1e5",
        "12%",
    ),
    *(
        "99999999999999999999",
        "0.1234567890123",
        "17850.0",
        "TRUE",
        "=1+1",
        "@x",
        "-x",
        "#N/A",
        "$1",
        "1 €",
        "€",
        "kr 1",
    ),
    *("2024-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "31/12/2024", "12/31/2024", "1/2/2024", "13/13/2024"),
    *("2024-01-01T24:00:00", "2024-01-01T23:59:60Z", "2024-03-31 02:30:00", "2024-01-01T00:00:00+99:99", "1677-01-01"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "2262-04-12", "45000", "45000.5", "1900", "60", "1/1/0001"),
    *("XXX", "EUR", "eur", "pending", "canceled", "\0", "\ud7ff", "\uffff", "\U0001f600" * 9, "x" * 40_000, "\r", "\n"),
    *(
        "Total",
        "Sum:",
        "sep=,",
        "order_number",
        "quantity",
        "a:b|c:d;e",
        "sku:a|quantity:2|total:1",
        '"',
        "'",
        "\\",
        "\x1f",
    ),
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp850", "koi8-r", "shift_jis", "utf-7"]
OBJECTS: list[Any] = [
    *(None, 0, -1, 2**63 - 1, 1.5, float("nan"), float("inf"), 1e308, True, "x", "1", b"\xff", Decimal("1E-9")),
    *(dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.datetime(2024, 1, 1), dt.time(1, 2), dt.timedelta(1)),  # noqa: DTZ001
]
TYPES = [
    *(pa.null(), pa.bool_(), pa.int8(), pa.uint64(), pa.int64(), pa.float16(), pa.float32(), pa.float64(), pa.string()),
    *(pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary(3), pa.date32(), pa.date64()),
    *(pa.time32("s"), pa.time64("us"), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", "Asia/Tokyo")),
    *(
        pa.timestamp("ms", "+05:30"),
        pa.duration("us"),
        pa.decimal128(38, 9),
        pa.decimal128(5, -2),
        pa.decimal256(76, 30),
    ),
    *(pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), pa.map_(pa.string(), pa.int64()), pa.uuid(), pa.json_()),
    pa.dictionary(pa.int8(), pa.string()),
]
VALUES: list[str] = [
    *(
        '""',
        '"x"',
        '"*"',
        "0",
        "1",
        "2",
        "-1",
        "99999999999",
        "1.5",
        "true",
        "[]",
        '["x"]',
        '["", "x"]',
        "[1]",
        "[[1]]",
    ),
    *(
        "{}",
        '{ a = "b" }',
        '{ columns = "quantity" }',
        '{ columns = [], join = "" }',
        '"\\u0000"',
        '","',
        '";"',
        '"\\t"',
    ),
    *('"||"', '"%d/%m/%Y"', '"%"', '"%Q"', '"%Y-%d-%m"', '"excel"', '"excel1904"', '"utf-16"', '"hex"', '"idna"'),
    *('"punycode"', '"undefined"', '"unicode_escape"', '"rot13"', '"mbcs"', '"cp037"', '"Europe/Paris"', '"../x"'),
    *('"shopify"', '"order_number"', '"quantity"', '"name"', '"customers.csv"', '"Email"', "2024-01-01", "inf", "nan"),
    *('["company_id", "order_number", "customer_id"]', '"pending"', '"canceled"', '"ß"', '"\\""', '"\'"', '"\\n"'),
]
KEYS = [
    *("extends", "recognize", "refuse", "sheet", "header_row", "skip_footer", "columns", "orders", "line_items"),
    *("only", "lines_in_cell", "lookup", "fixed", "status_words", "status_if_filled", "null_words", "ignore"),
    *("timezone", "date_format", "decimal", "encoding", "delimiter", "quote", "orders.order_number", "orders.status"),
    *(
        "line_items.quantity",
        "line_items.unit_amount",
        "line_items.name",
        "only.orders.name",
        "only.line_items.quantity",
    ),
    *(
        "lines_in_cell.column",
        "lookup.customer_id",
        "fixed.company_id",
        "fixed.currency_id",
        "fixed.status",
        "fixed.order_date",
    ),
    *("status_words.done", "status_if_filled.name", 'orders."shipping_address.street"'),
]
LOOKUP = '{ file = "customers.csv", from = "Email", to = "Id" }'


def odd_rows(random: Random) -> list[list[str]]:
    """Rows with a few odd cells, headers and lengths."""
    rows = [list(row) for row in [HEADER, *ROWS, *(random.choice(ROWS) for _ in range(random.randrange(4)))]]
    for _ in range(random.choice([0, 1, 1, 2, 5, 20])):
        row = random.choice(rows if random.random() < 0.2 else rows[1:])
        if row:
            row[random.randrange(len(row))] = random.choice(CELLS)
    for _ in range(random.choice([0, 0, 0, 1, 2])):
        place = random.randrange(len(rows) + 1)
        new = [[], [""], ["Title"], HEADER, ["Total", "", "9"], rows[-1][:3], rows[-1] + ["x"], [""] * 20, ["a"] * 99]
        rows.insert(place, list(random.choice(new)))
    if random.random() < 0.1:
        place = random.randrange(len(HEADER))
        value = random.choice(CELLS)
        rows[1:] = [[*row[:place], value, *row[place + 1 :]] for row in rows[1:]]
    return rows


def odd_text(random: Random) -> tuple[str, bytes]:
    """A text file in any dialect and encoding."""
    stream = io.StringIO()
    dialect = {
        "delimiter": random.choice(",,,;\t|~^:"),
        "lineterminator": random.choice(["\r\n", "\n", "\r", "\n\n"]),
        "quotechar": random.choice(['"', '"', "'"]),
        "quoting": random.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    }
    csv.writer(stream, **dialect).writerows(odd_rows(random))
    data = stream.getvalue().encode(random.choice([*ENCODINGS, "utf-8", "utf-8", "utf-8"]), "replace")
    return f"odd{random.choice(['.csv', '.csv', '.tsv', '.txt'])}", data


def odd_parquet(random: Random) -> tuple[str, bytes]:
    """A Parquet file whose columns have any type."""
    length = random.choice([0, 1, 3, 50])
    names, columns = [], []
    for name in HEADER:
        cells = [random.choice(CELLS if random.random() < 0.3 else [row[HEADER.index(name)] for row in ROWS])] * length
        column = pa.array([cell.replace("\ud7ff", "") for cell in cells], pa.string())
        if random.random() < 0.3:
            column = _cast(random, length)
        names.append(random.choice([name, name, name, name, name, "", "quantity", "\0", f" {name}\n"]))
        columns.append(column)
    stream = io.BytesIO()
    try:
        pq.write_table(pa.Table.from_arrays(columns, names=names), stream)
    except (pa.ArrowException, OSError):  # what Parquet cannot hold
        return odd_text(random)
    return "odd.parquet", stream.getvalue()


def _cast(random: Random, length: int) -> pa.Array:
    kind = random.choice(TYPES)
    try:
        return pa.array([random.choice(OBJECTS)] * length).cast(kind)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        try:
            return pa.nulls(length, kind)
        except pa.ArrowException:
            return pa.nulls(length)


def odd_profile(random: Random) -> bytes:
    """A profile of any keys with any values."""
    lines = []
    for key in random.sample(KEYS, random.choice([0, 1, 2, 3])):
        value = LOOKUP if key.startswith("lookup.") and random.random() < 0.8 else random.choice(VALUES)
        lines.append(f"{key} = {value}")
    if random.random() < 0.05:
        lines.append(random.choice(["[orders]", "= 1", "a = ", "\0", "#", "x = 1", '"" = ""']))
    return "\n".join(lines).encode()


def odd_book(random: Random, xml: bytes) -> bytes:
    """The XML of a sheet with odd numbers, dates and texts as its values."""

    def cell(match: re.Match[bytes]) -> bytes:
        if random.random() < 0.8:
            return match[0]
        kind = random.choice([b"n", b"n", b"str", b"d", b"b", b"e", b"s", b"inlineStr"])
        value = re.sub(r"[\0-\x1f<&\uffff]", "", random.choice(CELLS)[:99]).encode()
        style = random.choice([b"", b' s="1"'])
        return b'<c r="%s"%s t="%s"><v>%s</v></c>' % (match[1], style, kind, value)

    return re.sub(rb'<c r="([A-Z]+\d+)"[^>]*>.*?</c>', cell, xml)
