"""What goes into rejects.xlsx: the rows that were not created, as they stood in the input, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

PROBLEM_COLUMN = "problem"  # added to the file's own columns; ignored when the file is fed back


@dataclass(frozen=True)
class RejectSheet:
    """A sheet of rejects: the cells of a table where they stood in the file, and what is wrong with them.

    `rows` has the file's own columns, of which `positions` tells where each stands (0 is column A), and is indexed by
    `source_row`; `problems` says for each of them what is wrong. `above` and `below` are what stands around them, one
    column per position: `above` is indexed by the row of this sheet, from 1, and the rows begin below its last one,
    the header; `below` is indexed by the row after the last of the data, from 1. `marks` has the cells at fault:
    source_row -> position -> message.
    """

    name: str
    rows: pd.DataFrame
    problems: tuple[str, ...]
    positions: tuple[int, ...]
    above: pd.DataFrame = field(default_factory=pd.DataFrame)
    below: pd.DataFrame = field(default_factory=pd.DataFrame)
    marks: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    problem_at: int | None = (
        None  # position of the column `problem`; None where a header-less table has no place for it
    )
    epoch: int = 1900  # the year that day numbers count from, the same in all sheets of a workbook

    @property
    def height(self) -> int:
        """How many rows of the sheet stand above the data."""
        return int(self.above.index[-1]) if len(self.above) else 0

    @property
    def depth(self) -> int:
        """How many rows of the sheet stand below the data."""
        return int(self.below.index[-1]) if len(self.below) else 0
