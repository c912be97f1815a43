"""The life of published versions of passports and series: deprecated, retired, deleted while unused."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.instants import format_instant
from app.domain.versions import VersionStatus, ensure_deprecable, ensure_retirable
from app.errors import NotFoundError, WrongStateError
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
        found.status = VersionStatus.DEPRECATED
        said = {"key": name.key, "version": name.version}
        record_event(session, actor, "deprecate", (name.kind, found.id), now=now, **said)
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
        found.status, found.retires_at = VersionStatus.RETIRED, retires_at
        said = {"key": name.key, "version": name.version, "retires_at": format_instant(retires_at)}
        record_event(session, actor, "retire", (name.kind, found.id), now=now, **said)
    return found


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
