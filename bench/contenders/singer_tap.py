"""A Singer tap: the orders of two files as messages on standard output."""

import sys
from pathlib import Path
from typing import Any

import orjson
from naive import nested_orders

TEXT: dict[str, Any] = {"type": ["string", "null"]}
NUMBER: dict[str, Any] = {"type": ["number", "null"]}
LINE_ITEM = {"item_id": TEXT, "description": TEXT, "quantity": NUMBER, "unit_amount": NUMBER}
SCHEMA = {
    "type": "object",
    "properties": {
        "company_id": {"type": "integer"},
        **dict.fromkeys(("order_number", "customer_id", "currency_id", "status"), TEXT),
        "order_date": {"type": ["string", "null"], "format": "date-time"},
        "total_amount": NUMBER,
        "shipping_address": {"type": ["object", "null"]},
        "line_items": {"type": "array", "items": {"type": "object", "properties": LINE_ITEM}},
    },
}


def main() -> None:
    """Write one SCHEMA message, and a RECORD message per order."""
    orders, line_items = map(Path, sys.argv[1:])
    write({"type": "SCHEMA", "stream": "orders", "schema": SCHEMA, "key_properties": ["order_number"]})
    for company_id, order in nested_orders(orders, line_items):
        write({"type": "RECORD", "stream": "orders", "record": {"company_id": company_id, **order}})


def write(message: dict[str, Any]) -> None:
    """Write one message."""
    sys.stdout.buffer.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
