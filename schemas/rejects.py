"""What goes into rejects.xlsx: the rows that were not created, as they stood in the input, and what is wrong."""

from dataclasses import dataclass

import pandas as pd

PROBLEM_COLUMN = "problem"  # added to the file's own columns; ignored when the file is fed back


@dataclass(frozen=True)
class RejectSheet:
    """A sheet of rejects: the file's own columns and cells, and the column `problem`."""

    name: str
    rows: pd.DataFrame
