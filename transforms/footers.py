"""Footers: the rows below a table that are no data, and rows inside of it that look like subtotals."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from transforms.filled import Bools, Cells, Fill, Ints, rows_at, text_cells, to_rows
from transforms.headers import cut, rows_text

SEARCHED = 100  # filled rows at the end among which the footers are
MANY = 0.3  # the share of rows that fill a column which a sum lacks
NEARLY_ALL = 0.9  # the share of rows that fill a column which an order cannot do without

_TOTALS = (
    *("totals?", "grand[ -]?totals?", "sub[ -]?totals?", "overall totals?", "sums?", "grand sum"),
    *("(?:gesamt|zwischen|end)?summe", "gesamt(?:ergebnis|betrag|wert)?", "(?:teil)?ergebnis", "insgesamt"),
    *("(?:sous[ -]?)?total(?:e|es|i|is)?", "tota(?:ux|les)", "(?:sous[ -]?)?total g[ée]n[ée]ral", "somme"),
    *("totale (?:generale|complessivo|parziale)", "somma", "suma(?: total)?", "soma", "total geral", "summa", "totalt"),
    *("(?:sub|eind)?totaal", "som", "i alt", "yhteens[äa]", "celkem", "spolu", "sou[čc]et", "razem", "og[óo][łl]em"),
    *("[öo]sszesen", "(?:genel |ara )?toplam", "итого", "всего", "сумма", "σύνολο"),
    *("合計", "小計", "総計", "总计", "合计", "小计", "總計", "합계", "소계", "총계"),
)
_CURRENCY = "(?:eur|usd|gbp|chf|€|[$]|£)"
_OF_WHAT = f"(?: (?:amounts?|orders?|rows?|items?|records?|lines?|sales|quantity|qty|count|sum|{_CURRENCY}))"
_COLON = "[:\uff1a=]"
_WORD = f"(?:{'|'.join(_TOTALS)})"
# RE2, which Arrow uses, and Python read these alike.
_TOTAL = rf"\s*{_WORD}{_OF_WHAT}?\s*{_COLON}?\s*[(]?[\d.,' ]*[)]?\s*{_CURRENCY}?\s*"
TOTAL = re.compile(_TOTAL, re.IGNORECASE)
LIKE_TOTAL = rf"(?i)^(?:{_TOTAL}|.{{1,80}}\s{_WORD}\s*{_COLON}?\s*|\s*{_WORD}\s.{{1,80}})$"
FOOTER = re.compile(
    r"\d+ (?:records?|rows?|orders?|items?|results?|entries|entry|lines?)(?:\(s\))?(?: .*)?"
    r"|record\(s\).*|(?:total )?(?:number of )?(?:records|rows|orders|entries|results)\s*[:=]\s*\d+.*"
    r"|seller id\s*:.*|(?:report )?(?:generated|created|exported|printed|downloaded|erstellt) (?:on|by|at|am).*"
    r"|(?:page|seite|p[aá]gina) \d+.*|(?:end of|ende de[rs]|fin d[ue]) .*|\*+.*|(?:notes?|hinweise?|remarks?)\s*:.*"
    r"|copyright .*|©.*|[-=_*]{3,}.*",
    re.IGNORECASE | re.DOTALL,
)

LABEL = re.compile(r"[^\W\d][\w ()/-]{0,40}:(?:\s.*)?", re.DOTALL)  # of a value: `Exported by: Ann`


@dataclass(frozen=True)
class Footers:
    """The source rows at the end that are no data, their first texts, and what is wrong with rows like sums."""

    rows: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    subtotals: Mapping[int, str] = field(default_factory=dict)


def find_footers(body: pd.DataFrame, fill: Fill, named: Sequence[int], skip: int) -> Footers:
    """Say which rows of a table's body are footers; `named` are the places of its columns that have a header.

    With `skip` it is that many filled rows at the end. Else it is what is recognized beyond doubt: rows at the very end
    that begin with a word for total and lack a cell that nearly all rows have, short rows such as `83 record(s)
    downloaded`, and notes or labels after a blank row. What begins with such a word anywhere else and lacks cells is
    a subtotal: a problem, never dropped.
    """
    filled = np.flatnonzero(fill.counts)
    tail = filled[-max(SEARCHED, skip) :]
    rows = [(place, cells) for place, cells in zip(tail, to_rows(rows_at(body, tail)), strict=True) if _first(cells)]
    like_total = _totals(body, fill)
    ordinary = fill.counts > 0
    ordinary[like_total] = False
    ordinary[[place for place, cells in rows if _count(cells) == 1 or FOOTER.fullmatch(_whole(cells))]] = False
    needed = _needed(fill, ordinary) if ordinary.any() else np.isin(np.arange(body.shape[1]), named)
    typical = _median(fill.counts[ordinary]) if ordinary.any() else len(named)
    start = len(rows) - skip if skip else _first_footer(body.index, rows, needed, typical)
    footers = rows[max(start, 0) :]
    after = footers[0][0] if footers else len(body)
    return Footers(
        tuple(int(body.index[place]) for place, _ in footers),
        tuple(_first(cells) for _, cells in footers),
        _subtotals(body.iloc[:after], fill, like_total[like_total < after], needed, typical),
    )


def footer_notice(place: str, footers: Footers) -> Iterator[str]:
    """Tell which rows below the table are not read."""
    if footers.rows:
        are = "is" if len(footers.rows) == 1 else "are"
        texts = ", ".join(f'"{cut(text)}"' for text in footers.texts[:3]) + ", ..." * (len(footers.texts) > 3)
        yield f"{place}: {rows_text(footers.rows)} below the table {are} not read ({texts})"


def _first_footer(index: pd.Index, rows: Sequence[tuple[int, Cells]], needed: Bools, typical: float) -> int:
    """The place in `rows` from which on all are footers."""
    start = len(rows)
    for at in range(len(rows) - 1, -1, -1):
        place, cells = rows[at]
        text, count = _first(cells), _count(cells)
        gap = at > 0 and index[place] - index[rows[at - 1][0]] > 1
        short = count * 2 < typical
        if TOTAL.fullmatch(text):
            sure = short or _lacks(cells, needed)
        elif count <= 2 and count < typical and FOOTER.fullmatch(_whole(cells)):  # a label and a value
            sure = True
        elif short and ((count == 1 and _is_prose(cells)) or (count <= 2 and LABEL.fullmatch(text))):
            sure = gap  # else the row above must be a footer too
        else:
            break
        if sure:
            start = at
    return start


def _needed(fill: Fill, ordinary: Bools) -> Bools:
    """The places of the columns that nearly all rows fill, or which most rows fill."""
    share = fill.shares(ordinary)
    return np.asarray(share >= min(NEARLY_ALL, share.max()))


def _median(counts: Ints) -> float:
    """The lower median of small whole numbers."""
    below = np.cumsum(np.bincount(counts))
    return float(np.searchsorted(below, (len(counts) + 1) // 2))


def _totals(body: pd.DataFrame, fill: Fill) -> Ints:
    """The places of the rows whose first filled cell is a word for total, or begins or ends with one.

    In a long table one that fills all that many rows fill is none, whatever it says, and is not looked at.
    """
    full = fill.leftmost == fill.leftmost[fill.counts > 0].min(initial=body.shape[1])
    for column in fill.columns:
        if column is not None and column.mean() > MANY:
            full &= column
    if len(body) <= SEARCHED:
        full[:] = False
    elif full.all():
        return np.zeros(0, dtype=np.int64)
    found = [np.zeros(0, dtype=np.int64)]
    suspects = np.where(full, -1, fill.leftmost)
    for at in np.flatnonzero(np.bincount(suspects + 1)[1:]).tolist():
        rows = np.flatnonzero(suspects == at)
        match = pc.match_substring_regex(text_cells(body.iloc[rows, at]), LIKE_TOTAL)
        found.append(rows[pc.fill_null(match, fill_value=False).to_numpy(zero_copy_only=False)])
    return np.sort(np.concatenate(found))


def _subtotals(body: pd.DataFrame, fill: Fill, like_total: Ints, needed: Bools, typical: float) -> dict[int, str]:
    """What is wrong with the rows that look like sums."""
    found = {}
    first = fill.leftmost[fill.counts > 0].min(initial=body.shape[1])
    for place, cells in zip(like_total, to_rows(rows_at(body, like_total)), strict=True):
        text, lacks, short = _first(cells), _lacks(cells, needed), _count(cells) * 2 < typical
        # Without its first cell it would be taken for a further line of the order above.
        is_total = TOTAL.fullmatch(text) and (lacks or short or fill.leftmost[place] > first)
        if is_total or (lacks and short):
            found[int(body.index[place])] = (
                f'looks like a total ("{text}"), not like an order: remove the row, or fill in its empty cells'
            )
    return found


def _is_prose(cells: Cells) -> bool:
    """Whether the first filled cell is a note, not the number of an order."""
    text = next(cell for cell in cells if cell is not None)
    return isinstance(text, str) and (" " in text.strip() or not any(map(str.isdigit, text)))


def _lacks(cells: Cells, needed: Bools) -> bool:
    return any(cell is None for cell, need in zip(cells, needed, strict=True) if need)


def _count(cells: Cells) -> int:
    return sum(cell is not None for cell in cells)


def _whole(cells: Cells) -> str:
    return " ".join(str(cell).strip() for cell in cells if cell is not None)


def _first(cells: Cells) -> str:
    return next((str(cell).strip() for cell in cells if cell is not None), "")
