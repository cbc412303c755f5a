"""Redact: what is said of rows without the values of their cells; the numbers of orders stay, and where they are."""

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.delivery import Verdict
from schemas.fields import SOURCE
from schemas.problems import HIDDEN
from schemas.rejects import PROBLEM_COLUMN, RejectSheet
from schemas.results import Status
from transforms.rejected import Rejected

# Of these problems the value is the number of the order.
NUMBERED = frozenset({"no_line_items", "no_order", "duplicate_order", "order_too_large", "changed_since_created"})
NAMES_OTHER = frozenset({"not_in_lookup"})  # whose other word is the name of a table
LEFT_OUT = "what the API said is left out, since it may quote values"
NOTE = "The cells are left out (redact): look each row up in its file, mend it there, and run that file."
QUOTED = re.compile(r'"[^"]*"')
NOT_READ = re.compile(r"( not read) \(.*\)$", re.DOTALL)  # titles above and totals below a table


def without_values(found: pd.DataFrame) -> pd.DataFrame:
    """Findings whose values cannot be seen; `value` and `other` are hidden but for what is no cell."""
    code = found["code"]
    value = found["value"].mask(found["value"].notna() & ~code.isin(NUMBERED), HIDDEN)
    shape = code == "malformed_row"  # whose value is a sentence
    value = value.mask(shape, found["value"].astype("str").str.replace(QUOTED, f'"{HIDDEN}"', regex=True))
    other = found["other"].mask(found["other"].notna() & ~code.isin(NAMES_OTHER), HIDDEN)
    return found.assign(value=value, other=other)


def without_titles(notices: Iterable[str]) -> list[str]:
    """Notices that do not quote the rows around a table."""
    return [NOT_READ.sub(r"\1", notice) for notice in notices]


def without_words(verdict: Verdict) -> Verdict:
    """A verdict without the words of the API, but for its codes and the numbers of orders."""
    if verdict.http_status is None:
        return verdict
    told = f"HTTP {verdict.http_status}; {LEFT_OUT}"
    outcomes = tuple(
        one if one.status is Status.CREATED or one.error_message is None else one._replace(error_message=told)
        for one in verdict.outcomes
    )
    return replace(verdict, outcomes=outcomes, message=verdict.message and told)


def without_words_of_others(facts: pa.Table, run_id: str) -> pa.Table:
    """Facts without what the API said in other runs, which may not have left it out."""
    theirs = pc.and_(pc.not_equal(facts["run_id"], run_id), pc.is_valid(facts["error_message"]))
    at = facts.schema.get_field_index("error_message")
    return facts.set_column(at, "error_message", pc.if_else(theirs, LEFT_OUT.capitalize(), facts["error_message"]))


def without_details(findings: pd.DataFrame) -> pd.DataFrame:
    """What differs between file and platform, as a comparison finds it, without the two values."""
    differs = findings["finding"] == "different"
    return findings.assign(detail=findings["detail"].mask(differs, findings["detail"].str.partition(":")[0]))


def place_sheet(rejected: Rejected) -> RejectSheet:
    """Where the rows that were not created stand, and what is wrong with each: a sheet without any cell of theirs."""
    keys = list(SOURCE)
    said = rejected.rows[keys].assign(said=rejected.rows["error_message"].fillna(rejected.rows["error_code"]))
    found = rejected.problems[[*keys, "column", "message"]].rename(columns={"message": "said"})
    every = pd.concat([said.assign(column=None), found], ignore_index=True)
    rows = every.groupby(keys, sort=False).agg(columns=("column", _joined), said=("said", _joined)).reset_index()
    there = pd.MultiIndex.from_frame(rows[keys]).isin(pd.MultiIndex.from_frame(said[keys]))
    rows = rows[there].sort_values(keys, kind="stable", ignore_index=True)
    shown = rows[[*keys, "columns"]].astype(object).where(lambda cells: cells != "", None)
    positions = tuple(range(shown.shape[1]))
    header = [*shown.columns, PROBLEM_COLUMN]
    above = pd.DataFrame([[NOTE, *[None] * len(positions)], header], index=[1, 2], columns=range(len(header)))
    return RejectSheet("rejects", shown, tuple(rows["said"]), positions, above, problem_at=len(positions))


def _joined(texts: pd.Series) -> str:
    return "; ".join(dict.fromkeys(texts.dropna()))
