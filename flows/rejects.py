"""Rejects: the rows that were not created, read again from the input."""

from collections.abc import Iterable, Iterator

import pandas as pd

from adapters.inputs import check_unchanged
from adapters.rejects import write_rejects
from adapters.workspace import RunFolder
from flows.opening import Notices, open_tables
from schemas.profile import Profile
from schemas.tables import InputFile, SourceTable
from transforms.redact import place_sheet
from transforms.rejected import Rejected, only_rows
from transforms.rejects import reject_sheets

MOST_REJECTS = 200_000  # rows in rejects.xlsx: more than anybody mends by hand
CELLS_LEFT_OUT = "rejects.xlsx has no cells (redact): it tells where the rows stand; mend them in their files."
CHUNK = 500_000  # rows that are read at a time


def write_rejected(folder: RunFolder, tables: Iterable[SourceTable], rejected: Rejected, *, redact: bool) -> list[str]:
    """Write rejects.xlsx, from the tables in which its rows stand; gives notices of what it lacks.

    With `redact` it tells where the rows stand, and has none of their cells.
    """
    sheets = [place_sheet(rejected)] if redact else reject_sheets(tables, rejected.rows, rejected.problems)
    has_rows = write_rejects(folder.rejects, sheets)
    lacks = [CELLS_LEFT_OUT] if redact and has_rows else []
    if not rejected.left_out:
        return lacks
    return [
        *lacks,
        f"rejects.xlsx lacks {rejected.left_out:,} of the rows that were not created; results.csv has them all.",
    ]


def read_rejected(files: Iterable[InputFile], profile: Profile | None, rows: pd.DataFrame) -> Iterator[SourceTable]:
    """The tables of the files as they stand there, large ones with no other rows than these; raises Mend errors."""
    for file in files:
        here = rows[rows["source_file"] == file.name]
        if here.empty:
            continue
        for opened in open_tables(file, profile, Notices(), in_parts=True):
            if opened.more is None:
                yield opened.table
                continue
            columns, wanted = list(opened.table.cells.columns), here["source_row"].unique()
            table = only_rows(opened.table, opened.more(columns, CHUNK), wanted)
            check_unchanged([file])
            yield table
