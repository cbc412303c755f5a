"""Orders and line items in shapes that need work: filled down, in one cell, among other rows, as totals, scattered."""

import random

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, book, plain, separated, text

CASES = Cases()
ROWS = [
    FLAT,
    ["A", "c1", "EUR", "2024-01-02", "x", "1", "2.5"],
    ["A", "c1", "EUR", "2024-01-02", "y", "2", "1"],
    ["B", "c2", "EUR", "2024-01-03", "x", "4", "1"],
]
ONE = {"orders": 2, "lines": 3, "amounts": {"EUR": "8.5"}}


@CASES.add
def order_fields_on_the_first_line_only() -> Case:
    rows = [*ROWS[:2], ["A", None, None, None, *ROWS[2][4:]], ROWS[3], ["C", None, None, None, "x", "1", "1"]]
    cells = [(5, "customer_id", "missing"), (5, "currency_id", "missing")]
    return Case({"a.csv": separated(rows)}, invalid=1, problems=found("a.csv", *cells), **ONE)


@CASES.add
def even_the_order_number_on_the_first_line_only() -> Case:
    rows = [
        *ROWS[:2],
        [None, None, None, None, *ROWS[2][4:]],
        ROWS[3],
        ["C", "c3", "EURO", "2024-01-03", "x", "1", "1"],
    ]
    rows += [[None, None, None, None, "y", "0", "1"], [None] * 7]
    cells = [(5, "currency_id", "not_a_currency"), (6, "quantity", "not_positive")]
    return Case({"a.csv": separated(rows)}, invalid=1, problems=found("a.csv", *cells), notices=("order above",), **ONE)


@CASES.add
def line_items_before_any_order() -> Case:
    rows = [FLAT, [None, None, None, None, "y", "2", "1"], *ROWS[1:2], [None, None, None, None, *ROWS[2][4:]], ROWS[3]]
    cells = [(2, "order_number", "missing"), (2, "customer_id", "missing"), (2, "currency_id", "missing")]
    return Case({"a.xlsx": book(("S", plain(rows)))}, invalid=1, problems=found("S", *cells), **ONE)


@CASES.add
def line_items_scattered_over_the_file() -> Case:
    rows = [[f"O{n % 50}", f"c{n % 50}", "EUR", "2024-01-02", f"i{n}", 1 + n % 3, "0.25"] for n in range(500)]
    random.Random(7).shuffle(rows)  # noqa: S311 - a shuffled file, no secret
    amount = sum(row[5] for row in rows) / 4
    return Case({"a.csv": separated([FLAT, *rows])}, orders=50, lines=500, amounts={"EUR": str(amount)})


@CASES.add
def order_with_two_customers_in_scattered_rows() -> Case:
    rows = [*ROWS, ["C", "c3", "EUR", None, "x", "1", "1"], ["D", "d", "EUR", None, "x", "1", "1"]]
    rows += [["C", "c4", "EUR", None, "y", "1", "1"]]
    return Case(
        {"a.csv": separated(rows)},
        orders=3,
        lines=4,
        amounts={"EUR": "9.5"},
        invalid=1,
        problems=found("a.csv", (7, "customer_id", "conflicting_values")),
    )


SUITE = """
[orders]
order_number = "order_number"
customer_id = "customer_id"
order_date = "date"
status = "status"
currency_id = "order_currency"
"billing_address.street" = ["billing_address_1", "billing_address_2"]
"billing_address.city" = "billing_city"
[line_items]
order_number = "order_number"
item_id = "line_items.sku"
name = "line_items.name"
quantity = "line_items.quantity"
unit_amount = { columns = "line_items.total", divide_by = "line_items.quantity" }
[lines_in_cell]
column = "line_items"
[status_words]
completed = "delivered"
on-hold = "pending"
"""


@CASES.add
def all_line_items_in_one_cell() -> Case:
    """As WooCommerce's CSV Import Suite has it."""
    header = ["order_id", "order_number", "date", "status", "order_currency", "customer_id", "billing_address_1"]
    header += ["billing_address_2", "billing_city", "line_items"]
    one = "name:Plan One|sku:111112|quantity:1|total:49.99;name:Cup: large|sku:0042|quantity:3|total:30.00"
    rows = [
        header,
        [1, "W-1", "2024-05-06 07:08:09", "completed", "EUR", "55", "Main St 1", "Floor 2", "Ulm", one],
        [2, "W-2", "2024-05-06 07:08:09", "on-hold", "EUR", "56", "Rue 3", "", "Lyon", one.split(";")[1] + ";"],
        [3, "W-3", "2024-05-06 07:08:09", "completed", "EUR", "57", "", "", "", "name:Tea|quantity"],
        [4, "W-4", "2024-05-06 07:08:09", "completed", "EUR", "58", "", "", "", ""],
        [5, "W-5", "2024-05-06 07:08:09", "done", "EUR", "59", "", "", "", "name:A|sku:a|quantity:3|total:10"],
        [6, "W-6", "2024-05-06 07:08:09", "completed", "EUR", "60", "", "", "", "sku:a|quantity:1|total:5|oops"],
        [7, "W-7", "2024-05-06 07:08:09", "completed", "EUR", "61", "", "", "", "sku:a|sku:b|quantity:1|total:5"],
    ]
    needed = ("line_items.sku", "line_items.quantity", "line_items.total")
    cells = [
        *((row, "line_items", "unreadable_cell") for row in (4, 7, 8)),
        *((row, column, "missing") for row in (4, 5) for column in needed),
        (6, "status", "not_a_status"),
        (6, "line_items.total", "inexact_division"),
    ]
    return Case(
        {"woo.csv": separated(rows)},
        profile=SUITE,
        orders=2,
        lines=3,
        amounts={"EUR": "109.99"},
        invalid=5,
        problems=found("woo.csv", *cells),
        sent={
            "W-1": {
                "status": "delivered",
                "line_items.1.name": "Cup: large",
                "line_items.1.item_id": "0042",
                "line_items.1.unit_amount": 10,
                "billing_address.street": "Main St 1, Floor 2",
            },
            "W-2": {"billing_address.street": "Rue 3", "status": "pending"},
        },
    )


