"""Causes: the problems of a run by their code, the most frequent first, with examples that name no one."""

from collections.abc import Mapping

import pandas as pd

from schemas.problems import REMEDIES
from schemas.report import Cause, Example
from transforms.discreet import message

EXAMPLES = 3  # of each cause
OTHER_REMEDY = "problems.parquet has every one, with its message."


def causes(counts: Mapping[str, int], problems: pd.DataFrame) -> list[Cause]:
    """The causes of problems; `counts` has all, `problems` (columns of problems.parquet) some of each to show."""
    found = {str(code): int(number) for code, number in problems["code"].value_counts().items()} | dict(counts)
    shown = problems.astype(object).where(problems.notna(), "")
    return [
        Cause(
            code,
            found[code],
            REMEDIES.get(code, OTHER_REMEDY),
            tuple(map(_example, shown[shown["code"] == code].head(EXAMPLES).itertuples())),
        )
        for code in sorted(found, key=lambda code: (-found[code], code))
    ]


def _example(problem: object) -> Example:
    place = (getattr(problem, name) for name in ("source_file", "source_sheet", "source_row", "column"))
    file, sheet, row, column = place
    said = message(str(problem.code), str(column), str(problem.message))  # type: ignore[attr-defined]
    return Example(str(file), str(sheet), int(row), str(column), said)
