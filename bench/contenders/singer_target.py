"""A Singer target of Meltano's SDK: a BatchSink that posts 100 orders a batch."""

import os
from typing import Any

import requests
import simplejson
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import BatchSink


class OrdersSink(BatchSink):
    """Posts the records of a batch; all orders are of one company."""

    max_size = 100

    def process_batch(self, context: dict[str, Any]) -> None:
        """Post a batch; the SDK reads numbers as decimals and dates as datetimes."""
        records = context["records"]
        body = {"company_id": records[0]["company_id"], "data": [wire_order(record) for record in records]}
        headers = {"api_key": os.environ["ORDERLIFT_API_KEY"], "Content-Type": "application/json"}
        url = f"{self.config['base_url']}/ecommerce/orders"
        requests.post(url, data=simplejson.dumps(body), headers=headers, timeout=60).raise_for_status()


def wire_order(record: dict[str, Any]) -> dict[str, Any]:
    """An order as the API takes it."""
    order = {name: value for name, value in record.items() if name != "company_id"}
    return order | {"order_date": f"{order['order_date']:%Y-%m-%dT%H:%M:%SZ}"}


class OrdersTarget(Target):
    """Takes messages on standard input, and its base URL from TARGET_ORDERS_BASE_URL."""

    name = "target-orders"
    config_jsonschema = th.PropertiesList(th.Property("base_url", th.StringType, required=True)).to_dict()
    default_sink_class = OrdersSink


if __name__ == "__main__":
    OrdersTarget.cli()
