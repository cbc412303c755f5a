"""Validate: every problem of every row, found by pandera models in one lazy, vectorised pass."""

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pa
from iso4217 import Currency

from schemas.fields import FIELDS, ORDER_STATUSES, Entity, Field, Kind
from schemas.tables import SourceTable
from transforms.arrow import has_byte, text_array
from transforms.dates import ISO_TIME
from transforms.findings import findings

Rule = Callable[[pd.Series], pd.Series]

CURRENCIES = frozenset(currency.value for currency in Currency)  # ISO 4217, active codes
CANONICAL_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
# [0-9], since \d matches the digits of every script where pandas matches with re.
PLAIN_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
ROUNDED = r"(?i)[0-9](?:\.[0-9]+)?e\+[0-9]+"
IDENTIFIERS = frozenset({"order_number", "customer_id", "item_id", "variant_id"})


def _matches(pattern: str) -> Rule:
    return lambda text: text.str.fullmatch(pattern)


def _is_parsed(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True).notna()


def _is_date(text: pd.Series) -> pd.Series:
    return _is_parsed(text) & text.str.match(ISO_TIME)


def _is_unambiguous(text: pd.Series) -> pd.Series:
    clear = text.str.fullmatch(CANONICAL_DATE)
    return clear if clear.all() else clear | ~_is_date(text)


def _has_exact_digits(text: pd.Series) -> pd.Series:
    """Up to 15 significant digits, at most 9 of them after the point: what a double and the plan's decimals hold."""
    exact = text.str.len() <= 10  # too short for either
    if not exact.all():
        long = text[~exact]
        digits = long.str.replace(r"\D", "", regex=True).str.lstrip("0").str.len()
        few = (digits <= 15) | ~long.str.fullmatch(PLAIN_NUMBER)
        exact[~exact] = few & ~long.str.contains(r"\.[0-9]{10}")
    return exact


def _is_not_rounded(text: pd.Series) -> pd.Series:
    return ~text.str.fullmatch(ROUNDED) if has_byte(text_array(text), b"+") else _all_right(text)


def _has_no_nul(text: pd.Series) -> pd.Series:
    return ~text.str.contains("\0", regex=False) if has_byte(text_array(text), b"\0") else _all_right(text)


def _all_right(text: pd.Series) -> pd.Series:
    return pd.Series(True, text.index)


def _is_not_negative(text: pd.Series) -> pd.Series:
    minus = text.str.startswith("-")
    return ~(minus & text.str.fullmatch(PLAIN_NUMBER)) if minus.any() else ~minus


def _is_positive(text: pd.Series) -> pd.Series:
    return _is_not_negative(text) & (text != "0")


def _is_countable(text: pd.Series) -> pd.Series:
    short = text.str.len() <= 9
    return short if short.all() else short | ~text.str.fullmatch(r"[0-9]{10,}(?:\..*)?")


NUMBER_RULES: dict[str, Rule] = {"not_a_number": _matches(PLAIN_NUMBER), "too_many_digits": _has_exact_digits}
# What a column of a kind must satisfy: the name of a rule is the code of the problem where it fails.
RULES: dict[Kind, dict[str, Rule]] = {
    Kind.COMPANY: {"not_a_company": _matches(r"[1-9][0-9]{0,17}")},
    Kind.TEXT: {"nul_character": _has_no_nul},
    Kind.CURRENCY: {"not_a_currency": lambda text: text.isin(CURRENCIES)},
    Kind.DATE: {"not_a_date": _is_date, "ambiguous_time": _is_unambiguous},
    Kind.STATUS: {"not_a_status": lambda text: text.isin(ORDER_STATUSES)},
    Kind.AMOUNT: NUMBER_RULES,
    Kind.PRICE: NUMBER_RULES | {"negative": _is_not_negative},
    Kind.QUANTITY: NUMBER_RULES | {"not_positive": _is_positive, "too_large": _is_countable},
}


def _column(field: Field) -> pa.Column:
    rules = RULES[field.kind] | ({"rounded_number": _is_not_rounded} if field.name in IDENTIFIERS else {})
    checks = [pa.Check(rule, name=code, error=code) for code, rule in rules.items()]
    return pa.Column("str", checks, nullable=not field.required, required=field.required)


MODELS: dict[Entity, pa.DataFrameSchema] = {
    entity: pa.DataFrameSchema({name: _column(field) for name, field in fields.items()})
    for entity, fields in FIELDS.items()
}


def validate(rows: pd.DataFrame, entity: Entity) -> pd.DataFrame:
    """All findings in rows of one entity; `rows` has a unique index."""
    try:
        MODELS[entity].validate(rows, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return findings(entity, [], code="missing")
    code = cases["check"].replace({"not_nullable": "missing"})
    return findings(entity, cases["index"], field=cases["column"], value=cases["failure_case"], code=code)


def malformed(table: SourceTable, rows: pd.DataFrame, entity: Entity) -> pd.DataFrame:
    """The findings in rows whose shape is not the header's; `rows` are all rows of one entity."""
    here = (rows["source_file"] == table.file) & (rows["source_sheet"] == table.sheet)
    bad = rows.index[here & rows["source_row"].isin(list(table.malformed))]
    said = [table.malformed[row] for row in rows.loc[bad, "source_row"]]
    return findings(entity, bad, value=said, code="malformed_row")
