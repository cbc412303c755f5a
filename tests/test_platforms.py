"""Platforms: an export of each is read as the platform means it, and a profile is all that another one needs."""

import csv
import tomllib
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from commands import Ran

from adapters.profiles import built_in
from transforms.recognize import recognize

PLATFORMS = Path(__file__).parent / "platforms"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((PLATFORMS / "expected.toml").read_text(encoding="utf-8"))
FILES = sorted(path.name for path in PLATFORMS.iterdir() if path.suffix != ".toml")
REFUSED = {"magento.csv", "etsy-orders.csv", "square-transactions.csv"}

InProcess = Callable[..., Ran]
Row = dict[str, object]

MATRIXIFY = [
    *("ID", "Name", "Number", "Cancelled At", "Processed At", "Created At", "Updated At", "Currency"),
    *("Price: Total Line Items", "Tax: Total", "Price: Total", "Payment: Status", "Order Fulfillment Status"),
    *("Customer: ID", "Customer: Email", "Shipping: Address 1", "Shipping: Address 2", "Shipping: Zip"),
    *("Shipping: City", "Shipping: Province", "Shipping: Country", "Row #", "Top Row", "Line: Type", "Line: ID"),
    *("Line: Title", "Line: Variant ID", "Line: SKU", "Line: Quantity", "Line: Price", "Line: Discount"),
    *("Line: Total", "Refund: ID", "Transaction: ID", "Transaction: Kind", "Transaction: Amount"),
]


def matrixify(path: Path) -> None:
    """A workbook with ids of 14 digits as numbers and rows of every type; only the first row of an order has it all."""

    def order(number: int, cancelled: str = "", status: str = "fulfilled", **more: object) -> Row:
        day = f"2026-09-0{number - 998} 10:14:00 -0400"
        return {
            "ID": 45035996273704 + number,
            "Name": f"#{number}",
            "Number": number,
            "Cancelled At": cancelled,
            "Processed At": day,
            "Created At": day,
            "Currency": "USD",
            "Payment: Status": "paid",
            "Order Fulfillment Status": status,
            "Customer: ID": 70368744177664,
            "Top Row": True,
        } | more

    def line(number: int, sku: str, quantity: int, price: float) -> Row:
        variant = 41234567890123 if sku else ""
        said = {"Line: Type": "Line Item", "Line: Title": "Thing", "Line: SKU": sku, "Line: Variant ID": variant}
        amounts = {"Line: Quantity": quantity, "Line: Price": price, "Line: Total": quantity * price}
        return {"Name": f"#{number}", "Line: ID": 12345678901234 + quantity} | said | amounts

    address = {"Shipping: Address 1": "1 Fern Lane", "Shipping: Address 2": "Flat 2", "Shipping: City": "Testville"}
    address |= {"Shipping: Zip": "05454", "Shipping: Province": "Vermont", "Shipping: Country": "United States"}
    rows: list[Row] = [
        order(1001, **address, **{"Price: Total": 63.29, "Tax: Total": 3.29}) | line(1001, "FERN-1", 2, 16.0),
        line(1001, "TOTE-1", 1, 20.5),
        {"Name": "#1001", "Line: Type": "Discount", "Line: Title": "FALL5", "Line: Discount": -5.0},
        {"Name": "#1001", "Line: Type": "Shipping Line", "Line: Title": "Standard", "Line: Price": 6.0},
        {"Name": "#1001", "Line: Type": "Transaction", "Transaction: ID": 5432109876543, "Transaction: Amount": 63.29},
        order(1002, cancelled="2026-09-05 09:00:00 -0400", status="unfulfilled") | line(1002, "MUG-1", 1, 10.0),
        {"Name": "#1002", "Line: Type": "Refund Line", "Line: SKU": "MUG-1", "Line: Quantity": -1, "Line: Price": 10.0},
        order(1003) | line(1003, "", 1, 9.0),
    ]
    pd.DataFrame(rows, columns=MATRIXIFY).to_excel(path, sheet_name="Orders", index=False, engine="xlsxwriter")


def place(file: str, folder: Path) -> None:
    """Put the export into the folder."""
    if file == "matrixify.xlsx":
        matrixify(folder / file)
    else:
        (folder / file).write_bytes((PLATFORMS / file).read_bytes())


def planned(ran: Ran, folder: Path) -> tuple[list[dict[str, Any]], list[Decimal], set[tuple[int, str]]]:
    """The orders that would be sent, the amount of each, and the problems by row and code."""
    assert ran.code in (0, 1), ran.err
    run = folder / "workspace" / "runs" / ran.json["run_id"]
    plan = pq.read_table(run / "plan")
    problems = pq.read_table(run / "problems.parquet").to_pylist()
    bodies = [orjson.loads(body) for body in plan["body"].to_pylist()]
    return bodies, plan["amount"].to_pylist(), {(one["source_row"], one["code"]) for one in problems}


