"""Cross-tabs: sheets with a column per month, day or product, which have no row per order."""

import datetime as dt
import re
from collections.abc import Sequence
from numbers import Number

from schemas.errors import NoTable
from transforms.filled import Cells
from transforms.headers import header_texts

ENOUGH = 3  # columns
NEARLY_ALL = 0.9
_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mrz|mai|okt|dez|fév|avr|juin|juil|aoû|déc|ene|abr|ago|dic"
)
PERIOD = re.compile(
    rf"(?:{_MONTHS})[a-zé]*\.?(?:[ '/-]*\d{{2,4}})?"  # Jan, Feb 2024, Mar-24
    r"|(?:q|qtr|quarter|wk|w|kw|week|day|month) ?\d{1,2}(?:[ /-]*\d{2,4})?|\d{4}[ /-]?(?:q|w|kw)\d{1,2}"  # Q1 2024
    r"|(?:19|20)\d{2}(?:[-/.]\d{1,2}){0,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[-/.](?:19|20)\d{2}",  # 2024-01
    re.IGNORECASE,
)
NUMERIC = re.compile(r"[-+(]?[\d.,'\s\u00a0%€$£]*\d[\d.,'\s\u00a0%€$£)]*-?")


def refuse_crosstab(place: str, header: Cells, rows: Sequence[Cells]) -> None:
    """Raise NoTable if most headers but the first are periods or whole numbers, over columns of numbers."""
    texts = header_texts(header)
    first, *named = [at for at, text in enumerate(texts) if text] or [0]
    values = [at for at in named if _is_value(header[at], texts[at])]
    if len({texts[at] for at in values}) < ENOUGH or len(values) * 2 <= len(named):
        return
    if _is_value(header[first], texts[first]) or _is_number(header[first]):  # rather a row of data
        return
    cells = [row[at] for row in rows for at in values if row[at] is not None]
    if not cells or sum(map(_is_number, cells)) < NEARLY_ALL * len(cells):
        return
    shown = ", ".join(f'"{texts[at]}"' for at in values[:ENOUGH])
    raise NoTable(
        f"{place} is a cross-tab: its columns {shown}, ... are values, not names of fields.",
        "One row for each order or line item is needed, with columns such as order_number, item_id, quantity and "
        "unit_amount; if the table has no header, give `columns` in a profile.",
    )


def _is_value(cell: object, text: str) -> bool:
    if isinstance(cell, dt.date):
        return True
    return bool(PERIOD.fullmatch(text)) or text.removeprefix("-").isdigit()


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return bool(NUMERIC.fullmatch(cell.strip()))
    return isinstance(cell, Number) and not isinstance(cell, bool)
