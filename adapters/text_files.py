"""Text files (CSV, TSV): every cell is text, and rows keep the numbers that a spreadsheet program would show."""

from collections.abc import Iterator

import pandas as pd

from adapters.encodings import decode
from adapters.separators import find_form
from adapters.text_rows import parse_rows
from schemas.tables import Grid, InputFile, ReadOptions


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
