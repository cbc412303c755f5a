"""The files of `../shared/data`, which nobody here wrote: orders that are read right, and files that are no orders."""

from corpus.case import PROFILES, SHARED, Case, Cases, found

CASES = Cases()
TRAPS = SHARED / "format_traps"
NORTHWIND = {
    "orders.csv": SHARED / "northwind" / "orders.csv",
    "order_details.csv": SHARED / "northwind" / "order_details.csv",
}
WHOLE_NORTHWIND = {"orders": 830, "lines": 2155, "amounts": {"USD": "1354458.59"}}


def trap(name: str) -> dict[str, object]:
    """The files of a case that has one trap."""
    return {name: TRAPS / name}


@CASES.shared
def northwind() -> Case:
    return Case(
        NORTHWIND,
        profile=PROFILES / "northwind.toml",
        sent={
            "10248": {
                "customer_id": "VINET",
                "order_date": "1996-07-04T00:00:00.000Z",
                "shipping_address.state": None,
                "shipping_address.street": "59 rue de l'Abbaye",
                "line_items.0.item_id": "11",
            },
            "10250": {"shipping_address.state": "RJ", "shipping_address.postal_code": "05454-876"},
        },
        **WHOLE_NORTHWIND,
    )


@CASES.shared
def northwind_with_names_of_products() -> Case:
    profile = (PROFILES / "northwind.toml").read_text()
    profile += '[lookup.name]\nfile = "products.csv"\nfrom = "productID"\nto = "productName"\ncolumn = "productID"\n'
    return Case(
        NORTHWIND,
        profile=profile,
        beside={"products.csv": SHARED / "northwind" / "products.csv"},
        sent={
            "10248": {
                "line_items.0.name": "Queso Cabrales",
                "line_items.0.item_id": "11",
                "line_items.2.name": "Mozzarella di Giovanni",
            }
        },
        **WHOLE_NORTHWIND,
    )


@CASES.shared
def microsoft_sales() -> Case:
    return Case(
        {"sales.csv": SHARED / "ms_sales" / "sales.csv"},
        profile=PROFILES / "ms_sales.toml",
        orders=16_459,
        lines=32_718,
        amounts={"USD": "20928022.4307"},
        sent={"SO43701": {"line_items.0.item_id": "Mountain-100 Silver, 44", "line_items.0.tax_amount": 271.9992}},
    )


@CASES.shared
def microsoft_sales_in_parquet() -> Case:
    return Case(
        {"2021.parquet": SHARED / "ms_sales" / "2021.snappy.parquet"},
        profile=PROFILES / "ms_sales.toml",
        orders=12_525,
        lines=28_784,
        amounts={"USD": "10692440.0759"},
        sent={"SO49171": {"line_items.0.unit_amount": 2181.5625, "order_date": "2021-01-01T00:00:00.000Z"}},
    )


@CASES.shared
def shopify_without_prices() -> Case:
    files = {"shopify.csv": SHARED / "shopify" / "shopify_orders.csv"}
    return Case(files, refused=("shopify.csv", "no column for (unit_amount|quantity|item_id)"))


@CASES.shared
def shopify_sample_without_prices() -> Case:
    files = {"shopify.csv": SHARED / "shopify" / "shopify_orders_sample.csv"}
    return Case(files, refused=("shopify.csv", "no column for (unit_amount|item_id)"))


SHOPIFY = """
[orders]
order_number = "Name"
customer_id = "Email"
currency_id = "Currency"
order_date = "Created at"
[line_items]
order_number = "Name"
item_id = "Lineitem name"
quantity = "Lineitem quantity"
"""


@CASES.shared
def shopify_sample_with_a_profile_has_no_prices_either() -> Case:
    files = {"shopify.csv": SHARED / "shopify" / "shopify_orders_sample.csv"}
    return Case(files, profile=SHOPIFY, refused=("shopify.csv", "no column for unit_amount"))


