"""Batches: how many orders fit into one POST."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise

import numpy as np

from schemas.delivery import Batch, SentOrder

# {"company_id":,"data":[]} and the longest company_id.
ENVELOPE_BYTES = len(Batch(10**18, ()).payload)


def cut_size(orders: Sequence[SentOrder], most_orders: int, most_bytes: int) -> int:
    """How many of the first orders make one batch: at most so many, in at most so many bytes, at least one."""
    sizes = accumulate([len(order.body) + 1 for order in islice(orders, most_orders)], initial=ENVELOPE_BYTES)
    return max(1, bisect_right(list(sizes), most_bytes) - 1)


def halve(orders: tuple[SentOrder, ...]) -> list[tuple[SentOrder, ...]]:
    """Two halves of the orders, the first one smaller if they differ; a single order stays whole."""
    middle = len(orders) // 2
    return [half for half in (orders[:middle], orders[middle:]) if half]


def companies(company_ids: np.ndarray) -> Iterator[tuple[int, slice]]:
    """Each company of a sorted plan with the rows of its orders."""
    edges = np.flatnonzero(np.diff(company_ids)) + 1
    for start, end in pairwise([0, *edges.tolist(), len(company_ids)]):
        if end > start:
            yield int(company_ids[start]), slice(start, end)
