"""Names of sheets that Excel allows, each once in a workbook."""

import re
from itertools import count

LONGEST = 31  # UTF-16 units
ILLEGAL = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]")
RESERVED = "history"  # Excel keeps this name for itself


class SheetNames:
    """The names of a workbook's sheets."""

    def __init__(self) -> None:
        self._taken = {RESERVED}

    def add(self, wanted: str) -> str:
        """Take the name, or the closest to it that is legal and not taken yet: shortened, with a number behind."""
        own = ILLEGAL.sub("_", wanted).strip("'")
        own = own if own.strip() else "rejects"
        names = (_shortened(own, f" ({number})" if number > 1 else "") for number in count(1))
        name = next(name for name in names if name.casefold() not in self._taken)
        self._taken.add(name.casefold())
        return name


def _shortened(name: str, ending: str) -> str:
    room = 2 * (LONGEST - len(ending))
    units = name.encode("utf-16-le")
    return (name if len(units) <= room else units[:room].decode("utf-16-le", "ignore").rstrip("' ")) + ending
