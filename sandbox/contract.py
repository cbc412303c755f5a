"""What the API accepts: the body of a POST becomes the orders of one company, or is refused with a documented code."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from iso4217 import Currency
from pydantic import ValidationError

from schemas.wire import CreateOrders

_CURRENCIES = frozenset(currency.code for currency in Currency)
_MAX_COMPANY = 2**63


class Refused(Exception):  # noqa: N818 - an answer of the API, not a fault of the sandbox
    """An answer that says that nothing was done; codes are those of api.md, "Errors"."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(message)

    @property
    def body(self) -> bytes:
        """The JSON of the answer."""
        return orjson.dumps({"error": {"code": self.code, "message": self.message}})


class NewOrders(NamedTuple):
    """A body that was accepted: its orders, each as it was sent."""

    company_id: int
    orders: list[dict[str, Any]]


def read_orders(body: bytes, *, max_orders: int, max_bytes: int) -> NewOrders:
    """Read the orders of a body; a single invalid one refuses them all, and which one it was is not said."""
    if len(body) > max_bytes:
        raise Refused(413, "invalid-params", f"Invalid field: data. A request has at most {max_bytes} bytes.")
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, "invalid-params", "Invalid field: body. It is not JSON.") from error
    try:
        parsed = CreateOrders.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise refusal(error.errors(include_url=False, include_context=False, include_input=False)) from error
    if len(parsed.data) > max_orders:
        raise Refused(413, "invalid-params", f"Invalid field: data. A request has at most {max_orders} orders.")
    if not 0 < parsed.company_id < _MAX_COMPANY:
        raise invalid("company_id", "No such company.")
    for order in parsed.data:
        if order.currency_id not in _CURRENCIES:
            raise invalid("currency_id", "It must be an ISO 4217 code.")
        if order.order_date is not None and not _is_date(order.order_date):
            raise invalid("order_date", "It must be an ISO 8601 date.")
    return NewOrders(parsed.company_id, content["data"])


def refusal(errors: Sequence[Any]) -> Refused:
    """Answer the first of pydantic's errors; it names the field, never the order."""
    words = [str(part) for part in errors[0]["loc"] if isinstance(part, str) and part not in ("query", "path")]
    name = ".".join(words[1:] if words[:1] == ["data"] and len(words) > 1 else words) or "body"
    if errors[0]["type"] == "missing":
        return Refused(400, "missing-params", f"Missing required field: {name}. Send it and try again.")
    return invalid(name, f"{errors[0]['msg']}.")


def invalid(name: str, why: str) -> Refused:
    """Answer a field that has a wrong value."""
    return Refused(400, "invalid-params", f"Invalid field: {name}. {why}")


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
