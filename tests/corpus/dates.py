"""Dates in the layouts and mix-ups that files have."""

from datetime import date, datetime, time

from corpus.case import Case, Cases, found
from corpus.writers import book, orders_but_for, plain, separated

CASES = Cases()


def _dated(*dates: object) -> list[list[object]]:
    return orders_but_for(*({"order_date": date} for date in dates))


def _read_as(**dates: str) -> dict[str, dict[str, object]]:
    return {number: {"order_date": f"{date}.000Z"} for number, date in dates.items()}


@CASES.add
def dates_that_may_be_either() -> Case:
    return Case(
        {"a.csv": separated(_dated("03/04/2024", "05/06/2024", "07/07/2024", "2024-02-03"))},
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        invalid=2,
        problems=found("a.csv", (2, "order_date", "ambiguous_date"), (3, "order_date", "ambiguous_date")),
        sent=_read_as(C="2024-07-07T00:00:00", D="2024-02-03T00:00:00"),
    )


@CASES.add
def dates_that_may_be_either_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("03/04/2024", "05/06/2024"))},
        profile='date_format = "%m/%d/%Y"\n',
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        sent=_read_as(A="2024-03-04T00:00:00", B="2024-05-06T00:00:00"),
    )


@CASES.add
def dates_whose_order_the_column_proves() -> Case:
    return Case(
        {"a.csv": separated(_dated("03/04/2024", "05/06/2024 23:15", "25/12/2023"))},
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        notices=("a.csv.*order_date.*day (before|first).*row 4",),
        sent=_read_as(A="2024-04-03T00:00:00", B="2024-06-05T23:15:00"),
    )


@CASES.add
def dates_that_prove_bothorders_but_for() -> Case:
    """Two people, two habits: nothing tells whose the others are."""
    return Case(
        {"a.csv": separated(_dated("25/12/2023", "12/25/2023", "03/04/2024"))},
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        invalid=1,
        problems=found("a.csv", (4, "order_date", "ambiguous_date")),
        sent=_read_as(A="2023-12-25T00:00:00", B="2023-12-25T00:00:00"),
    )


@CASES.add
def dates_that_a_spreadsheet_has_mangled() -> Case:
    """Excel took 03/04/2024, the third of April, for the fourth of March, and left 25/04/2024 as text."""
    rows = _dated(datetime(2024, 3, 4), "25/04/2024", datetime(2024, 5, 5), "30/04/2024")  # noqa: DTZ001
    return Case(
        {"a.xlsx": book(("Orders", plain(rows)))},
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        invalid=1,
        problems=found("Orders", (2, "order_date", "swapped_date")),
        sent=_read_as(B="2024-04-25T00:00:00", C="2024-05-05T00:00:00", D="2024-04-30T00:00:00"),
    )


@CASES.add
def dates_that_do_not_exist() -> Case:
    dates = ["30.02.2024", "2024-13-01", "tomorrow", "2024-02-29T25:00:00", "31.01.2024"]
    rows = [(n, "order_date", "not_a_date") for n in range(2, 6)]
    return Case(
        {"a.csv": separated(_dated(*dates))},
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        invalid=4,
        problems=found("a.csv", *rows),
    )


@CASES.add
def dates_with_half_days() -> Case:
    return Case(
        {"a.csv": separated(_dated("09/03/2026 12:05 AM", "09/03/2026 12:05 PM", "12/31/2025 09:30 pm"))},
        profile='date_format = "%m/%d/%Y %I:%M %p"\ntimezone = "America/New_York"\n',
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        sent=_read_as(A="2026-09-03T04:05:00", B="2026-09-03T16:05:00", C="2026-01-01T02:30:00"),
    )


@CASES.add
def dates_with_short_years_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("09/24/26", "01/02/99"))},
        profile='date_format = "%m/%d/%y"\n',
        orders=2,
        lines=2,
        amounts={"USD": "20"},
        sent=_read_as(A="2026-09-24T00:00:00", B="1999-01-02T00:00:00"),
    )


@CASES.add
def dates_with_and_without_zones() -> Case:
    dates = ["2026-09-03 10:14:00 -0400", "2026-09-03T10:14:00Z", "2026-09-03T10:14:00.5+05:30", "2026-09-03 10:14"]
    return Case(
        {"a.csv": separated(_dated(*dates, "2026-03-29 02:30:00"))},
        profile='timezone = "Europe/Paris"\n',
        orders=4,
        lines=4,
        amounts={"USD": "40"},
        invalid=1,
        problems=found("a.csv", (6, "order_date", "ambiguous_time")),
        sent=_read_as(A="2026-09-03T14:14:00", B="2026-09-03T10:14:00", D="2026-09-03T08:14:00")
        | {"C": {"order_date": "2026-09-03T04:44:00.500Z"}},
    )


@CASES.add
def day_numbers_in_a_text_file_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("45000", "45000.75", "60.5", "1"))},
        profile='date_format = "excel"\n',
        orders=3,
        lines=3,
        amounts={"USD": "30"},
        invalid=1,  # 60 is 29 February 1900, a day that there never was
        problems=found("a.csv", (4, "order_date", "not_a_date")),
        sent=_read_as(A="2023-03-15T00:00:00", B="2023-03-15T18:00:00", D="1900-01-01T00:00:00"),
    )


@CASES.add
def day_numbers_in_a_text_file_not_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("45000", "45001"))},
        invalid=2,
        problems=found("a.csv", (2, "order_date", "not_a_date"), (3, "order_date", "not_a_date")),
    )


@CASES.add
def day_numbers_from_1904_told() -> Case:
    return Case(
        {"a.csv": separated(_dated("43538"))},
        profile='date_format = "excel1904"\n',
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        sent=_read_as(A="2023-03-15T00:00:00"),
    )


@CASES.add
def date_cells_and_numbers_that_are_dates() -> Case:
    rows = _dated(date(2023, 3, 15), datetime(2023, 3, 15, 18, 0, 30), 45000, 45000.5)  # noqa: DTZ001
    return Case(
        {"a.xlsx": book(("Orders", plain(rows)))},
        orders=4,
        lines=4,
        amounts={"USD": "40"},
        sent=_read_as(
            A="2023-03-15T00:00:00", B="2023-03-15T18:00:30", C="2023-03-15T00:00:00", D="2023-03-15T12:00:00"
        ),
    )


@CASES.add
def the_same_in_a_workbook_that_counts_from_1904() -> Case:
    rows = _dated(date(2023, 3, 15), datetime(2023, 3, 15, 18, 0, 30), 43538, 43538.5)  # noqa: DTZ001
    return Case(
        {"a.xlsx": book(("Orders", plain(rows)), date_1904=True)},
        orders=4,
        lines=4,
        amounts={"USD": "40"},
        sent=_read_as(
            A="2023-03-15T00:00:00", B="2023-03-15T18:00:30", C="2023-03-15T00:00:00", D="2023-03-15T12:00:00"
        ),
    )


@CASES.add
def times_and_booleans_where_dates_are_expected() -> Case:
    return Case(
        {"a.xlsx": book(("Orders", plain(_dated(time(12, 30), True, date(2024, 1, 2)))))},
        orders=1,
        lines=1,
        amounts={"USD": "10"},
        invalid=2,
        problems=found("Orders", (2, "order_date", "not_a_date"), (3, "order_date", "not_a_date")),
    )
