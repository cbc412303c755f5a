"""Plan files: the plan of a run in parts, the index of all rows of its input, and what is wrong with them."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.files import at_once, parquet_file, replacing, write_parquet
from adapters.folders import remove_empty_folder
from adapters.plan_reader import PlanPortion, PlanReader
from adapters.problem_files import merge_problems
from adapters.storage import reaching
from schemas.fields import SOURCE
from schemas.places import Place
from schemas.plan import PLAN, ROWS
from schemas.problems import PROBLEMS

PLAN_GROUP = 5_000  # orders: those of all parts are read at the same time, a row group of each
ROWS_AT_ONCE = 250_000
TOTALED = ["company_id", "order_number", "currency_id", "amount"]


class PlanFiles:
    """The files that planning writes into the folder of a run; an order is in one part with all that concerns it."""

    def __init__(self, path: Place) -> None:
        self.problems = path / "problems.parquet"
        self.folders = (path / "plan", path / "rows", path / "problems")
        self._plan, self._rows, self._problems = self.folders

    def write_part(self, number: int, plan: pa.Table, rows: Callable[[], pa.Table], problems: pd.DataFrame) -> None:
        """Write a part: its orders, what is wrong, and all rows of its input, made while the orders are written."""
        found = pa.Table.from_pandas(problems, schema=PROBLEMS, preserve_index=False)
        with at_once() as write:
            write(write_parquet, self._plan / _name(number), plan, PLAN, PLAN_GROUP)
            write(write_parquet, self._problems / _name(number), found, PROBLEMS)
            write(write_parquet, self._rows / _name(number), rows(), ROWS)

    def finish(self, files: Sequence[str] = ()) -> None:
        """Put the problems of all parts into one file; `files` are the names of the input's files in their order."""
        parts = _parts(self._problems)
        with replacing(self.problems) as file, pq.ParquetWriter(file, PROBLEMS, compression="zstd") as writer:
            for table in merge_problems(parts, files):
                writer.write_table(table)
        for part in parts:
            part.unlink()
        remove_empty_folder(self._problems)

    @property
    def parts(self) -> int:
        """How many parts the plan has."""
        return len(_parts(self._plan))

    def portions(self, columns: Sequence[str], start: int = 0) -> Iterator[PlanPortion]:
        """The orders of all parts by company and number, from a position on; at least these columns of them."""
        with PlanReader(_parts(self._plan)) as reader:
            yield from reader.portions(columns, start)

    def orders_before(self, position: int) -> int:
        """How many orders the portions before a position have."""
        with PlanReader(_parts(self._plan)) as reader:
            return reader.orders_before(position)

    def totals(self, number: int) -> pa.Table:
        """What control totals need of a part: company_id, order_number, currency_id, amount, number of line items."""
        with parquet_file(_parts(self._plan)[number]) as file:
            table = file.read(columns=[*TOTALED, "line_items.list.element.source_row"])
        count = pc.list_value_length(table["line_items"]).cast(pa.int64())
        return table.select(TOTALED).append_column("line_items", count)

    def rows(self, number: int) -> Iterator[pa.Table]:
        """The index of all rows of a part's input, a bounded number at a time."""
        with parquet_file(_parts(self._rows)[number]) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                yield pa.Table.from_batches([batch])

    def examples(self, codes: Iterable[str], most: int) -> pd.DataFrame:
        """The first problems of each of these codes that planning found."""
        left = dict.fromkeys(codes, most)
        found = [PROBLEMS.empty_table()]
        with parquet_file(self.problems) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE) if left else ():
                for code in list(left):
                    some = batch.filter(pc.equal(batch["code"], code))[: left[code]]
                    found.append(pa.Table.from_batches([some]))
                    left[code] -= len(some)
                left = {code: number for code, number in left.items() if number}
                if not left:
                    break
        problems: pd.DataFrame = pa.concat_tables(found).to_pandas()
        return problems

    def problems_of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The problems of these rows, given by source_file, source_sheet and source_row."""
        found = [PROBLEMS.empty_table()]
        wanted = _places(pa.Table.from_pandas(rows[list(SOURCE)], preserve_index=False))
        with parquet_file(self.problems) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                table = pa.Table.from_batches([batch])
                found.append(table.filter(pc.is_in(_places(table), value_set=wanted)))
        problems: pd.DataFrame = pa.concat_tables(found).to_pandas()
        return problems


def _name(number: int) -> str:
    return f"part-{number:05}.parquet"


def _parts(folder: Place) -> list[Place]:
    with reaching(folder):
        return sorted(folder.glob("part-*.parquet"), key=str)


def _places(rows: pa.Table) -> pa.Array:
    text = [rows[name].cast(pa.string()) for name in SOURCE]
    return pc.binary_join_element_wise(*text, "\x1f").combine_chunks()
