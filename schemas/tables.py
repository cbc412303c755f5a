"""What reading gives: grids of cells as they stand in a file, and the tables that are found in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from schemas.places import Place


@dataclass(frozen=True)
class InputFile:
    """A file to read, with the digest that a resumed run compares."""

    path: Place
    name: str  # as the user wrote it: it becomes source_file
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ReadOptions:
    """How to read a text file where its bytes do not tell; None means: find out."""

    encoding: str | None = None
    delimiter: str | None = None  # of any length
    quote: str | None = None  # one character, or "" for none


@dataclass(frozen=True)
class Layout:
    """Where the table stands in a sheet or text file; what is empty is found out."""

    sheets: tuple[str, ...] = ()  # the only ones to read
    header_rows: tuple[int, ...] = ()  # source_row of each row of the header
    skip_footer: int = 0  # rows at the end that are no data, blank ones not counted
    columns: tuple[str, ...] = ()  # the headers of a table that has none


@dataclass(frozen=True)
class Grid:
    """A sheet, or a file without sheets, before anybody has said where its table stands.

    `cells` has one column for each position (0 is column A, or the first field of a line) and is indexed by
    `source_row`: the number a person sees; rows without a filled cell may be left out. Dtypes are those of the file:
    Arrow strings for text files, with null for an empty cell; in workbooks Arrow types for columns of one type and
    Python objects for mixed ones; Arrow types for Parquet, whose rows count from 1 and whose `headers` are known.
    `sheet` is "" where there are none.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    headers: tuple[str, ...] | None = None  # of a file that keeps them apart from its rows
    ragged: Mapping[int, int] = field(default_factory=dict)  # source_row -> fields, where most rows have another number
    faults: Mapping[tuple[int, int], str] = field(default_factory=dict)  # (source_row, position) -> what the cell holds
    epoch: int = 1900  # the year that the date serials of a workbook count from: 1900 or 1904
    is_hidden: bool = False  # a hidden sheet, which is named and not read: it has no cells here
    notices: tuple[str, ...] = ()  # what reading has found out, such as the encoding

    @property
    def place(self) -> str:
        """The grid's name in messages: `orders.xlsx` or `orders.xlsx, sheet "May"`."""
        return f'{self.file}, sheet "{self.sheet}"' if self.sheet else self.file


@dataclass(frozen=True)
class SourceTable:
    """One table of a file: its cells as read, nothing renamed, converted or dropped but empty rows.

    `cells` has one column per header, in the file's order, and is indexed by `source_row`: the number a person sees
    (spreadsheets and text files count the header as a row; Parquet rows count from 1). Dtypes are those of the `Grid`.
    Headers are unique: what stands twice has its column letter behind it (`Name [C]`), what is empty is called by it
    alone (`[C]`). `malformed` tells what is wrong with the shape of single rows, such as a field too many, by
    source_row; `faults` what is wrong with single cells, by source_row and header.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    malformed: Mapping[int, str] = field(default_factory=dict)
    faults: Mapping[tuple[int, str], str] = field(default_factory=dict)
    positions: tuple[int, ...] = ()  # of each column in the file, from 0
    above: pd.DataFrame = field(default_factory=pd.DataFrame)  # what stands above the data: titles and header, as read
    below: pd.DataFrame = field(default_factory=pd.DataFrame)  # what stands below it: footers
    epoch: int = 1900
    notices: tuple[str, ...] = ()
    last_row: int = 0  # source_row of its last row, where `cells` may lack it; 0 where they have it
    has_header: bool = True  # False where the profile names the columns, since no row of the file does

    @property
    def place(self) -> str:
        """The table's name in messages: `orders.xlsx` or `orders.xlsx, sheet "May"`."""
        return f'{self.file}, sheet "{self.sheet}"' if self.sheet else self.file
