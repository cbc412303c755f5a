"""Grids as readers give them, for tests of what is found in them."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from python_calamine import load_workbook

from schemas.tables import Grid, Layout, SourceTable
from transforms.locate import locate

TRAPS = Path(__file__).parents[2] / "shared" / "data" / "format_traps"
FIELDS = (
    *("order_number", "customer_id", "order_date", "status", "currency_id", "item_id", "name", "quantity"),
    *("unit_amount", "total_amount", "billing_street", "billing_city", "shipping_street", "shipping_city"),
)


def known(*more: str) -> Callable[[str], bool]:
    """Whether a header is one of some fields, or of more, however it is spelled."""

    def spell(text: str) -> str:
        return "".join(filter(str.isalnum, text.casefold()))

    names = {spell(name) for name in (*FIELDS, *more)}
    return lambda header: spell(header) in names


def sheet(rows: Mapping[int, Sequence[Any]] | Sequence[Sequence[Any]], name: str = "May", **more: Any) -> Grid:
    """A sheet of orders.xlsx as Python objects; rows count from 1 where no numbers are given."""
    numbered = rows if isinstance(rows, Mapping) else dict(enumerate(rows, 1))
    width = max(map(len, numbered.values()), default=0)
    cells = np.full((len(numbered), width), None, dtype=object)
    for place, row in enumerate(numbered.values()):
        cells[place, : len(row)] = [None if cell == "" else cell for cell in row]
    index = pd.Index(list(numbered), dtype="int64", name="source_row")
    return Grid("orders.xlsx", name, pd.DataFrame(cells, index=index, dtype=object), **more)


def text(content: str, fields: int) -> Grid:
    """A text file, orders.csv, most rows of which have so many fields; the others are cut or filled up."""
    rows = list(csv.reader(io.StringIO(content)))
    kept = {number: row for number, row in enumerate(rows, 1) if row}
    columns = [[(row[place] if place < len(row) else "") or None for row in kept.values()] for place in range(fields)]
    frame = pd.DataFrame(
        {
            place: pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(column, pa.large_string())])))
            for place, column in enumerate(columns)
        }
    ).set_axis(pd.Index(list(kept), dtype="int64", name="source_row"))
    return Grid("orders.csv", "", frame, ragged={n: len(row) for n, row in kept.items() if len(row) != fields})


def trap(name: str) -> Grid:
    """The first sheet, or the text, of one of the files that nobody here wrote."""
    path = TRAPS / name
    if path.suffix == ".csv":
        content = path.read_text()
        return text(content, content.partition("\n")[0].count(",") + 1)
    return sheet(load_workbook(path).get_sheet_by_index(0).to_python(skip_empty_area=False))


def found(grid: Grid, layout: Layout | None = None, *more: str) -> SourceTable:
    """The table of a grid that has one."""
    table = locate(grid, layout or Layout(), known(*more))
    assert table is not None
    return table


def values(table: SourceTable) -> dict[int, list[object]]:
    """The cells of a table by source_row, with None for what is not there."""
    cells = table.cells.astype(object)
    return {
        row: [None if pd.isna(cell) else cell for cell in line]
        for row, line in zip(cells.index, cells.to_numpy(), strict=True)
    }
