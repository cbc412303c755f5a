"""Columns: which header is which field, what the rows of a table stand for, and the profile that changes it."""

import tomllib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError, ProfileError
from schemas.fields import FIELDS, Entity
from schemas.mapping import ColumnMap, Origin
from schemas.profile import Profile
from transforms.columns import check_profile, match, missing, understand
from transforms.profiles import profile_text

ORDER, LINE = Entity.ORDER, Entity.LINE_ITEM
ORDERS = ["company_id", "order_number", "customer_id", "currency_id"]
LINES = ["order_number", "item_id", "quantity", "unit_amount"]
FLAT = [*ORDERS, *LINES[1:]]


def read(
    headers: Sequence[str],
    profile: Profile | None = None,
    fixed: dict[str, object] | None = None,
    entities: frozenset[Entity] | None = None,
) -> ColumnMap:
    mapping = understand("file.csv", headers, profile or Profile(), fixed or {}, entities)
    assert mapping is not None
    return mapping


@pytest.mark.parametrize("header", ["order_number", "Order Number", "ORDER-NUMBER", " order.Number ", "OrderNumber"])
def test_case_spaces_and_punctuation_do_not_matter(header: str) -> None:
    mapping = read([header, *(name for name in ORDERS if name != "order_number")])
    assert mapping.header(ORDER, "order_number") == header


@given(st.sampled_from([(entity, name) for entity in Entity for name in FIELDS[entity]]), st.data())
def test_every_field_is_found_in_any_spelling(field: tuple[Entity, str], data: st.DataObject) -> None:
    entity, name = field
    marks = st.sampled_from(["", " ", "_", "-", ".", "/"])
    chars = [data.draw(st.sampled_from([char.upper(), char.lower()])) + data.draw(marks) for char in name]
    header = data.draw(st.sampled_from(["", f"{entity.value} ", f"{entity.value}s."])) + "".join(chars)
    mapping = match("file.csv", [header], Profile(), {}, frozenset({entity}))
    assert mapping is not None
    assert mapping.fields == {entity: {name: Origin((header,))}}


def test_a_table_with_customers_has_orders_and_one_with_items_has_line_items() -> None:
    assert set(read(ORDERS).fields) == {ORDER}
    assert set(read(LINES).fields) == {LINE}
    assert set(read(FLAT).fields) == {ORDER, LINE}


def test_a_table_of_neither_has_no_role() -> None:
    assert understand("file.csv", ["city", "population"], Profile(), {}) is None


def test_a_fixed_customer_leaves_a_table_of_orders_one_and_one_of_line_items_another() -> None:
    fixed: dict[str, object] = {"customer_id": "cash"}
    assert set(read(["company_id", "order_number", "currency_id"], fixed=fixed).fields) == {ORDER}
    assert set(read(LINES, fixed=fixed).fields) == {LINE}


def test_a_forced_role_wins_over_what_the_columns_look_like() -> None:
    assert set(read(FLAT, entities=frozenset({LINE})).fields) == {LINE}
    with pytest.raises(InputError, match="no column for customer_id, which every order needs"):
        read(["company_id", "order_number", "currency_id"], entities=frozenset({ORDER}))


def test_a_line_item_needs_no_company_of_its_own_but_an_order_does() -> None:
    assert missing(LINE, read(LINES), {}) == []
    with pytest.raises(InputError, match=r"no column for company_id.*or give --company-id N"):
        read([name for name in ORDERS if name != "company_id"])


def test_a_fixed_field_needs_no_column() -> None:
    read([name for name in ORDERS if name != "currency_id"], fixed={"currency_id": "EUR"})
    read([name for name in ORDERS if name != "currency_id"], fixed={"orders.currency_id": "EUR"})


@pytest.mark.parametrize("name", ["company_id", "orders.company_id"])
def test_a_fixed_field_with_a_column_is_refused_since_they_may_differ(name: str) -> None:
    with pytest.raises(InputError, match='has the column "company_id", but company_id is given as the same'):
        read(ORDERS, fixed={name: 5})
    mapping = read(ORDERS, Profile(ignore=["company_id"]), {name: 5})
    assert "company_id" in mapping.unused


def test_a_missing_column_is_told_with_what_was_found_and_what_is_closest() -> None:
    with pytest.raises(InputError) as caught:
        read(["company_id", "order_number", "Customer IDs", "currency_id"], entities=frozenset({ORDER}))
    told = str(caught.value)
    assert "file.csv: no column for customer_id, which every order needs." in told
    assert 'Found: company_id, order_number, Customer IDs, currency_id. Perhaps customer_id is "Customer IDs"' in told
    assert "orderlift columns" in told


def test_two_headers_for_one_field_are_refused_unless_one_is_ignored() -> None:
    headers = [*ORDERS, "Currency-ID"]
    with pytest.raises(InputError, match='"currency_id" and "Currency-ID" both stand for currency_id'):
        read(headers)
    mapping = read(headers, Profile(ignore=["currency_id"]))
    assert mapping.header(ORDER, "currency_id") == "Currency-ID"
    assert mapping.unused == ("currency_id",)


def test_two_headers_for_a_field_that_the_table_does_not_carry_do_no_harm() -> None:
    assert read([*LINES, "status", "order status"]).unused == ("status", "order status")