@CASES.shared
def shopify_sample_with_a_price_that_a_person_gives() -> Case:
    """Five orders of the 127 have no e-mail."""
    cells = [(row, "Email", "missing") for row in (39, 82, 141, 160, 161, 162, 193)]
    return Case(
        {"shopify.csv": SHARED / "shopify" / "shopify_orders_sample.csv"},
        profile=SHOPIFY + "[fixed]\nunit_amount = 0\n",
        orders=122,
        lines=242,
        amounts={"USD": "0"},
        invalid=5,
        problems=found("shopify.csv", *cells),
        sent={"#1001": {"order_date": "2025-01-15T22:41:00.000Z", "line_items.2.item_id": "Red Gadget"}},
    )


@CASES.shared
def numbers_of_all_kinds() -> Case:
    profile = """
[orders]
order_number = "number"
[line_items]
order_number = "number"
unit_amount = "maximum"
[fixed]
customer_id = "c"
currency_id = "USD"
item_id = "x"
quantity = 1
"""
    cells = [(row, "maximum", "not_a_number") for row in (2, 3, 4, 12, 13, 14)]
    cells += [(5, "maximum", "negative"), (8, "maximum", "negative"), (10, "maximum", "percentage")]
    return Case(
        trap("number-test.csv"),
        profile=profile,
        orders=4,
        lines=4,
        amounts={"USD": "5"},
        invalid=9,
        problems=found("number-test.csv", *cells, (13, "number", "rounded_number")),
        options=("--company-id", "7", "--orders", "number-test.csv", "--line-items", "number-test.csv"),
        sent={"$4.00": {"line_items.0.unit_amount": 4}, "-0": {"line_items.0.unit_amount": 0}},
    )


@CASES.shared
def used_range_of_a_million_rows() -> Case:
    profile = """
[orders]
order_number = "Your Ref #"
customer_id = "Contact Name"
[line_items]
order_number = "Your Ref #"
item_id = "City"
quantity = "Pieces"
unit_amount = "Material Cost"
[fixed]
currency_id = "USD"
"""
    return Case(
        trap("issue_174.xlsx"),
        profile=profile,
        orders=1,
        lines=1,
        amounts={"USD": "1.201"},
        sent={"123": {"customer_id": "Test Contact Name", "line_items.0.item_id": "My City"}},
    )


@CASES.shared
def three_columns_of_one_name() -> Case:
    profile = """
[orders]
order_number = "id [A]"
customer_id = "name"
[line_items]
order_number = "id [A]"
item_id = "id [E]"
quantity = "age"
unit_amount = "id [C]"
[fixed]
currency_id = "USD"
"""
    return Case(
        trap("duplicate-headers.csv"),
        profile=profile,
        orders=2,
        lines=2,
        amounts={"USD": "0"},
        sent={"1101": {"customer_id": "John", "line_items.0.item_id": "001101", "line_items.0.quantity": 30}},
    )


@CASES.shared
def three_columns_of_one_name_not_told_apart() -> Case:
    profile = '[orders]\norder_number = "id"\ncustomer_id = "name"\n[fixed]\ncurrency_id = "USD"\n'
    return Case(trap("duplicate-headers.csv"), profile=profile, refused=("duplicate-headers.csv", r"id \[A\]", "id"))


@CASES.shared
def protected_by_a_password() -> Case:
    return Case(trap("pass_protected.xlsx"), refused=("pass_protected.xlsx", "password", "without"))


NO_ORDERS = (
    "any_sheets.ods",
    "any_sheets.xls",
    "bom.csv",
    "csvkit_null_byte.csv",
    "csvkit_test_latin1.csv",
    "csvkit_test_locale.csv",
    "csvkit_test_utf16_little.csv",
    "date_1904.xls",
    "date_1904.xlsx",
    "date_iso.xlsx",
    "duplicate-headers.csv",
    "errors.xlsx",
    "header-row.xlsx",
    "issue-312.xlsx",
    "issue_174.xlsx",
    "leading-zeros.csv",
    "multiline-headers.xlsx",
    "number-test.csv",
    "number_rows_repeated.ods",
    "skip-rows.xlsx",
)
