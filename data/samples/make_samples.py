"""Write the sample files and their README into this folder: the same orders and planted problems each time."""

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from readme import Count, Fault, write_readme

HERE = Path(__file__).parent
SEED = 1089
BOOK, FLAT, PAIR = "orders.xlsx", "orders_flat.csv", ("orders.parquet", "line_items.parquet")
COMPANIES = (1089, 1090)
CURRENCIES = ("USD", "EUR")
STATUSES = ("pending", "processing", "shipped", "delivered", "canceled")
GOODS = (
    ("Wireless Headphones", ("Black", "White", "Blue"), "99.99"),
    ("Desk Lamp", ("Brass", "Black"), "44.50"),
    ("Water Bottle", ("0.5 l", "1 l"), "17.90"),
    ("Notebook A5", ("lined", "dotted", "blank"), "6.25"),
    ("Office Chair", ("Grey", "Green"), "239.00"),
    ("Café Mug", ("large", "small"), "12.40"),
    ("Backpack", ("Olive", "Navy"), "74.95"),
    ("Keyboard", ("US", "DE"), "129.00"),
)
PLACES = (
    ("Springfield", "US", "Maple Street"),
    ("Riverton", "US", "Oak Avenue"),
    ("Neustadt am Berg", "DE", "Lindenstraße"),
    ("Saint-Aubin", "FR", "rue des Tilleuls"),
)
AMOUNT = pa.decimal128(12, 2)
ORDERS = {
    "order_number": pa.string(),
    "company_id": pa.int64(),
    "customer_id": pa.string(),
    "currency_id": pa.string(),
    "order_date": pa.timestamp("us", tz="UTC"),
    "status": pa.string(),
    "total_amount": AMOUNT,
    "shipping_amount": AMOUNT,
    "shipping_address.street": pa.string(),
    "shipping_address.city": pa.string(),
    "shipping_address.postal_code": pa.string(),
    "shipping_address.country": pa.string(),
}
LINES = {
    "order_number": pa.string(),
    "company_id": pa.int64(),
    "item_id": pa.string(),
    "description": pa.string(),
    "quantity": pa.int64(),
    "unit_amount": AMOUNT,
}
HEADERS = {"company_id": "Company ID", "customer_id": "Customer-ID", "currency_id": "Currency ID", "item_id": "Item ID"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """One problem: the order it is in, what is done to it, and the code that a run must give it."""

    order_number: str
    act: str  # a case of plant()
    column: str
    value: object
    code: str
    tells: str


PLANTED = (
    Planted("ORD-2024-007", "order", "currency_id", "EURO", "not_a_currency", "not an ISO 4217 code"),
    Planted("ORD-2024-015", "order", "order_date", "03/04/2024", "ambiguous_date", "ambiguous: 3 April or 4 March"),
    Planted("ORD-2024-023", "order", "status", "on hold", "not_a_status", "not a status of the API"),
    Planted("ORD-2024-038", "order", "customer_id", None, "missing", "no customer"),
    Planted("ORD-2024-051", "line item", "unit_amount", "49.90 each", "not_a_number", "a price with text"),
    Planted("WEB-100212", "line item", "quantity", 0, "not_positive", "a quantity of 0"),
    Planted("WEB-100405", "no lines", "order_number", None, "no_line_items", "an order without line items"),
    Planted("WEB-100777", "twice", "order_number", None, "duplicate_order", "the same order twice"),
    Planted("WEB-109999", "no order", "order_number", None, "no_order", "a line item without an order"),
    Planted("POS-5033", "order", "order_date", "2024-02-30", "not_a_date", "30 February"),
    Planted("POS-5120", "differ", "status", "shipped", "conflicting_values", "status differs between its lines"),
    Planted("POS-5241", "line item", "unit_amount", Decimal("-15.00"), "negative", "a discount as a negative price"),
)


@dataclass
class Sample:
    """The orders of one import: rows under canonical names, in the order in which they are written."""

    prefix: str  # of its order numbers
    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)

    @property
    def planted(self) -> list[Planted]:
        """The problems that are in these files."""
        return [problem for problem in PLANTED if problem.order_number.startswith(self.prefix)]


