from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidPayloadError
from app.signing import datetimes


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2010-01-01T00:00:00Z", datetime(2010, 1, 1, tzinfo=UTC)),
        ("2022-11-10T07:38:00-08:00", datetime(2022, 11, 10, 15, 38, tzinfo=UTC)),
        ("2010-01-01T00:00:00.123456789Z", datetime(2010, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_an_instant_with_a_zone_is_read(text: str, instant: datetime) -> None:
    assert datetimes.parse(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2010-01-01T00:00:00",
        "2010-01-01",
        "2010-01-01T00:00:00z",
        "2010-01-01 00:00:00Z",
        "2010-02-30T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "2010-01-01T24:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "\u0662010-01-01T00:00:00Z",
        "2010-01-01T00:00:00Z\n",
        "",
        None,
        1262304000,
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(InvalidPayloadError):
        datetimes.parse(text)


def test_a_time_of_a_proof_may_lack_its_zone_and_is_then_one_in_utc() -> None:
    for text in ("2016-03-04T12:30:15", "2016-03-04T12:30:15Z", "2016-03-04T14:30:15.000+02:00"):
        assert datetimes.parse_of_proof(text) == datetime(2016, 3, 4, 12, 30, 15, tzinfo=UTC)
    for other in ("2016-03-04", "2016-03-04T12:30", "2016-03-04T12:30:15ZZ", "2016-02-30T12:30:15", "", None):
        with pytest.raises(InvalidPayloadError):
            datetimes.parse_of_proof(other)


def test_text_is_in_whole_seconds_of_utc() -> None:
    local = datetime(2016, 1, 22, 11, 0, 5, 999999, tzinfo=timezone(timedelta(hours=2)))
    assert datetimes.to_text(local) == "2016-01-22T09:00:05Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_reads_back_to_the_second(instant: datetime) -> None:
    assert datetimes.parse(datetimes.to_text(instant)) == instant.replace(microsecond=0)
