"""The ceiling of one Python client: httpx posts bodies that were made before, 8 in flight, and reads no answer."""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

IN_FLIGHT = 8
HEADERS = {"Content-Type": "application/json", "api_key": "bench"}


async def post_all(bodies: Iterator[bytes], url: str) -> int:
    """Post every body and give their count."""
    async with httpx.AsyncClient(headers=HEADERS, timeout=60) as client:

        async def post() -> int:
            count = 0
            for body in bodies:
                (await client.post(url, content=body)).raise_for_status()
                count += 1
            return count

        return sum(await asyncio.gather(*(post() for _ in range(IN_FLIGHT))))


def main() -> None:
    """Post a file of bodies, one a line, and print the rate, start-up of Python not included."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--base-url", required=True)
    args = parser.parse_args()
    begin = time.perf_counter()
    with args.bodies.open("rb") as bodies:
        count = asyncio.run(post_all(bodies, f"{args.base_url}/ecommerce/orders"))
    print(json.dumps({"requests": count, "requests_per_second": round(count / (time.perf_counter() - begin))}))


if __name__ == "__main__":
    main()
