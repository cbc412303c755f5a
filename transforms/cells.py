"""Cells of any type as text: what a person would read in the file, trimmed; nothing and null words are null."""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionDtype

from schemas.errors import InputError

TEXT = pa.large_string()
# A spreadsheet holds 15 significant digits; a larger whole number has lost some already.
EXACT = 10**15
TEXTS = (pa.string(), pa.large_string(), pa.string_view(), pa.null())
NOTHING = (type(None), type(pd.NaT), type(pd.NA))
MIDNIGHT = "T00:00:00"  # tells the date of a spreadsheet from text that only looks like one


def to_text(column: pd.Series, null_words: Collection[str] = ()) -> pa.ChunkedArray:
    """One column as Arrow text. Numbers lose nothing but zeros that mean nothing; times are ISO 8601 with a `T`.

    Raises InputError for a column of lists, bytes and the like, which cannot be read as text.
    """
    if column.dtype == object:
        array = pa.chunked_array([_objects_to_text(column)])
    else:
        array = _arrow_to_text(_as_chunked(column), str(column.name))
    blanks = [] if has_numbers(column) else [""]  # a number is no blank, and has none around it
    if blanks:
        array = pc.utf8_trim_whitespace(array)
    if not blanks and not null_words:
        return array
    nothing = pc.is_in(array, value_set=pa.array([*blanks, *null_words], TEXT))
    return pc.if_else(nothing, pa.scalar(None, TEXT), array)


def is_text(column: pd.Series) -> np.ndarray | None:
    """Which cells are text in the file, and not a number, a date or the like; None means that all are."""
    if column.dtype == object:
        cells = column.to_numpy()
        text = {kind: issubclass(kind, str) for kind in set(map(type, cells)) if kind not in NOTHING}
        if len(set(text.values())) == 2:
            return np.fromiter((text.get(kind, False) for kind in map(type, cells)), bool, len(cells))
        all_text = all(text.values())
    else:
        all_text = _is_text_type(column.dtype)
    return None if all_text else np.zeros(len(column), dtype=bool)


def has_numbers(column: pd.Series) -> bool:
    """Whether a column has a type of numbers, so that `to_text` spells them as nothing else would."""
    kind = column.dtype.pyarrow_dtype if isinstance(column.dtype, pd.ArrowDtype) else None
    return kind is not None and (pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))


def _is_text_type(dtype: ExtensionDtype | np.dtype) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return _is_text_type(dtype.categories.dtype)
    if not isinstance(dtype, pd.ArrowDtype):
        return isinstance(dtype, pd.StringDtype) or pd.api.types.is_object_dtype(dtype)
    kind = dtype.pyarrow_dtype
    return (kind.value_type if pa.types.is_dictionary(kind) else kind) in TEXTS


def _as_chunked(column: pd.Series) -> pa.ChunkedArray:
    array = pa.array(column, from_pandas=True)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _arrow_to_text(array: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _arrow_to_text(array.cast(kind.value_type), name)
    if pa.types.is_timestamp(kind):
        return _times_to_text(array)
    if pa.types.is_floating(kind):
        # The digits that a person sees of a 32-bit number are those of its own shortest decimal.
        return _floats_to_text(array if pa.types.is_float64(kind) else array.cast(TEXT).cast(pa.float64()))
    try:
        text = array.cast(TEXT)
    except pa.ArrowException:
        raise InputError(
            f'The column "{name}" cannot be read as text ({kind}).', "Convert it, or list it under `ignore`."
        ) from None
    if pa.types.is_decimal(kind):
        return decimals_to_text(text)
    if pa.types.is_date(kind):
        return pc.binary_join_element_wise(text, pa.scalar(MIDNIGHT, TEXT), pa.scalar("", TEXT))
    return text


def _times_to_text(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO 8601; of UTC without its zone at first, since Arrow spells times with one ten times as slowly."""
    utc = array.type.tz == "UTC"
    text = (array.cast(pa.timestamp(array.type.unit)) if utc else array).cast(TEXT)
    spelled = pc.replace_substring(text, pattern=" ", replacement="T", max_replacements=1)
    return pc.binary_join_element_wise(spelled, pa.scalar("Z", TEXT), pa.scalar("", TEXT)) if utc else spelled


def decimals_to_text(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without zeros after the last digit that counts; Arrow writes what is small with an exponent."""
    exponent = pc.fill_null(pc.match_substring(text, "E"), fill_value=False)
    if pc.any(exponent).as_py():
        plain = [format(Decimal(number), "f") for number in text.filter(exponent).to_pylist()]
        text = _replaced(text, exponent, plain)
    trimmed = pc.utf8_rtrim(pc.utf8_rtrim(text, characters="0"), characters=".")
    return pc.if_else(pc.match_substring(text, "."), trimmed, text)


def _floats_to_text(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers without `.0`; others as the shortest decimal that reads back as the same number."""
    numbers = array.to_numpy()
    text = pc.if_else(pc.is_nan(array), pa.scalar(None, TEXT), array.cast(TEXT))
    with np.errstate(invalid="ignore"):
        whole = (np.abs(numbers) < EXACT) & (numbers == np.trunc(numbers))
    ints = pa.array(np.where(whole, numbers, 0).astype("int64")).cast(TEXT)
    text = pc.if_else(pa.array(whole), ints, text)
    # Exponents, and digits beyond the 15 that the number was written with, are rare: one by one.
    odd = pc.fill_null(pc.or_(pc.match_substring(text, "e"), pc.greater(pc.utf8_length(text), 16)), fill_value=False)
    if pc.any(odd).as_py():
        return _replaced(text, odd, [_float_to_text(number) for number in numbers[odd.to_numpy()]])
    return text


def _replaced(text: pa.ChunkedArray, mask: pa.ChunkedArray, values: list[str]) -> pa.ChunkedArray:
    array = pc.replace_with_mask(text.combine_chunks(), mask.combine_chunks(), pa.array(values, TEXT))
    return pa.chunked_array([array])


def _float_to_text(number: float) -> str:
    digits = f"{number:.15g}"
    return format(Decimal(digits), "f") if abs(number) < EXACT else digits.upper()


def _objects_to_text(column: pd.Series) -> pa.Array:
    """The cells of each Python type in one go."""
    cells = column.to_numpy()
    codes, kinds = pd.factorize(np.fromiter(map(type, cells), object, len(cells)))
    texts = np.full(len(cells), None, dtype=object)
    for code, kind in enumerate(kinds):
        rows = codes == code
        texts[rows] = _same_to_text(cells[rows], kind)
    return pa.array(texts, TEXT, from_pandas=True)


def _same_to_text(cells: np.ndarray, kind: type) -> Sequence[str] | np.ndarray | None:  # noqa: PLR0911 - one per type
    if issubclass(kind, str):
        return cells
    if kind in NOTHING:
        return None
    if issubclass(kind, bool):
        return [str(cell).upper() for cell in cells]
    if issubclass(kind, float):
        numbers: np.ndarray = _floats_to_text(pa.chunked_array([pa.array(cells.astype("float64"))])).to_numpy()
        return numbers
    if issubclass(kind, dt.datetime | dt.time):
        return [cell.isoformat() for cell in cells]
    if issubclass(kind, dt.date):
        return [f"{cell.isoformat()}{MIDNIGHT}" for cell in cells]
    if issubclass(kind, Decimal):
        return [format(cell, "f") for cell in cells]
    return list(map(str, cells))
