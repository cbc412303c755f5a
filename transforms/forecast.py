"""Forecast: how many requests a plan takes, and how long the rate limit makes them last."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.batches import ENVELOPE_BYTES
from transforms.rate import WINDOW_SECONDS


class Forecast(NamedTuple):
    """Requests if nothing is refused, and the least seconds in which the limit lets them start."""

    requests: int
    seconds: float


def body_sizes(orders: pa.Table) -> np.ndarray:
    """The company and the bytes of each order of a plan, side by side."""
    return np.stack([orders["company_id"].to_numpy(), pc.binary_length(orders["body"]).to_numpy()])


def forecast(bodies: np.ndarray, most_orders: int, most_bytes: int, per_minute: int) -> Forecast:
    """What sending orders takes, whose `body_sizes` are given, those of a company side by side.

    A company's first order goes alone, to have one that is known to be on the platform.
    """
    company = bodies[0]
    ends = np.flatnonzero(np.diff(company, append=-1))
    sizes = np.cumsum(bodies[1] + 1, dtype="int64")
    requests, start = 0, 0
    for end in (ends + 1).tolist():
        at = start + 1
        requests += 1
        while at < end:
            sent = int(sizes[at - 1])
            fits = int(np.searchsorted(sizes, sent + most_bytes - ENVELOPE_BYTES, side="right"))
            at = max(at + 1, min(fits, at + most_orders, end))
            requests += 1
        start = end
    return Forecast(requests, max(0, requests - 1) // per_minute * WINDOW_SECONDS)
