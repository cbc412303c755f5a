"""The statuses of an order, without Arrow, which takes a tenth of a second to import: `orderlift status` is quick."""

from enum import StrEnum


class Status(StrEnum):
    """What became of an order, and of each of its rows."""

    CREATED = "created"
    ALREADY_CREATED = "already_created"
    INVALID = "invalid"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    PENDING = "pending"
