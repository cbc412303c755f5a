"""Ids: order numbers and the like, which are text even where they look like numbers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.arrow import TEXT
from transforms.reading import Marks, Spelled, only

# With more digits than 15 a program has rounded the number when it made it a float.
FLOAT = r"^(?:0|[1-9]\d{0,14})\.0$"


WHOLE, OTHER = "whole number with .0", "other id"  # marks
NOTICE = "the .0 behind whole numbers is left out"


def identifiers(text: pa.ChunkedArray, written: np.ndarray | None = None, marks: Marks | None = None) -> Spelled:
    """Ids without the `.0` that programs put behind whole numbers; only where all texts of the column have it.

    `written` tells which cells are text in the file, None means all; `marks` are those of the whole column if this is a
    part of one, and then nothing is noticed.
    """
    found = id_marks(text, written) if marks is None else marks
    if only(found, (WHOLE, OTHER)) != WHOLE:
        return Spelled(text)
    whole = pc.replace_substring_regex(text, r"\.0$", "")
    return Spelled(whole, notice=NOTICE, proof=found[WHOLE]) if marks is None else Spelled(whole)


def id_marks(text: pa.ChunkedArray, written: np.ndarray | None = None) -> Marks:
    """Which kinds of ids stand in the texts of a column, each with the position of the first."""
    texts = text if written is None else pc.if_else(pa.array(written), text, pa.scalar(None, TEXT))
    if texts.null_count == len(texts):
        return {}
    is_whole = pc.ends_with(texts, ".0")
    if pc.any(is_whole).as_py():
        is_whole = pc.match_substring_regex(texts, FLOAT)
    first = {WHOLE: pc.index(is_whole, True).as_py(), OTHER: pc.index(is_whole, False).as_py()}
    return {mark: position for mark, position in first.items() if position >= 0}
