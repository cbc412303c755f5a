"""Mutants: ways to break delivery, each a replacement in one file, that the simulation must notice.

`says` is what the violation must say, `shown_by` a seed that fails for the mutant, with which the tests begin; `make
mutants` does without. A mutant whose text is not found any more fails loudly.
"""

from dataclasses import dataclass

TWICE = "was created 2 times"
LOST = f"the ledger says pending of .*, which the platform has|{TWICE}"
BURIED = "puts .* in doubt, which .* is sending"


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    old: str
    new: str
    says: str = LOST
    shown_by: int = 0


MUTANTS = (
    Mutant(
        "the intent is written after the POST",
        "flows/deliver.py",
        """\
        intent = await self._claim(batch)
        if intent is None:
            return
        if self.ports.clock() - intent.claimed_at < INTENT_SECONDS:
            came = await self.ports.api.create(intent.batch.payload)
        else:
            came = NoAnswer("IntentExpired", sent=False)
""",
        """\
        came = await self.ports.api.create(batch.payload)
        intent = await self._claim(batch)
        if intent is None:
            return
""",
        says="requests went out|of which the ledger says None",
    ),
    Mutant(
        "an order is sent again after a time-out",
        "transforms/verdict.py",
        "NO_ANSWER = Rule(Status.IN_DOUBT, Next.NOTHING,",
        "NO_ANSWER = Rule(Status.PENDING, Next.SEND_AGAIN,",
        shown_by=2,
    ),
    Mutant(
        "a 5xx is taken as not created",
        "transforms/verdict.py",
        "DOUBT = Rule(Status.IN_DOUBT, Next.NOTHING,",
        "DOUBT = Rule(Status.PENDING, Next.SEND_AGAIN,",
        shown_by=2,
    ),
    Mutant(
        "a 409 is taken as not created",
        "transforms/verdict.py",
        "EXISTS = Rule(Status.IN_DOUBT, Next.READ_BACK,",
        "EXISTS = Rule(Status.PENDING, Next.HALVE,",
        says="in the end .* is rejected; the platform has it",
        shown_by=42,
    ),
    Mutant(
        "an order that a 2xx does not name is taken as not created",
        "transforms/verdict.py",
        "UNNAMED = Rule(\n    Status.IN_DOUBT, Next.NOTHING,",
        "UNNAMED = Rule(\n    Status.PENDING, Next.SEND_AGAIN,",
        shown_by=30,
    ),
    Mutant(
        "an order that a 2xx does not name is taken as created",
        "transforms/verdict.py",
        "UNNAMED = Rule(\n    Status.IN_DOUBT, Next.NOTHING,",
        "UNNAMED = Rule(\n    Status.CREATED, Next.NOTHING,",
        says="the ledger says created of",
        shown_by=63,
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
        shown_by=4,
    ),
    Mutant(
        "the outcome of a batch is not committed",
        "flows/deliver.py",
        "if taken := await self.ports.journal.commit(record):",
        "if taken := set[str]():",
        says="was told that",
    ),
    Mutant(
        "what a dead process was sending is taken as not sent",
        "adapters/claims.py",
        "values(status=Status.IN_DOUBT, error_code=",
        "values(status=Status.PENDING, error_code=",
        says=f"not its own to settle|{LOST}",
        shown_by=3,
    ),
    Mutant(
        "a claim takes what others are sending",
        "adapters/claims.py",
        "where=(orders.c.status == Status.PENDING)\n        | ((orders.c.status == Status.REJECTED)",
        "where=(orders.c.status == Status.PENDING) | (orders.c.status == SENDING)\n"
        "        | ((orders.c.status == Status.REJECTED)",
        says="posts .* of which the ledger says|were sent again by another process|was told that",
        shown_by=11,
    ),
    Mutant(
        "a claim takes what is in doubt",
        "adapters/claims.py",
        "where=(orders.c.status == Status.PENDING)\n        | ((orders.c.status == Status.REJECTED)",
        "where=(orders.c.status == Status.PENDING) | (orders.c.status == Status.IN_DOUBT)\n"
        "        | ((orders.c.status == Status.REJECTED)",
        shown_by=80,
    ),
    Mutant(
        "a doubt wins over evidence",
        "adapters/claims.py",
        "return _update(dialect, (SENDING, Status.IN_DOUBT, Status.PENDING))",
        "return _update(dialect, (SENDING,))",
        says="was told that",
        shown_by=124,
    ),
    Mutant(
        "an outcome is written for whichever batch has the order now",
        "adapters/claims.py",
        "*(orders.c[name] == row.c[name] for name in _KEY)",
        '*(orders.c[name] == row.c[name] for name in _KEY if name != "batch_id")',
        says=f"not its own to settle|{LOST}",
        shown_by=149,
    ),
    Mutant(
        "the lease is ignored: every other process is taken for dead",
        "flows/watch.py",
        "if self.ports.is_over(one) or now - look.since >= LEASE_SECONDS:",
        "if self.ports.is_over(one) is not False:",
        says=f"took this one for dead|{BURIED}",
        shown_by=6,
    ),
    Mutant(
        "the lease is ignored: a run is taken from its owner",
        "adapters/leases.py",
        '.where(runs.c.run_id == bindparam("of_run"), or_(runs.c.owner.is_(None), runs.c.owner == bindparam("me")))',
        '.where(runs.c.run_id == bindparam("of_run"), or_(runs.c.owner.is_not(None), bindparam("me") != ""))',
        says=f"not its own to settle|{BURIED}",
        shown_by=54,
    ),
    Mutant(
        "a process that waits for an answer does not move its beat",
        "flows/session.py",
        "            await ports.journal.commit(lambda tx: leases.hold(tx, ports.sender))\n",
        "",
        says=f"took this one for dead|{BURIED}",
        shown_by=24,
    ),
    Mutant(
        "a release harms a new owner",
        "adapters/leases.py",
        "mine = (runs.c.run_id == sender.run_id) & (runs.c.owner == sender.owner)\n    if",
        "mine = (runs.c.run_id == sender.run_id)\n    if",
        says=f"took this one for dead|{BURIED}",
        shown_by=50,
    ),
    Mutant(
        "a release leaves what was cut off as `sending`",
        "adapters/leases.py",
        "        leave_in_doubt(tx, sender.target_id, sender.run_id)\n\n",
        "        return\n\n",
        says="as `sending`",
        shown_by=12,
    ),
    Mutant(
        "an old intent is acted on",
        "flows/deliver.py",
        "if self.ports.clock() - intent.claimed_at < INTENT_SECONDS:",
        "if intent.claimed_at:",
        says=f"posts .* of which the ledger says|{TWICE}",
        shown_by=3,
    ),
    Mutant(
        "what a dead process left is believed absent at once",
        "flows/reconcile.py",
        "company.cases[doubt.order_number] = Case(doubt, now)",
        "company.cases[doubt.order_number] = Case(doubt, 0.0)",
        shown_by=53,
    ),
    Mutant(
        "any order that is there counts as a control",
        "transforms/readback.py",
        "created = (fact for fact in facts if fact.status == Status.CREATED)",
        "created = facts",
        shown_by=30,
    ),
    Mutant(
        "absence is believed without a control",
        "transforms/readback.py",
        "if not (is_settled and listing.has_control and not listing.due):",
        "if not (is_settled and not listing.due):",
        shown_by=30,
    ),
    Mutant(
        "settle_seconds is ignored",
        "transforms/readback.py",
        "if not (is_settled and listing.has_control and not listing.due):",
        "if not (listing.has_control and not listing.due):",
        shown_by=13,
    ),
    Mutant(
        "settle_seconds is counted from the start of an attempt, not from its end",
        "flows/deliver.py",
        "                since=now,\n",
        "                since=intent.claimed_at,\n",
        shown_by=68,
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
        shown_by=4,
    ),
    Mutant(
        "an unsorted listing is taken as sorted",
        "transforms/readback.py",
        "        in_order &= entry.created_at is not None and (oldest is None or entry.created_at <= oldest)\n",
        "",
        shown_by=72,
    ),
    Mutant(
        "an early end of the listing is taken as its end",
        "flows/listing.py",
        "if ends_early(page, seen, total):",
        "if ends_early(page, seen, 0) and total is not None:",
        shown_by=2,
    ),
    Mutant(
        "the limiter lets two more requests out",
        "adapters/request_log.py",
        'whose | {"in_window": per_minute}',
        'whose | {"in_window": per_minute + 2}',
        says="was refused by the limit",
        shown_by=15,
    ),
    Mutant(
        "the limiter takes a minute for 50 seconds",
        "transforms/rate.py",
        "WINDOW_SECONDS = 60.5",
        "WINDOW_SECONDS = 50.0",
        says="was refused by the limit",
        shown_by=15,
    ),
    Mutant(
        "a read-back is not counted by the limiter",
        "flows/listing.py",
        """\
        request_id = await self.turnstile.enter(
            lambda tx, rate: request_log.start(tx, ports.sender, rate, "list", company_id), gives_up=lambda: False
        )
""",
        "        request_id: int | None = 0\n",
        says="requests went out",
        shown_by=2,
    ),
    Mutant(
        "orders that the platform has already are not looked for",
        "flows/session.py",
        "if terms.skip_existing:",
        "if terms.skip_existing and stop.is_set():",
        says=TWICE,
        shown_by=2,
    ),
    Mutant(
        "only the first page of the orders that the platform has already is read",
        "flows/existing.py",
        "                progress.existing += await ports.journal.commit(_noting(ports, company_id, found, digests))\n",
        "                progress.existing += await ports.journal.commit(_noting(ports, company_id, found, digests))\n"
        "            break\n",
        says=TWICE,
        shown_by=36,
    ),
    Mutant(
        "one empty page is believed",
        "transforms/readback.py",
        "return total is None or seen < total",
        "return total is not None and seen < total",
        says=TWICE,
        shown_by=2,
    ),
    Mutant(
        "a canary that is not created lets the others go",
        "flows/session.py",
        "if missing and not delivery.stop.is_set():",
        "if missing and delivery.stop.is_set():",
        says="more than its canary",
    ),
)
