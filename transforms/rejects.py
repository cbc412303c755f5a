"""Rejects: the rows that were not created, as they stood in the input, each with what is wrong."""

import re
from collections.abc import Iterable
from itertools import count
from pathlib import PurePath

import pandas as pd

from schemas.fields import SOURCE
from schemas.rejects import PROBLEM_COLUMN, RejectSheet
from schemas.tables import SourceTable

LONGEST_NAME = 31
ILLEGAL = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
RESERVED = "history"  # Excel keeps this name for itself


def reject_sheets(tables: Iterable[SourceTable], rejected: pd.DataFrame) -> list[RejectSheet]:
    """Give for each table that has rejected rows a sheet of exactly those: all its columns, and `problem` as the last.

    `rejected` has source_file, source_sheet, source_row, error_code and error_message; several rows may share a place,
    and their distinct messages are joined. The names of the sheets are unique and legal in Excel.
    """
    problems = _problems(rejected)
    taken = {RESERVED}
    sheets = []
    for table in tables:
        problem = problems.get((table.file, table.sheet), {})
        rows = table.cells[table.cells.index.isin(list(problem))]
        if rows.empty:
            continue
        rows = rows.drop(columns=PROBLEM_COLUMN, errors="ignore")
        name = _name(table, taken)
        taken.add(name.casefold())
        sheets.append(RejectSheet(name, rows.assign(**{PROBLEM_COLUMN: rows.index.map(problem)})))
    return sheets


def _problems(rejected: pd.DataFrame) -> dict[tuple[str, str], dict[int, str]]:
    """Give the message of each row, by file and sheet and by source_row."""
    said = rejected[list(SOURCE)].assign(message=rejected["error_message"].fillna(rejected["error_code"]))
    said = said.fillna({"source_sheet": "", "message": ""}).drop_duplicates()
    problems: dict[tuple[str, str], dict[int, str]] = {}
    for file, sheet, row, message in zip(*(said[name] for name in said.columns), strict=True):
        rows = problems.setdefault((file, sheet), {})
        rows[row] = f"{rows[row]}; {message}" if row in rows else message
    return problems


def _name(table: SourceTable, taken: set[str]) -> str:
    own = table.sheet or PurePath(table.file.removesuffix(".gz")).stem
    own = ILLEGAL.sub("_", own).strip("' ") or "rejects"
    names = (_shortened(own, f" ({number})" if number > 1 else "") for number in count(1))
    return next(name for name in names if name.casefold() not in taken)


def _shortened(name: str, ending: str) -> str:
    return name[: LONGEST_NAME - len(ending)].rstrip("' ") + ending
