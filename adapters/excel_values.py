"""Values as an Excel sheet can hold them without loss."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd

LONGEST_TEXT = 32_767  # UTF-16 units of a cell
EXACT = 10**15  # below it a whole number keeps all its digits
Cell = str | bool | int | float | dt.datetime | dt.date | dt.time | dt.timedelta


def exact(cell: object, epoch: int = 1900) -> Cell | None:  # noqa: PLR0911 - one line per type that cells have
    """Give a cell as Excel can hold it without loss, as text if need be; None for an empty one.

    Text it becomes: whole numbers and decimals of more than 15 digits, times with parts of a millisecond, with a zone,
    or before the end of the year `epoch`, from which days count.
    """
    if isinstance(cell, str | bool):
        return cell
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    if isinstance(cell, float):
        return None if cell != cell else cell if abs(cell) < EXACT else str(cell)  # noqa: PLR0124 - NaN
    if isinstance(cell, int | np.integer):
        return int(cell) if abs(int(cell)) < EXACT else str(cell)
    if isinstance(cell, Decimal):
        digits = "".join(map(str, cell.as_tuple().digits)).strip("0")
        return None if cell.is_nan() else float(cell) if cell.is_finite() and len(digits) <= 15 else str(cell)
    if isinstance(cell, dt.datetime):
        parts = cell.microsecond % 1000 or getattr(cell, "nanosecond", 0)
        return cell.isoformat() if cell.tzinfo or parts or cell.year <= epoch else cell
    if isinstance(cell, dt.date):
        return cell if cell.year > epoch else cell.isoformat()
    if isinstance(cell, dt.time | dt.timedelta):
        return cell
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else str(cell)


def fitting(text: str) -> str:
    """Give a text as xlsxwriter writes it unchanged; one too long for a cell is cut, and ends with an ellipsis then."""
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # it would be taken for markup, and written unescaped
    if len(text) <= LONGEST_TEXT // 2:
        return text
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * LONGEST_TEXT else units[: 2 * LONGEST_TEXT - 2].decode("utf-16-le", "ignore") + "…"
