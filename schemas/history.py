"""The history of a run's requests, summed up for the report: a bounded number of figures, however many there were."""

from dataclasses import dataclass
from typing import NamedTuple


class Bucket(NamedTuple):
    """The requests that started in one stretch of time, and what became of their orders."""

    number: int  # stretches from the run's first request on; those without requests are left out
    requests: int
    orders: int
    created: int
    rejected: int
    in_doubt: int


class AnswerCount(NamedTuple):
    """The requests of one kind that were answered alike. Durations are microseconds; 0 where no end is known."""

    kind: str
    http_status: int | None  # None: no answer came
    code: str | None
    requests: int
    orders: int
    created: int
    rejected: int
    in_doubt: int
    took: int  # all together
    longest: int


class SlowBatch(NamedTuple):
    """A batch that took long. Times are microseconds, `started_at` since 1970, UTC."""

    batch_id: int
    company_id: int
    orders: int
    started_at: int
    took: int
    http_status: int | None
    code: str | None


@dataclass(frozen=True)
class History:
    """What is known of the requests of a run. Times are microseconds, `first_at` since 1970, UTC."""

    first_at: int
    last_at: int
    width: int  # of a stretch of time
    buckets: tuple[Bucket, ...]
    answers: tuple[AnswerCount, ...]  # the most frequent first
    slowest: tuple[SlowBatch, ...]  # the slowest first


class Point(NamedTuple):
    """A stretch of time as it is drawn: its end in seconds after the first request, and what happened in it."""

    seconds: float
    per_minute: float  # requests in the 60 s before its end; of a longer stretch, the mean
    created: int
    rejected: int
    in_doubt: int
    requests: int


@dataclass(frozen=True)
class Timeline:
    """The stretches of a run without gaps, from its first request to its last."""

    width: float  # of a stretch, in seconds
    points: tuple[Point, ...]
    allowed: int  # requests a minute


@dataclass(frozen=True)
class Activity:
    """What the report shows of a run's requests: their history, drawn over time, and how many orders went out again."""

    history: History
    timeline: Timeline
    resent: int