@pytest.mark.parametrize("name", list(EXPECTED))
def test_an_export_is_read_as_its_platform_means_it(name: str, in_process: InProcess, tmp_path: Path) -> None:
    expected = EXPECTED[name]
    place(expected["file"], tmp_path)
    args = ["plan", expected["file"], "--company-id", 1089, "--json"]
    if "profile" in expected:
        (tmp_path / "mine.toml").write_text(expected["profile"])
        args += ["--profile", "mine.toml"]
    ran = in_process(*args)
    orders, amounts, problems = planned(ran, tmp_path)
    assert problems == {(row, code) for row, code in expected["problems"]}
    assert len(orders) == ran.json["orders"]["pending"] == expected["orders"]
    assert ran.json["orders"]["invalid"] == expected.get("invalid", ran.json["orders"]["invalid"])
    assert sum(len(order["line_items"]) for order in orders) == expected["line_items"]
    assert sum(amounts) == Decimal(expected["amount"])
    assert Counter(order["status"] for order in orders if "status" in order) == expected["statuses"]
    [first] = [order for order in orders if order["order_number"] == expected["first"]["order_number"]]
    assert {field: first.get(field) for field in expected["first"]} == expected["first"]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_export_without_line_items_is_refused_with_the_one_to_take(
    name: str, in_process: InProcess, tmp_path: Path
) -> None:
    place(name, tmp_path)
    ran = in_process("plan", name, "--company-id", 1089)
    assert ran.code == 2
    assert " ".join(built_in()[name.removesuffix(".csv")].refuse.split()) in ran.complaint


def headers(file: str) -> list[str]:
    if file == "matrixify.xlsx":
        return MATRIXIFY
    with (PLATFORMS / file).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="," if file.endswith(".csv") else "\t")
        return next(row for row in rows if len(row) > 5)


@pytest.mark.parametrize("file", [*FILES, "matrixify.xlsx"])
def test_each_file_is_recognized_as_that_of_its_platform_alone(file: str) -> None:
    name = file.rsplit(".", 1)[0]
    assert recognize(headers(file), built_in()) == (name.removesuffix("-blank"),)


@pytest.mark.parametrize("file", [*FILES, "matrixify.xlsx"])
def test_a_profile_names_headers_that_the_export_has(file: str) -> None:
    profile = built_in()[file.rsplit(".", 1)[0].removesuffix("-blank")]
    cell = profile.lines_in_cell.column if profile.lines_in_cell else None
    sources = [*profile.orders.values(), *profile.line_items.values()]
    named = {header for one in sources for header in (*one.columns, *filter(None, [one.divide_by]))}
    named |= {*profile.only.orders, *profile.only.line_items, *profile.status_if_filled, *profile.ignore}
    optional = {"Currency", "ItemTaxAmount"}  # only in some exports
    optional |= {header for header in named if header.startswith("Billing: ")}
    assert {header for header in named if cell is None or not header.startswith(f"{cell}.")} <= {
        *headers(file),
        *optional,
    }


def test_every_profile_has_a_file_and_every_file_an_expectation() -> None:
    assert {one["file"] for one in EXPECTED.values()} | REFUSED == {*FILES, "matrixify.xlsx"}
    assert {name.removesuffix("-blank") for name in EXPECTED} | {name.removesuffix(".csv") for name in REFUSED} == set(
        built_in()
    )


def test_another_platform_needs_a_profile_and_no_code(in_process: InProcess, tmp_path: Path) -> None:
    (tmp_path / "tally.toml").write_text("""
        extends = "layout.toml"
        [lookup.customer_id]
        file = "tables/customers.csv"
        from = "mail"
        to = "id"
        ignore_case = true
    """)
    (tmp_path / "layout.toml").write_text(
        """
        date_format = "%d.%m.%Y"
        decimal = ","
        delimiter = ";"
        [orders]
        order_number = "Beleg"
        customer_id = "Kunde"
        order_date = "Datum"
        status = "Stand"
        "shipping_address.street" = { columns = ["Straße", "Nr"], join = " " }
        [lines_in_cell]
        column = "Waren"
        lines = " / "
        parts = ", "
        key = "="
        [line_items]
        item_id = "Waren.art"
        quantity = "Waren.menge"
        unit_amount = { columns = "Waren.summe", divide_by = "Waren.menge" }
        [only.orders]
        Art = ["Bestellung", "Vorbestellung"]
        [only.line_items]
        Art = ["Bestellung", "Vorbestellung"]
        [fixed]
        currency_id = "EUR"
        [status_words]
        fertig = "delivered"
        [status_if_filled]
        Storno = "canceled"
    """,
        encoding="utf-8",
    )
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "customers.csv").write_text("id,mail\n07,A@x.de\n08,b@x.de\n")
    (tmp_path / "tally.csv").write_text(
        "Beleg;Art;Datum;Kunde;Stand;Storno;Straße;Nr;Waren\n"
        "T1;Bestellung;03.04.2026;a@x.de;fertig;;Am Tor;5a;art=K-1, menge=3, summe=13,50 / art=K-2, menge=1, summe=2\n"
        "T2;Angebot;03.04.2026;a@x.de;offen;;Am Tor;5a;art=K-1, menge=1, summe=4,50\n"
        "T3;Vorbestellung;04.04.2026;b@x.de;fertig;05.04.2026;Weg;;art=K-1, menge=2, summe=9\n"
        "T4;Bestellung;04.04.2026;c@x.de;fertig;;Weg;;art=K-1, menge=1, summe=4,50\n",
        encoding="utf-8",
    )
    ran = in_process("plan", "tally.csv", "--profile", "tally.toml", "--company-id", 7, "--json")
    orders, amounts, problems = planned(ran, tmp_path)
    assert problems == {(5, "not_in_lookup")}
    assert sorted(amounts) == [Decimal(9), Decimal("15.50")]
    assert [(one["order_number"], one["customer_id"], one["status"]) for one in orders] == [
        ("T1", "07", "delivered"),
        ("T3", "08", "canceled"),
    ]
    assert [one["shipping_address"]["street"] for one in orders] == ["Am Tor 5a", "Weg"]
    assert orders[0]["order_date"] == "2026-04-03T00:00:00.000Z"
    assert [line["unit_amount"] for line in orders[0]["line_items"]] == [4.5, 2]
