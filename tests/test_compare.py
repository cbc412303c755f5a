"""Comparing file, ledger and platform: totals side by side, and every order that is not as it should be."""

from decimal import Decimal

import pandas as pd

from transforms.compare import Comparison, compare

PLANNED = ["company_id", "order_number", "customer_id", "currency_id", "amount", "status", "rootfi_id"]
LISTED = ["company_id", "order_number", "customer_id", "currency_id", "amount", "rootfi_id", "platform_id"]


def compared(planned: list[tuple[object, ...]], listed: list[tuple[object, ...]]) -> Comparison:
    ours = pd.DataFrame(planned, columns=PLANNED).astype({"rootfi_id": "Int64"})
    theirs = pd.DataFrame(listed, columns=LISTED).astype({"rootfi_id": "Int64"})
    return compare(ours, theirs)


def found(one: Comparison) -> list[tuple[object, object]]:
    return list(zip(one.findings["order_number"], one.findings["finding"], strict=True))


def order(
    number: str, status: str = "created", rootfi_id: int | None = None, amount: str = "2.5"
) -> tuple[object, ...]:
    return (1, number, "cus", "EUR", Decimal(amount), status, rootfi_id)


def there(number: str, rootfi_id: int, amount: str | None = "2.50", **others: object) -> tuple[object, ...]:
    listed = {"customer_id": "cus", "currency_id": "EUR"} | others
    shown = None if amount is None else Decimal(amount)
    return (1, number, listed["customer_id"], listed["currency_id"], shown, rootfi_id, f"p{rootfi_id}")


def test_what_agrees_has_no_findings_and_three_equal_totals() -> None:
    one = compared(
        [order("A", rootfi_id=1), order("B", "already_created")], [there("B", 2), there("A", 1), there("X", 9)]
    )
    assert one.findings.empty
    assert one.totals.to_dict("records") == [
        {
            "company_id": 1,
            "currency_id": "EUR",
            **{f"{side}_orders": 2 for side in ("file", "ledger", "platform")},
            **{f"{side}_amount": Decimal(5) for side in ("file", "ledger", "platform")},
        }
    ]


def test_missing_doubled_unexpected_and_different_orders_are_named() -> None:
    one = compared(
        [order("A", rootfi_id=1), order("B"), order("C", "rejected"), order("D"), order("E", "pending")],
        [there("B", 2), there("B", 3), there("C", 4), there("D", 5, "3", customer_id="another")],
    )
    assert found(one) == [
        ("A", "missing"),
        ("B", "doubled"),
        ("C", "unexpected"),
        ("D", "different"),
        ("D", "different"),
    ]
    assert "customer_id: cus, on the platform another" in set(one.findings["detail"])
    (total,) = one.totals.to_dict("records")
    assert (total["file_orders"], total["ledger_orders"], total["platform_orders"]) == (5, 3, 3)


def test_an_order_under_another_number_is_found_by_its_id() -> None:
    one = compared([order("A", rootfi_id=1)], [there("R-1", 1)])
    assert found(one) == [("A", "different")]
    assert one.findings["detail"][0] == "order_number: A, on the platform R-1"


def test_a_platform_that_shows_no_amounts_has_no_total_of_them() -> None:
    one = compared([order("A", rootfi_id=1)], [there("A", 1, None)])
    assert one.findings.empty
    assert one.totals["platform_amount"].tolist() == [None]


def test_the_same_number_in_another_company_is_another_order() -> None:
    listed = [(2, *there("A", 1)[1:])]
    assert found(compared([order("A")], listed)) == [("A", "missing")]


def test_nothing_planned_and_nothing_listed_agree() -> None:
    assert compared([], []).findings.empty
