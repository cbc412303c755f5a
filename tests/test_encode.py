"""Encoding: each order as the JSON that orjson would make of it, and a digest that outlives versions."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.fields import FIELDS, KEY, Entity, Kind
from transforms.encode import encode

Row = Mapping[str, str | None]
NUMBERS = (Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY)
HEAD = {"company_id": "1", "order_number": "A", "customer_id": "c", "currency_id": "EUR"}
LINE = {"company_id": "1", "order_number": "A", "item_id": "i", "quantity": "2", "unit_amount": "1.5"}


def frame(entity: Entity, rows: Sequence[Row]) -> pd.DataFrame:
    """The rows as validation leaves them: only columns that some table has."""
    names = {name for row in rows for name in row}
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype="str") for name in FIELDS[entity] if name in names}
    )


def encoded(*orders: tuple[Row, Sequence[Row]]) -> tuple[list[str], list[int]]:
    starts = np.cumsum([0, *(len(lines) for _, lines in orders)])
    lines = [line for _, some in orders for line in some]
    bodies, digests = encode(frame(Entity.ORDER, [head for head, _ in orders]), frame(Entity.LINE_ITEM, lines), starts)
    return bodies.to_pylist(), [int(digest) for digest in digests]


def plain(entity: Entity, row: Row) -> dict[str, Any]:
    """What the row means, made without Arrow."""
    skipped = KEY if entity is Entity.LINE_ITEM else ("company_id",)
    made: dict[str, Any] = {}
    for name, field in FIELDS[entity].items():
        value = row.get(name)
        if value is not None and name not in skipped:
            parent, _, child = name.rpartition(".")
            holder = made.setdefault(parent, {}) if parent else made
            holder[child] = orjson.Fragment(value) if field.kind in NUMBERS else value
    return made


def cells(entity: Entity) -> st.SearchStrategy[Row]:
    text = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
        ['"', "\\", "{,", "\x00\x1f\x7f", "\u2028😀"]
    )
    number = st.decimals(-(10**6), 10**6, places=3).map(lambda one: f"{one.normalize():f}")
    return st.fixed_dictionaries(
        {name: _cell(name, number if one.kind in NUMBERS else text) for name, one in FIELDS[entity].items()}
    )


def _cell(name: str, value: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return value if name in ("order_number", "item_id") else st.none() | value


ORDERS = st.lists(
    st.tuples(cells(Entity.ORDER), st.lists(cells(Entity.LINE_ITEM), min_size=1, max_size=3)), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=30)
@given(ORDERS)
def test_an_order_is_the_json_that_orjson_makes_of_it(orders: list[tuple[Row, list[Row]]]) -> None:
    bodies, _ = encoded(*orders)
    for body, (head, lines) in zip(bodies, orders, strict=True):
        order = plain(Entity.ORDER, head) | {"line_items": [plain(Entity.LINE_ITEM, line) for line in lines]}
        assert body == orjson.dumps(order).decode()
        assert orjson.loads(body)["order_number"] == head["order_number"]


def test_an_order_as_it_is_sent() -> None:
    head = HEAD | {"order_date": "2024-01-22T05:07:31.465Z", "total_tax": "0.5", "shipping_address.city": "Rome"}
    [body], _ = encoded((head, [LINE, LINE | {"description": 'a "b"'}]))
    assert body == (
        '{"order_number":"A","customer_id":"c","currency_id":"EUR","order_date":"2024-01-22T05:07:31.465Z",'
        '"total_tax":0.5,"shipping_address":{"city":"Rome"},"line_items":[{"item_id":"i","quantity":2,'
        '"unit_amount":1.5},{"item_id":"i","description":"a \\"b\\"","quantity":2,"unit_amount":1.5}]}'
    )


def test_what_is_empty_is_left_out_of_one_order_and_sent_in_another() -> None:
    address = {"billing_address.street": None, "billing_address.city": "Rome", "status": "pending"}
    first, second = encoded((HEAD | address, [LINE]), (HEAD | dict.fromkeys(address), [LINE]))[0]
    assert orjson.loads(first)["billing_address"] == {"city": "Rome"}
    assert orjson.loads(second).keys() == {"order_number", "customer_id", "currency_id", "line_items"}


@pytest.mark.parametrize("number", ["99.99", "0.000000001", "123456789012345", "-0.1", "999999.999999999"])
def test_amounts_keep_their_digits(number: str) -> None:
    [body], _ = encoded((HEAD | {"total_amount": number}, [LINE]))
    assert f'"total_amount":{number},' in body
    assert Decimal(repr(orjson.loads(body)["total_amount"])) == Decimal(number)


def test_the_digest_does_not_depend_on_the_order_of_line_items_or_on_the_other_orders() -> None:
    other = LINE | {"item_id": "j"}
    _, [one, two] = encoded((HEAD, [LINE, other, LINE]), (HEAD, [other, LINE, LINE]))
    _, [alone] = encoded((HEAD, [LINE, LINE, other]))
    assert one == two == alone


def test_the_digest_does_not_depend_on_columns_without_a_value() -> None:
    empty = dict.fromkeys(name for name in FIELDS[Entity.ORDER] if name not in HEAD)
    _, digests = encoded((HEAD, [LINE]), (HEAD | empty, [LINE | {"variant_id": None}]))
    assert digests == encoded((HEAD, [LINE]))[1] * 2


CHANGES: list[tuple[Row, list[Row]]] = [
    *((HEAD | {name: "5"}, [LINE]) for name in FIELDS[Entity.ORDER] if name != "company_id"),
    *((HEAD, [LINE | {name: "5"}]) for name in FIELDS[Entity.LINE_ITEM] if name not in KEY),
    (HEAD, [LINE, LINE]),
    (HEAD, [LINE, LINE, LINE]),
    (HEAD | {"status": "c"}, [LINE]),
    (HEAD | {"payment_status": "c"}, [LINE]),
    (HEAD | {"shipping_address.city": "Rome"}, [LINE]),
    (HEAD | {"billing_address.city": "Rome"}, [LINE]),
]


def test_any_change_changes_the_digest() -> None:
    _, digests = encoded((HEAD, [LINE]), *CHANGES)
    assert len(set(digests)) == len(CHANGES) + 1


def test_digests_are_those_that_ledgers_hold() -> None:
    """A change of these numbers makes every order that was ever created look changed: a new ledger version is due."""
    rich = HEAD | {"status": "shipped", "order_date": "2024-01-22T05:07:31.465Z", "shipping_address.city": "Zürich ✓"}
    line = LINE | {"description": 'Headphones "Black" \\ \u0001', "quantity": "0.5", "tax_amount": "-1.25"}
    _, digests = encoded((HEAD, [LINE]), (rich, [LINE, line]))
    assert digests == [-6451669278935464648, -1041586877772623296]
