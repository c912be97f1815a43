"""The life of a published version: open, then without new enrolments, then with a last day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from app.domain.instants import format_instant
from app.domain.payloads import Faults, Payload
from app.errors import Fault, InvalidPayloadError, WrongStateError


class VersionStatus(StrEnum):
    """`deprecated` takes no new enrolments; `retired` closes those that there are on an announced day."""

    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


STATE_MEMBERS: Final = ("status", "retires_at")
"""What a bundle says of a version beside its document, which never changes."""

_ORDER = tuple(status.value for status in VersionStatus)


@dataclass(frozen=True, slots=True)
class VersionState:
    """How far the life of a version has come; `retires_at` is the last day of a retired one."""

    status: VersionStatus = VersionStatus.PUBLISHED
    retires_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the version takes new enrolments."""
        return self.status is VersionStatus.PUBLISHED

    def is_behind(self, other: "VersionState") -> bool:
        """Tell whether this is an earlier state than `other`: an earlier day, of two retired ones.

        A day is only ever put off, so the earlier day is what was said first.
        """
        if self.status is other.status and self.retires_at and other.retires_at:
            return self.retires_at < other.retires_at
        return _ORDER.index(self.status) < _ORDER.index(other.status)

    def to_members(self) -> dict[str, str]:
        """Return what a bundle says of it, which is nothing of an open version."""
        if self.is_open:
            return {}
        day = {} if self.retires_at is None else {"retires_at": format_instant(self.retires_at)}
        return {"status": self.status.value, **day}

    def __str__(self) -> str:
        return (
            self.status if self.retires_at is None else f"{self.status} at {format_instant(self.retires_at)}"
        )


OPEN: Final = VersionState()


def read_state(members: Mapping[str, Any]) -> VersionState:
    """Return the state that the `STATE_MEMBERS` of a document say; none of them says open.

    Raises `InvalidPayloadError` with every fault.
    """
    faults = Faults()
    body = Payload(members, "", faults)
    status = VersionStatus(body.one_of("status", _ORDER, default=_ORDER[0]))
    retires_at = body.instant("retires_at")
    if status is VersionStatus.RETIRED and not body.has("retires_at"):
        detail = "A retired version says when the enrolments on it close."
        body.fault("retires_at", "missing_key", detail, "Add retires_at, such as 2030-01-31T00:00:00Z.")
    elif status is not VersionStatus.RETIRED and body.has("retires_at") and not faults.found:
        hint = "Write status: retired beside it, or leave the day out."
        body.fault("retires_at", "wrong_value", f"A {status} version has no last day.", hint)
    faults.raise_if_any(InvalidPayloadError, "The state of the version breaks a rule.")
    return VersionState(status, retires_at)


def find_untold(name: str, state: VersionState, under_way: int, *, now: datetime) -> Fault | None:
    """Return what is wrong with a last day that is over while learners are under way on the version `name`.

    Where nobody is, as after a restored export, the day is taken for what it is: there is nobody to tell.
    """
    if state.retires_at is None or state.retires_at >= now or not under_way:
        return None
    people = "1 learner is" if under_way == 1 else f"{under_way} learners are"
    detail = f"{people} under way on {name}, and {format_instant(state.retires_at)} is over."
    return Fault("/retires_at", "wrong_value", detail, "Name a day to come, so that they can be told.")


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
