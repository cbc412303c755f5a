"""Rate: when the next request may start, from the ledger's own record of requests."""

from schemas.ledger import RateFacts

# A little more than the API's minute: requests that started 60 s apart may arrive a little closer.
WINDOW_SECONDS = 60.5


def seconds_to_wait(facts: RateFacts) -> float:
    """How long until a request may start: 0 if fewer than N started in the window, and the API has not asked to wait.

    Never longer than a window beyond what the API asked for, whatever a clock that was set back says.
    """
    window = int(WINDOW_SECONDS * 1_000_000)
    free = 0 if facts.oldest is None else min(facts.oldest, facts.now) + window
    return max(0, free - facts.now, facts.not_before - facts.now) / 1_000_000
