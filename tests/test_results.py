"""Results: what became of every row, from what planning said and what the ledger knows."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from planning import Mapped, decided, drafted, fact, flat, pair

from schemas.ledger import SENDING, Fact
from schemas.results import RESULTS
from transforms.results import as_table, plan_totals, results

RUN = "this"
EMPTY = ("batch_id", "attempts", "http_status", "sync_id", "rootfi_id", "platform_id", "sent_at", "settled_at")


def answered(tables: list[Mapped], facts: list[Fact], planned_with: list[Fact] | None = None) -> list[dict[str, Any]]:
    """The results of a run, each row as a dictionary; `planned_with` is what the ledger knew when it was planned."""
    rows = decided(tables, planned_with or []).rows
    answers = results(rows, as_table(facts, RUN))
    assert answers.schema.equals(RESULTS)
    assert answers.num_rows == rows.num_rows
    answers.validate(full=True)
    found: list[dict[str, Any]] = answers.to_pylist()
    return found


@pytest.mark.parametrize(
    ("status", "run_id", "answer"),
    [
        ("created", RUN, "created"),
        ("created", "old", "already_created"),
        ("already_created", RUN, "already_created"),
        ("already_created", "old", "already_created"),
        ("rejected", RUN, "rejected"),
        ("rejected", "old", "pending"),
        ("in_doubt", RUN, "in_doubt"),
        ("in_doubt", "old", "in_doubt"),
        (SENDING, RUN, "pending"),
        (SENDING, "old", "pending"),
        ("pending", RUN, "pending"),
    ],
)
def test_a_status_follows_from_what_the_ledger_knows(status: str, run_id: str, answer: str) -> None:
    known = fact(status=status, run_id=run_id, error_code="http_422", error_message="no such item")
    for row in answered(pair([{}], [{}]), [known]):
        assert row["status"] == answer
        told = (row["error_code"], row["error_message"])
        assert told == (("http_422", "no such item") if answer in ("rejected", "in_doubt") else (None, None))


def test_a_created_order_has_its_ids_and_times_on_every_row() -> None:
    known = fact(run_id=RUN, rootfi_id=2**53 + 1, platform_id="ord_1", sync_id="sync_1", attempts=2)
    rows = answered(pair([{}], [{}, {}]), [known])
    assert [row["entity"] for row in rows] == ["order", "line_item", "line_item"]
    for row in rows:
        assert {name: row[name] for name in EMPTY} == {
            "batch_id": "7",
            "attempts": 2,
            "http_status": 200,
            "sync_id": "sync_1",
            "rootfi_id": 2**53 + 1,
            "platform_id": "ord_1",
            "sent_at": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
            "settled_at": datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC),
        }


def test_an_order_that_is_on_the_platform_twice_says_so_though_it_is_created() -> None:
    known = fact(run_id=RUN, error_code="duplicate_on_platform", error_message="The platform has 2 orders")
    for row in answered(pair([{}], [{}]), [known]):
        assert (row["status"], row["error_code"]) == ("created", "duplicate_on_platform")
        assert row["error_message"] == "The platform has 2 orders"


def test_an_order_that_the_platform_had_before_was_never_sent() -> None:
    known = fact(status="already_created", run_id=RUN, attempts=0, rootfi_id=5)
    for row in answered(pair([{}], [{}]), [known]):
        assert (row["status"], row["rootfi_id"], row["sent_at"]) == ("already_created", 5, None)


@pytest.mark.parametrize("facts", [[], [fact("other")], [fact(company_id=2)]], ids=["none", "number", "company"])
def test_an_order_that_the_ledger_does_not_know_is_pending_with_nothing_said(facts: list[Fact]) -> None:
    for row in answered(pair([{}], [{}]), facts):
        assert row["status"] == "pending"
        assert [row[name] for name in (*EMPTY, "error_code", "error_column", "error_message")] == [None] * 11


def test_an_invalid_row_stays_as_it_was_judged_whatever_the_ledger_knows() -> None:
    rows = answered(pair([{"status": "x"}], [{}]), [fact(run_id=RUN)])
    assert [(row["status"], row["error_code"], row["error_column"]) for row in rows] == [
        ("invalid", "not_a_status", "status"),
        ("invalid", "order_invalid", None),
    ]
    assert all(row[name] is None for row in rows for name in EMPTY)


def test_what_changed_since_it_was_created_stays_invalid() -> None:
    known = fact(digest=1)
    assert {row["status"] for row in answered(pair([{}], [{}]), [known], [known])} == {"invalid"}


def test_what_was_in_doubt_when_it_was_planned_is_what_it_has_become() -> None:
    before = [fact(status="in_doubt")]
    assert {row["status"] for row in answered(pair([{}], [{}]), [fact(run_id=RUN)], before)} == {"created"}


def test_rows_without_a_company_or_number_have_their_answer_too() -> None:
    rows = answered(pair([{"company_id": None}], [{"company_id": "Acme", "order_number": None}]), [fact()])
    assert [(row["company_id"], row["order_number"], row["status"]) for row in rows] == [
        (None, "A", "invalid"),
        (None, None, "invalid"),
    ]


@pytest.mark.parametrize("number", ["nan", "NULL", "12345678901234567890", 'a,"\n\x1fb'])
def test_odd_numbers_find_their_order(number: str) -> None:
    tables = flat({"order_number": number})
    assert {row["status"] for row in answered(tables, [fact(number, run_id=RUN)])} == {"created"}
    assert {row["order_number"] for row in answered(tables, [])} == {number}


@pytest.mark.parametrize("facts", [[], [fact()]])
def test_a_run_without_rows_has_results_without_rows(facts: list[Fact]) -> None:
    assert answered(pair([], []), facts) == []


def test_totals_of_the_plan_are_by_what_became_of_its_orders() -> None:
    numbers = [{"order_number": number} for number in "ABCD"]
    plan = drafted(pair(numbers, [*numbers, {"order_number": "A"}])).plan
    counted = plan.select(["company_id", "order_number", "currency_id", "amount"]).append_column(
        "line_items", pa.array(map(len, plan["line_items"].to_pylist()), pa.int64())
    )
    facts = [fact("A", run_id=RUN), fact("B"), fact("C", "rejected", run_id=RUN)]
    totals = plan_totals(counted, as_table(facts, RUN))
    assert [(one.status, one.orders, one.line_items, one.amount) for one in totals] == [
        ("already_created", 1, 1, 3),
        ("created", 1, 2, 6),
        ("pending", 1, 1, 3),
        ("rejected", 1, 1, 3),
    ]
    assert plan_totals(counted, as_table([], RUN))[0].amount == Decimal(15)
