"""Ids: order numbers and the like, which are text even where they look like numbers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.arrow import TEXT
from transforms.reading import Spelled

# With more digits than 15 a program has rounded the number when it made it a float.
FLOAT = r"^(?:0|[1-9]\d{0,14})\.0$"


def identifiers(text: pa.ChunkedArray, written: np.ndarray | None = None) -> Spelled:
    """Ids without the `.0` that programs put behind whole numbers; only where all texts of the column have it.

    `written` tells which cells are text in the file, None means all.
    """
    texts = text if written is None else pc.if_else(pa.array(written), text, pa.scalar(None, TEXT))
    if texts.null_count == len(texts) or not pc.all(pc.ends_with(texts, ".0")).as_py():
        return Spelled(text)
    if not pc.all(pc.match_substring_regex(texts, FLOAT)).as_py():
        return Spelled(text)
    whole = pc.replace_substring_regex(text, r"\.0$", "")
    proof = int(np.flatnonzero(np.asarray(texts.is_valid()))[0])
    return Spelled(whole, notice="the .0 behind whole numbers is left out", proof=proof)