@pytest.mark.parametrize("name", ["total_amount", "Total Amount"])
def test_in_one_table_a_total_must_say_whose_it_is(name: str) -> None:
    with pytest.raises(InputError, match="can be the order's or the line item's"):
        read([*FLAT, name])
    assert read([*ORDERS, name]).header(ORDER, "total_amount") == name
    assert read([*LINES, name]).header(LINE, "total_amount") == name


def test_qualified_headers_say_whose_a_total_is() -> None:
    mapping = read([*FLAT, "orders.total_amount", "Line Item: Total Amount"])
    assert mapping.header(ORDER, "total_amount") == "orders.total_amount"
    assert mapping.header(LINE, "total_amount") == "Line Item: Total Amount"


def test_a_profile_says_whose_a_total_is() -> None:
    mapping = read([*FLAT, "total_amount"], Profile(line_items={"total_amount": "total_amount"}))
    assert "total_amount" in mapping.fields[LINE]
    assert "total_amount" not in mapping.fields[ORDER]
    both = Profile(orders={"total_amount": "sum"}, line_items={"total_amount": "sum"})
    assert read([*FLAT, "sum"], both).header(ORDER, "total_amount") == "sum"


def test_a_profile_names_columns_and_wins_over_spelling() -> None:
    profile = Profile(orders={"customer_id": "Buyer", "payment_status": "gone"})
    mapping = read([*ORDERS, "Buyer"], profile)
    assert mapping.header(ORDER, "customer_id") == "Buyer"
    assert mapping.unused == ("customer_id",)
    assert mapping.absent == ("gone",)


def test_in_one_table_a_column_that_the_profile_gives_to_one_entity_is_not_read_for_the_other() -> None:
    headers = [name for name in FLAT if name != "customer_id"] + ["name"]
    mapping = read(headers, Profile(orders={"customer_id": "name"}))
    assert "name" not in mapping.fields[LINE]


def test_in_two_files_what_a_profile_gives_to_one_entity_is_still_read_for_the_other() -> None:
    profile = Profile(orders={"order_number": "order_number", "total_amount": "total_amount"})
    mapping = read([*LINES, "total_amount"], profile)
    assert mapping.header(LINE, "total_amount") == "total_amount"
    assert "order_number" in mapping.fields[LINE]


def test_in_one_table_both_entities_have_the_same_key() -> None:
    headers = ["Bestellnummer", *(name for name in FLAT if name != "order_number")]
    mapping = read(headers, Profile(orders={"order_number": "Bestellnummer"}))
    assert mapping.header(LINE, "order_number") == "Bestellnummer"


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (Profile(orders={"custmer_id": "x"}), r"custmer_id under order, .*Closest: customer_id"),
        (Profile(line_items={"customer_id": "x"}), "customer_id under line_item, which does not exist"),
        (Profile(fixed={"curency_id": "EUR"}), r"curency_id under fixed, .*Closest: currency_id"),
        (Profile(fixed={"total_amount": 1}), r"orders\.total_amount or line_items\.total_amount"),
        (
            Profile.model_validate({"lookup": {"customerid": {"file": "c.csv", "from": "a", "to": "b"}}}),
            "customerid under lookup, which does not exist",
        ),
        (Profile(status_words={"Done": "finished"}), r"Done into finished\. The API has pending, "),
    ],
)
def test_a_profile_with_unknown_fields_or_statuses_is_refused(profile: Profile, told: str) -> None:
    with pytest.raises(ProfileError, match=told):
        check_profile(profile)


def test_a_profile_with_known_fields_is_accepted() -> None:
    check_profile(
        Profile(orders={"shipping_address.city": "Town"}, fixed={"line_items.total_amount": 1, "status": "x"})
    )


def test_a_profile_with_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no time zone Mars/North"):
        Profile(timezone="Mars/North")


def read_back(mappings: Sequence[ColumnMap]) -> Profile:
    return Profile.model_validate(tomllib.loads(profile_text(mappings, {})))


def test_a_written_profile_reads_back_as_the_same_mapping() -> None:
    headers = ["Company ID", "Order no.", "Buyer", "Currency ID", "Item ID", "Qty", "Unit Amount", "Ship To", "extra"]
    profile = Profile(
        orders={"order_number": "Order no.", "customer_id": "Buyer", "shipping_address.city": "Ship To"},
        line_items={"quantity": "Qty"},
    )
    mapping = read(headers, profile)
    assert read(headers, read_back([mapping])) == mapping


def test_a_written_profile_tells_what_is_missing_and_what_is_not_read() -> None:
    mapping = match("file.csv", ["order_number", "Buyer"], Profile(), {}, frozenset({ORDER}))
    assert mapping is not None
    text = profile_text([mapping], {"currency_id": "EUR"})
    assert '# missing: customer_id = "..."' in text
    assert '# not read: "Buyer"' in text
    assert "currency_id = " not in text.split("[fixed]")[0]


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=4, max_size=4, unique=True))
def test_any_header_can_stand_in_a_written_profile(headers: list[str]) -> None:
    profile = Profile(orders=dict(zip(ORDERS, headers, strict=True)))
    mapping = match("file.csv", [*headers, "\x7f unread\n\x85"], profile, {}, frozenset({ORDER}))
    assert mapping is not None
    assert read_back([mapping]).orders == profile.orders
