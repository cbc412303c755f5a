"""A file as people have it, and what must become of it: orders, amounts, problems by cell, notices, or a refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"
PROFILES = Path(__file__).parents[1] / "profiles"

# Sheet (or file, where there are none), row, column, code.
Found = tuple[str, int, str | None, str]


@dataclass(frozen=True)
class Case:
    """Files, how they are called on the command line, and the outcome.

    `files` are contents, or paths that are read where they are. Patterns of `notices` and `refused` are regular
    expressions, searched without regard to case; a notice must hold the whole of one pattern, a refusal all of them.
    `sent` has, by order number, values of the JSON that would be sent, by their dotted paths.
    """

    files: Mapping[str, bytes | Path]
    orders: int = 0
    lines: int = 0
    amounts: Mapping[str, str] = field(default_factory=dict)  # currency -> sum of quantity x unit_amount
    invalid: int = 0
    problems: frozenset[Found] = frozenset()
    notices: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()  # what no notice may say
    refused: tuple[str, ...] = ()
    sent: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    profile: str | Path | None = None  # TOML, or the file of a profile
    beside: Mapping[str, bytes | Path] = field(default_factory=dict)  # files that no argument names
    options: tuple[str, ...] = ("--company-id", "7")


Make = Callable[[], Case]


class Cases(list[Any]):
    """The cases of one module, in the order of their functions: parameters for a test, named after the functions."""

    def add(self, make: Make) -> Make:
        """Take a case in."""
        self.append(pytest.param(make, id=make.__name__))
        return make

    def shared(self, make: Make) -> Make:
        """Take a case in that needs the files of others, which are not in the repository."""
        absent = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
        self.append(pytest.param(make, id=make.__name__, marks=absent))
        return make


def found(where: str, *cells: tuple[int, str | None, str]) -> frozenset[Found]:
    """Problems of one sheet, or of a file without sheets."""
    return frozenset((where, *cell) for cell in cells)


def lookup(body: Any, path: str) -> Any:
    """A value of a JSON document by its dotted path; None where there is none."""
    for step in path.split("."):
        if isinstance(body, list):
            body = body[int(step)] if int(step) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body
