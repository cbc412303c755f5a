"""Told problems: the first of them, for where many can look: where, what, and what to do; the content of no cell."""

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from schemas.problems import MESSAGES, REMEDIES

PLAIN = frozenset(  # their messages name orders, line items and rows, and nothing else that stands in the file
    ("missing", "no_line_items", "no_order", "duplicate_order", "repeated_line_item", "order_too_large")
) | {"changed_since_created", "order_invalid"}
MARKDOWN = re.compile(r"[\\`*_|<>\[\]#]")
HIDDEN = dict.fromkeys(("value", "other"), "...") | {"first": "another row", "timezone": "given"}


def told_problems(problems: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of problems.parquet as they are shown.

    A message that has the content of a cell, which may be a name or an address, has `...` in its place.
    """
    paths = problems["source_file"].unique()
    return [
        {
            "file": _last(one.source_file),
            "sheet": one.source_sheet or "",
            "row": one.source_row,
            "column": _text(one.column),
            "problem": _problem(str(one.code), _text(one.column), str(one.message), paths),
            "remedy": REMEDIES.get(str(one.code), ""),
        }
        for one in problems.itertuples()
    ]


def told_rejected(results: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of the results that the API rejected, in the same columns; its words may name a person."""
    return [
        {
            "file": _last(one.source_file),
            "sheet": one.source_sheet or "",
            "row": one.source_row,
            "column": _text(one.error_column),
            "problem": f"the API refused the order with HTTP {one.http_status:.0f}",
            "remedy": "rejects.xlsx has the answer of the API",
        }
        for one in results.itertuples()
    ]


def as_page(told: Sequence[Mapping[str, object]]) -> str:
    """The same as a list in Markdown: Prefect's UI breaks the lines of a list, and cuts those of a table."""
    lines = []
    for one in told:
        where = f"{one['file']}, " + (f"sheet {one['sheet']}, " if one["sheet"] else "") + f"row {one['row']}"
        problem = MARKDOWN.sub(r"\\\g<0>", " ".join(f"{where}: {one['problem']}".split())).rstrip(".")
        lines.append(f"- {problem}. **{one['remedy']}**")
    return "\n".join(lines)


def _last(path: object) -> str:
    """The name of a file without its folder: what is shown has little room."""
    return str(path).replace("\\", "/").rpartition("/")[2]


def _problem(code: str, column: str, message: str, paths: Iterable[str]) -> str:
    return _without_folders(message, paths) if code in PLAIN else _hidden(code, column)


def _without_folders(message: str, paths: Iterable[str]) -> str:
    """A message that names other rows, with the names of their files alone."""
    for path in paths:
        message = message.replace(str(path), _last(path))
    return message


def _hidden(code: str, column: str) -> str:
    if code == "malformed_row":
        return "the row does not fit its table"
    message = MESSAGES.get(code, "{column} is wrong").format(column=column, entity="row", **HIDDEN)
    return message.replace("; found ...", "")


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
