"""Dates: the layouts that people and programs write, read as the same moment, or a problem that says what to set."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.errors import UsageError
from transforms.arrow import TEXT
from transforms.dates import dates
from transforms.reading import Reading, Spelled

PARIS = Reading(timezone="Europe/Paris")


def read(*cells: str | None, typed: Sequence[int] = (), **how: object) -> Spelled:
    """A column of dates; `typed` are the rows whose cells are no text."""
    column = pa.chunked_array([pa.array(cells[:1], TEXT), pa.array(cells[1:], TEXT)])
    written = ~np.isin(np.arange(len(cells)), typed) if typed else None
    return dates(column, Reading(**how), written)  # type: ignore[arg-type]


def days(found: Spelled) -> list[str | None]:
    """What was read, without the time where it is midnight."""
    return [text and text.removesuffix("T00:00:00.000Z") for text in found.text.to_pylist()]


def doubts(found: Spelled) -> dict[str, list[int]]:
    return {code: rows.tolist() for code, rows in found.doubts.items()}


def spelled(value: str, reading: Reading) -> str:
    """The canonical spelling of a value that stands in a column with others."""
    column = pa.chunked_array([pa.array([None, value], TEXT), pa.array(["other", value], TEXT)])
    found = dates(column, reading).text.to_pylist()
    assert found[0] is None
    assert found[1] == found[3]
    return str(found[1])


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2024-01-22", "2024-01-21T23:00:00.000Z"),
        ("2024-01-22 12:30", "2024-01-22T11:30:00.000Z"),
        ("2024-07-22T12:30:01.1234567", "2024-07-22T10:30:01.123Z"),
        ("2024-01-22T12:30:01.999999999Z", "2024-01-22T12:30:01.999Z"),
        ("2024-01-22T12:30+02:00", "2024-01-22T10:30:00.000Z"),
        ("2024-01-22T12:30 -0530", "2024-01-22T18:00:00.000Z"),
        ("2024-01-22 12:30:01.5+00", "2024-01-22T12:30:01.500Z"),  # as PostgreSQL writes it
        ("2024-03-31T02:30", "2024-03-31T02:30"),  # skipped
        ("2024-10-27T02:30", "2024-10-27T02:30"),  # twice
        ("2024-10-27T02:30+01:00", "2024-10-27T01:30:00.000Z"),
        ("9999-12-31", "9999-12-30T23:00:00.000Z"),
        ("1500-01-01T00:00Z", "1500-01-01T00:00:00.000Z"),
        ("2024-02-30", "2024-02-30"),
        ("03/04/2024", "03/04/2024"),
        ("2024-01", "2024-01"),
        ("20240122", "20240122"),
    ],
)
def test_dates_are_utc_and_what_is_unclear_stays(written: str, date: str) -> None:
    assert spelled(written, PARIS) == date


def test_a_day_without_a_midnight_starts_at_its_first_moment() -> None:
    assert spelled("2024-04-26", Reading("Africa/Cairo")) == "2024-04-25T22:00:00.000Z"  # 00:00 is skipped
    assert spelled("2024-10-31T00:00:00", Reading("Africa/Cairo")) == "2024-10-30T21:00:00.000Z"


@pytest.mark.parametrize(
    ("layout", "written", "date"),
    [
        ("%d/%m/%Y", "03/04/2024", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y", "3/4/2024", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y", "31/02/2024", "31/02/2024"),
        ("%d/%m/%Y", "03/04/2024 10:00", "03/04/2024 10:00"),
        ("%d/%m/%Y", "2024-04-03", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y", "2024-04-03T00:00:00", "2024-04-02T22:00:00.000Z"),
        ("%d/%m/%Y %H:%M", "31/03/2024 02:30", "2024-03-31T02:30:00"),  # skipped
        ("%d/%m/%Y %z", "03/04/2024 +0200", "2024-04-02T22:00:00.000Z"),
        ("%Y-%d-%m", "2024-03-04", "2024-04-02T22:00:00.000Z"),
        ("%Y-%d-%m", "2024-04-13", "2024-04-13"),  # not in the layout, and no guess
        ("%Y-%d-%m", "2024-03-04T00:00:00", "2024-03-03T23:00:00.000Z"),  # a spreadsheet's date has no layout
    ],
)
def test_a_date_format_reads_its_layout_and_beside_it_iso_dates(layout: str, written: str, date: str) -> None:
    assert spelled(written, Reading("Europe/Paris", layout)) == date


@pytest.mark.parametrize("layout", ["%Q", "mixed", "ISO8601", "Excel", ""])
def test_a_date_format_that_is_none_is_refused(layout: str) -> None:
    with pytest.raises(UsageError, match=f"The date format {layout} is"):
        read("2024-01-22", date_format=layout)


DAYS = ("25/07/2018", "25-7-2018", "25.07.2018", "25/07/2018 21:06")
MONTHS = ("7/25/2018", "07-25-2018", "07.25.2018", "7/25/2018 9:06 PM")


@pytest.mark.parametrize(("proof", "day_first"), [*((one, True) for one in DAYS), *((one, False) for one in MONTHS)])
def test_a_day_above_12_proves_the_order_of_its_column(proof: str, day_first: bool) -> None:
    found = read("03/04/2024", "05/05/2024", "1.2.2024", proof, proof, "2024-01-22", None)
    third, first = ("2024-04-03", "2024-02-01") if day_first else ("2024-03-04", "2024-01-02")
    assert days(found)[:3] == [third, "2024-05-05", first]
    assert days(found)[5:] == ["2024-01-22", None]
    assert str(days(found)[3]).startswith("2018-07-25")
    assert doubts(found) == {}
    assert (found.notice, found.proof) == ("day before month" if day_first else "month before day", 3)


@pytest.mark.parametrize("no_proof", ["2024-01-22", "05/05/2024", "31/02/2024", "13/13/2024", "25/07/18", "25/07/0018"])
def test_a_day_and_month_without_a_proof_are_a_problem(no_proof: str) -> None:
    found = read("03/04/2024", "05/05/2024", no_proof, "12.11.2024 10:00")
    assert days(found)[:2] == ["03/04/2024", "2024-05-05"]
    assert days(found)[3] == "12.11.2024 10:00"
    assert doubts(found) == {"ambiguous_date": [0, 3]}
    assert (found.notice, found.proof) == ("", None)


def test_where_both_orders_are_proved_only_clear_dates_are_read() -> None:
    found = read("25/07/2018", "07/25/2018", "03/04/2024", "05/05/2024")
    assert days(found) == ["2018-07-25", "2018-07-25", "03/04/2024", "2024-05-05"]
    assert (doubts(found), found.notice) == ({"ambiguous_date": [2]}, "")


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("25/07/2018 9:05", "09:05:00.000"),
        ("25/07/2018 21:05:07", "21:05:07.000"),
        ("25/07/2018, 21:05:07.1239", "21:05:07.124"),
        ("25/07/2018 9:05 PM", "21:05:00.000"),
        ("25/07/2018 9:05pm", "21:05:00.000"),
        ("25/07/2018 12:05 AM", "00:05:00.000"),
        ("25/07/2018 12:05 PM", "12:05:00.000"),
    ],
)
def test_a_time_behind_day_and_month(written: str, time: str) -> None:
    assert read(written).text.to_pylist() == [f"2018-07-25T{time}Z"]


@pytest.mark.parametrize(
    "written",
    [
        *("25/07/2018 24:00", "25/07/2018 13:05 PM", "25/07/2018 0:05 AM", "25/07/2018 9:60", "25/07/2018 9"),
        *("25/07/2018 9:05 PST", "2018-07-25 9:05", "2018-07-25 09:05 PST", "25 Jul 2018", "25/07/18", "31/04/2018"),
        *("43831", "1532466000", "25/07/2018Z", "٢٥/07/2018", "2018/07/25", "25/7", "13/13/2018", "25/07-2018", "TRUE"),
    ],
)
def test_what_is_no_date_stays_as_it_is(written: str) -> None:
    found = read(written, "2024-01-22")
    assert days(found) == [written, "2024-01-22"]
    assert doubts(found) == {}


def test_day_and_month_are_local_times() -> None:
    found = read("25/07/2018", "31/03/2024 02:30", timezone="Europe/Paris")
    assert found.text.to_pylist() == ["2018-07-24T22:00:00.000Z", "2024-03-31T02:30:00"]  # the clock skips the second


def test_a_layout_that_is_told_leaves_nothing_to_prove() -> None:
    found = read("03/04/2024", "07/25/2018", date_format="%d/%m/%Y")
    assert days(found) == ["2024-04-03", "07/25/2018"]
    assert (doubts(found), found.notice) == ({}, "")


def test_a_typed_date_has_no_layout() -> None:
    found = read("2024-03-04T00:00:00", "2024-03-04T00:00:00", typed=[0], date_format="%Y-%d-%mT%H:%M:%S")
    assert days(found) == ["2024-03-04", "2024-04-03"]


@pytest.mark.parametrize("date_format", [None, "%d/%m/%Y"])
def test_typed_dates_beside_texts_that_no_spreadsheet_could_read_may_be_swapped(date_format: str | None) -> None:
    cells = ["2024-03-04T00:00:00", "25/07/2018", "2024-05-05T00:00:00", "2024-03-14T00:00:00", "2024-01-12T10:00:00"]
    found = read(*cells, "2024-01-22", typed=[0, 2, 3, 4], date_format=date_format)
    assert days(found) == [cells[0], "2018-07-25", "2024-05-05", "2024-03-14", cells[4], "2024-01-22"]
    assert doubts(found) == {"swapped_date": [0, 4]}
    assert doubts(read(cells[0], "07/25/2018", typed=[0])) == {"swapped_date": [0]}


@pytest.mark.parametrize("beside", ["05/05/2024", "2024-01-22", "x", "31/02/2024"])
def test_typed_dates_beside_other_texts_are_trusted(beside: str) -> None:
    found = read("2024-03-04T00:00:00", beside, "25/07/2018" if beside == "05/05/2024" else None, typed=[0])
    assert days(found)[0] == "2024-03-04"
    assert doubts(found) == {}


@pytest.mark.parametrize(
    ("serial", "epoch", "moment"),
    [
        ("1", 1900, "1900-01-01T00:00:00.000Z"),
        ("59", 1900, "1900-02-28T00:00:00.000Z"),
        ("60", 1900, "60"),  # 29 February 1900
        ("60.5", 1900, "60.5"),
        ("61", 1900, "1900-03-01T00:00:00.000Z"),
        ("43831", 1900, "2020-01-01T00:00:00.000Z"),
        ("43831.5", 1900, "2020-01-01T12:00:00.000Z"),
        ("45313.2136111111", 1900, "2024-01-22T05:07:36.000Z"),
        ("45313.0000000058", 1900, "2024-01-22T00:00:00.001Z"),
        ("2958465", 1900, "9999-12-31T00:00:00.000Z"),
        ("2958466", 1900, "2958466"),
        ("20240122", 1900, "20240122"),
        ("0", 1900, "0"),
        ("0.5", 1900, "0.5"),
        ("-1", 1900, "-1"),
        ("1E+15", 1900, "1E+15"),
        ("2024", 1900, "2024"),  # a year
        ("2024.5", 1900, "1905-07-16T12:00:00.000Z"),
        ("1", 1904, "1904-01-02T00:00:00.000Z"),
        ("60", 1904, "1904-03-01T00:00:00.000Z"),
        ("0", 1904, "0"),
        ("43831", 1904, "2024-01-02T00:00:00.000Z"),
        ("2957003", 1904, "9999-12-31T00:00:00.000Z"),
        ("2957004", 1904, "2957004"),
    ],
)
def test_a_typed_number_is_a_spreadsheets_day(serial: str, epoch: int, moment: str) -> None:
    found = read("43831", serial, None, typed=[1], epoch=epoch)
    assert found.text.to_pylist() == ["43831", moment, None]
    notice = (f"numbers are days counted from {epoch}", 1) if moment != serial else ("", None)
    assert (found.notice, found.proof) == notice


@pytest.mark.parametrize(("word", "day"), [("excel", "2020-01-01"), ("excel1904", "2024-01-02")])
def test_day_numbers_that_are_told_are_read_as_text_too(word: str, day: str) -> None:
    found = read("43831", "43831", "2024-01-22", "2024-03-04T00:00:00", "03/04/2024", typed=[1, 3], date_format=word)
    assert days(found) == [day, day, "2024-01-22", "2024-03-04", "03/04/2024"]
    assert (doubts(found), found.notice) == ({}, "")
    assert days(read("2024", date_format="excel")) == ["1905-07-16"]


def test_typed_numbers_have_the_layout_that_is_told_if_they_fit() -> None:
    found = read("20240122", "45313.5", typed=[0, 1], date_format="%Y%m%d")
    assert found.text.to_pylist() == ["2024-01-22T00:00:00.000Z", "2024-01-22T12:00:00.000Z"]


def test_a_notice_tells_all_that_the_column_proved() -> None:
    found = read("43831", "25/07/2018", typed=[0])
    assert (found.notice, found.proof) == ("day before month; numbers are days counted from 1900", 1)


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31)), st.sampled_from([1900, 1904]))  # noqa: DTZ001
def test_a_serial_is_the_moment_that_a_spreadsheet_shows(moment: dt.datetime, epoch: int) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    zero = dt.datetime(1899, 12, 30) if epoch == 1900 else dt.datetime(1904, 1, 1)  # noqa: DTZ001 - days have no zone
    assume(moment >= zero + dt.timedelta(days=1))
    serial = (moment - zero) / dt.timedelta(days=1)
    found = read(f"{serial:.10f}", date_format={1900: "excel", 1904: "excel1904"}[epoch])
    assert found.text.to_pylist() == [f"{moment.isoformat(timespec='milliseconds')}Z"]


TOLD = ("%d/%m/%Y", "%m/%d/%Y %H:%M", "%d.%m.%y", "%d %b %Y", "%B %d, %Y", "%Y%m%d", "%Y-%d-%m", "%d-%m-%Y %I:%M %p")
PROVED = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%m-%d-%Y %I:%M %p", "%d-%m-%Y, %H:%M:%S")
MOMENTS = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2068, 12, 31))  # noqa: DTZ001 - as strptime reads %y


@settings(deadline=None)
@given(MOMENTS, st.sampled_from(TOLD))
def test_a_date_in_a_told_layout_is_read_as_exactly_itself(moment: dt.datetime, layout: str) -> None:
    written = moment.strftime(layout)
    same = dt.datetime.strptime(written, layout)  # noqa: DTZ007 - a local time
    found = read(written, date_format=layout)
    assert found.text.to_pylist() == [f"{same.isoformat(timespec='milliseconds')}Z"]


@settings(deadline=None)
@given(MOMENTS, st.sampled_from(PROVED))
def test_a_date_in_a_proved_layout_is_read_as_exactly_itself(moment: dt.datetime, layout: str) -> None:
    written = moment.strftime(layout)
    same = dt.datetime.strptime(written, layout)  # noqa: DTZ007 - a local time
    found = read(written, dt.date(2018, 7, 25).strftime(layout))
    assert found.text[0].as_py() == f"{same.isoformat(timespec='milliseconds')}Z"
    alone = read(written)  # without a proof it is the same date or a problem
    assert doubts(alone) or alone.text[0] == found.text[0]


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(9999, 1, 1), timezones=st.timezones()), st.sampled_from("T "))  # noqa: DTZ001
def test_an_aware_time_is_sent_as_the_same_instant(moment: dt.datetime, mark: str) -> None:
    offset = moment.utcoffset()
    assume(offset is not None and not offset.seconds % 60)  # ISO 8601 has no seconds in offsets
    read = dt.datetime.fromisoformat(spelled(moment.isoformat(mark), PARIS))
    instant = moment.astimezone(dt.UTC)
    assert read == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
