"""What delivery passes around: a batch, what came back for it, and the verdict on each of its orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from schemas.statuses import Status


class SentOrder(NamedTuple):
    """An order of a batch: what is needed to recognise it in an answer, and its JSON."""

    order_number: str
    digest: int
    body: bytes


class Portion(NamedTuple):
    """Orders of a plan, of one company, and their position in it; several portions may have the same."""

    company_id: int
    orders: list[SentOrder]
    position: int = 0


@dataclass(frozen=True)
class Batch:
    """The orders of one company in exactly one POST."""

    company_id: int
    orders: tuple[SentOrder, ...]

    @property
    def payload(self) -> bytes:
        """The body of the POST."""
        return b'{"company_id":%d,"data":[%b]}' % (self.company_id, b",".join([order.body for order in self.orders]))


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read to its end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


UNTRUSTED = "CertificateNotTrusted"  # error of a request that was not sent, since the certificate is not verified
STOPPED = "Stopped"  # error of a request that was not sent, since a stop was asked for


@dataclass(frozen=True)
class NoAnswer:
    """A request without an answer. `sent` is False only if it is certain that no byte of it reached the API."""

    error: str  # the class name of the httpx error, or UNTRUSTED
    sent: bool
    detail: str = ""


class Next(StrEnum):
    """What delivery does with the orders of a batch that the verdict leaves open."""

    NOTHING = "nothing"  # every order of the batch is settled, or rests in doubt
    SEND_AGAIN = "send_again"  # the pending ones, after `wait_seconds`
    HALVE = "halve"  # the pending ones, in two halves
    SHRINK = "shrink"  # the same, and no later batch may be this large
    READ_BACK = "read_back"  # look on the platform which of them are there
    STOP = "stop"  # the run: the key, its rights, the address or its certificate are wrong


class OrderOutcome(NamedTuple):
    """What an answer proves of one order: created, rejected, in_doubt, or pending (not created, and not refused)."""

    order_number: str
    status: Status
    rootfi_id: int | None = None
    platform_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What an answer, or its absence, proves about each order of a batch, in the order in which they were sent."""

    outcomes: tuple[OrderOutcome, ...]
    next: Next
    code: str | None = None  # of the batch as a whole, such as http_503 or read_timeout
    message: str | None = None
    http_status: int | None = None
    sync_id: str | None = None

    @cached_property
    def by_status(self) -> Mapping[Status, list[OrderOutcome]]:
        """The outcomes of each status that there is."""
        found: dict[Status, list[OrderOutcome]] = {}
        for one in self.outcomes:
            found.setdefault(one.status, []).append(one)
        return found

    def numbers(self, *statuses: Status) -> list[str]:
        """The numbers of the orders with these statuses."""
        return [one.order_number for status in statuses for one in self.by_status.get(status, ())]
