from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.instants import Duration, format_instant, parse_instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2016-01-22", datetime(2016, 1, 22, tzinfo=UTC)),
        ("2016-01-22T09:00:00Z", datetime(2016, 1, 22, 9, tzinfo=UTC)),
        ("2016-01-22t09:00:00z", datetime(2016, 1, 22, 9, tzinfo=UTC)),
        ("2016-01-22T09:00:00.5+08:00", datetime(2016, 1, 22, 1, 0, 0, 500000, tzinfo=UTC)),
        ("2016-01-22T09:00:00.123456-01:30", datetime(2016, 1, 22, 10, 30, 0, 123456, tzinfo=UTC)),
    ],
)
def test_instants_are_read_into_utc(text: str, instant: datetime) -> None:
    assert parse_instant(text) == instant
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2016",
        "2016-1-2",
        "2016-13-01",
        "2016-02-30",
        "2016-01-22T09:00:00",
        "2016-01-22T09:00Z",
        "2016-01-22 09:00:00Z",
        "2016-01-22T25:00:00Z",
        "2016-01-22T09:00:00.1234567Z",
        "2016-01-22T09:00:00+25:00",
        "2016-W03-5",
        "\uff12\uff10\uff11\uff16-01-22",
        "2016-01-22\n",
        "0001-01-01T00:00:00+01:00",
    ],
)
def test_other_texts_are_no_instants(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


def test_instants_are_written_in_utc_without_an_empty_fraction() -> None:
    east = timezone(timedelta(hours=8))
    assert format_instant(datetime(2016, 1, 22, 9, tzinfo=east)) == "2016-01-22T01:00:00Z"
    assert format_instant(datetime(2016, 1, 22, 9, 0, 0, 5, tzinfo=UTC)) == "2016-01-22T09:00:00.000005Z"


@pytest.mark.parametrize(
    ("text", "months", "minutes"),
    [
        ("P2Y", 24, 0),
        ("P6M", 6, 0),
        ("P1Y6M", 18, 0),
        ("P2W", 0, 20160),
        ("P30D", 0, 43200),
        ("P1DT12H", 0, 2160),
        ("PT90M", 0, 90),
        ("P1YT1M", 12, 1),
    ],
)
def test_durations_are_read_as_months_and_minutes(text: str, months: int, minutes: int) -> None:
    duration = Duration.parse(text)
    assert (duration.months, duration.minutes) == (months, minutes)
    assert str(duration) == duration.text == text


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P0Y", "PT0M", "2Y", "P2", "P-2Y", "P1.5Y", "P2Y ", "P1S", "PT5S", "P99999Y"]
)
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("text", "instant", "earlier"),
    [
        ("P1M", datetime(2016, 3, 31, 12, tzinfo=UTC), datetime(2016, 2, 29, 12, tzinfo=UTC)),
        ("P1Y", datetime(2016, 2, 29, tzinfo=UTC), datetime(2015, 2, 28, tzinfo=UTC)),
        ("P2Y", datetime(2016, 3, 1, tzinfo=UTC), datetime(2014, 3, 1, tzinfo=UTC)),
        ("P3M", datetime(2016, 1, 15, tzinfo=UTC), datetime(2015, 10, 15, tzinfo=UTC)),
        ("P1M", datetime(2016, 1, 15, tzinfo=UTC), datetime(2015, 12, 15, tzinfo=UTC)),
        ("P1W", datetime(2016, 3, 1, tzinfo=UTC), datetime(2016, 2, 23, tzinfo=UTC)),
        ("P1MT30M", datetime(2016, 3, 1, tzinfo=UTC), datetime(2016, 1, 31, 23, 30, tzinfo=UTC)),
        ("P9999Y", datetime(2016, 3, 1, tzinfo=UTC), datetime.min.replace(tzinfo=UTC)),
        ("P2015YT99999H", datetime(2016, 3, 1, tzinfo=UTC), datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_durations_look_back_along_the_calendar(text: str, instant: datetime, earlier: datetime) -> None:
    assert Duration.parse(text).before(instant) == earlier


@pytest.mark.parametrize(
    ("text", "instant", "later"),
    [
        ("P3Y", datetime(2016, 2, 29, 9, tzinfo=UTC), datetime(2019, 2, 28, 9, tzinfo=UTC)),
        ("P1M", datetime(2016, 1, 31, tzinfo=UTC), datetime(2016, 2, 29, tzinfo=UTC)),
        ("P1DT1H", datetime(2016, 12, 31, 23, 30, tzinfo=UTC), datetime(2017, 1, 2, 0, 30, tzinfo=UTC)),
        ("P9999Y", datetime(2016, 3, 1, tzinfo=UTC), datetime.max.replace(microsecond=0, tzinfo=UTC)),
        (
            "P7983YT999999M",
            datetime(2016, 12, 1, tzinfo=UTC),
            datetime.max.replace(microsecond=0, tzinfo=UTC),
        ),
    ],
)
def test_durations_look_ahead_along_the_calendar(text: str, instant: datetime, later: datetime) -> None:
    assert Duration.parse(text).after(instant) == later
