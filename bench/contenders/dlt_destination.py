"""dlt's custom destination ("reverse ETL" in its documentation): a pipeline that posts 100 orders a call."""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import requests
from dlt.common.schema import TTableSchema
from dlt.common.typing import TDataItems
from naive import nested_orders

BATCH = 100


@dlt.destination(name="orders_api", batch_size=BATCH)
def orders_api(items: TDataItems, table: TTableSchema, base_url: str = dlt.config.value) -> None:  # noqa: ARG001
    """Post a batch; all orders are of one company."""
    body = {"company_id": items[0]["company_id"], "data": [wire_order(item) for item in items]}
    headers = {"api_key": os.environ["ORDERLIFT_API_KEY"]}
    requests.post(f"{base_url}/ecommerce/orders", json=body, headers=headers, timeout=60).raise_for_status()


def wire_order(item: dict[str, Any]) -> dict[str, Any]:
    """An order as the API takes it; dlt has made dates of what looked like one."""
    order = {name: value for name, value in item.items() if name != "company_id"}
    return order | {"order_date": f"{order['order_date']:%Y-%m-%dT%H:%M:%SZ}"}


def main() -> None:
    """Run the pipeline in the current folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=Path)
    parser.add_argument("line_items", type=Path)
    parser.add_argument("--base-url", required=True)
    args = parser.parse_args()

    @dlt.resource(
        name="orders", columns={"line_items": {"data_type": "json"}, "shipping_address": {"data_type": "json"}}
    )
    def orders() -> Iterator[dict[str, Any]]:
        for company_id, order in nested_orders(args.orders, args.line_items):
            yield {"company_id": company_id, **order}

    destination = orders_api(base_url=args.base_url)
    pipeline = dlt.pipeline("orders", destination=destination, pipelines_dir=str(Path("pipelines").absolute()))
    pipeline.run(orders()).raise_on_failed_jobs()
    print(json.dumps(pipeline.last_trace.last_normalize_info.row_counts))


if __name__ == "__main__":
    main()
