"""A planned run of any size: a small plan is made by `orderlift plan`, and repeated under other order numbers."""

import argparse
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from checks import summary_of
from inputs import answer_of, large
from processes import measured
from sending import orderlift

from adapters.plan_files import PLAN_GROUP

LARGEST = 0.1  # scale factor of what is repeated: 150,000 orders, so many does a part get


def planned(scale: float, workspace: Path, base_url: str) -> tuple[Path, int]:
    """Give the folder of a run that was planned for 1,500,000 orders at scale 1, and the number of its orders."""
    inputs = large(min(LARGEST, scale / 2))
    copies = round(scale * 1_500_000 / inputs.orders)
    plan = measured(
        orderlift("plan", workspace, *inputs.files, "--base-url", base_url), workspace.with_name("planning")
    )
    run_folder = workspace / "runs" / summary_of(plan)["run_id"]
    answer_of("plans.py", run_folder, copies)
    return run_folder, copies * inputs.orders


def repeat(run_folder: Path, copies: int) -> None:
    """Repeat all parts of a plan, and put the counts of its run.json up to what is there then."""
    for kind in ("plan", "rows"):
        parts = sorted((run_folder / kind).glob("part-*.parquet"))
        tables = [pq.read_table(part) for part in parts]
        for number in range(copies * len(tables)):
            copy = renumbered(tables[number % len(tables)], f"-{number // len(tables):03d}")
            path = run_folder / kind / f"part-{number:05d}.parquet"
            pq.write_table(copy, path, compression="zstd", use_dictionary=False, row_group_size=PLAN_GROUP)
    path = run_folder / "run.json"
    record = json.loads(path.read_text())
    for name in ("orders", "rows"):
        record[name] = {status: count * copies for status, count in record[name].items()}
    for total in [*record["totals"], *record["planned_totals"]]:
        multiply(total, ("orders", "line_items", "amount"), copies)
    multiply(record, ("line_items", "requests_needed"), copies)
    path.write_text(json.dumps(record))


def renumbered(table: pa.Table, suffix: str) -> pa.Table:
    """The same orders, or rows, with a suffix behind each order number, in the body too.

    Behind, so that the numbers of all parts lie among each other, as those of partitions do.
    """
    numbers = pc.binary_join_element_wise(table["order_number"], suffix, "")
    table = table.set_column(table.schema.get_field_index("order_number"), table.schema.field("order_number"), numbers)
    place = table.schema.get_field_index("body")
    if place < 0:
        return table
    bodies = pc.replace_substring_regex(
        table["body"], '"order_number":"([^"]*)"', rf'"order_number":"\1{suffix}"', max_replacements=1
    )
    return table.set_column(place, table.schema.field(place), bodies)


def multiply(values: dict[str, Any], names: tuple[str, ...], copies: int) -> None:
    """Multiply some values in place; an amount is a decimal number as text."""
    for name in names:
        value = values[name]
        values[name] = str(Decimal(value) * copies) if isinstance(value, str) else value * copies


def main() -> None:
    """Repeat a plan in place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_folder", type=Path)
    parser.add_argument("copies", type=int)
    args = parser.parse_args()
    repeat(args.run_folder, args.copies)
    print(json.dumps({"copies": args.copies}))


if __name__ == "__main__":
    main()
