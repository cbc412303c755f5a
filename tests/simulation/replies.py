"""The answers of a simulated platform: their bodies and headers, in all the shapes that are known or feared."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from random import Random
from typing import Any

import orjson

from schemas.delivery import Answer

from .faults import ODD_STATUSES, SERVER_ERRORS, Shown, draw_stop_status
from .habits import Known, LimitHeaders, Listing, Naming
from .platform import MINUTE, Key, Platform, Stored

EPOCH = 1_700_000_000.0  # the true time at virtual second 0


class Replies:
    """Puts a platform's answers into bytes."""

    def __init__(self, platform: Platform, chance: Random) -> None:
        self._platform = platform
        self._habits = platform.habits
        self._chance = chance

    def created(
        self, now: float, company_id: int, orders: Sequence[dict[str, Any]], stored: Sequence[Stored]
    ) -> Answer:
        """All, or those that were stored, as created; answers by record also tell why others were not."""
        records = [self._record(one) for one in stored]
        if self._habits.answers_by_record:
            named = {one.key[1] for one in stored}
            records = [record | {"order_status": "pending", "status": "success"} for record in records]
            others = [order["order_number"] for order in orders if order["order_number"] not in named]
            records += [self._fault(number, key) for number in others if self._is_bad(key := (company_id, number))]
        if self._habits.answers_shuffled:
            self._chance.shuffle(records)
        status = 207 if len(stored) < len(orders) else self._chance.choice([200, 201])
        return self._answer(now, status, {"data": records, "sync_id": f"sync_{len(self._platform.orders)}"})

    def refused(self, now: float, company_id: int, orders: Sequence[dict[str, Any]]) -> Answer:
        """The batch has bad orders, and nothing of it was created."""
        habits = self._habits
        bad = [at for at, order in enumerate(orders) if (company_id, order["order_number"]) in self._platform.poison]
        first = orders[bad[0]]["order_number"]
        message = {
            Naming.NOT: f"Invalid field: customer_id. Seen in request {first}-{len(orders)}-{bad[0]}x",
            Naming.ALIKE: "Invalid field: customer_id. It must be known",
            Naming.NUMBER: "; ".join(f"Order {orders[at]['order_number']}: customer_id is not known" for at in bad),
            Naming.PATH: f"Invalid field: data[{bad[0]}].customer_id. It must be known",
        }[habits.naming]
        return self._answer(now, habits.refusal, {"error": {"code": "invalid-params", "message": message}})

    def exists(self, now: float, number: str) -> Answer:
        """The batch has an order that the platform has already, and nothing of it was created."""
        message = f"Record already exists with given: order_number. {self._chance.choice(['', number])}"
        body = {"error": {"code": "record-already-exists", "message": message}}
        return self._answer(now, 409 if self._habits.known is Known.CONFLICT else 400, body)

    def too_large(self, now: float) -> Answer:
        return self._answer(now, 413, {"message": "Request entity too large"})

    def too_many(self, now: float) -> Answer:
        """A 429, with or without the time to wait."""
        wait = max(1.0, self._platform.arrivals[0] + MINUTE - now) if self._platform.arrivals else 1.0
        advice: dict[str, str] = self._chance.choice(
            [
                {},
                {"retry-after": f"{wait:.0f}"},
                {"retry-after": formatdate(self._api_now(now) + wait, usegmt=True)},
                {"retry-after": "soon"},
                {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{self._api_now(now) + wait:.0f}"},
            ]
        )
        return self._answer(now, 429, {"message": "Too many requests"}, advice)

    def broken(self, now: float, shown: Shown, answer: Answer) -> Answer:
        """What is left of an answer after a fault."""
        if shown is Shown.SERVER_ERROR:
            return Answer(self._chance.choice(SERVER_ERRORS), {}, b"<html>Bad gateway</html>")
        if shown is Shown.ODD_STATUS:
            return Answer(self._chance.choice(ODD_STATUSES), {}, answer.body if self._chance.random() < 0.3 else b"")
        if shown is Shown.STOP:
            return self._answer(now, draw_stop_status(self._chance), {"message": "Denied"})
        if shown is Shown.TOO_MANY:
            return self.too_many(now)
        if not 200 <= answer.status < 300:
            return answer
        return replace(answer, body=self._broken_body(shown, answer.body))

    def _broken_body(self, shown: Shown, body: bytes) -> bytes:
        if shown is Shown.CUT:
            return body[: self._chance.randrange(len(body))]
        if shown is Shown.UNREADABLE:
            return self._chance.choice([b"", b"OK", b"<html></html>", b'{"data": null}', b"[1, 2]", b"\xff\xfe"])
        if shown is Shown.EMPTY:
            return b'{"data": []}'
        document = orjson.loads(body)
        if shown is Shown.ENDS_EARLY and self._habits.has_total:  # without it, nobody could tell
            document.pop("next", None)
        elif shown is Shown.FEWER:
            records = document["data"]
            document["data"] = self._chance.sample(records, self._chance.randrange(len(records))) if records else []
        return orjson.dumps(document)

    def page(self, now: float, company_id: int, cursor: str | None, newest_first: bool, limit: int) -> Answer:
        """One page of a company's orders, as far as the platform lists them."""
        listing = self._habits.listing
        if listing is Listing.REFUSED:
            return self._answer(now, self._habits.refuses_listing_with, {"message": "Not available"})
        found = [] if listing is Listing.NOTHING else self._platform.visible(company_id)
        if listing is Listing.SHUFFLED:
            found.sort(key=lambda one: one.rootfi_id * 7919 % 1009)
        elif newest_first and listing is not Listing.OLDEST_FIRST:
            found.reverse()
        start = 0
        if cursor is not None and self._habits.cursor_counts:
            start = int(cursor)
        elif cursor is not None:
            start = [one.rootfi_id for one in found].index(int(cursor)) + 1
        page = found[start : start + min(limit, self._habits.page_size)]
        body: dict[str, Any] = {"data": [self._listed(one) for one in page]}
        if self._habits.has_total:
            body["total_count"] = len(found)
        if start + len(page) < len(found):
            body["next"] = str(start + len(page)) if self._habits.cursor_counts else str(page[-1].rootfi_id)
        return self._answer(now, 200, body)

    def _api_now(self, now: float) -> float:
        return EPOCH + now + self._habits.clock_ahead

    def _answer(self, now: float, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
        told = dict(headers or {})
        if self._habits.has_date:
            told["date"] = formatdate(self._api_now(now), usegmt=True)
        used = len(self._platform.arrivals)
        if self._habits.limit_headers is LimitHeaders.HONEST:
            wait = self._platform.arrivals[0] + MINUTE - now if used else 0.0
            left = max(0, self._habits.per_minute - used)
            told = {"x-ratelimit-remaining": str(left), "x-ratelimit-reset": f"{max(0.0, wait):.0f}"} | told
        elif self._habits.limit_headers is LimitHeaders.LYING:
            left, wait = self._chance.choice([(0, 3), (0, 40), (999, 0), (5, 10)])
            told = {"x-ratelimit-remaining": str(left), "x-ratelimit-reset": str(wait)} | told
        return Answer(status, told, orjson.dumps(body))

    def _record(self, one: Stored) -> dict[str, Any]:
        created_at = datetime.fromtimestamp(self._api_now(one.created_at), UTC).isoformat(timespec="milliseconds")
        return {
            "rootfi_id": one.rootfi_id,
            "rootfi_created_at": created_at.replace("+00:00", "Z"),
            "rootfi_updated_at": created_at.replace("+00:00", "Z"),
            "rootfi_company_id": one.key[0],
            "platform_id": f"ord_{one.rootfi_id}",
            "order_number": one.shown_number,
            "contact_id": one.contact_id,
            "currency_id": one.currency_id,
            "status": "pending",
        }

    def _listed(self, one: Stored) -> dict[str, Any]:
        record = self._record(one)
        if self._habits.listing is Listing.WITHOUT_NUMBERS:
            del record["order_number"]
        return record

    def _is_bad(self, key: Key) -> bool:
        return key in self._platform.poison or self._platform.is_known(key)

    def _fault(self, number: str, key: Key) -> dict[str, Any]:
        """What an answer by record says of an order that was not created."""
        if self._platform.is_known(key):
            error = {"code": "record-already-exists", "message": "Record already exists with given: order_number."}
            return {"order_number": number, "status": 409, "error": error}
        return {"order_number": number, "status": 422, "error": {"code": "invalid-params", "message": "Invalid field."}}
