"""Random orders with their line items: what the files are to be read back to."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from schemas.fields import ORDER_STATUSES

Value = str | Decimal | dt.datetime | None
WORDS = [
    *(
        "tea",
        "Grüner Tee",
        "Café",
        "Żółć",
        "Чай",
        "чашка",
        "お茶",
        "茶杯",
        "شاي",
        "תה",
        "चाय",
        "Ελιά",
        "ชา",
        "🍵",
        "İstanbul",
    ),
    *("NULL", "NA", "None", "nan", "TRUE", "0", "007", "1e5", "3/4", "12.5", "=1+1", "-5", "+7", "@x", "#N/A"),
]
JOINTS = [" ", ", ", ";", "|", '"', "'", "\n", " & ", "<b>", "\\", " - ", ":", "=", "\u00a0"]
NUMBERS = ["0001", "#1001", "=1+1", "-5", "+7", "@x", "12345678901234567890", "NA", "1/2", "2024-01-02", "TRUE", "Ä-7"]
CURRENCIES = ["EUR", "USD", "JPY", "CHF"]
OPTIONAL = ("order_date", "status", "total_amount", "shipping_address.street", "shipping_address.city")


@dataclass(frozen=True)
class Order:
    """An order's fields by name, and those of its line items."""

    fields: Mapping[str, Value]
    lines: tuple[Mapping[str, Value], ...]

    @property
    def number(self) -> str:
        return str(self.fields["order_number"])


def _joined(words: list[str], joint: str) -> str:
    return joint.join(words)


# Letters, marks, digits and signs of all scripts; what ends in .0 may be a number that a program has written.
ANY = st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\\"), min_size=1, max_size=8)
TEXTS = st.one_of(
    st.builds(_joined, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3), st.sampled_from(JOINTS)),
    ANY.filter(lambda text: not text.endswith(".0") and "e+" not in text.lower()),
)
ORDER_NUMBERS = st.one_of(
    st.sampled_from(NUMBERS), st.integers(1, 10**9).map(str), st.integers(0, 99).map("{:05}".format)
)


def amounts(least: int, digits: int = 9) -> st.SearchStrategy[Decimal]:
    """Amounts with up to four decimals."""
    return st.builds(
        lambda number, places: Decimal(number) / 10**places,
        st.integers(least, 10**digits),
        st.sampled_from([0, 1, 2, 2, 3, 4]),
    )


LINES = st.fixed_dictionaries(
    {
        "item_id": TEXTS,
        "name": TEXTS | st.none(),
        "quantity": amounts(1, 5),
        "unit_amount": amounts(0),
        "tax_amount": st.none() | amounts(-(10**6)),
    }
)
FIRST, LAST = dt.datetime(1990, 1, 1), dt.datetime(2037, 12, 31)  # noqa: DTZ001 - in a zone that the layout gives
MOMENTS = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(microsecond=0))


@st.composite
def orders(draw: st.DrawFn) -> list[Order]:
    """One to five orders, with the same optional fields, each of which some may leave empty."""
    given = draw(st.sets(st.sampled_from(OPTIONAL)))
    found = []
    for number in draw(st.lists(ORDER_NUMBERS, min_size=1, max_size=5, unique=True)):
        fields: dict[str, Value] = {"company_id": "1", "order_number": number, "customer_id": draw(TEXTS)}
        fields["currency_id"] = draw(st.sampled_from(CURRENCIES))
        for name in OPTIONAL:
            if name in given:
                fields[name] = None if draw(st.integers(0, 5)) == 0 else draw(_optional(name))
        lines = draw(st.lists(LINES, min_size=1, max_size=3))
        found.append(Order(fields, tuple(lines)))
    return found


def _optional(name: str) -> st.SearchStrategy[Value]:
    if name == "order_date":
        return MOMENTS
    if name == "status":
        return st.sampled_from(ORDER_STATUSES)
    return amounts(-(10**8)) if name == "total_amount" else TEXTS