@CASES.add
def rows_of_other_types_between_the_line_items() -> Case:
    """As Matrixify has it."""
    header = ["ID", "Name", "Currency", "Customer: ID", "Line: Type", "Line: SKU", "Line: Quantity", "Line: Price"]
    rows = [
        [header[0], *header[1:]],
        [12345678901234, "#1", "EUR", 98765432109876, "Line Item", "T", 2, 3.5],
        [12345678901234, "#1", "EUR", 98765432109876, "Shipping Line", None, None, 4.99],
        [12345678901234, "#1", "EUR", 98765432109876, "Discount", None, None, -1],
        [12345678901234, "#1", "EUR", 98765432109876, "Transaction", None, None, None],
        [12345678901235, "#2", "EUR", 98765432109877, "Line Item", "C", 1, 1],
        [12345678901235, "#2", "EUR", 98765432109877, "Refund Line", "C", -1, 1],
    ]
    profile = """
[orders]
order_number = "Name"
customer_id = "Customer: ID"
currency_id = "Currency"
[line_items]
order_number = "Name"
item_id = "Line: SKU"
quantity = "Line: Quantity"
unit_amount = "Line: Price"
[only.line_items]
"Line: Type" = "Line Item"
"""
    return Case(
        {"Export.xlsx": book(("Orders", plain(rows)))},
        profile=profile,
        orders=2,
        lines=2,
        amounts={"EUR": "8"},
        notices=("4 rows are left out",),
        sent={"#1": {"customer_id": "98765432109876"}},
    )


@CASES.add
def totals_of_lines_divided() -> Case:
    """Tab-separated, as Amazon has it: the price is that of the whole line."""
    lines = """
amazon-order-id\tpurchase-date\tbuyer\tsku\tproduct-name\tquantity\tcurrency\titem-price
111-1\t2024-01-02T03:04:05+00:00\tann\tS1\tSix "cups"\t6\tUSD\t30.00
111-1\t2024-01-02T03:04:05+00:00\tann\tS2\tTea\t8\tUSD\t1.00
111-2\t2024-01-02T03:04:05+00:00\tbob\tS1\tThree cups\t3\tUSD\t10.00
111-3\t2024-01-02T03:04:05+00:00\tcid\tS1\tNone\t0\tUSD\t10.00
111-4\t2024-01-02T03:04:05+00:00\tdan\tS1\tOne\t1\tUSD\t0.33
"""
    profile = """
quote = ""
[orders]
order_number = "amazon-order-id"
customer_id = "buyer"
currency_id = "currency"
order_date = "purchase-date"
[line_items]
order_number = "amazon-order-id"
item_id = "sku"
name = "product-name"
quantity = "quantity"
unit_amount = { columns = "item-price", divide_by = "quantity" }
"""
    cells = [(4, "item-price", "inexact_division"), (5, "quantity", "not_positive")]
    return Case(
        {"orders.tsv": text(lines)},
        profile=profile,
        orders=2,
        lines=3,
        amounts={"USD": "31.33"},
        invalid=2,
        problems=found("orders.tsv", *cells),
        sent={"111-1": {"line_items.0.unit_amount": 5, "line_items.1.unit_amount": 0.125}},
    )


@CASES.add
def addresses_from_several_columns() -> Case:
    header = [
        *FLAT,
        "Ship Address1",
        "Ship Address2",
        "Ship City",
        "Ship Zip",
        "Bill Name",
        "Bill Street",
        "Bill Country",
    ]
    rows = [
        header,
        [*ROWS[1], "12 High St", "Flat 3", "Leeds", "LS1 4AP", "Ann", "1 Low Rd", "GB"],
        [*ROWS[2], "12 High St", "Flat 3", "Leeds", "LS1 4AP", "Ann", "1 Low Rd", "GB"],
        [*ROWS[3], "", "Only this", "", "01067", "", "", ""],
    ]
    profile = """
[orders]
"shipping_address.street" = ["Ship Address1", "Ship Address2"]
"shipping_address.city" = "Ship City"
"shipping_address.postal_code" = "Ship Zip"
"billing_address.street" = { columns = ["Bill Name", "Bill Street"], join = " / " }
"billing_address.country" = "Bill Country"
"""
    return Case(
        {"a.csv": separated(rows)},
        profile=profile,
        sent={
            "A": {
                "shipping_address.street": "12 High St, Flat 3",
                "shipping_address.postal_code": "LS1 4AP",
                "billing_address.street": "Ann / 1 Low Rd",
                "billing_address.country": "GB",
            },
            "B": {
                "shipping_address.street": "Only this",
                "shipping_address.postal_code": "01067",
                "billing_address": None,
            },
        },
        **ONE,
    )
