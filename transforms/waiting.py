"""How long to wait: as the API tells it, and between attempts where it tells nothing."""

import math
from datetime import UTC
from email.utils import parsedate_to_datetime

from schemas.delivery import Answer

LONGEST = 120.0
WITHOUT_ADVICE = 5.0
_LARGEST_DELAY = 10**6  # above it, X-RateLimit-Reset is in epoch seconds, below it in seconds from now


def not_before(answer: Answer, now: float) -> float | None:
    """Give the epoch second before which nothing may be sent, at most 120 s after `now`; None if the answer sets none.

    Reads Retry-After (RFC 9110) and, of the orders API's documentation, X-RateLimit-Reset where X-RateLimit-Remaining
    is 0 or the status 429. Times are read against the answer's own Date, so that a wrong local clock does not matter.
    A 429 that tells nothing readable means 5 s.
    """
    server_now = http_date(answer.headers.get("date"))
    server_now = now if server_now is None else server_now
    delays = [_retry_after(answer.headers.get("retry-after"), server_now)]
    if answer.status == 429 or _number(answer.headers.get("x-ratelimit-remaining")) == 0:
        delays.append(_reset(answer.headers.get("x-ratelimit-reset"), server_now))
    told = [delay for delay in delays if delay is not None]
    if not told:
        return now + WITHOUT_ADVICE if answer.status == 429 else None
    return now + min(max(told), LONGEST)


def backoff(attempt: int, random: float, base: float = 0.5, cap: float = 60.0) -> float:
    """Give the seconds to wait after attempt 0, 1, 2: full jitter from `random` in [0, 1), exponential up to `cap`."""
    return random * min(cap, base * 2.0 ** min(attempt, 64))


def _retry_after(value: str | None, server_now: float) -> float | None:
    seconds = _number(value)
    if seconds is None and (date := http_date(value)) is not None:
        seconds = max(0.0, date - server_now)
    return seconds


def _reset(value: str | None, server_now: float) -> float | None:
    seconds = _number(value)
    return seconds if seconds is None or seconds < _LARGEST_DELAY else max(0.0, seconds - server_now)


def _number(value: str | None) -> float | None:
    """Read a number of 0 or more; None for anything else."""
    try:
        number = float(value or "")
    except ValueError:
        return None
    return None if math.isnan(number) or number < 0 else number


def http_date(value: str | None) -> float | None:
    """Read an HTTP date (RFC 9110) as epoch seconds; None for anything else."""
    try:
        date = parsedate_to_datetime(value or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
