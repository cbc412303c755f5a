"""Plan files: the plan of a run in parts, the index of all rows of its input, and what is wrong with them."""

from collections.abc import Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.files import at_once, replacing, source, write_parquet
from adapters.folders import remove_empty_folder
from adapters.plan_reader import PlanPortion, PlanReader
from adapters.storage import reaching
from schemas.places import Place
from schemas.plan import PLAN, ROWS
from schemas.problems import PROBLEMS

PLAN_GROUP = 10_000  # orders: those of all parts are read at the same time, a row group of each
TOTALED = ["company_id", "order_number", "currency_id", "amount"]


class PlanFiles:
    """The files that planning writes into the folder of a run; an order is in one part with all that concerns it."""

    def __init__(self, path: Place) -> None:
        self.problems = path / "problems.parquet"
        self.folders = (path / "plan", path / "rows", path / "problems")
        self._plan, self._rows, self._problems = self.folders

    def write_part(self, number: int, plan: pa.Table, rows: pa.Table, problems: pd.DataFrame) -> None:
        """Write a part: its orders, all rows of its part of the input, and what is wrong with them."""
        found = pa.Table.from_pandas(problems, schema=PROBLEMS, preserve_index=False)
        with at_once() as write:
            write(write_parquet, self._plan / _name(number), plan, PLAN, PLAN_GROUP)
            write(write_parquet, self._rows / _name(number), rows, ROWS)
            write(write_parquet, self._problems / _name(number), found, PROBLEMS)

    def finish(self) -> None:
        """Put the problems of all parts into one file."""
        with replacing(self.problems) as file, pq.ParquetWriter(file, PROBLEMS, compression="zstd") as writer:
            for part in _parts(self._problems):
                writer.write_table(pq.read_table(source(part)))
        for part in _parts(self._problems):
            part.unlink()
        remove_empty_folder(self._problems)

    def portions(self, columns: Sequence[str], start: int = 0) -> Iterator[PlanPortion]:
        """The orders of all parts by company and number, from a position on; at least these columns of them."""
        with PlanReader(_parts(self._plan)) as reader:
            yield from reader.portions(columns, start)

    def orders_before(self, position: int) -> int:
        """How many orders the portions before a position have."""
        with PlanReader(_parts(self._plan)) as reader:
            return reader.orders_before(position)

    def totals(self) -> pa.Table:
        """What control totals need of the plan: company_id, order_number, currency_id, amount, number of line items."""
        tables = []
        for part in _parts(self._plan):
            with pq.ParquetFile(source(part)) as file:
                table = file.read(columns=[*TOTALED, "line_items.list.element.source_row"])
            count = pc.list_value_length(table["line_items"]).cast(pa.int64())
            tables.append(table.select(TOTALED).append_column("line_items", count))
        return pa.concat_tables(tables)

    def orders(self) -> pa.Table:
        """The plan's orders as they are compared: company_id, order_number, customer_id, currency_id and amount."""
        columns = ["company_id", "order_number", "customer_id", "currency_id", "amount"]
        return pa.concat_tables([pq.read_table(source(part), columns=columns) for part in _parts(self._plan)])

    def rows(self) -> pa.Table:
        """The index of all rows of the input."""
        return pa.concat_tables([pq.read_table(source(part)) for part in _parts(self._rows)])


def _name(number: int) -> str:
    return f"part-{number:05}.parquet"


def _parts(folder: Place) -> list[Place]:
    with reaching(folder):
        return sorted(folder.glob("part-*.parquet"), key=str)
