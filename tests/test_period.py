"""--since and --until: orders of other days are left out with their line items, and nothing of them is said."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import FAST
from planning import LINES, ORDERS, SHOP, Mapped, answers, flat, mapped, pair, problems, table, taken

from flows.settings import load
from schemas.errors import UsageError
from transforms.decide import Decision, decide, draft
from transforms.period import Period, within

DAY = date(2024, 3, 31)  # on which the clocks of Europe change
HEADER = "company_id,order_number,customer_id,currency_id,order_date,item_id,quantity,unit_amount\n"


def decided(
    tables: Sequence[Mapped], since: date | None = DAY, until: date | None = DAY, timezone: str = "UTC"
) -> tuple[Decision, list[str]]:
    intake = within(taken(tables, timezone), Period(since, until, timezone))
    maps = {(one.file, one.sheet): mapping for one, mapping in tables}
    return decide(draft(intake, 10**6), [], maps, timezone), intake.told


def numbers(decision: Decision) -> list[str]:
    return decision.plan["order_number"].to_pylist()


def shifted(moment: str, milliseconds: int) -> str:
    return (pd.Timestamp(moment) + pd.Timedelta(milliseconds, "ms")).isoformat()


def of_days(*dates: str | None) -> list[Mapped]:
    """A pair of files with an order of each of these dates: A0, A1, ..."""
    orders = [{"order_number": f"A{number}", "order_date": day} for number, day in enumerate(dates)]
    return pair(orders, [{"order_number": f"A{number}"} for number in range(len(dates))])


@pytest.mark.parametrize(
    ("timezone", "first", "last"),
    [
        ("UTC", "2024-03-31T00:00:00Z", "2024-03-31T23:59:59.999Z"),
        ("Europe/Paris", "2024-03-30T23:00:00Z", "2024-03-31T21:59:59.999Z"),
        ("America/New_York", "2024-03-31T04:00:00Z", "2024-04-01T03:59:59.999Z"),
    ],
)
def test_both_days_count_whole_in_the_zone_of_the_run(timezone: str, first: str, last: str) -> None:
    edges = [shifted(first, -1), shifted(last, 1)]
    decision, _ = decided(of_days(first, last, *edges), timezone=timezone)
    assert numbers(decision) == ["A0", "A1"]


def test_a_day_without_a_midnight_begins_at_its_first_moment() -> None:
    day = date(2024, 4, 26)  # in Cairo the clocks went from 0:00 to 1:00
    dates = [
        "2024-04-25T21:59:59Z",
        "2024-04-25T22:00:00Z",
        "2024-04-26",
        "2024-04-26T20:59:59Z",
        "2024-04-26T21:00:00Z",
    ]
    decision, _ = decided(of_days(*dates), day, day, "Africa/Cairo")
    assert numbers(decision) == ["A1", "A2", "A3"]


@pytest.mark.parametrize(
    ("since", "until", "kept", "said"),
    [
        (DAY, None, ["A1", "A2"], "1 orders before 2024-03-31 (UTC) are left out, as --since and --until say."),
        (None, DAY, ["A0", "A1"], "1 orders after 2024-03-31 (UTC) are left out, as --since and --until say."),
        (
            DAY,
            DAY,
            ["A1"],
            "2 orders before 2024-03-31 or after 2024-03-31 (UTC) are left out, as --since and --until say.",
        ),
    ],
)
def test_how_many_are_left_out_is_told(since: date | None, until: date | None, kept: list[str], said: str) -> None:
    decision, told = decided(of_days("2024-03-30", "2024-03-31", "2024-04-01"), since, until)
    assert numbers(decision) == kept
    assert told == [said, f"{3 - len(kept)} line items are left out with their orders."]


def test_nothing_is_said_of_what_is_left_out_nor_of_its_line_items() -> None:
    tables = pair(
        [
            {"order_number": "A", "order_date": "2024-01-01", "currency_id": "no"},
            {"order_number": "B", "order_date": "2024-03-31"},
        ],
        [{"order_number": "A", "quantity": "-1"}, {"order_number": "B"}, {"order_number": "C", "quantity": "x"}],
    )
    decision, _ = decided(tables)
    assert [problem[:2] + problem[4:] for problem in problems(decision)] == [
        (LINES, 4, "not_a_number"),
        (LINES, 4, "no_order"),
    ]
    assert answers(decision).keys() == {(ORDERS, 3, "order"), (LINES, 3, "line_item"), (LINES, 4, "line_item")}
    assert sum(total.orders for total in decision.totals) == 1


@pytest.mark.parametrize(
    ("given", "code"), [(None, "no_order_date"), ("soon", "not_a_date"), ("03/04/2024", "ambiguous_date")]
)
def test_an_order_whose_date_cannot_be_known_is_a_problem(given: str | None, code: str) -> None:
    decision, _ = decided(of_days("2024-01-01", given))
    assert [(row, said) for _, row, _, _, said in problems(decision)] == [(3, code)]
    assert not numbers(decision)


def test_a_table_without_dates_has_a_problem_for_each_order() -> None:
    decision, told = decided(pair([{}], [{}]))
    assert problems(decision) == [(ORDERS, 2, "order_date", None, "no_order_date")]
    assert "order_date is empty; --since and --until need the date of every order" in decision.problems["message"][0]
    assert told == []


def test_the_date_may_stand_on_the_first_line_of_an_order_only() -> None:
    day = {"order_number": "A", "order_date": "2024-03-31"}
    rows = [day, {"order_number": "A"}, {**day, "order_number": "B", "order_date": "2024-01-01"}, {"order_number": "B"}]
    decision, _ = decided(flat(*rows))
    assert numbers(decision) == ["A"]
    assert answers(decision).keys() == {(SHOP, 2, "order"), (SHOP, 2, "line_item"), (SHOP, 3, "line_item")}
    assert not problems(decision)


def test_rows_that_disagree_about_the_day_keep_the_order_with_that_problem() -> None:
    decision, _ = decided(flat({"order_date": "2024-03-31"}, {"order_date": "2024-01-01"}))
    assert [code for *_, code in problems(decision)] == ["conflicting_values"]


def test_a_row_whose_cells_may_be_shifted_proves_no_day() -> None:
    cells = [{"order_date": "2024-01-01"}, {"order_number": "B", "order_date": "2024-01-01"}]
    shifted = table(SHOP, [{**dict(flat(row)[0][0].cells.iloc[0])} for row in cells], malformed={2: "it has 9 cells"})
    decision, _ = decided([mapped(shifted)])
    assert {row for _, row, *_ in problems(decision)} == {2}


def test_line_items_without_a_company_go_with_the_orders_that_have_their_number() -> None:
    orders = [
        {"company_id": "1", "order_number": "A", "order_date": "2024-01-01"},
        {"company_id": "2", "order_number": "A", "order_date": "2024-01-01"},
        {"company_id": "1", "order_number": "B", "order_date": "2024-01-01"},
        {"company_id": "2", "order_number": "B", "order_date": "2024-03-31"},
    ]
    lines = [{"company_id": None, "order_number": "A"}, {"company_id": None, "order_number": "B"}]
    decision, _ = decided(pair(orders, [*lines, {"company_id": "2", "order_number": "B"}]))
    assert {(file, row) for file, row, *_ in problems(decision)} == {(LINES, 3)}  # of which order is it?


def test_a_profile_names_the_zone(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        HEADER + "1,A,c,EUR,2024-01-31T23:30:00Z,i,1,2\n1,B,c,EUR,2024-01-31T22:30:00Z,i,1,2\n"
    )
    (tmp_path / "p.toml").write_text('timezone = "Europe/Paris"\n')
    ran = in_process("plan", "a.csv", "--profile", "p.toml", "--since", "2024-02-01", "--json")
    assert ran.json["orders"]["pending"] == 1
    assert "1 orders before 2024-02-01 (Europe/Paris) are left out" in " ".join(ran.err.split())


def test_a_run_of_which_all_is_left_out_is_complete(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + "1,A,c,EUR,2024-01-31,i,1,2\n")
    ran = in_process("run", "a.csv", "--sandbox", "--until", "2024-01-30", "--json", *FAST)
    assert (ran.code, ran.json["state"]) == (0, "complete")
    assert sum(ran.json["rows"].values()) == 0
    resumed = in_process("resume", "--json")  # with the days that the plan was made for
    assert (resumed.code, resumed.json["state"]) == (0, "complete")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"since": "2024-02-01", "until": "2024-01-31"}, "2024-01-31 is before since, which is 2024-02-01"),
        ({"since": "1706659200"}, "a day is written as 2024-01-31"),
        ({"until": "31.01.2024"}, "a day is written as 2024-01-31"),
        ({"until": "9999-12-31"}, "a day lies in the years 1900 to 9998"),
    ],
)
def test_what_is_no_day_or_no_period_is_told(settings: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load(**settings)


def test_one_day_is_a_period() -> None:
    options = load(since="2024-01-31", until="2024-01-31")
    assert (options.since, options.until) == (date(2024, 1, 31), date(2024, 1, 31))
