"""Upgrades: an enrolment goes over to a later version of its passport, when it is asked or by a sweep.

Whoever has completed a passport is never moved.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor, Role
from app.domain.enrolments import EnrolmentStatus
from app.domain.rules.definition import MigrationPolicy
from app.domain.upgrades import carry_key, is_not_worse, is_patch
from app.domain.versions import VersionStatus
from app.errors import NotFoundError, WrongStateError
from app.models import DefinitionVersion, Enrolment, UpgradeSweep
from app.services.audit_events import record_event
from app.services.enrolments import enqueue_evaluation, load_enrolment, lock_enrolments_by_id, system_actor
from app.services.evaluations import evaluate_enrolments
from app.services.granted_exceptions import load_granted_exceptions
from app.services.passports import read_judging, read_published
from app.services.upgrade_sweeps import earlier_versions, enqueue_batch

BATCH = 100
"""Enrolments that one transaction goes through: a second or two of locks."""


@dataclass(frozen=True, slots=True)
class CarriedException:
    """An exception in force: its node now, and that on the later version; None where it would be lost."""

    id: str
    kind: str
    node: str
    becomes: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A later version for an enrolment, how far the learner is on either, and what becomes of exceptions."""

    enrolment: Enrolment
    target: DefinitionVersion
    policy: MigrationPolicy
    current: dict[str, Any]
    upgraded: dict[str, Any]
    exceptions: tuple[CarriedException, ...]


# Asked ----------------------------------------------------------------------------------------------


def read_upgrade(session: Session, actor: Actor, enrolment_id: str, *, now: datetime) -> Offer:
    """Return the version that an enrolment may go over to, with both evaluations side by side.

    Raises `NotFoundError`, also when there is nothing to go over to.
    """
    enrolment = load_enrolment(session, actor, enrolment_id)
    target = _find_target(session, enrolment, now=now)
    if enrolment.status != EnrolmentStatus.ACTIVE or target is None:
        raise NotFoundError(f"There is no upgrade for enrolment {enrolment_id}.")
    versions = [enrolment.passport_version, target]
    veiled = actor.role is Role.REVIEWER
    answers = evaluate_enrolments(session, [enrolment], versions, now=now, veiled=veiled)[0]
    current, upgraded = (answer.to_document(enrolment=enrolment.id) for answer in answers)
    exceptions = tuple(_carry(session, enrolment, *versions))
    return Offer(enrolment, target, read_published(target).migration, current, upgraded, exceptions)


def _carry(
    session: Session, enrolment: Enrolment, pinned: DefinitionVersion, target: DefinitionVersion
) -> Iterator[CarriedException]:
    now, later = read_judging(enrolment, pinned), read_judging(enrolment, target)
    for each in load_granted_exceptions(session, [enrolment.id])[enrolment.id]:
        node = carry_key(each.node, now) or each.node
        yield CarriedException(each.id, each.kind, node, carry_key(each.node, later))


def accept_upgrade(
    session: Session, actor: Actor, enrolment_id: str, version: str, *, now: datetime
) -> Enrolment:
    """Pin the enrolment to the later `version`; doing it again changes nothing.

    Raises `WrongStateError` for an enrolment that is not active and when it is not `version` that is
    offered, and `NotFoundError`.
    """
    enrolment = load_enrolment(session, actor, enrolment_id, for_update=True)
    if enrolment.passport_version.version == version:
        return enrolment
    if enrolment.status != EnrolmentStatus.ACTIVE:
        raise WrongStateError(f"The enrolment is {enrolment.status}: it keeps its version.")
    target = _find_target(session, enrolment, now=now)
    if target is None or target.version != version:
        offered = "none is" if target is None else f"{target.version} is"
        raise WrongStateError(
            f"Version {version} is not offered; {offered}.",
            hint=f"GET /v1/enrolments/{enrolment_id}/upgrade shows what would change.",
        )
    _move(session, actor, enrolment, target, now=now)
    enqueue_evaluation(session, enrolment.issuer_id, enrolment.learner_id, now=now)
    return load_enrolment(session, actor, enrolment_id)


