"""What the bytes of a workbook say beside what calamine reads of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

Faults = dict[tuple[int, int], str]  # (row from 1, column from 0) -> what the cell holds

LAST_COLUMN = 16_384  # XFD, in every program
UNCALCULATED = "a formula that was never calculated"
ERROR_CODES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # [MS-XLS] 2.5.10, BErr; .xlsb has the same


@dataclass(frozen=True)
class BookFacts:
    """The year that date serials count from, 1900 or 1904, and the faults of each sheet by its name."""

    epoch: int = 1900
    faults: Mapping[str, Faults] = field(default_factory=dict)


@lru_cache(maxsize=64)
def error_text(value: str) -> str:
    """Tell an error value such as `#N/A` as a fault; equal ones are one object."""
    return f"the error {value}"
