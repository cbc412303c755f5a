"""What an answer of the orders API, or its absence, proves about each order of a batch; if nothing: doubt."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import orjson

from schemas.delivery import STOPPED, UNTRUSTED, Answer, Batch, Next, NoAnswer, OrderOutcome, Verdict
from schemas.fields import ORDER_STATUSES
from schemas.results import Status
from transforms import answers

Record = dict[str, object]


class Rule(NamedTuple):
    """A row of the verdict table: what holds for each order that the answer does not name, and what comes next."""

    rest: Status
    next: Next
    message: str
    reads: bool = False  # whether what the body says of single orders is taken for what it says


UNNAMED = Rule(
    Status.IN_DOUBT, Next.NOTHING, "The answer does not name this order, so it may have been created or not", reads=True
)
REFUSED = Rule(Status.PENDING, Next.HALVE, "The API refused the batch and created nothing of it", reads=True)
EXISTS = Rule(Status.IN_DOUBT, Next.READ_BACK, "The API says that it has an order of this batch already", reads=True)
RULES: Mapping[int, Rule] = {
    **dict.fromkeys(range(200, 300), UNNAMED),
    400: REFUSED,
    401: Rule(Status.PENDING, Next.STOP, "The API does not accept the key"),
    403: Rule(Status.PENDING, Next.STOP, "The API does not allow this key to create orders for this company"),
    404: Rule(Status.PENDING, Next.STOP, "The API does not know this address or company"),
    409: EXISTS,
    413: Rule(Status.PENDING, Next.SHRINK, "The request was larger than the API accepts, and nothing was created"),
    422: REFUSED,
    429: Rule(Status.PENDING, Next.SEND_AGAIN, "The API asked to wait, and nothing was created"),
}
DOUBT = Rule(Status.IN_DOUBT, Next.NOTHING, "The answer of the API does not tell whether the order was created")
NOT_SENT = Rule(Status.PENDING, Next.SEND_AGAIN, "The API could not be reached, and nothing was sent")
NOT_TRUSTED = Rule(Status.PENDING, Next.STOP, "The certificate of the API cannot be verified, and nothing was sent")
HELD_BACK = {
    UNTRUSTED: NOT_TRUSTED,
    STOPPED: Rule(Status.PENDING, Next.SEND_AGAIN, "The run was stopped before the order was sent"),
}
NO_ANSWER = Rule(Status.IN_DOUBT, Next.NOTHING, "No answer came, so the order may have been created or not")
RENUMBERED = "renumbered"  # of a batch whose orders the platform gave numbers of its own
UNREADABLE = "The answer cannot be read, so the order may have been created or not"

# Older versions of the API answer with one record per order, each with a status of its own (default: doubt).
RECORD_RULES: Mapping[int, Status] = {
    **dict.fromkeys(range(200, 300), Status.CREATED),
    **dict.fromkeys(range(400, 500), Status.REJECTED),
    408: Status.IN_DOUBT,
    409: Status.IN_DOUBT,
    429: Status.PENDING,
}
RECORD_WORDS: Mapping[str, int] = {
    **dict.fromkeys(("success", "succeeded", "ok", "created"), 200),
    **dict.fromkeys(("error", "failed", "failure", "invalid", "rejected"), 400),
}
_OF_AN_ORDER = (None, *ORDER_STATUSES)


def judge(batch: Batch, came: Answer | NoAnswer) -> Verdict:
    """Give what is proved about each order of a batch, in the order of sending; pure, and raises on no bytes whatever.

    Orders are matched by order_number, never by position. Anything the table does not know leaves them in doubt.
    """
    if isinstance(came, NoAnswer):
        code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", came.error).lower()
        rule = NO_ANSWER if came.sent else HELD_BACK.get(came.error, NOT_SENT)
        return _settle(batch, rule, {}, code, explain(came))
    document = answers.parse(came.body)
    if 200 <= came.status < 300:
        return _accepted(batch, came.status, document)
    if 400 <= came.status < 500:
        return _refused(batch, came, document)
    return _settle(batch, RULES.get(came.status, DOUBT), {}, f"http_{came.status}", http_status=came.status)


def explain(came: Answer | NoAnswer) -> str:
    """Say in one line why a request came to nothing."""
    if isinstance(came, NoAnswer):
        return answers.plain(f"{came.error}: {came.detail}" if came.detail else came.error)
    said = answers.complaint(answers.parse(came.body), came.body).message if came.status != 401 else ""
    return f"HTTP {came.status}" + (f": {said}" if said else "")


def _accepted(batch: Batch, status: int, document: object) -> Verdict:
    """Judge a 2xx: what it names is created; as many orders as were sent, all under other numbers, are created too.

    Some under their numbers and some under others is no known platform's habit: those not named are in doubt.
    """
    rule, code, records = RULES[status], "not_in_answer", answers.records(document)
    named = _named(batch, records or [], accepted=True)
    if records is None:
        rule, code = rule._replace(message=UNREADABLE), "unreadable_answer"
    elif not named and (named := _renumbered(batch, records)):
        rule, code = rule._replace(message="The platform gave the orders numbers of its own"), RENUMBERED
    verdict = _settle(
        batch, rule, named, code, http_status=status, sync_id=answers.text(answers.member(document, "sync_id"))
    )
    is_complete = code == "not_in_answer" and len(named) == len(batch.orders)
    return replace(verdict, code=None, message=None) if is_complete else verdict


def _refused(batch: Batch, came: Answer, document: object) -> Verdict:
    """Judge a 4xx: the records or, where it has none, the message may tell the bad orders from the good ones."""
    rule, code = RULES.get(came.status, DOUBT), f"http_{came.status}"
    records = answers.records(document) or [] if rule.reads else []
    named = _named(batch, records, accepted=False)
    complaint = answers.complaint(document, b"" if named else came.body)
    told = complaint.message if came.status != 401 else ""  # that one may quote the key
    if complaint.already_exists:
        rule, code = EXISTS, answers.ALREADY_EXISTS
    elif rule is REFUSED:
        code = complaint.code or code
    if rule is REFUSED and any(_shows_work(record) for record in records):
        rule = DOUBT  # this API creates some orders of a request that it refuses
    elif rule is REFUSED and not named:
        named = _blamed(batch, complaint, code)
    if not named and len(batch.orders) == 1 and rule.next in (Next.HALVE, Next.SHRINK):
        number = batch.orders[0].order_number
        code = "too_large" if rule.next is Next.SHRINK else code
        named = {number: OrderOutcome(number, Status.REJECTED, None, None, code, told or rule.message)}
    return _settle(batch, rule, named, code, told, http_status=came.status)


def _settle(  # noqa: PLR0913 - the fields of a verdict
    batch: Batch,
    rule: Rule,
    named: Mapping[str, OrderOutcome],
    code: str,
    told: str = "",
    *,
    http_status: int | None = None,
    sync_id: str | None = None,
) -> Verdict:
    """Give the orders that are named their outcome, and all others what the rule says."""
    message = answers.plain(f"{rule.message}: {told}" if told else rule.message)
    outcomes = tuple(
        named.get(order.order_number) or OrderOutcome(order.order_number, rule.rest, None, None, code, message)
        for order in batch.orders
    )
    then = rule.next
    if named:
        statuses = {outcome.status for outcome in outcomes}
        is_doubtful = Status.IN_DOUBT in statuses
        doubts = {one.error_code for one in outcomes if one.status is Status.IN_DOUBT} if is_doubtful else set()
        if answers.ALREADY_EXISTS in doubts or (doubts and rule.next is Next.READ_BACK):
            then = Next.READ_BACK
        else:
            then = Next.SEND_AGAIN if Status.PENDING in statuses else Next.NOTHING
    return Verdict(outcomes, then, code, message, http_status, sync_id)


def _named(batch: Batch, records: list[Record], *, accepted: bool) -> dict[str, OrderOutcome]:
    """Give what the records say about the orders they name; a record of another company says nothing."""
    sent = {order.order_number for order in batch.orders}
    named: dict[str, OrderOutcome] = {}
    for record in records:
        number = answers.text(record.get("order_number"))
        if number not in sent or answers.is_foreign(record, batch.company_id):
            continue
        outcome = _outcome(number, record, accepted=accepted)
        if outcome is not None:
            named[number] = _agreed(named[number], outcome) if number in named else outcome
    return named


def _outcome(number: str, record: Record, *, accepted: bool) -> OrderOutcome | None:
    """Give what a record says about its order; None for an order that a refusal only repeats.

    A status of its own or an error makes it a result, taken for what it says; one that contradicts itself is in doubt.
    """
    status = record.get("status")
    fault = bool(record.get("error") or record.get("errors") or record.get("error_code"))
    result = None if status in _OF_AN_ORDER else _result_status(status)
    if result is None and not fault:
        if accepted:
            return _created(number, record)
        told = "The API refused the batch, but gives this order an id"
        return OrderOutcome(number, Status.IN_DOUBT, None, None, "unclear_record", told) if _id(record) else None
    proved = Status.REJECTED if result is None else RECORD_RULES.get(result, Status.IN_DOUBT)
    if proved is Status.CREATED and not fault:
        return _created(number, record)
    complaint = answers.complaint(record)
    code, told = complaint.code or f"http_{result or 400}", complaint.message or "The API gives no reason"
    if complaint.already_exists or result == 409:
        proved, code = Status.IN_DOUBT, answers.ALREADY_EXISTS
    elif proved is Status.CREATED or _id(record) or complaint.code == "unknown-error":
        proved = Status.IN_DOUBT
    return OrderOutcome(number, proved, None, None, code, told)


def _created(number: str, record: Record, note: str | None = None) -> OrderOutcome:
    rootfi_id, platform_id = answers.integer(record.get("rootfi_id")), answers.text(record.get("platform_id"))
    return OrderOutcome(number, Status.CREATED, rootfi_id, platform_id, None, note)


def _result_status(value: object) -> int | None:
    """Give a record's own status as an HTTP status, 0 for what is none; None for the status of an order."""
    if isinstance(value, str):
        return RECORD_WORDS.get(value.strip().lower(), answers.integer(value))
    if isinstance(value, bool):
        return 200 if value else 400
    return value if isinstance(value, int) else 0


