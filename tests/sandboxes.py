"""What the tests of the sandbox share: orders as they are sent, a client, and a sandbox under a script of faults."""

import ssl
from typing import Any

import httpx
import pytest

from sandbox.faults import Fault
from sandbox.server import Sandbox

ORDERS = "/ecommerce/orders"
TLS = ssl.create_default_context()  # shared: reading the certificates anew takes longer than a test


def order(number: str | None = "ORD-1", **fields: object) -> dict[str, Any]:
    content = {
        "customer_id": "cus_1",
        "currency_id": "USD",
        "order_number": number,
        "line_items": [{"item_id": "prod_1", "quantity": 1, "unit_amount": 99.99}],
        **fields,
    }
    return {name: value for name, value in content.items() if value is not None}


def batch(*numbers: str, company: int = 1089) -> dict[str, Any]:
    return {"company_id": company, "data": [order(number) for number in numbers or ("ORD-1",)]}


def client(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=sandbox.url, headers={"api_key": sandbox.api_key}, verify=TLS)


class Faulty:
    """A sandbox under a script, and how to post to it."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http

    def post(self, *numbers: str) -> httpx.Response:
        return self.http.post(ORDERS, json=batch(*numbers))

    def stored(self) -> list[str | None]:
        return [stored.sent_number for stored in self.sandbox.store.orders()]


def under(*faults: Fault) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("faulty", [list(faults)], indirect=True, ids=["-"])
