"""What reading gives: tables of cells that still have the file's own columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class InputFile:
    """A file to read, with the digest that a resumed run compares."""

    path: Path
    name: str  # as the user wrote it: it becomes source_file
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ReadOptions:
    """How to read a text file where its bytes do not tell; None means: find out."""

    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True)
class SourceTable:
    """One table of a file: its cells as read, nothing renamed, converted or dropped but empty rows.

    `cells` has one column per header, in the file's order, and is indexed by `source_row`: the number a person sees
    (spreadsheets and text files count the header as a row; Parquet rows count from 1). Dtypes are those of the file:
    Arrow types for Parquet, Arrow strings for text files, Python objects for workbooks. `sheet` is "" where there are
    none. `malformed` tells what is wrong with the shape of single rows, such as a field too many, by source_row.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    malformed: Mapping[int, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The table's name in messages: `orders.xlsx` or `orders.xlsx, sheet "May"`."""
        return f'{self.file}, sheet "{self.sheet}"' if self.sheet else self.file
