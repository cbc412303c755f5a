"""Mutants of what answers and listings prove."""

from .mutant import LOST, TWICE, Mutant

EVIDENCE = (
    Mutant(
        "an order is sent again after a time-out",
        "transforms/verdict.py",
        "NO_ANSWER = Rule(Status.IN_DOUBT, Next.NOTHING,",
        "NO_ANSWER = Rule(Status.PENDING, Next.SEND_AGAIN,",
        shown_by=3,
    ),
    Mutant(
        "a 5xx is taken as not created",
        "transforms/verdict.py",
        "DOUBT = Rule(Status.IN_DOUBT, Next.NOTHING,",
        "DOUBT = Rule(Status.PENDING, Next.SEND_AGAIN,",
        shown_by=13,
    ),
    Mutant(
        "a 409 is taken as not created",
        "transforms/verdict.py",
        "EXISTS = Rule(Status.IN_DOUBT, Next.READ_BACK,",
        "EXISTS = Rule(Status.PENDING, Next.HALVE,",
        says="in the end .* is rejected; the platform has it",
        shown_by=85,
    ),
    Mutant(
        "an order that a 2xx does not name is taken as not created",
        "transforms/verdict.py",
        "UNNAMED = Rule(\n    Status.IN_DOUBT, Next.NOTHING,",
        "UNNAMED = Rule(\n    Status.PENDING, Next.SEND_AGAIN,",
        shown_by=17,
    ),
    Mutant(
        "an order that a 2xx does not name is taken as created",
        "transforms/verdict.py",
        "UNNAMED = Rule(\n    Status.IN_DOUBT, Next.NOTHING,",
        "UNNAMED = Rule(\n    Status.CREATED, Next.NOTHING,",
        says="the ledger says created of",
    ),
    Mutant(
        "an answer is matched by position",
        "transforms/verdict.py",
        """\
    for record in records:
        number = answers.text(record.get("order_number"))
        if number not in sent""",
        """\
    for order, record in zip(batch.orders, records, strict=False):
        number = order.order_number
        if number not in sent""",
        says="was told that|has the id",
    ),
    Mutant(
        "what a dead process left is believed absent at once",
        "flows/reconcile.py",
        "company.cases[doubt.order_number] = Case(doubt, now)",
        "company.cases[doubt.order_number] = Case(doubt, 0.0)",
        shown_by=78,
    ),
    Mutant(
        "any order that is there counts as a control",
        "transforms/readback.py",
        "created = (fact for fact in facts if fact.status == Status.CREATED and not fact.error_message)",
        "created = facts",
        shown_by=181,
    ),
    Mutant(
        "absence is believed without a control",
        "transforms/readback.py",
        "if not (is_settled and listing.has_control and not listing.due):",
        "if not (is_settled and not listing.due):",
        shown_by=47,
    ),
    Mutant(
        "settle_seconds is ignored",
        "transforms/readback.py",
        "if not (is_settled and listing.has_control and not listing.due):",
        "if not (listing.has_control and not listing.due):",
        shown_by=3,
    ),
    Mutant(
        "settle_seconds is counted from the start of an attempt, not from its end",
        "flows/deliver.py",
        "                since=now,\n",
        "                since=intent.claimed_at,\n",
        shown_by=152,
    ),
    Mutant(
        "the API's clock is ignored in the window of a read-back",
        "transforms/readback.py",
        "    if doubt.api_started_at is not None:\n        return doubt.api_started_at / 1e6 - MARGIN\n",
        "    if doubt.started_at:\n        return doubt.started_at / 1e6 - MARGIN\n",
        says=f"the ledger says already_created|{LOST}",
        shown_by=5,
    ),
    Mutant(
        "only the first page of a listing is read",
        "transforms/readback.py",
        "    if listing.is_whole:\n        return True\n",
        "    if listing.has_control:\n        return True\n",
        shown_by=5,
    ),
    Mutant(
        "an unsorted listing is taken as sorted",
        "transforms/readback.py",
        "        in_order &= entry.created_at is not None and (oldest is None or entry.created_at <= oldest)\n",
        "",
        shown_by=27,
    ),
    Mutant(
        "an early end of the listing is taken as its end",
        "flows/listing.py",
        "if ends_early(page, len(listed), total):",
        "if ends_early(page, len(listed), 0) and total is not None:",
        shown_by=22,
    ),
    Mutant(
        "only the first page of the orders that the platform has already is read",
        "flows/existing.py",
        "                progress.existing += await ports.journal.commit(_noting(ports, company_id, found, digests))\n",
        "                progress.existing += await ports.journal.commit(_noting(ports, company_id, found, digests))\n"
        "            break\n",
        says=TWICE,
        shown_by=24,
    ),
    Mutant(
        "one empty page is believed",
        "transforms/readback.py",
        "return total is None or seen < total",
        "return total is not None and seen < total",
        says=TWICE,
        shown_by=31,
    ),
)
