"""How a simulated platform is: what it does always, drawn once for a world. What it does now and then is a fault."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Listing(StrEnum):
    """How it lists a company's orders."""

    NEWEST_FIRST = "newest first"
    OLDEST_FIRST = "oldest first, whatever is asked for"
    SHUFFLED = "shuffled"
    WITHOUT_NUMBERS = "without order numbers"
    NOTHING = "nothing"
    REFUSED = "not at all"

    @property
    def shows_numbers(self) -> bool:
        return self in (Listing.NEWEST_FIRST, Listing.OLDEST_FIRST, Listing.SHUFFLED)


class Naming(StrEnum):
    """How a refusal tells the bad orders."""

    NOT = "not"
    NUMBER = "by number"
    PATH = "by path"
    ALIKE = "not, always in the same words"


class Known(StrEnum):
    """What it does with an order whose number it has already."""

    CREATES = "creates it again"
    CONFLICT = "answers 409"
    CODE = "answers 400 with record-already-exists"


class LimitHeaders(StrEnum):
    """What it says of its rate limit."""

    HONEST = "honest"
    LYING = "lying"
    NONE = "none"


@dataclass(frozen=True)
class Habits:
    """A platform's habits; times in seconds."""

    renumbers: bool = False  # what it creates; what it had before keeps its numbers
    listing: Listing = Listing.NEWEST_FIRST
    refuses_listing_with: int = 404
    page_size: int = 100
    lists_all_companies: bool = False  # ignores the filter
    cursor_counts: bool = False  # a cursor is a number of orders, not a place among them
    answers_shuffled: bool = False
    answers_by_record: bool = False  # creates the good orders of a batch, and says so order by order
    refusal: int = 400
    naming: Naming = Naming.NOT
    known: Known = Known.CREATES
    most_bytes: int | None = None
    answers_within: float = 0.3
    shows_within: float = 0.0  # how long after its creation an order is listed
    works_on_for: float = 0.0  # how long after nobody waits for an answer any more a request is still carried out
    clock_ahead: float = 0.0
    has_date: bool = True
    has_total: bool = True  # whether a page tells how many orders there are
    limit_headers: LimitHeaders = LimitHeaders.NONE
    per_minute: int = 100
    others_per_minute: int = 0  # requests of others that use the same key

    @property
    def gives_control(self) -> bool:
        """Whether an order that is there can be found under its number."""
        return self.listing.shows_numbers and not self.renumbers


def draw_habits(chance: Random, per_minute: int, settle_seconds: float) -> Habits:
    """A platform, more often than not a well-behaved one in each respect."""

    def rarely(share: float) -> bool:
        return chance.random() < share

    # Whoever waits for settle_seconds after the last sign of a request must see what it made.
    late = chance.choice([0.0, 0.0, settle_seconds - 1.5])
    works_on_for = chance.uniform(0, late)
    listing = chance.choice(list(Listing)) if rarely(0.35) else Listing.NEWEST_FIRST
    # A few shuffled orders may look like sorted ones, which nobody could tell from them.
    page_size = chance.choice([10, 100] if listing is Listing.SHUFFLED else [5, 10, 100])
    return Habits(
        renumbers=rarely(0.12),
        listing=listing,
        refuses_listing_with=chance.choice([400, 403, 404, 405, 500, 501]),
        page_size=page_size,
        lists_all_companies=rarely(0.1),
        cursor_counts=rarely(0.3),
        answers_shuffled=rarely(0.5),
        answers_by_record=rarely(0.2),
        refusal=chance.choice([400, 422]),
        naming=chance.choice(list(Naming)),
        known=chance.choice(list(Known)) if rarely(0.3) else Known.CREATES,
        most_bytes=chance.choice([600, 1500]) if rarely(0.2) else None,
        answers_within=chance.choice([0.1, 1.0, 2.5]),
        shows_within=late - works_on_for,
        works_on_for=works_on_for,
        clock_ahead=chance.choice([0.0, 0.0, chance.uniform(-5, 5), chance.uniform(-40_000, 40_000)]),
        has_date=not rarely(0.15),
        has_total=not rarely(0.2),
        limit_headers=chance.choice(list(LimitHeaders)),
        per_minute=per_minute,
        others_per_minute=per_minute // 4 if rarely(0.1) else 0,
    )
