"""The life of published versions of passports and series: deprecated, retired, deleted while unused."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.enrolments import EnrolmentStatus
from app.domain.instants import format_instant
from app.domain.versions import (
    VersionState,
    VersionStatus,
    ensure_deprecable,
    ensure_retirable,
    find_untold,
)
from app.errors import NotFoundError, PreconditionFailedError, WrongStateError
from app.models import DefinitionVersion, Enrolment, UpgradeSweep, VersionCheck, VersionSelector
from app.services.audit_events import record_event
from app.services.definitions import EARNED, DefinitionKind, visible_versions


@dataclass(frozen=True, slots=True)
class VersionName:
    """Which version is meant, among those of an issuer."""

    kind: DefinitionKind
    key: str
    version: str

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


def _lock_version(session: Session, actor: Actor, name: VersionName) -> DefinitionVersion:
    versions = visible_versions(actor.issuer_id, {name.kind}, name.key)
    statement = versions.where(DefinitionVersion.version == name.version)
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(f"There is no published {name.kind} {name}.")
    return found


def deprecate_version(
    session: Session, actor: Actor, name: VersionName, *, now: datetime
) -> DefinitionVersion:
    """Close a version to new enrolments; doing it again changes nothing.

    Raises `WrongStateError` for a retired version, and `NotFoundError`.
    """
    found = _lock_version(session, actor, name)
    ensure_deprecable(VersionStatus(found.status))
    if found.status != VersionStatus.DEPRECATED:
        _take_on(session, actor, found, VersionState(VersionStatus.DEPRECATED), now=now)
    return found


def retire_version(
    session: Session, actor: Actor, name: VersionName, *, retires_at: datetime, now: datetime
) -> DefinitionVersion:
    """Announce when the enrolments on a version close; the same day again changes nothing.

    Until then learners may finish; a later day may be announced, not an earlier one. Raises
    `InvalidPayloadError` for a day that is over, `WrongStateError` and `NotFoundError`.
    """
    found = _lock_version(session, actor, name)
    if found.retires_at != retires_at:
        ensure_retirable(retires_at, found.retires_at, now=now)
        _take_on(session, actor, found, VersionState(VersionStatus.RETIRED, retires_at), now=now)
    return found


def bring_version(
    session: Session,
    actor: Actor,
    name: VersionName,
    wanted: VersionState,
    *,
    seen: VersionState,
    now: datetime,
) -> None:
    """Take a version on to the state that a plan showed, of which a last day that is over may be part.

    Raises `PreconditionFailedError` when it is no longer in the state that was `seen`, or somebody enrolled
    on what would be over at once, and `NotFoundError`.
    """
    found = _lock_version(session, actor, name)
    under_way = count_under_way(session, actor.issuer_id, {name.key}).get((name.key, name.version), 0)
    is_untold = find_untold(str(name), wanted, under_way, now=now) is not None
    if VersionState(VersionStatus(found.status), found.retires_at) != seen or is_untold:
        raise PreconditionFailedError(f"{name} is not as it was.")
    _take_on(session, actor, found, wanted, now=now)


def _take_on(
    session: Session, actor: Actor, found: DefinitionVersion, state: VersionState, *, now: datetime
) -> None:
    found.status, found.retires_at = state.status, state.retires_at
    action = "retire" if state.status is VersionStatus.RETIRED else "deprecate"
    day = {} if state.retires_at is None else {"retires_at": format_instant(state.retires_at)}
    said = {"key": found.key, "version": found.version, **day}
    record_event(session, actor, action, (found.kind, found.id), now=now, **said)


def count_under_way(
    session: Session, issuer_id: str, keys: Collection[str]
) -> dict[tuple[str, str | None], int]:
    """Return how many learners are under way on the versions behind these keys, by key and version.

    Versions that nobody is under way on are left out.
    """
    version = DefinitionVersion
    counted = (
        select(version.key, version.version, func.count(Enrolment.id))
        .join(Enrolment, Enrolment.passport_version_id == version.id)
        .where(version.issuer_id == issuer_id, version.kind.in_(EARNED), version.key.in_(keys))
        .where(Enrolment.status == EnrolmentStatus.ACTIVE)
        .group_by(version.key, version.version)
    )
    return {(key, number): learners for key, number, learners in session.execute(counted)}


def delete_version(session: Session, actor: Actor, name: VersionName, *, now: datetime) -> None:
    """Delete a version on which nobody is or was enrolled, and which no credential is about.

    A credential has an enrolment, so that one question answers both. Raises `WrongStateError` and
    `NotFoundError`.
    """
    found = _lock_version(session, actor, name)
    used = session.scalar(select(Enrolment.id).where(Enrolment.passport_version_id == found.id).limit(1))
    if used is not None:
        raise _in_use(name)
    try:
        with session.begin_nested():  # past the guard of the model, which knows no exception
            session.execute(delete(VersionSelector).where(VersionSelector.version_id == found.id))
            session.execute(delete(VersionCheck).where(VersionCheck.version_id == found.id))
            session.execute(delete(UpgradeSweep).where(UpgradeSweep.version_id == found.id))
            session.execute(delete(DefinitionVersion).where(DefinitionVersion.id == found.id))
    except IntegrityError as error:  # somebody enrolled in this very moment
        raise _in_use(name) from error
    said = {"key": name.key, "version": name.version, "digest": found.digest}
    record_event(session, actor, "delete", (name.kind, found.id), now=now, **said)


def _in_use(name: VersionName) -> WrongStateError:
    return WrongStateError(
        f"Learners are or were enrolled on {name}.",
        hint="Deprecate it: it takes no new enrolments then. Retire it to close those that there are.",
    )


def find_open_version(session: Session, issuer_id: str, key: str) -> DefinitionVersion | None:
    """Return the version published last among those that take new enrolments."""
    statement = visible_versions(issuer_id, EARNED, key).where(
        DefinitionVersion.status == VersionStatus.PUBLISHED
    )
    return session.scalar(statement.order_by(DefinitionVersion.id.desc()).limit(1))
