"""Put the orders of a plan into bodies of 100 orders of one company, one a line: the same bytes that a run sends."""

import argparse
import json
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

import pyarrow.parquet as pq

BATCH = 100


def orders_of(run_folder: Path) -> Iterator[tuple[int, str]]:
    """Company and JSON of every order of a plan, part after part."""
    for part in sorted((run_folder / "plan").glob("part-*.parquet")):
        with pq.ParquetFile(part) as file:
            for rows in file.iter_batches(columns=["company_id", "body"]):
                yield from zip(rows["company_id"].to_pylist(), rows["body"].to_pylist(), strict=True)


def main() -> None:
    """Write the bodies and print how many there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_folder", type=Path)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    count = 0
    with args.output.open("w") as out:
        for company_id, orders in groupby(orders_of(args.run_folder), itemgetter(0)):
            bodies = map(itemgetter(1), orders)
            while some := list(islice(bodies, BATCH)):
                out.write(f'{{"company_id":{company_id},"data":[{",".join(some)}]}}\n')
                count += 1
    print(json.dumps({"bodies": count}))


if __name__ == "__main__":
    main()
