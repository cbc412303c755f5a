"""The contract of creating and listing orders, as the orders API's documentation states it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_BASE_URL = "https://api.rootfi.dev/v4"
ORDERS_PATH = "/ecommerce/orders"
KEY_HEADER = "api_key"

OrderStatus = Literal["pending", "processing", "shipped", "delivered", "canceled"]


class Passed(BaseModel):
    """Unknown keys are passed on, never an error."""

    model_config = ConfigDict(extra="allow")


class Address(Passed):
    """A shipping or billing address."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class LineItem(Passed):
    """One line item of an order."""

    item_id: str | None = None
    description: str | None = None
    quantity: float | None = None
    unit_amount: float | None = None


class NewOrder(Passed):
    """One order of a request's `data[]`."""

    customer_id: str
    currency_id: str
    line_items: list[LineItem]
    order_number: str | None = None
    order_date: str | None = None
    status: OrderStatus = "pending"
    shipping_address: Address | None = None
    billing_address: Address | None = None


class CreateOrders(BaseModel):
    """The body of a POST: the orders of one company."""

    company_id: int
    data: list[NewOrder] = Field(min_length=1)


class CreatedOrder(Passed):
    """One order of an answer's `data[]`; the customer comes back as contact_id."""

    rootfi_id: int
    rootfi_created_at: str
    rootfi_updated_at: str
    rootfi_company_id: int
    platform_id: str
    order_number: str | None
    contact_id: str
    currency_id: str
    status: str
