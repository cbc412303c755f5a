"""Origins: several columns for one field, a divisor, a lookup, and headers that a profile spells otherwise."""

from collections.abc import Sequence
from typing import Any

import pytest

from schemas.errors import InputError
from schemas.fields import Entity
from schemas.mapping import ColumnMap, Origin
from schemas.profile import Profile
from transforms.columns import understand

ORDERS = ["company_id", "order_number", "customer_id", "currency_id"]
LINES = ["order_number", "item_id", "quantity", "unit_amount"]
FLAT = [*ORDERS, *LINES[1:]]
LOOKUP = {"file": "customers.csv", "from": "Email", "to": "id"}


def read(headers: Sequence[str], **profile: Any) -> ColumnMap:
    mapping = understand("file.csv", headers, Profile.model_validate(profile), {})
    assert mapping is not None
    return mapping


def test_several_columns_make_one_field_and_are_named_together() -> None:
    mapping = read([*ORDERS, "Street", "No"], orders={"shipping_address.street": ["Street", "No"]})
    assert mapping.fields[Entity.ORDER]["shipping_address.street"] == Origin(("Street", "No"), ", ")
    assert mapping.header(Entity.ORDER, "shipping_address.street") == "Street + No"


def test_cells_of_one_field_are_joined_by_what_the_profile_says_else_a_space() -> None:
    source = {"columns": ["Date", "Time"], "join": "T"}
    assert (
        read([*ORDERS, "Date", "Time"], orders={"order_date": source}).fields[Entity.ORDER]["order_date"].joint == "T"
    )
    plain = read([*ORDERS, "Date", "Time"], orders={"order_date": ["Date", "Time"]})
    assert plain.fields[Entity.ORDER]["order_date"].joint == " "


def test_of_several_columns_those_that_are_there_are_used_and_the_others_told() -> None:
    mapping = read([*ORDERS, "Street"], orders={"shipping_address.street": ["Street", "No"]})
    assert mapping.header(Entity.ORDER, "shipping_address.street") == "Street"
    assert mapping.absent == ("No",)


def test_a_divisor_that_is_not_there_leaves_the_field_without_a_column() -> None:
    with pytest.raises(InputError, match="no column for unit_amount"):
        read([*LINES[:3], "Total"], line_items={"unit_amount": {"columns": "Total", "divide_by": "Qty"}})


def test_a_lookup_translates_the_fields_own_column_or_brings_another_one_in() -> None:
    own = read(ORDERS, lookup={"customer_id": LOOKUP})
    assert own.fields[Entity.ORDER]["customer_id"] == Origin(("customer_id",), lookup="customer_id")
    other = read(
        [*ORDERS[:2], "currency_id", "E-mail", "customer_id"], lookup={"customer_id": LOOKUP | {"column": "E-mail"}}
    )
    assert other.fields[Entity.ORDER]["customer_id"] == Origin(("E-mail",), lookup="customer_id")


def test_what_a_lookup_or_a_condition_reads_is_not_unused() -> None:
    mapping = read(
        [*FLAT, "product", "type"],
        lookup={"name": LOOKUP | {"column": "product"}},
        only={"line_items": {"type": "Line Item"}},
    )
    assert mapping.unused == ()


def test_a_header_that_the_profile_spells_otherwise_is_found() -> None:
    assert read([*ORDERS, "order date"], orders={"order_date": "Order-Date"}).header(Entity.ORDER, "order_date") == (
        "order date"
    )


def test_a_header_that_stands_twice_must_be_named_with_its_column() -> None:
    headers = [*ORDERS, "Date [E]", "Date [G]"]
    with pytest.raises(InputError, match=r'2 columns are named "Date".*Date \[E\] or Date \[G\]'):
        read(headers, orders={"order_date": "Date"})
    assert read(headers, orders={"order_date": "Date [G]"}).header(Entity.ORDER, "order_date") == "Date [G]"


def test_a_field_that_stands_twice_is_refused() -> None:
    with pytest.raises(InputError, match="both stand for order_number"):
        read(["order_number [A]", "order_number [B]", "customer_id", "currency_id", "company_id"])
