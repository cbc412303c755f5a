"""Currencies: what the sign or word beside an amount says of its currency, which the order's must not contradict."""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from iso4217 import Currency

from transforms.arrow import TEXT
from transforms.distinct import distinct

MARK = r"(?P<mark>[^-+()%0-9.,'\x{2019}\x{2212}\s\x{A0}\x{2007}-\x{200A}\x{202F}]+)"
# Signs and words as people use them, in capitals; what is not here says nothing.
MEANT = {
    "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BBD BMD BSD BZD BND FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD",
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD NIO",
    "CA$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "NT$": "TWD",
    "MX$": "MXN",
    "R$": "BRL",
    "€": "EUR",
    "EURO": "EUR",
    "£": "GBP GIP FKP SHP EGP LBP SDG SSP SYP",
    "¥": "JPY CNY",
    "￥": "JPY CNY",
    "円": "JPY",
    "元": "CNY TWD HKD",
    "₹": "INR",
    "RS": "INR PKR LKR NPR MUR SCR",
    "₽": "RUB",
    "РУБ": "RUB",
    "₺": "TRY",
    "TL": "TRY",
    "₴": "UAH",
    "₩": "KRW KPW",
    "₫": "VND",
    "฿": "THB",
    "₪": "ILS",
    "₦": "NGN",
    "₱": "PHP",
    "₸": "KZT",
    "KR": "SEK NOK DKK ISK",
    "KČ": "CZK",
    "ZŁ": "PLN",
    "FT": "HUF",
    "LEI": "RON MDL",
    "SFR": "CHF",
    "RP": "IDR",
    "RM": "MYR",
}


def named_currencies(text: pa.ChunkedArray, written: np.ndarray | None = None) -> pa.ChunkedArray | None:
    """The currencies that each amount may be in by the sign, code or word in its cell, as codes with a space between.

    Null where it names none; None if no cell does. `written` tells which cells are text in the file, None means all.
    """
    cells = distinct(text, written)
    marks = pc.struct_field(pc.extract_regex(cells.text, MARK), "mark")
    meant = pc.take(_codes(), pc.index_in(pc.utf8_upper(marks), value_set=_marks()))
    meant = pc.if_else(pa.array(cells.typed), pa.scalar(None, TEXT), meant)
    return cells.spread(meant) if meant.null_count < len(meant) else None


def contradicts(named: pa.LargeStringArray, currency: pa.LargeStringArray) -> np.ndarray:
    """Where an amount names currencies of which the order's own is none; where one is unknown nothing contradicts."""
    pairs = pc.binary_join_element_wise(named, currency, pa.scalar("|", TEXT))
    coded = pairs.dictionary_encode()
    wrong = [pair.split("|")[1] not in pair.split("|")[0].split() for pair in coded.dictionary.to_pylist()]
    found = pc.take(pa.array(wrong, pa.bool_()), coded.indices)
    return np.flatnonzero(pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False))


@cache
def _meanings() -> dict[str, str]:
    return MEANT | {currency.value: currency.value for currency in Currency}


def _marks() -> pa.Array:
    return pa.array(list(_meanings()), TEXT)


def _codes() -> pa.Array:
    return pa.array(list(_meanings().values()), TEXT)