def draw(rng: random.Random, prefix: str, serials: Iterable[object], companies: tuple[int, ...], most: int) -> Sample:
    """Make orders with one to `most` line items each, three at least where a problem is planted."""
    sample = Sample(prefix)
    sick = {problem.order_number for problem in sample.planted}
    for serial in serials:
        number = f"{prefix}{serial}"
        company = rng.choice(companies)
        city, country, street = rng.choice(PLACES)
        lines = [draw_line(rng, company, number) for _ in range(rng.randint(3 if number in sick else 1, most))]
        shipping = rng.choice((Decimal("0.00"), Decimal("4.90"), Decimal("9.95")))
        order = {
            "company_id": company,
            "order_number": number,
            "customer_id": f"cus_{rng.randint(100_000, 999_999)}",
            "currency_id": rng.choice(CURRENCIES),
            "order_date": datetime(2024, 1, 2, tzinfo=UTC) + timedelta(seconds=rng.randrange(300 * 86_400)),
            "status": rng.choice(STATUSES),
            "total_amount": sum((line["quantity"] * line["unit_amount"] for line in lines), shipping),
            "shipping_amount": shipping,
            "shipping_address.street": f"{rng.randint(1, 180)} {street}",
            "shipping_address.city": city,
            "shipping_address.postal_code": f"{rng.randint(1_000, 99_999):05d}",
            "shipping_address.country": country,
        }
        sample.orders.append(order)
        sample.lines += lines
    return sample


def draw_line(rng: random.Random, company: int, number: str) -> Row:
    """Make one line item."""
    good = rng.randrange(len(GOODS))
    name, kinds, price = GOODS[good]
    kind = rng.randrange(len(kinds))
    return {
        "company_id": company,
        "order_number": number,
        "item_id": f"prod_{700 + 10 * good + kind}",
        "description": f"{name} - {kinds[kind]}",
        "quantity": rng.choice((1, 1, 1, 2, 3, 5)),
        "unit_amount": Decimal(price),
    }


def plant(sample: Sample, problem: Planted) -> Row:
    """Put a problem into the rows of its order, and give the row at fault."""
    order = next((row for row in sample.orders if row["order_number"] == problem.order_number), {})
    lines = [row for row in sample.lines if row["order_number"] == problem.order_number]
    fault = order
    match problem.act:
        case "order":
            order[problem.column] = problem.value
        case "line item":
            fault = lines[0]
            fault[problem.column] = problem.value
        case "differ":
            # In the flat file a line repeats its order; this one repeats it wrongly.
            fault = lines[-1]
            if order[problem.column] == problem.value:
                raise ValueError(problem)
            fault["repeats"] = {problem.column: problem.value}
        case "no lines":
            sample.lines = [row for row in sample.lines if row not in lines]
        case "twice":
            sample.orders.append(fault := dict(order))
        case "no order":
            fault = sample.lines[0] | {"order_number": problem.order_number}
            sample.lines.append(fault)
    return fault


def write_workbook(sample: Sample, path: Path) -> None:
    """Write two sheets, with headers as people write them and dates as the workbook's own."""
    with xlsxwriter.Workbook(path, {"remove_timezone": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.set_properties({"title": "Orders", "created": datetime(2024, 11, 4, tzinfo=UTC)})
        bold = book.add_format({"bold": True})
        for name, columns, rows in (("Orders", ORDERS, sample.orders), ("Line items", LINES, sample.lines)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, [HEADERS.get(column, as_header(column)) for column in columns], bold)
            sheet.set_column(0, len(columns) - 1, 18)
            sheet.freeze_panes(1, 0)
            for place, row in enumerate(rows, 1):
                sheet.write_row(place, 0, [row[column] for column in columns])


def as_header(column: str) -> str:
    """Give a canonical name as a person writes it: `Shipping Address City`."""
    return column.replace("_", " ").replace(".", " ").title()


def write_pair(sample: Sample, orders: Path, lines: Path) -> None:
    """Write a Parquet file for each table, with typed columns."""
    for columns, rows, path in ((ORDERS, sample.orders, orders), (LINES, sample.lines, lines)):
        arrays = {name: pa.array([row[name] for row in rows], kind) for name, kind in columns.items()}
        pq.write_table(pa.table(arrays), path, compression="zstd")


def write_flat(sample: Sample, path: Path) -> None:
    """Write one table, in which each line item repeats its order."""
    columns = [name for name in (*ORDERS, *LINES) if name != "total_amount"]  # both have one; here it were ambiguous
    orders = {row["order_number"]: row for row in sample.orders}
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(columns)), extrasaction="ignore")
        writer.writeheader()
        for line in sample.lines:
            row = orders[line["order_number"]] | line | line.get("repeats", {})
            date = row["order_date"]
            writer.writerow(row | {"order_date": date if isinstance(date, str) else f"{date:%Y-%m-%d}"})


