"""The life of a published version, as the domain decides it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.versions import (
    OPEN,
    VersionState,
    VersionStatus,
    ensure_deprecable,
    ensure_retirable,
    find_untold,
    read_state,
)
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


# In bundles -----------------------------------------------------------------------------------------

DEPRECATED = VersionState(VersionStatus.DEPRECATED)


def retired(at: datetime) -> VersionState:
    return VersionState(VersionStatus.RETIRED, at)


def test_each_state_is_behind_the_next_and_an_earlier_day_behind_a_later_one() -> None:
    order = [OPEN, DEPRECATED, retired(NOW), retired(NOW + DAY)]
    for number, state in enumerate(order):
        assert [state.is_behind(other) for other in order] == [n > number for n in range(len(order))]


@pytest.mark.parametrize("state", [OPEN, DEPRECATED, retired(NOW)])
def test_a_state_is_read_as_it_is_written(state: VersionState) -> None:
    assert read_state(state.to_members()) == state


@pytest.mark.parametrize(
    ("members", "pointer", "hint"),
    [
        ({"status": "depricated"}, "/status", "Did you mean 'deprecated'?"),
        ({"status": "retierd", "retires_at": "2030-01-31"}, "/status", "Did you mean 'retired'?"),
        ({"status": "retired"}, "/retires_at", "Add retires_at, such as 2030-01-31T00:00:00Z."),
        (
            {"retires_at": "2030-01-31"},
            "/retires_at",
            "Write status: retired beside it, or leave the day out.",
        ),
        ({"status": "retired", "retires_at": "soon"}, "/retires_at", None),
    ],
)
def test_a_state_that_makes_no_sense_is_one_fault(
    members: dict[str, str], pointer: str, hint: str | None
) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        read_state(members)
    assert [(fault.pointer, fault.hint) for fault in caught.value.faults] == [(pointer, hint)]


def test_a_last_day_that_is_over_needs_that_nobody_is_under_way() -> None:
    assert find_untold("small 1.0.0", retired(NOW - DAY), 0, now=NOW) is None
    assert find_untold("small 1.0.0", retired(NOW + DAY), 2, now=NOW) is None
    assert find_untold("small 1.0.0", DEPRECATED, 2, now=NOW) is None
    for number, people in ((1, "1 learner is"), (2, "2 learners are")):
        fault = find_untold("small 1.0.0", retired(NOW - DAY), number, now=NOW)
        assert fault is not None
        assert fault.detail == f"{people} under way on small 1.0.0, and 2016-02-29T00:00:00Z is over."
