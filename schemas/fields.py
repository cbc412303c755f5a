"""The fields of an order and of a line item, as the orders API's documentation names them."""

from dataclasses import dataclass
from enum import StrEnum


class Entity(StrEnum):
    """What a row of an input stands for."""

    ORDER = "order"
    LINE_ITEM = "line_item"


class Kind(StrEnum):
    """How a value is read and checked."""

    COMPANY = "company"  # positive integer
    TEXT = "text"
    CURRENCY = "currency"  # ISO 4217 code
    DATE = "date"  # ISO 8601, sent in UTC
    STATUS = "status"  # one of ORDER_STATUSES
    AMOUNT = "amount"  # decimal number, up to 15 significant digits
    PRICE = "price"  # an amount of zero or more
    QUANTITY = "quantity"  # a decimal number above zero


ORDER_STATUSES = ("pending", "processing", "shipped", "delivered", "canceled")


@dataclass(frozen=True)
class Field:
    """A canonical column; a dot in the name nests it in an object of the wire format."""

    entity: Entity
    name: str
    kind: Kind
    required: bool = False

    @property
    def qualified(self) -> str:
        """The spelling that is never ambiguous, such as `line_items.total_amount`."""
        return f"{'orders' if self.entity is Entity.ORDER else 'line_items'}.{self.name}"


ADDRESS_PARTS = ("street", "city", "state", "postal_code", "country")
KEY = ("company_id", "order_number")
SOURCE = ("source_file", "source_sheet", "source_row")
NAMED = ":currencies"  # behind the name of an amount: the column of the currencies that its cells name

ORDER_FIELDS: tuple[Field, ...] = (
    Field(Entity.ORDER, "company_id", Kind.COMPANY, required=True),
    Field(Entity.ORDER, "order_number", Kind.TEXT, required=True),
    Field(Entity.ORDER, "customer_id", Kind.TEXT, required=True),
    Field(Entity.ORDER, "currency_id", Kind.CURRENCY, required=True),
    Field(Entity.ORDER, "order_date", Kind.DATE),
    Field(Entity.ORDER, "status", Kind.STATUS),
    Field(Entity.ORDER, "payment_status", Kind.TEXT),
    Field(Entity.ORDER, "fulfillment_status", Kind.TEXT),
    Field(Entity.ORDER, "total_amount", Kind.AMOUNT),
    Field(Entity.ORDER, "total_discount", Kind.AMOUNT),
    Field(Entity.ORDER, "total_tax", Kind.AMOUNT),
    Field(Entity.ORDER, "shipping_amount", Kind.AMOUNT),
    *(Field(Entity.ORDER, f"shipping_address.{part}", Kind.TEXT) for part in ADDRESS_PARTS),
    *(Field(Entity.ORDER, f"billing_address.{part}", Kind.TEXT) for part in ADDRESS_PARTS),
)

LINE_ITEM_FIELDS: tuple[Field, ...] = (
    Field(Entity.LINE_ITEM, "company_id", Kind.COMPANY, required=True),
    Field(Entity.LINE_ITEM, "order_number", Kind.TEXT, required=True),
    Field(Entity.LINE_ITEM, "item_id", Kind.TEXT, required=True),
    Field(Entity.LINE_ITEM, "variant_id", Kind.TEXT),
    Field(Entity.LINE_ITEM, "name", Kind.TEXT),
    Field(Entity.LINE_ITEM, "description", Kind.TEXT),
    Field(Entity.LINE_ITEM, "quantity", Kind.QUANTITY, required=True),
    Field(Entity.LINE_ITEM, "unit_amount", Kind.PRICE, required=True),
    Field(Entity.LINE_ITEM, "tax_amount", Kind.AMOUNT),
    Field(Entity.LINE_ITEM, "discount_amount", Kind.AMOUNT),
    Field(Entity.LINE_ITEM, "total_amount", Kind.AMOUNT),
)

FIELDS: dict[Entity, dict[str, Field]] = {
    Entity.ORDER: {field.name: field for field in ORDER_FIELDS},
    Entity.LINE_ITEM: {field.name: field for field in LINE_ITEM_FIELDS},
}
# Names that both entities have, other than the key that joins them: in one table they need their qualified spelling.
SHARED = frozenset(FIELDS[Entity.ORDER]) & frozenset(FIELDS[Entity.LINE_ITEM]) - frozenset(KEY)
