"""Divide: the price of one out of the total of a line, exactly or not at all."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.cells import decimals_to_text

TEXT = pa.large_string()
READABLE = r"^-?[0-9]{1,15}(?:\.[0-9]{1,9})?$"
OPERAND = pa.decimal256(24, 9)
QUOTIENT = pa.decimal256(40, 9)
PRODUCT = pa.decimal256(65, 18)


def divide(totals: pa.ChunkedArray, quantities: pa.ChunkedArray) -> tuple[pa.ChunkedArray, np.ndarray]:
    """The quotients of two columns of canonical numbers, and the rows where it has more than 9 decimals.

    A total stays as it is where it, or its quantity, is no number or 0, and where the quotient is not exact.
    """
    total, quantity = _as_decimals(totals), _as_decimals(quantities)
    quantity = pc.if_else(pc.equal(quantity, pa.scalar(0, OPERAND)), pa.scalar(None, OPERAND), quantity)
    rounded = pc.round(pc.divide(total, quantity), ndigits=9).cast(QUOTIENT)
    is_exact = pc.equal(pc.multiply(rounded, quantity).cast(PRODUCT), total.cast(PRODUCT))
    text = pc.if_else(pc.fill_null(is_exact, fill_value=False), decimals_to_text(rounded.cast(TEXT)), totals)
    return text, pc.indices_nonzero(pc.invert(pc.fill_null(is_exact, fill_value=True))).to_numpy()


def _as_decimals(text: pa.ChunkedArray) -> pa.ChunkedArray:
    readable = pc.fill_null(pc.match_substring_regex(text, READABLE), fill_value=False)
    return pc.if_else(readable, text, pa.scalar(None, TEXT)).cast(OPERAND)
