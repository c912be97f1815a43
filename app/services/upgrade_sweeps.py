"""The passes over enrolments that a new version calls for: planned when it is published, then reported on."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.upgrades import Sweep
from app.identifiers import new_id
from app.models import DefinitionVersion, UpgradeSweep
from app.services.definitions import DefinitionKind, load_version
from app.services.jobs import JobKind, enqueue_job


def plan_sweeps(
    session: Session, version: DefinitionVersion, sweeps: tuple[tuple[Sweep, datetime], ...], *, now: datetime
) -> None:
    """Have the enrolments on earlier versions gone through, if there are such versions."""
    if session.scalar(earlier_versions(version).limit(1)) is None:
        return
    for policy, due_at in sweeps:
        sweep = UpgradeSweep(
            id=new_id(),
            issuer_id=version.issuer_id,
            created_at=now,
            version_id=version.id,
            policy=policy,
            due_at=due_at,
            cursor="",
            examined=0,
            moved=0,
            finished_at=None,
        )
        session.add(sweep)
        session.flush()
        enqueue_batch(session, sweep, now=now)


def enqueue_batch(session: Session, sweep: UpgradeSweep, *, now: datetime) -> None:
    """Have the next batch done, not before the sweep is due."""
    payload, delay = {"sweep_id": sweep.id}, max(sweep.due_at - now, timedelta(0))
    enqueue_job(session, sweep.issuer_id, JobKind.UPGRADE_ENROLMENTS, payload, now=now, delay=delay)


def earlier_versions(version: DefinitionVersion) -> Select[DefinitionVersion]:
    """Return a statement for what was published of the same passport before `version`, oldest first."""
    return (
        select(DefinitionVersion)
        .where(DefinitionVersion.definition_id == version.definition_id, DefinitionVersion.id < version.id)
        .order_by(DefinitionVersion.id)
    )


def list_sweeps(
    session: Session, actor: Actor, kind: DefinitionKind, key: str, version: str
) -> list[UpgradeSweep]:
    """Return how far each pass for a version has come; raises `NotFoundError`."""
    found = load_version(session, actor.issuer_id, kind, key, version)
    statement = select(UpgradeSweep).where(UpgradeSweep.version_id == found.id).order_by(UpgradeSweep.id)
    return list(session.scalars(statement))
