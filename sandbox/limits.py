"""The rate limit of a key: a true sliding window over the requests that were let through."""

import math
from collections import deque
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Quota:
    """What is left of the window; `retry_after` (seconds) is set on a request that came over the limit."""

    limit: int
    remaining: int
    reset: int  # epoch seconds at which the oldest request leaves the window
    retry_after: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an answer."""
        headers = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset),
        }
        return headers if self.retry_after is None else headers | {"retry-after": str(self.retry_after)}


class Window:
    """Lets at most `limit` requests through in any `seconds`; refused ones do not count. Times are epoch seconds."""

    def __init__(self, limit: int, seconds: float = 60.0) -> None:
        self._limit = limit
        self._seconds = seconds
        self._taken: deque[float] = deque()

    def take(self, now: float) -> Quota:
        """Count a request, or refuse it with `retry_after`."""
        if self.look(now).remaining:
            self._taken.append(now)
            return self.look(now)
        wait = (self._taken[0] if self._taken else now) + self._seconds - now
        return replace(self.look(now), retry_after=max(math.ceil(wait), 1))

    def look(self, now: float) -> Quota:
        """Tell what is left, without counting a request."""
        while self._taken and self._taken[0] <= now - self._seconds:
            self._taken.popleft()
        reset = math.ceil((self._taken[0] if self._taken else now) + self._seconds)
        return Quota(self._limit, self._limit - len(self._taken), reset)
