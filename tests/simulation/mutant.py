"""A mutant: one way to break delivery, which the simulation must notice."""

from dataclasses import dataclass

TWICE = "was created 2 times"
LOST = f"the ledger says pending of .*, which the platform has|{TWICE}"
BURIED = "puts .* in doubt, which .* is sending"


@dataclass(frozen=True)
class Mutant:
    """A text that stands once in a file, and what it is replaced with.

    `says` is what the violation must say, `shown_by` a seed that fails, with which the tests begin; `make mutants` does
    without.
    """

    name: str
    file: str
    old: str
    new: str
    says: str = LOST
    shown_by: int = 0
