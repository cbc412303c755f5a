"""`orderlift ledger check`: a sound ledger passes; one that is broken on purpose fails by the rule that it breaks."""

import pytest
from ledgers import COMPANY, claim, release, sender_of, settle
from sqlalchemy import text

from adapters.ledger import Ledger
from adapters.ledger_check import INTEGRITY, RULES, SHOWN, Finding, check_ledger
from schemas.results import Status

LOOSE = (  # the same rows in tables that take anything
    "CREATE TABLE loose AS SELECT * FROM {table}",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE loose RENAME TO {table}",
)
WHERE = "WHERE order_number = 'made'"
# How each rule is broken: the statements, and what is then said.
BREAKS: dict[str, tuple[list[str], str]] = {
    "each order is known once": (["INSERT INTO orders SELECT * FROM orders {where}"], "company 7, order made: 2 rows"),
    "each order has a status that the ledger knows": (
        ["UPDATE orders SET status = 'sent', settled_at = NULL {where}"],
        "company 7, order made: sent",
    ),
    "each order has the digest of its content": (["UPDATE orders SET digest = NULL {where}"], "order made: no digest"),
    "each order belongs to a request to the same target and company": (
        ["UPDATE orders SET company_id = 8 {where}"],
        "company 8, order made: not of request 1",
    ),
    "an order is settled or not, and says when": (
        ["UPDATE orders SET status = 'pending' {where}"],
        "order made: pending, and settled",
    ),
    "what was created was told by an id, an accepted answer, or words that say how it is known": (
        [
            "UPDATE orders SET rootfi_id = NULL, platform_id = NULL, error_message = NULL {where}",
            "UPDATE requests SET http_status = 504 WHERE id = 1",
        ],
        "order made: created, with nothing to show for it",
    ),
    "an order was attempted by requests that create, unless it was only found on the platform": (
        ["UPDATE orders SET attempts = 0 {where}"],
        "order made: created after 0 attempts, the last in a request of kind create",
    ),
    "what is being sent belongs to a run that a process has": (
        ["UPDATE runs SET owner = NULL WHERE run_id = 'B'"],
        "order flying: sending, and no process has run B",
    ),
    "a request keeps the numbers of its orders until they are settled": (
        ["UPDATE requests SET unsettled = '[\"other\"]' WHERE id = 1"],
        "order doubt: in_doubt, and no longer kept by request 1",
    ),
    "no request has more orders than it carried": (
        ["UPDATE requests SET orders = 2 WHERE id = 1"],
        "request 1 of run A: carried 2, has 3",
    ),
    "no run counts more orders than it carried": (
        ["UPDATE requests SET created = 9 WHERE id = 1"],
        "run A: carried 3, counts 10",
    ),
    "a request counts the outcomes that its answer gave": (
        ["UPDATE requests SET created = 0 WHERE id = 1"],
        "request 1 of run A: counts 0 created and 1 rejected, gave 2",
    ),
    "a request that was answered has ended": (
        ["UPDATE requests SET finished_at = NULL WHERE id = 1"],
        "request 1 of run A: answered with 200, and never ended",
    ),
    "each request belongs to a run to the same target": (
        ["UPDATE requests SET run_id = 'C' WHERE id = 1"],
        "request 1: run C",
    ),
    "each order and each run has a target that is known": (["DELETE FROM targets"], "run A: target 1"),
    "the rate limiter counts each request of a key once": (
        ["UPDATE requests SET slot = 1"],
        "target 1, slot 1: 2 requests",
    ),
}


@pytest.fixture
def sound(ledger: Ledger) -> Ledger:
    """A ledger with an order of each status: run A is over, run B is sending."""
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "made", "refused", "doubt")
    settle(ledger, sender, batch_id, made=Status.CREATED, refused=Status.REJECTED, doubt=Status.IN_DOUBT)
    release(ledger, sender)
    claim(ledger, sender_of(ledger, "B"), "flying")
    return ledger


def broken(ledger: Ledger) -> list[Finding]:
    return [finding for finding in check_ledger(ledger) if not finding.is_held]


def loosen(ledger: Ledger) -> None:
    """Let the tables take what their constraints would refuse."""
    cascade = "" if ledger.engine.dialect.name == "sqlite" else " CASCADE"
    with ledger.transaction() as tx:
        for table in ("orders", "requests", "runs", "targets", "throttles"):
            for statement in LOOSE:
                tx.execute(text(statement.format(table=table).replace(" CASCADE", cascade)))


def test_a_sound_ledger_holds_every_rule(sound: Ledger) -> None:
    findings = list(check_ledger(sound))
    assert [finding for finding in findings if not finding.is_held] == []
    asked = [finding.rule for finding in findings]
    assert asked == ([INTEGRITY] if sound.engine.dialect.name == "sqlite" else []) + list(RULES)


def test_an_empty_ledger_holds_every_rule(ledger: Ledger) -> None:
    assert broken(ledger) == []


def test_every_rule_is_broken_here() -> None:
    assert BREAKS.keys() == RULES.keys()


@pytest.mark.parametrize("rule", BREAKS)
def test_what_breaks_a_rule_is_found_by_it(sound: Ledger, rule: str) -> None:
    statements, said = BREAKS[rule]
    loosen(sound)
    assert broken(sound) == []
    with sound.transaction() as tx:
        for statement in statements:
            tx.execute(text(statement.replace("{where}", WHERE)))
    found = {finding.rule: finding for finding in broken(sound)}
    assert said in found[rule].rows[0]


def test_of_many_rows_the_first_are_shown_and_the_others_counted(sound: Ledger) -> None:
    with sound.transaction() as tx:
        for number in range(2 * SHOWN):
            values = {"number": f"N{number}", "company": COMPANY}
            tx.execute(
                text(
                    "INSERT INTO orders (target_id, company_id, order_number, status, digest, batch_id, attempts)"
                    " VALUES (1, :company, :number, 'pending', 1, 99, 1)"
                ),
                values,
            )
    [finding] = broken(sound)
    assert (len(finding.rows), finding.more) == (SHOWN, SHOWN)


def test_a_file_that_is_damaged_or_refers_to_nothing_is_found(sound: Ledger) -> None:
    if sound.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its files and references itself")
    with sound.transaction() as tx:
        tx.execute(text("INSERT INTO throttles VALUES (5, 'key', 0)"))
    [finding] = broken(sound)
    assert finding == Finding(INTEGRITY, ("throttles row 2 refers to no row of targets",))
