DATES


def spelled(value: str, kind: Kind, reading: Reading = PLAIN) -> str:
    """The canonical spelling of a value that stands in a column with others."""
    column = pa.chunked_array([pa.array([None, value], TEXT), pa.array(["other", value], TEXT)])
    found = canonical(column, kind, reading).text.to_pylist()
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
    assert spelled(written, Kind.DATE, PARIS) == date


def test_a_day_without_a_midnight_starts_at_its_first_moment() -> None:
    assert spelled("2024-04-26", Kind.DATE, Reading("Africa/Cairo")) == "2024-04-25T22:00:00.000Z"  # 00:00 is skipped
    assert spelled("2024-10-31T00:00:00", Kind.DATE, Reading("Africa/Cairo")) == "2024-10-30T21:00:00.000Z"


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
    assert spelled(written, Kind.DATE, Reading("Europe/Paris", layout)) == date


def test_a_date_format_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="The date format %Q is wrong"):
        spelled("2024-01-22", Kind.DATE, Reading(date_format="%Q"))


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(9999, 1, 1), timezones=st.timezones()), st.sampled_from("T "))  # noqa: DTZ001
def test_an_aware_time_is_sent_as_the_same_instant(moment: dt.datetime, mark: str) -> None:
    offset = moment.utcoffset()
    assume(offset is not None and not offset.seconds % 60)  # ISO 8601 has no seconds in offsets
    read = dt.datetime.fromisoformat(spelled(moment.isoformat(mark), Kind.DATE, PARIS))
    instant = moment.astimezone(dt.UTC)
    assert read == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