def locate(sample: Sample, problem: Planted, row: Row, places: tuple[str, str]) -> Fault:
    """Say where the row at fault stands: of equal rows, the last."""
    entity = int("item_id" in row)
    if FLAT in places and not entity:
        # There an order stands where its first line item does.
        row = next(line for line in sample.lines if line["order_number"] == problem.order_number)
    rows = sample.lines if "item_id" in row else sample.orders
    index = max(place for place, other in enumerate(rows) if other == row)
    header = 0 if places[0].endswith(".parquet") else 1
    return Fault(places[entity], 1 + header + index, problem.order_number, problem.column, problem.tells, problem.code)


def count(sample: Sample, place: str, rows: str) -> Count:
    """Count what is in the files, and what of it is valid."""
    sick = {problem.order_number for problem in sample.planted}
    numbers = {row["order_number"] for row in sample.orders or sample.lines}
    valid = [row for row in sample.lines if row["order_number"] not in sick]
    return Count(place, rows, len(numbers), len(numbers - sick), len(sample.lines), len(valid))


def add_up(samples: Iterable[Sample]) -> list[tuple[int, str, int, Decimal]]:
    """Give company, currency, orders and amount of what is valid."""
    found: dict[tuple[int, str], list[Decimal]] = {}
    for sample in samples:
        sick = {problem.order_number for problem in sample.planted}
        amounts: dict[str, Decimal] = {}
        for line in sample.lines:
            if line["order_number"] not in sick:
                amount = line["quantity"] * line["unit_amount"]
                amounts[line["order_number"]] = amounts.get(line["order_number"], Decimal(0)) + amount
        for order in sample.orders:
            if order["order_number"] not in sick:
                key = (order["company_id"], order["currency_id"])
                found.setdefault(key, []).append(amounts[order["order_number"]])
    return [(*key, len(amounts), sum(amounts, Decimal(0))) for key, amounts in sorted(found.items())]


def main() -> None:
    """Write everything."""
    rng = random.Random(SEED)  # noqa: S311 - sample data, no secrets
    book = draw(rng, "ORD-2024-", (f"{n:03d}" for n in range(1, 61)), COMPANIES[:1], 4)
    pair = draw(rng, "WEB-", range(100_001, 101_501), COMPANIES, 7)
    flat = draw(rng, "POS-", range(5_001, 5_301), COMPANIES[1:], 4)
    planted = [(sample, problem, plant(sample, problem)) for sample in (book, pair, flat) for problem in sample.planted]
    rng.shuffle(pair.orders)
    rng.shuffle(pair.lines)
    write_workbook(book, HERE / BOOK)
    write_pair(pair, HERE / PAIR[0], HERE / PAIR[1])
    write_flat(flat, HERE / FLAT)
    places = {book.prefix: (f"{BOOK}, Orders", f"{BOOK}, Line items"), pair.prefix: PAIR, flat.prefix: (FLAT, FLAT)}
    write_readme(
        HERE / "README.md",
        [
            count(book, f"`{BOOK}`", f"{len(book.orders)} + {len(book.lines)}"),
            count(pair, f"`{PAIR[0]}`, `{PAIR[1]}`", f"{len(pair.orders)} + {len(pair.lines)}"),
            count(flat, f"`{FLAT}`", str(len(flat.lines))),
        ],
        add_up((book, pair, flat)),
        [locate(sample, problem, row, places[sample.prefix]) for sample, problem, row in planted],
    )


if __name__ == "__main__":
    main()