def _shows_work(record: Record) -> bool:
    outcome = _outcome("", record, accepted=False)
    return outcome is not None and (
        outcome.status is Status.CREATED
        or (outcome.status is Status.IN_DOUBT and outcome.error_code != answers.ALREADY_EXISTS)
    )


def _agreed(first: OrderOutcome, second: OrderOutcome) -> OrderOutcome:
    """Join what two records say about one order."""
    if first.status is not second.status:
        told = "The answer names this order twice and contradicts itself"
        return OrderOutcome(first.order_number, Status.IN_DOUBT, None, None, "unclear_record", told)
    if first.status is Status.CREATED and first.rootfi_id != second.rootfi_id:
        return first._replace(
            error_message=f"The answer names this order twice, also with rootfi_id {second.rootfi_id}"
        )
    return first


def _renumbered(batch: Batch, records: list[Record]) -> dict[str, OrderOutcome]:
    """Give all orders as created if there is an order with an id of its own for each; nothing otherwise.

    An order gets ids only where its customer and currency are those of exactly one order sent and one answered.
    """
    created = [
        _outcome("", record, accepted=True)
        for record in records
        if _id(record) and not answers.is_foreign(record, batch.company_id)
    ]
    if {outcome and outcome.status for outcome in created} != {Status.CREATED}:
        return {}
    if not len(batch.orders) == len(records) == len({_id(record) for record in records}) == len(created):
        return {}
    ours = {order.order_number: _parties(orjson.loads(order.body)) for order in batch.orders}
    count_of_ours = Counter(ours.values())
    theirs = [_parties(record, "contact_id") for record in records]
    found = dict(zip(theirs, records, strict=True))
    once = {key for key, count in Counter(theirs).items() if count == 1 == count_of_ours[key]}
    named = {}
    for number, key in ours.items():
        record = found[key] if key in once else {}
        other = answers.text(record.get("order_number"))
        told = f"The platform gave it the number {other}" if other else "The platform gave it another number"
        named[number] = _created(number, record, answers.plain(told))
    return named


def _parties(order: Record, customer: str = "customer_id") -> tuple[str | None, str | None]:
    return answers.text(order.get(customer)), answers.text(order.get("currency_id"))


def _blamed(batch: Batch, complaint: answers.Complaint, code: str) -> dict[str, OrderOutcome]:
    """Give the orders that the sentences of a refusal name as rejected; none if that is all of them.

    A text that names every order may only repeat the request; then halving finds the bad ones, each with its message.
    """
    numbers = [order.order_number for order in batch.orders]
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for part in complaint.parts:
        for position in answers.mentioned(part, numbers):
            reasons[numbers[position]].append(part)
    if len(reasons) == len(numbers):
        return {}
    return {
        number: OrderOutcome(number, Status.REJECTED, None, None, code, answers.plain("; ".join(parts)))
        for number, parts in reasons.items()
    }


def _id(record: Record) -> str | None:
    return answers.text(record.get("rootfi_id")) or answers.text(record.get("platform_id"))
