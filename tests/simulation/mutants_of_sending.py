"""Mutants of what is sent, by whom and when: intents, claims, leases, outcomes, the limiter and the canary."""

from .mutant import BURIED, LOST, TWICE, Mutant

SENDING = (
    Mutant(
        "the intent is written after the POST",
        "flows/deliver.py",
        """\
            intent = await self._claim(batch)
            while intent is not None:
""",
        """\
            came = await self.ports.api.create(batch.payload)
            intent = await self._claim(batch)
            if intent is not None:
                await self._settle(intent, came, judge(batch, came), None)
                intent = None
            while intent is not None:
""",
        says="requests went out|of which the ledger says None",
    ),
    Mutant(
        "the outcome of a batch is not committed",
        "flows/deliver.py",
        "return record(tx), self.turnstile",
        "return set[str](), self.turnstile",
        says="was told that",
    ),
    Mutant(
        "what a dead process was sending is taken as not sent",
        "adapters/unsettled.py",
        "values(status=Status.IN_DOUBT, error_code=",
        "values(status=Status.PENDING, error_code=",
        says=f"not its own to settle|{LOST}",
        shown_by=2,
    ),
    Mutant(
        "a claim takes what others are sending",
        "adapters/claims.py",
        "where=(orders.c.status == Status.PENDING)\n        | ((orders.c.status == Status.REJECTED)",
        "where=(orders.c.status == Status.PENDING) | (orders.c.status == SENDING)\n"
        "        | ((orders.c.status == Status.REJECTED)",
        says=f"posts .* of which the ledger says|were sent again by another process|was told that|{TWICE}",
        shown_by=25,
    ),
    Mutant(
        "a claim takes what is in doubt",
        "adapters/claims.py",
        "where=(orders.c.status == Status.PENDING)\n        | ((orders.c.status == Status.REJECTED)",
        "where=(orders.c.status == Status.PENDING) | (orders.c.status == Status.IN_DOUBT)\n"
        "        | ((orders.c.status == Status.REJECTED)",
        says=f"{TWICE}|which we have created",
        shown_by=60,
    ),
    Mutant(
        "a doubt wins over evidence",
        "adapters/claims.py",
        "return _update(dialect, (SENDING, Status.IN_DOUBT, Status.PENDING))",
        "return _update(dialect, (SENDING,))",
        says="was told that|in the end .* is in_doubt",
        shown_by=60,
    ),
    Mutant(
        "an outcome is written for whichever batch has the order now",
        "adapters/claims.py",
        "row.c[name] for name in (*_COMPANY, *_KEY))",
        'row.c[name] for name in (*_COMPANY, "order_number"))',
        says=f"not its own to settle|{LOST}|{BURIED}",
        shown_by=6,
    ),
    Mutant(
        "the lease is ignored: every other process is taken for dead",
        "flows/watch.py",
        "if self.ports.is_over(one) or now - look.since >= LEASE_SECONDS:",
        "if self.ports.is_over(one) is not False:",
        says=f"took this one for dead|{BURIED}",
        shown_by=2,
    ),
    Mutant(
        "the lease is ignored: a run is taken from its owner",
        "adapters/leases.py",
        '.where(runs.c.run_id == bindparam("of_run"), or_(runs.c.owner.is_(None), runs.c.owner == bindparam("me")))',
        '.where(runs.c.run_id == bindparam("of_run"), or_(runs.c.owner.is_not(None), bindparam("me") != ""))',
        says=f"not its own to settle|{BURIED}",
        shown_by=3,
    ),
    Mutant(
        "a process that waits for an answer does not move its beat",
        "flows/session.py",
        "await ports.journal.commit(lambda tx: leases.hold(tx, ports.sender))",
        "await asyncio.sleep(0)",
        says=f"took this one for dead|{BURIED}",
        shown_by=103,
    ),
    Mutant(
        "a release harms a new owner",
        "adapters/leases.py",
        "mine = (runs.c.run_id == sender.run_id) & (runs.c.owner == sender.owner)\n    if",
        "mine = (runs.c.run_id == sender.run_id)\n    if",
        says=f"took this one for dead|{BURIED}",
        shown_by=3,
    ),
    Mutant(
        "a release leaves what was cut off as `sending`",
        "adapters/leases.py",
        "        leave_in_doubt(tx, sender.target_id, sender.run_id)\n\n",
        "        return\n\n",
        says="as `sending`|is sending; the platform|does not come to an end",
        shown_by=14,
    ),
    Mutant(
        "an old intent is acted on",
        "flows/deliver.py",
        "if self.ports.clock() - intent.claimed_at >= INTENT_SECONDS:",
        "if not intent.claimed_at:",
        says=f"posts .* of which the ledger says|{TWICE}",
        shown_by=2,
    ),
    Mutant(
        "the limiter lets two more requests out",
        "adapters/request_log.py",
        'whose | {"in_window": per_minute}',
        'whose | {"in_window": per_minute + 2}',
        says="was refused by the limit",
        shown_by=5,
    ),
    Mutant(
        "the limiter takes a minute for 50 seconds",
        "transforms/rate.py",
        "WINDOW_SECONDS = 60.5",
        "WINDOW_SECONDS = 50.0",
        says="was refused by the limit",
        shown_by=5,
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
    ),
    Mutant(
        "orders that the platform has already are not looked for",
        "flows/session.py",
        "if terms.skip_existing:",
        "if terms.skip_existing and stop.is_set():",
        says=TWICE,
        shown_by=15,
    ),
    Mutant(
        "a resume begins behind orders that were read and not settled",
        "flows/elsewhere.py",
        "self.watermark.read(position, company_id, (order.order_number for order in some))",
        "self.watermark.pass_by(position)",
        says="is done with",
    ),
    Mutant(
        "what was left in doubt is settled for the next resume",
        "flows/deliver.py",
        "verdict.numbers(*EVIDENCE)",
        "verdict.numbers(*EVIDENCE, Status.IN_DOUBT)",
        says="is done with",
    ),
    Mutant(
        "a canary that is not created lets the others go",
        "flows/session.py",
        "if missing and not delivery.stop.is_set():",
        "if missing and delivery.stop.is_set():",
        says="more than its canary",
        shown_by=17,
    ),
)