def _find_target(session: Session, enrolment: Enrolment, *, now: datetime) -> DefinitionVersion | None:
    """Return the last open version after the pinned one that is offered.

    A version that lets earlier learners `stay` is offered only to those who can no longer finish theirs.
    """
    pinned = enrolment.passport_version
    later = (
        select(DefinitionVersion)
        .where(
            DefinitionVersion.definition_id == pinned.definition_id,
            DefinitionVersion.id > pinned.id,
            DefinitionVersion.status == VersionStatus.PUBLISHED,
        )
        .order_by(DefinitionVersion.id.desc())
    )
    over = pinned.retires_at is not None and pinned.retires_at <= now
    for version in session.scalars(later):
        if over or read_published(version).migration.mode != "stay":
            return version
    return None


def _move(
    session: Session, actor: Actor, enrolment: Enrolment, target: DefinitionVersion, *, now: datetime
) -> None:
    said = {"from": enrolment.passport_version.version, "to": target.version}
    enrolment.passport_version_id = target.id
    session.flush()
    session.expire(enrolment, ["passport_version"])
    record_event(session, actor, "upgrade", ("enrolment", enrolment.id), now=now, **said)


# Swept ----------------------------------------------------------------------------------------------


def run_sweep(session: Session, sweep_id: str, *, now: datetime) -> None:
    """Go through the next `BATCH` enrolments of a sweep, and have the rest done; safe to repeat.

    How far it has come is kept in the same transaction, so that a worker that dies costs one batch.
    """
    sweep = session.scalars(
        select(UpgradeSweep).where(UpgradeSweep.id == sweep_id).with_for_update()
    ).one_or_none()
    if sweep is None or sweep.finished_at is not None:
        return
    target = session.get_one(DefinitionVersion, sweep.version_id)
    batch = _next_batch(session, sweep, target)
    for enrolment in _movable(session, sweep, target, batch, now=now):
        _move(session, system_actor(sweep.issuer_id), enrolment, target, now=now)
        enrolment.stale_since = now
        sweep.moved += 1
    sweep.examined += len(batch)
    if len(batch) < BATCH:
        sweep.finished_at = now
    else:
        sweep.cursor = batch[-1]
        enqueue_batch(session, sweep, now=now)


def _next_batch(session: Session, sweep: UpgradeSweep, target: DefinitionVersion) -> list[str]:
    """Return the ids of active enrolments on earlier versions; of a patch, on those it stands for."""
    earlier = session.scalars(earlier_versions(target)).all()
    if sweep.policy == "patch":
        new = read_published(target)
        earlier = [version for version in earlier if is_patch(read_published(version), new)]
    statement = select(Enrolment.id).where(
        Enrolment.passport_version_id.in_([version.id for version in earlier]),
        Enrolment.status == EnrolmentStatus.ACTIVE,
        Enrolment.id > sweep.cursor,
    )
    return list(session.scalars(statement.order_by(Enrolment.id).limit(BATCH)))


def _movable(
    session: Session, sweep: UpgradeSweep, target: DefinitionVersion, batch: list[str], *, now: datetime
) -> Iterator[Enrolment]:
    """Yield the enrolments of the batch that the policy moves, locked."""
    locked = lock_enrolments_by_id(session, sweep.issuer_id, batch)
    active = [each for each in locked if each.status == EnrolmentStatus.ACTIVE]
    active.sort(key=lambda each: each.passport_version_id)
    for _, group in groupby(active, key=lambda each: each.passport_version_id):
        enrolments = list(group)
        versions = [enrolments[0].passport_version, target]
        if sweep.policy != "if_not_worse" or is_patch(*map(read_published, versions)):
            yield from enrolments
            continue
        for enrolment, (old, new) in zip(
            enrolments, evaluate_enrolments(session, enrolments, versions, now=now), strict=True
        ):
            if is_not_worse(old, new):
                yield enrolment
