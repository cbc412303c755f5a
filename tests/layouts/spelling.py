"""How values and headers are written."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from schemas.fields import FIELDS, Entity, Kind

from .orders import Value
from .ways import Numbers

ZONE = dt.timezone(dt.timedelta(hours=-4))
KOLKATA = dt.timedelta(hours=5, minutes=30)
STATUS_WORDS = {"delivered": "done", "canceled": "Cancelled"}
SIGNS = {"EUR": "€", "USD": "US$", "JPY": "¥", "CHF": "Fr."}
AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
OTHER = {
    "company_id": "Mandant",
    "order_number": "Bestell-Nr.",
    "customer_id": "Käufer",
    "currency_id": "Währung",
    "order_date": "Datum",
    "status": "Stand",
    "total_amount": "Summe brutto",
    "shipping_address.street": "Straße",
    "shipping_address.city": "Ort",
    "item_id": "№",
    "name": "Artikel, Farbe",
    "quantity": "Stück",
    "unit_amount": "Preis/Stück",
    "tax_amount": "USt. (19 %)",
}


@dataclass(frozen=True)
class Fault:
    """An error cell of a workbook."""


Cell = str | Decimal | dt.datetime | Fault | None


def header(entity: Entity, field: str, style: str, *, is_flat: bool) -> str:
    """What a field is called in a header row."""
    is_shared = field in FIELDS[Entity.ORDER] and field in FIELDS[Entity.LINE_ITEM]
    if style == "other":
        return OTHER[field]
    if style == "qualified" or (is_flat and is_shared and field == "total_amount"):
        return FIELDS[entity][field].qualified
    words = re.split(r"[_.]", field)
    spelled = {
        "snake": field,
        "title": " ".join(words).title(),
        "upper": "-".join(words).upper(),
        "camel": words[0] + "".join(word.title() for word in words[1:]),
    }
    return spelled[style]


def number(value: Decimal, how: Numbers, kind: Kind, currency: str) -> Cell:
    """A number as the file has it."""
    if not how.is_text:
        return value
    whole, _, places = f"{abs(value):f}".partition(".")
    if how.group:
        whole = f"{int(whole):,}".replace(",", how.group)
    text = f"{whole}{how.decimal}{places}" if places else whole
    if kind is not Kind.QUANTITY:
        text = how.mark.format(text, sign=SIGNS[currency], code=currency)
    return how.negative.format(text) if value < 0 else text


def is_ambiguous(cells: Iterable[Cell]) -> bool:
    """Whether some text in a column of numbers may have a decimal or a thousands separator."""
    return any(
        AMBIGUOUS.fullmatch(re.sub(r"[^\d.,]", "", cell.replace("Fr.", ""))) for cell in cells if isinstance(cell, str)
    )


def moment(value: dt.datetime, style: str) -> Cell:
    """A time as the file has it; a layout without a time has the day alone."""
    if style == "typed":
        return value
    if style == "iso":
        return value.isoformat(" ")
    if style == "zoned":
        return value.replace(tzinfo=dt.UTC).astimezone(ZONE).isoformat()
    return value.strftime(style)


def kept(value: dt.datetime, style: str, timezone: str | None) -> dt.datetime:
    """What a time is read back to, in UTC."""
    if style == "zoned":
        return value
    local = value
    if style.startswith("%"):
        local = dt.datetime.strptime(value.strftime(style), style)  # noqa: DTZ007
    return local - KOLKATA if timezone else local


def proves_order(values: Sequence[Value], style: str) -> bool:
    """Whether some day above 12 proves the order of day and month, or there is nothing to prove."""
    moments = [value for value in values if isinstance(value, dt.datetime)]
    return (
        not style.startswith("%")
        or any(one.day > 12 for one in moments)
        or all(one.day == one.month for one in moments)
    )
