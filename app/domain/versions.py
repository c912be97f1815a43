"""The life of a published version: open, then without new enrolments, then with a last day."""

from datetime import datetime
from enum import StrEnum

from app.domain.instants import format_instant
from app.errors import Fault, InvalidPayloadError, WrongStateError


class VersionStatus(StrEnum):
    """`deprecated` takes no new enrolments; `retired` closes those that there are on an announced day."""

    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


def ensure_deprecable(status: VersionStatus) -> None:
    """Return if a version in this state may be deprecated; raises `WrongStateError`."""
    if status is VersionStatus.RETIRED:
        raise WrongStateError("The version is retired, which is more than deprecated.")


def ensure_retirable(retires_at: datetime, announced: datetime | None, *, now: datetime) -> None:
    """Return if a version may be retired at `retires_at`; `announced` is the day that was named before.

    Raises `InvalidPayloadError` for a day that is over, and `WrongStateError` for one that comes before
    the day that learners were told.
    """
    if retires_at < now:
        fault = Fault("/retires_at", "wrong_value", "This is over: nobody could have been told.")
        raise InvalidPayloadError(fault.detail, faults=[fault])
    if announced is not None and retires_at < announced:
        raise WrongStateError(
            f"{format_instant(announced)} was announced; the day may be put off, and not brought forward."
        )
