"""Checks of published versions of passports and series: once a day, since what they ask for may have gone."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.version_checks import check_version
from app.domain.versions import VersionStatus
from app.identifiers import new_id
from app.models import DefinitionVersion, VersionCheck
from app.services.audit_events import record_event
from app.services.definitions import EARNED, DefinitionKind, load_version
from app.services.enrolments import system_actor
from app.services.jobs import JobKind, enqueue_job
from app.services.passports import load_catalogue, pinned_catalogue

CHECK_EVERY = timedelta(days=1)


def plan_checks(session: Session, *, now: datetime) -> None:
    """Have the versions of those issuers checked that have one whose last check is a day old."""
    due = _in_force(now).with_only_columns(DefinitionVersion.issuer_id).distinct()
    last = func.coalesce(VersionCheck.checked_at, DefinitionVersion.created_at)
    due = due.outerjoin(VersionCheck, VersionCheck.version_id == DefinitionVersion.id)
    for issuer_id in session.scalars(due.where(last <= now - CHECK_EVERY)):
        enqueue_job(session, issuer_id, JobKind.CHECK_VERSIONS, {}, now=now)


def check_versions(session: Session, issuer_id: str, *, now: datetime) -> None:
    """Lint the versions of an issuer that somebody may still finish, and keep what is found."""
    present = load_catalogue(session, issuer_id)
    for version in session.scalars(_in_force(now).where(DefinitionVersion.issuer_id == issuer_id)).all():
        found = check_version(version.document, pinned_catalogue(version, present), now=now)
        check = _find(session, version)
        if check is None:
            check = VersionCheck(
                id=new_id(), issuer_id=issuer_id, created_at=now, version_id=version.id, findings=version.lint
            )
            session.add(check)
        check.checked_at = now
        errors = [each["code"] for each in found if each["severity"] == "error"]
        if errors != [each["code"] for each in check.findings if each.get("severity") == "error"]:
            said = {"key": version.key, "version": version.version, "errors": errors}
            about = (version.kind, version.id)
            record_event(session, system_actor(issuer_id), "check", about, now=now, **said)
        check.findings = found


def load_check(session: Session, actor: Actor, kind: DefinitionKind, key: str, number: str) -> VersionCheck:
    """Return the last check of a version: before the first, what was found when it was published.

    Raises `NotFoundError`.
    """
    version = load_version(session, actor.issuer_id, kind, key, number)
    check = _find(session, version)
    if check is not None:
        return check
    kept = [{"severity": "warning", "hint": None, **each} for each in version.lint]
    return VersionCheck(version_id=version.id, checked_at=version.created_at, findings=kept)


def _find(session: Session, version: DefinitionVersion) -> VersionCheck | None:
    return session.scalar(select(VersionCheck).where(VersionCheck.version_id == version.id))


def _in_force(now: datetime) -> Select[DefinitionVersion]:
    """Return a statement for the versions of passports and series on which enrolments are open."""
    is_open = or_(DefinitionVersion.status != VersionStatus.RETIRED, DefinitionVersion.retires_at > now)
    return select(DefinitionVersion).where(DefinitionVersion.kind.in_(EARNED), is_open)
