"""Values that are translated by a table of their own, and names that come from one."""

from corpus.case import Case, Cases, found
from corpus.shapes import ONE, ROWS
from corpus.writers import FLAT, book, plain, separated

CASES = Cases()

CUSTOMERS = [["Email", "customer_id", "Name"], ["Ann@example.com", "00501", "Ann"], ["bob@example.com", 502, "Bob"]]


@CASES.add
def customers_looked_up_by_email() -> Case:
    rows = [["order_number", "E-mail", *FLAT[2:]]]
    rows += [["A", "ann@example.com ", *ROWS[1][2:]], ["A", "ANN@example.com", *ROWS[2][2:]]]
    rows += [["B", "bob@example.com", *ROWS[3][2:]], ["C", "eve@example.com", *ROWS[3][2:]], ["D", "", *ROWS[3][2:]]]
    profile = """
[orders]
customer_id = "E-mail"
[lookup.customer_id]
file = "customers.csv"
from = "Email"
to = "customer_id"
ignore_case = true
"""
    return Case(
        {"a.csv": separated(rows)},
        profile=profile,
        beside={"customers.csv": separated(CUSTOMERS)},
        invalid=2,
        problems=found("a.csv", (5, "E-mail", "not_in_lookup"), (6, "E-mail", "missing")),
        sent={"A": {"customer_id": "00501"}, "B": {"customer_id": "502"}},
        **ONE,
    )


@CASES.add
def items_and_names_looked_up_in_a_workbook() -> Case:
    rows = [["order_number", "customer_id", "currency_id", "SKU", "quantity", "unit_amount"]]
    rows += [[*row[:3], sku, *row[5:]] for row, sku in zip(ROWS[1:], ("T-1", "T-2", "T-1"), strict=True)]
    rows += [["C", "c", "EUR", "T-9", "1", "1"]]
    products = [["Products"], [], ["SKU", "Item", "Title"], ["T-1", 17, "Tea"], ["T-2", "0018", "Cup"]]
    profile = """
[line_items]
item_id = "SKU"
[lookup.item_id]
file = "products.xlsx"
from = "SKU"
to = "Item"
[lookup.name]
file = "products.xlsx"
from = "SKU"
to = "Title"
column = "SKU"
"""
    return Case(
        {"a.csv": separated(rows)},
        profile=profile,
        beside={"products.xlsx": book(("P", plain(products)))},
        invalid=1,
        problems=found("a.csv", (5, "SKU", "not_in_lookup")),
        sent={"A": {"line_items.0.item_id": "17", "line_items.1.item_id": "0018", "line_items.1.name": "Cup"}},
        **ONE,
    )


@CASES.add
def stores_looked_up_as_companies() -> Case:
    rows = [["Store", *FLAT], ["Berlin", *ROWS[1]], ["Berlin", *ROWS[2]], ["Paris", *ROWS[3]], ["Rome", *ROWS[3]]]
    stores = [["store", "company"], ["Berlin", "11"], ["Paris", "12"]]
    profile = """
[orders]
company_id = "Store"
[line_items]
company_id = "Store"
[lookup.company_id]
file = "stores.csv"
from = "store"
to = "company"
"""
    return Case(
        {"a.csv": separated(rows)},
        profile=profile,
        beside={"stores.csv": separated(stores)},
        options=(),
        invalid=1,
        problems=found("a.csv", (5, "Store", "not_in_lookup")),
        **ONE,
    )
