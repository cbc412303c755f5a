"""Division: the price of one out of the total of a line, exactly or not at all."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.divide import TEXT, divide


def divided(total: str | None, quantity: str | None) -> tuple[str | None, bool]:
    text, inexact = divide(pa.chunked_array([[total]], TEXT), pa.chunked_array([[quantity]], TEXT))
    return text[0].as_py(), bool(len(inexact))


@pytest.mark.parametrize(
    ("total", "quantity", "price"),
    [
        ("10", "4", "2.5"),
        ("-7.5", "3", "-2.5"),
        ("0", "3", "0"),
        ("0.01", "4", "0.0025"),
        ("0.000000003", "3", "0.000000001"),
        ("999999999999999", "1", "999999999999999"),
        ("10", "0.5", "20"),
    ],
)
def test_an_exact_quotient_is_the_price(total: str, quantity: str, price: str) -> None:
    assert divided(total, quantity) == (price, False)


@pytest.mark.parametrize(("total", "quantity"), [("10", "3"), ("0.000000001", "2"), ("0.01", "7")])
def test_an_inexact_quotient_is_told(total: str, quantity: str) -> None:
    assert divided(total, quantity) == (total, True)


@pytest.mark.parametrize(
    ("total", "quantity"), [("x", "2"), ("10", "x"), ("10", "0"), ("10", None), (None, "2"), ("1" * 16, "2")]
)
def test_what_cannot_be_divided_stays_for_its_own_problem(total: str | None, quantity: str | None) -> None:
    assert divided(total, quantity) == (total, False)


@given(st.decimals(0, 10**6, places=4), st.integers(1, 10_000))
def test_a_price_times_a_quantity_divides_back_to_the_price(price: Decimal, quantity: int) -> None:
    text, inexact = divided(f"{price * quantity:f}", str(quantity))
    assert not inexact
    assert Decimal(text or "x") == price
