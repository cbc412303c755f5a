"""The README of the sample files: how much is in each, what is wrong in them, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """One planted problem, where it ended up."""

    place: str
    row: int  # as a person counts it
    order_number: str
    column: str
    tells: str
    code: str


@dataclass(frozen=True)
class Count:
    """What one import holds; an order is valid or invalid as a whole, with its line items."""

    place: str
    rows: str
    orders: int  # distinct, as far as they have a row of their own
    valid_orders: int
    line_items: int
    valid_line_items: int

    def cells(self) -> tuple[object, ...]:
        """Give the cells of its line in the README."""
        valid = (self.valid_orders, self.orders - self.valid_orders)
        return (self.place, self.rows, self.orders, *valid, self.line_items, self.valid_line_items)


TEMPLATE = """\
# Sample files

Made up by `make_samples.py`, which writes the same files each time (`make samples`). All of them can be imported in one
run: their order numbers differ, and line items find their orders by company and number. Addresses, customers and items
do not exist.

- `orders.xlsx`: a workbook with two sheets, headers as people write them, real dates.
- `orders.parquet` and `line_items.parquet`: a shuffled pair with typed columns, two companies.
- `orders_flat.csv`: one table, in which each line item repeats its order.

## What is in them
An order is valid or invalid as a whole, with all its line items. An order that stands twice is one order; a line item
whose order is missing is invalid, and counts as no order.

{counts}
What a run of all files creates, as quantity times unit_amount:

{totals}
## What is wrong in them
{number} problems are planted, each in another order, and one in a line item that has no order; `code` is what
`problems.parquet` and the results must say. Rows are counted as a person does: the header of a sheet or text file is
row 1, Parquet rows count from 1. What is wrong with an order in the flat file stands in every row of it; the first is
named.

{faults}"""


def write_readme(
    path: Path,
    counts: Sequence[Count],
    totals: Sequence[tuple[int, str, int, Decimal]],
    faults: Sequence[Fault],
) -> None:
    """Write the README. `totals` are company, currency, orders and amount."""
    every = Count(
        "all",
        "",
        sum(count.orders for count in counts),
        sum(count.valid_orders for count in counts),
        sum(count.line_items for count in counts),
        sum(count.valid_line_items for count in counts),
    )
    heads = ("files", "rows", "orders", "valid", "invalid", "line items", "valid line items")
    text = TEMPLATE.format(
        counts=as_table(heads, [count.cells() for count in (*counts, every)]),
        totals=as_table(("company_id", "currency_id", "orders", "amount"), totals),
        number=len(faults),
        faults=as_table(
            ("where", "row", "order", "column", "problem", "code"),
            [(f"`{f.place}`", f.row, f.order_number, f.column, f.tells, f"`{f.code}`") for f in faults],
        ),
    )
    path.write_text(text, encoding="utf-8")


def as_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Give a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
