"""Suggestions: which header may stand for an open field, by its name and by its values, each with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from suggesting import KNOWN, LINE, ORDER, pairs, suggested, without

from schemas.fields import FIELDS
from schemas.item_names import LINE_ITEM_NAMES
from schemas.mapping import ColumnMap, Origin
from schemas.order_names import ADDRESSES, ORDER_NAMES, PARTS, Names
from schemas.synonyms import VAGUE
from transforms.naming import by_name, fold
from transforms.suggest import best, suggest_by_name, told

LANGUAGES = {"English", "German", "French", "Spanish", "Italian", "Dutch", "Portuguese", "Polish"}


@pytest.mark.parametrize(
    ("header", "field", "reason"),
    [
        ("Order No.", "orders.order_number", "a usual name"),
        ("Order #", "orders.order_number", "a usual name"),
        ("SalesOrderNumber", "orders.order_number", "a usual name"),
        ("*InvoiceNo", "orders.order_number", "a usual name"),
        ("Bestellnummer", "orders.order_number", "German for order number"),
        ("Auftragsnr.", "orders.order_number", "German for order number"),
        ("N° de commande", "orders.order_number", "French for order number"),
        ("NUMERO DE COMMANDE", "orders.order_number", "French for order number"),
        ("Nº pedido", "orders.order_number", "Spanish for order number"),
        ("Cliente", "orders.customer_id", "Spanish, Italian or Portuguese for customer"),
        ("E-mail", "orders.customer_id", "may mean that"),
        ("Qty", "line_items.quantity", "a usual name"),
        ("Menge (Stk)", "line_items.quantity", "German for quantity"),
        ("Lineitem quantity", "line_items.quantity", "a usual name"),
        ("Ilość", "line_items.quantity", "Polish for quantity"),
        ("Einzelpreis EUR", "line_items.unit_amount", "German for unit amount"),
        ("Unit Price (USD)", "line_items.unit_amount", "a usual name"),
        ("Line: Price", "line_items.unit_amount", "may mean that"),
        ("Artikelnummer", "line_items.item_id", "German or Dutch for item"),
        ("Référence", "line_items.item_id", "French for item"),
        ("City (Billing)", "orders.billing_address.city", "a usual name"),
        ("Ville de livraison", "orders.shipping_address.city", "French for shipping city"),
        ("Liefer-PLZ", "orders.shipping_address.postal_code", "German for shipping postal code"),
        ("Postcode", "orders.shipping_address.postal_code", "a postal code, but it does not say whose"),
        ("custmer_id", "orders.customer_id", "close to customer_id"),
        ("Bestelnumer", "orders.order_number", 'close to "bestelnummer"'),
        ("Order number [C]", "orders.order_number", "a usual name"),
    ],
)
def test_a_name_tells_what_a_header_may_stand_for(header: str, field: str, reason: str) -> None:
    first = by_name(header)[0]
    assert (first.target.qualified, first.reason, first.header) == (field, reason, header)


@pytest.mark.parametrize("header", ["", " ", "°", "x", "Notes", "tate", "column 7", "🙂", "\x00", "42"])
def test_a_name_that_says_nothing_is_not_interpreted(header: str) -> None:
    assert by_name(header) == []


def test_a_usual_name_is_likelier_than_a_part_of_one_or_a_vague_or_a_close_one() -> None:
    certain, part, vague, close = (by_name(name)[0].confidence for name in ("Qty", "Qty (pcs)", "Price", "Quantitty"))
    assert 1 > certain > part > vague > close > 0.5


@given(st.text())
def test_any_header_is_looked_at_without_a_failure(header: str) -> None:
    assert all(0 < one.confidence < 1 and one.header == header for one in by_name(header))


@pytest.mark.parametrize("names", [ORDER_NAMES, LINE_ITEM_NAMES, ADDRESSES, PARTS])
def test_every_field_has_names_in_every_language(names: Names) -> None:
    assert {field: set(languages) for field, languages in names.items()} == dict.fromkeys(names, LANGUAGES)


def test_names_are_those_of_fields_and_none_is_usual_for_two() -> None:
    assert set(ORDER_NAMES) | set(VAGUE[ORDER]) <= set(FIELDS[ORDER])
    assert set(LINE_ITEM_NAMES) | set(VAGUE[LINE]) <= set(FIELDS[LINE])
    owners: dict[str, set[str]] = {}
    for names in (ORDER_NAMES, LINE_ITEM_NAMES):
        for field, languages in names.items():
            for listed in languages.values():
                for name in listed.split(","):
                    owners.setdefault(fold(name), set()).add(field)
    assert {name: fields for name, fields in owners.items() if len(fields) > 1 or not name} == {}


def test_required_fields_come_first_and_a_fixed_or_mapped_field_is_not_suggested() -> None:
    cells = {
        "Note": ["a"],
        "Datum": ["2024-01-02"],
        "Menge": ["1"],
        "Waehrung": ["EUR"],
        "Kunde": ["7"],
        "Bestellstatus": ["neu"],
    }
    found = suggested(cells, without(LINE, "quantity"), {"orders.status": "pending"})
    assert pairs(found) == {"Menge": "line_items.quantity", "Datum": "orders.order_date"}
    assert [one.header for one in found] == ["Menge", "Datum"]


def test_one_header_is_suggested_for_its_likeliest_field_only() -> None:
    found = suggested({"Item": ["a-1"], "SKU": ["a-2"]}, without(LINE, "item_id"))
    assert pairs(found) == {"Item": "line_items.item_id", "SKU": "line_items.item_id"}
    found = suggested({"Item": ["Tea"], "Code": ["a-2"]}, without(LINE, "item_id"))
    assert pairs(found) == {"Item": "line_items.item_id"}


def test_fields_that_are_equally_likely_are_both_shown() -> None:
    found = suggested({"Total": ["5", "6"]}, KNOWN)
    assert [one.target.qualified for one in found] == ["orders.total_amount", "line_items.total_amount"]


def test_the_key_of_line_items_alone_is_theirs_and_that_of_a_flat_table_the_orders() -> None:
    cells = {"Order No": ["A1", "A1"]}
    alone = {LINE: {"item_id": "i", "quantity": "q", "unit_amount": "p"}}
    assert pairs(suggested(cells, alone)) == {"Order No": "line_items.order_number"}
    flat = {ORDER: {"customer_id": "u"}, LINE: alone[LINE]}
    assert pairs(suggested(cells, flat)) == {"Order No": "orders.order_number"}


def test_line_items_in_a_table_that_seems_to_have_orders_only_are_suggested() -> None:
    cells = {"Menge": ["1"], "Artikelnummer": ["77"], "Einzelpreis": ["2,50"]}
    found = pairs(suggested(cells, {ORDER: KNOWN[ORDER]}))
    assert found == {
        "Menge": "line_items.quantity",
        "Artikelnummer": "line_items.item_id",
        "Einzelpreis": "line_items.unit_amount",
    }
    assert suggested({"Menge": ["1"]}, {ORDER: KNOWN[ORDER]}) == []


def test_headers_alone_are_enough_for_an_error_message() -> None:
    mapping = ColumnMap("f", {LINE: {"item_id": Origin(("i",))}}, ("Menge", "Anzahl", "Preis"), ())
    found = suggest_by_name(mapping, {})
    assert told(found, "quantity") == '"Menge" (German for quantity) or "Anzahl" (German for quantity)'
    assert told(found, "unit_amount", LINE) == '"Preis" (may mean that)'
    assert told(found, "item_id") == ""
    assert [one.header for one in best(found, "quantity")] == ["Menge", "Anzahl"]
