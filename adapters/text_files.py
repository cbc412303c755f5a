"""Text files (CSV, TSV): every cell is text, and rows keep the numbers that a spreadsheet program would show."""

import re
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from adapters.encodings import decode
from adapters.separators import find_form
from adapters.text_rows import parse_rows
from schemas.errors import InputError
from schemas.tables import Grid, InputFile, ReadOptions, SourceTable


def read_text(file: InputFile, data: bytes, options: ReadOptions) -> Iterator[Grid]:
    """Yield the one grid of a text file: titles and header are rows like all others; raises InputError.

    It has as many columns as most of the first rows have fields; rows of another length are told in `ragged`.
    """
    text, told = decode(file.name, data, options.encoding)
    form = find_form(file.name, text, options)
    rows = parse_rows(file.name, form)
    cells = rows.table.to_pandas(types_mapper=pd.ArrowDtype)
    cells.columns = pd.RangeIndex(form.width)
    cells.index = pd.Index(rows.numbers, name="source_row")
    yield Grid(file.name, "", cells, ragged=rows.ragged, notices=(*told, *form.notices))


def as_table(
    file: str, sheet: str, headers: Iterable[str], cells: pd.DataFrame, malformed: Mapping[int, str]
) -> SourceTable:
    """Name the columns of a table and drop its empty rows, and its empty columns that have no header.

    Raises InputError for headers that are missing or stand twice.
    """
    place = SourceTable(file, sheet, cells).place
    names = [re.sub(r"\s*[\r\n]+\s*", " ", header.strip()) for header in headers]
    filled = cells.notna()
    positions: dict[str, list[str]] = {}
    for position, (name, full) in enumerate(zip(names, filled.any(), strict=True), 1):
        if name or full:
            positions.setdefault(name, []).append(str(position))
    if "" in positions:
        where = positions[""]
        columns = f"column {where[0]} has" if len(where) == 1 else f"columns {', '.join(where)} have"
        remedy = "The first row that is not empty must name every column; delete what stands above it."
        raise InputError(
            f"{place}: {columns} no header.", remedy + " A sheet that is no table can be hidden." * bool(sheet)
        )
    for name, where in positions.items():
        if len(where) > 1:
            raise InputError(f'{place}: columns {", ".join(where)} are all named "{name}".', "Rename all but one.")
    keep = filled.any(axis=1) | cells.index.isin(malformed)
    cells = cells.set_axis(names, axis=1)
    if len(positions) < len(names):
        cells = cells[list(positions)]
    return SourceTable(file, sheet, cells if keep.all() else cells[keep], dict(malformed))
