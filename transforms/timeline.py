"""Timeline: the history of a run's requests as stretches of time that can be drawn beside the rate limit."""

from math import ceil

from schemas.history import Bucket, History, Point, Timeline

MOST = 120  # stretches of a run
FEWEST = 10  # that are drawn, so that a short run has a picture too
MINUTE = 60_000_000
# Microseconds. Those below a minute divide it, so that the requests of the minute before are whole stretches.
_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
WIDTHS = tuple(int(seconds * 1_000_000) for seconds in _SECONDS)
HOUR = WIDTHS[-1]


def stretch(first_at: int, last_at: int) -> int:
    """How many microseconds long the stretches of a run are, so that it has at most 120 of them."""
    needed = (last_at - first_at + 1) / MOST
    return next((width for width in WIDTHS if width >= needed), ceil(needed / HOUR) * HOUR)


def timeline(history: History, allowed: int) -> Timeline:
    """The stretches of a run, those without requests too; `allowed` are the requests that may start in a minute."""
    found = {bucket.number: bucket for bucket in history.buckets}
    width = history.width
    count = max(FEWEST, (history.last_at - history.first_at) // width + 1, *(number + 1 for number in found))
    buckets = [found.get(number, Bucket(number, 0, 0, 0, 0, 0)) for number in range(count)]
    minute = max(1, MINUTE // width)
    points = []
    for at, one in enumerate(buckets):
        started = sum(bucket.requests for bucket in buckets[max(0, at + 1 - minute) : at + 1])
        per_minute = started * MINUTE / max(width, MINUTE)
        points.append(
            Point((at + 1) * width / 1_000_000, per_minute, one.created, one.rejected, one.in_doubt, one.requests)
        )
    return Timeline(width / 1_000_000, tuple(points), allowed)
