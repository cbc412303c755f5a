"""Split: a large input as partitions on disk, each of which can be planned alone, in any process."""

import secrets
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pandas as pd

from adapters.spill import read_partition, write_chunk
from flows.opening import More, Opened
from schemas.errors import InputError
from schemas.places import Place
from schemas.tables import SourceTable
from transforms.intake import Understood
from transforms.partition import Downward, assign
from transforms.shapes import spread_lines
from transforms.survey import Survey, merged, survey, survey_notices
from transforms.texts import needed_columns

CHUNK = 250_000  # rows that are read and cut at a time
AT_ONCE = 2  # chunks that are written at the same time


@dataclass(frozen=True)
class SplitTable:
    """A table whose rows, and of them the cells that are needed, are on disk; `one` has none."""

    one: Understood
    chunks: tuple[Place, ...]

    def part(self, number: int) -> Understood:
        """The rows of one partition."""
        table = self.one.table
        cells = read_partition(self.chunks, number, table.cells)
        rows = set(cells.index) if table.malformed or table.faults else set()
        malformed = {row: said for row, said in table.malformed.items() if row in rows}
        faults = {(row, name): said for (row, name), said in table.faults.items() if row in rows}
        return replace(self.one, table=replace(table, cells=cells, malformed=malformed, faults=faults))


@dataclass
class Splitter:
    """Takes in tables, one after the other, and writes their rows into a folder, cut into so many partitions."""

    folder: Place
    parts: int
    tables: list[SplitTable] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def __call__(self, opened: Opened, one: Understood) -> Understood:
        """Take in a table, and give it without its cells; raises InputError for rows of another kind further down."""
        found: Survey = {}
        down = Downward()
        chunks: list[Place] = []
        cells = one.table.cells
        like = cells[needed_columns(cells, one.mapping, one.how)].iloc[:0]
        malformed, faults = dict(one.table.malformed), dict(one.table.faults)
        with ThreadPoolExecutor(AT_ONCE) as pool:  # Arrow does not hold Python's lock while it sorts and writes
            writing: list[Future[None]] = []
            for table in _chunks(opened, one.table, like):
                found = merged(found, survey(table, one.mapping, one.how))
                codes = assign(table, one.mapping, one.how, self.parts, down)
                chunks.append(self.folder / f"{len(self.tables):04}-{len(chunks):06}-{secrets.token_hex(4)}.arrow")
                writing.append(pool.submit(write_chunk, chunks[-1], table.cells, codes, self.parts))
                if len(writing) >= AT_ONCE:  # no more chunks in memory than that
                    writing.pop(0).result()
                malformed |= table.malformed
                faults |= table.faults
            for one_chunk in writing:
                one_chunk.result()
        self.notices += survey_notices(one.table, one.mapping, one.how, found)
        emptied = replace(one.table, cells=like, malformed=malformed, faults=faults)
        how = replace(one.how, marks=found, fills_down=down.decide())
        kept = replace(one, table=emptied, how=how)
        self.tables.append(SplitTable(kept, tuple(chunks)))
        return kept


def _chunks(opened: Opened, first: SourceTable, like: pd.DataFrame) -> Iterator[SourceTable]:
    """The rows of a table, a bounded number at a time, with the columns of `like`."""
    for table in [first] if opened.more is None else _more(opened, opened.more, first, like):
        for start in range(0, max(len(table.cells), 1), CHUNK):
            cells = table.cells.iloc[start : start + CHUNK]
            yield replace(table, cells=cells.reindex(columns=like.columns))


def _more(opened: Opened, more: More, first: SourceTable, like: pd.DataFrame) -> Iterator[SourceTable]:
    cell = opened.profile.lines_in_cell
    own = [name for name in opened.table.cells.columns if name in like.columns or (cell and name == cell.column)]
    for part in more(own, CHUNK):
        table = spread_lines(part, cell) if cell else part
        unknown = table.cells.columns.difference(first.cells.columns, sort=False)
        if len(unknown):
            message = f"{table.place}: only from row {table.cells.index[0]} on are there cells of {unknown[0]}."
            raise InputError(message, "Give it as several files, each with all of its columns from the start.")
        yield table
