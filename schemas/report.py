"""What the report shows beside the record of a run: causes of problems, in words that anyone may read."""

from dataclasses import dataclass
from typing import NamedTuple


class Example(NamedTuple):
    """Where a problem stands, and what is wrong there, without what the cell holds."""

    source_file: str
    source_sheet: str
    source_row: int
    column: str
    message: str


@dataclass(frozen=True)
class Cause:
    """A kind of problem: how often it occurs, what mends it, and where it stands, for example."""

    code: str
    count: int
    remedy: str
    examples: tuple[Example, ...]
