"""The life of a published version, as the domain decides it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.versions import VersionStatus, ensure_deprecable, ensure_retirable
from app.errors import InvalidPayloadError, WrongStateError

NOW = datetime(2016, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("status", [VersionStatus.PUBLISHED, VersionStatus.DEPRECATED])
def test_what_is_not_retired_may_be_deprecated(status: VersionStatus) -> None:
    ensure_deprecable(status)


def test_retired_is_more_than_deprecated() -> None:
    with pytest.raises(WrongStateError):
        ensure_deprecable(VersionStatus.RETIRED)


@pytest.mark.parametrize("announced", [None, NOW + DAY, NOW + 2 * DAY])
def test_the_last_day_may_be_named_and_put_off(announced: datetime | None) -> None:
    ensure_retirable(NOW + 2 * DAY, announced, now=NOW)


def test_the_last_day_is_not_brought_forward() -> None:
    with pytest.raises(WrongStateError, match="2016-03-03"):
        ensure_retirable(NOW + DAY, NOW + 2 * DAY, now=NOW)


def test_a_day_that_is_over_cannot_be_announced() -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        ensure_retirable(NOW - DAY, None, now=NOW)
    assert [fault.pointer for fault in caught.value.faults] == ["/retires_at"]
