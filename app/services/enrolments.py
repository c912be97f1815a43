"""Enrolments: a learner goes for one pinned version of a passport, and the ledger says how far they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer, joinedload

from app.domain.actors import Actor, Role, Scope
from app.domain.credentials import CredentialStatus
from app.domain.enrolments import EnrolmentStatus
from app.domain.milestones import PASSPORT
from app.domain.rules.reasons import listed
from app.domain.versions import VersionStatus
from app.errors import (
    AlreadyExistsError,
    Fault,
    InvalidPayloadError,
    NotFoundError,
    WrongStateError,
)
from app.identifiers import new_id
from app.models import Credential, DefinitionVersion, Enrolment, ExceptionProposal, Learner, VersionSelector
from app.services import evaluations, passports
from app.services.audit_events import record_event
from app.services.definitions import EARNED, find_version, visible_versions
from app.services.jobs import JobKind, enqueue_job
from app.services.learners import find_learner, lock_learners
from app.services.pages import Page, Window, fetch_page
from app.services.versions import find_open_version

FIRST_CYCLE = 1

_WITH_ITS_VERSION = joinedload(Enrolment.passport_version, innerjoin=True).options(
    defer(DefinitionVersion.document), defer(DefinitionVersion.extras)
)
"""What a version says is long, and mostly kept already (`passports.load_published_passport`)."""


def system_actor(issuer_id: str) -> Actor:
    """Return who acts when nobody asked: a job does what follows from the facts."""
    return Actor(
        issuer_id=issuer_id,
        token_id="",
        subject="system",
        role=Role.ADMINISTRATOR,
        scopes=frozenset(Scope),
        learner_id=None,
    )


@dataclass(frozen=True, slots=True)
class EnrolmentOrder:
    """Who goes for what; `version` None means the one published last that takes new enrolments."""

    learner_id: str
    passport: str
    version: str | None = None


def visible_enrolments(actor: Actor) -> Select[Enrolment]:
    """Return a statement for the enrolments the actor may see, each with its passport version."""
    statement = select(Enrolment).where(Enrolment.issuer_id == actor.issuer_id).options(_WITH_ITS_VERSION)
    return statement.where(Enrolment.learner_id == actor.learner_id) if actor.is_learner else statement


def load_enrolment(
    session: Session, actor: Actor, enrolment_id: str, *, for_update: bool = False
) -> Enrolment:
    """Return an enrolment the actor may see, locked until the transaction ends if asked.

    Raises `NotFoundError`.
    """
    statement = visible_enrolments(actor).where(Enrolment.id == enrolment_id)
    if for_update:
        lock_learners(session, select(Enrolment.learner_id).where(Enrolment.id == enrolment_id))
        statement = statement.with_for_update(of=Enrolment).execution_options(populate_existing=True)
    enrolment = session.scalar(statement)
    if enrolment is None:
        raise NotFoundError(f"There is no enrolment {enrolment_id}.")
    return enrolment


@dataclass(frozen=True, slots=True)
class EnrolmentFilter:
    """Which enrolments are asked for; None means all."""

    learner_id: str | None = None
    passport: str | None = None
    status: EnrolmentStatus | None = None


def list_enrolments(
    session: Session, actor: Actor, window: Window, wanted: EnrolmentFilter | None = None
) -> Page[Enrolment]:
    """Return the enrolments the actor may see, oldest first."""
    wanted = wanted or EnrolmentFilter()
    statement = visible_enrolments(actor)
    if wanted.learner_id is not None:
        statement = statement.where(Enrolment.learner_id == wanted.learner_id)
    if wanted.passport is not None:
        statement = statement.where(Enrolment.passport_version.has(DefinitionVersion.key == wanted.passport))
    if wanted.status is not None:
        statement = statement.where(Enrolment.status == wanted.status)
    return fetch_page(session, statement, Enrolment.id, window)


# Enrolling ------------------------------------------------------------------------------------------


def enrol_learner(
    session: Session, actor: Actor, order: EnrolmentOrder, *, now: datetime
) -> tuple[Enrolment, bool]:
    """Return the learner's enrolment on the passport, made now if there was none; say whether it was made.

    What the learner did before counts too. Where the credential of the last cycle has expired, the next one
    begins, and renews it; where it was revoked, only for an administrator, and by the whole rule: a
    revocation is not undone by asking. Raises `InvalidPayloadError` when the learner, the passport or the
    version is unknown, or closed to new enrolments, and `AlreadyExistsError` when the enrolment is pinned to
    another version than was asked for.
    """
    learner = find_learner(session, actor, order.learner_id)
    if learner is None:
        fault = Fault("/learner", "learner_unknown", f"There is no learner {order.learner_id}.")
        raise InvalidPayloadError(fault.detail, faults=[fault])
    version = _load_passport(session, actor, order)
    mine = visible_enrolments(actor).where(
        Enrolment.learner_id == learner.id,
        Enrolment.passport_id == version.definition_id,
    )
    mine = mine.order_by(Enrolment.cycle.desc()).limit(1)
    existing = session.scalar(mine)
    enrolment = _new_enrolment(actor, learner.id, version, now=now)
    if existing is not None:
        ended = _find_ended(session, actor, existing, now=now)
        if ended is None:
            return _same(existing, order), False
        enrolment.cycle, enrolment.renews = existing.cycle + 1, ended.status != CredentialStatus.REVOKED
    _ensure_open(version)
    _ensure_admitted(session, enrolment, version, now=now)
    if existing is not None:
        existing.status = EnrolmentStatus.LAPSED
    try:
        with session.begin_nested():
            session.add(enrolment)
    except IntegrityError:  # made by somebody else in this very moment
        existing = session.scalar(mine)
        if existing is None:
            raise
        return _same(existing, order), False
    said = {"learner": learner.id, "passport": version.key, "version": version.version}
    thing, begun = ("enrolment", enrolment.id), {"cycle": enrolment.cycle, "renews": enrolment.renews}
    record_event(session, actor, "create", thing, now=now, **said, **begun)
    enqueue_evaluation(session, actor.issuer_id, learner.id, now=now)
    return load_enrolment(session, actor, enrolment.id), True


def _find_ended(session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime) -> Credential | None:
    """Return the credential of an enrolment if it no longer holds, so that the actor may begin anew."""
    if enrolment.status != EnrolmentStatus.CERTIFIED:
        return None
    credential = session.scalars(issued_to(enrolment)).one()
    if credential.status == CredentialStatus.REVOKED:
        return credential if actor.role is Role.ADMINISTRATOR else None
    has_expired = credential.valid_until is not None and credential.valid_until < now
    return credential if has_expired else None


def issued_to(enrolment: Enrolment) -> Select[Credential]:
    """Return a statement for the credential of the passport, which is not that of a milestone."""
    return select(Credential).where(Credential.enrolment_id == enrolment.id, Credential.milestone == PASSPORT)


def _ensure_admitted(
    session: Session, candidate: Enrolment, version: DefinitionVersion, *, now: datetime
) -> None:
    """Raise `WrongStateError` while a gate before enrolment is closed for the learner."""
    gate = passports.read_published(version).requires
    if gate is None or gate.mode != "before_enrol":
        return
    answer = evaluations.evaluate_enrolment(session, candidate, now=now)
    if answer.gate is not None and answer.gate.closed:
        titles = listed(answer.gate.closed_titles)
        raise WrongStateError(
            f"Before enrolling on {version.key}, the learner needs: {titles}.",
            hint="Once that is there, send the same request again.",
        )


def _new_enrolment(actor: Actor, learner_id: str, version: DefinitionVersion, *, now: datetime) -> Enrolment:
    """Return what would be the first enrolment of the learner on the passport."""
    return Enrolment(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        learner_id=learner_id,
        passport_id=version.definition_id,
        passport_version_id=version.id,
        cycle=FIRST_CYCLE,
        renews=False,
        status=EnrolmentStatus.ACTIVE,
        completed_at=None,
        completion_holds_until=None,
        reopened_because=None,
        stale_since=None,
    )


def _ensure_open(version: DefinitionVersion) -> None:
    if version.status != VersionStatus.PUBLISHED:
        detail = f"Version {version.version} of {version.key} is {version.status}: nobody new enrols on it."
        hint = "Leave out `version` to get the one published last among the open ones, if there is one."
        raise InvalidPayloadError(detail, faults=[Fault("/version", "version_closed", detail, hint)])


def _load_passport(session: Session, actor: Actor, order: EnrolmentOrder) -> DefinitionVersion:
    if order.version is None:
        open_version = find_open_version(session, actor.issuer_id, order.passport)
        if open_version is not None:
            return open_version
    versions = visible_versions(actor.issuer_id, EARNED, order.passport)
    found = find_version(session, versions, order.version)
    if found is not None:
        return found
    published = session.scalars(versions.with_only_columns(DefinitionVersion.version)).all()
    if published:
        detail = f"There is no published passport {order.passport} {order.version}."
        fault = Fault("/version", "version_unknown", detail, f"Published: {', '.join(published)}.")
    else:
        detail = f"There is no published passport {order.passport}."
        fault = Fault("/passport", "passport_unknown", detail, _nearest_passport(session, actor, order))
    raise InvalidPayloadError(fault.detail, faults=[fault])


def _nearest_passport(session: Session, actor: Actor, order: EnrolmentOrder) -> str | None:
    keys = session.scalars(
        select(DefinitionVersion.key)
        .where(
            DefinitionVersion.issuer_id == actor.issuer_id,
            DefinitionVersion.kind.in_(EARNED),
        )
        .distinct()
    ).all()
    close = get_close_matches(order.passport, keys, n=1)
    return f"Did you mean {close[0]}?" if close else None


def _same(enrolment: Enrolment, order: EnrolmentOrder) -> Enrolment:
    pinned = enrolment.passport_version
    if order.version not in {None, pinned.version}:
        raise AlreadyExistsError(
            f"The learner is enrolled on version {pinned.version} of {pinned.key} already.",
            hint="An enrolment keeps its version. Leave out `version` to get the enrolment that there is.",
        )
    return enrolment


# Progress -------------------------------------------------------------------------------------------


def read_progress(session: Session, actor: Actor, enrolment_id: str, *, now: datetime) -> dict[str, Any]:
    """Return the progress answer: worked out now, or the frozen one once the rule was met.

    Raises `NotFoundError`.
    """
    enrolment = load_enrolment(session, actor, enrolment_id)
    return evaluations.describe_progress(session, actor, enrolment, now=now)


def enqueue_evaluation(
    session: Session,
    issuer_id: str,
    learner_id: str,
    *,
    now: datetime,
    words: Collection[str] | None = None,
) -> None:
    """Have the learner's enrolments evaluated once this transaction is committed.

    `words` of a report narrow them to those whose version can look at it, and those with an exception, which
    may let in anything; without, it is all that have no credential. Answers
    worked out before are old from now on, whatever is evaluated.
    """
    note_facts(session, [learner_id])
    touched = _touched(issuer_id, [learner_id], words).values(stale_since=now).returning(Enrolment.id)
    if session.scalars(touched, execution_options={"synchronize_session": False}).all():
        enqueue_job(session, issuer_id, JobKind.EVALUATE_LEARNER, {"learner_id": learner_id}, now=now)


def queue_evaluations(
    session: Session, issuer_id: str, learner_ids: Collection[str], *, now: datetime, words: Collection[str]
) -> None:
    """Do the same for many learners, whose enrolments are evaluated in batches."""
    lock_learners(session, learner_ids)
    note_facts(session, learner_ids)
    touched = _touched(issuer_id, learner_ids, words).values(stale_since=now)
    session.execute(touched, execution_options={"synchronize_session": False})


def _touched(issuer_id: str, learner_ids: Collection[str], words: Collection[str] | None) -> Update:
    """Return an update of those enrolments, without a credential yet, that one of `words` can matter to."""
    waiting = [EnrolmentStatus.ACTIVE, EnrolmentStatus.COMPLETED]
    touched = update(Enrolment).where(Enrolment.learner_id.in_(learner_ids), Enrolment.status.in_(waiting))
    if words is None:
        return touched
    looks = Enrolment.passport_version_id.in_(versions_that_look_at(issuer_id, words))
    excepted = exists().where(ExceptionProposal.enrolment_id == Enrolment.id)
    return touched.where(or_(looks, excepted))


def note_facts(session: Session, learner_ids: Collection[str]) -> None:
    """Count that something became known about these learners: answers worked out before are old."""
    counted = update(Learner).where(Learner.id.in_(learner_ids)).values(facts_seq=Learner.facts_seq + 1)
    session.execute(counted, execution_options={"synchronize_session": False})


def versions_that_look_at(issuer_id: str, words: Collection[str]) -> Select[str]:
    """Return a statement for the ids of passport versions with a leaf that one of these words can fit."""
    return select(VersionSelector.version_id).where(
        VersionSelector.issuer_id == issuer_id, VersionSelector.word.in_(words)
    )


def lock_enrolments(session: Session, issuer_id: str, learner_id: str) -> list[Enrolment]:
    """Return all enrolments of a learner, locked, so that nothing completes or is issued meanwhile."""
    lock_learners(session, [learner_id])
    return _lock(session, visible_enrolments(system_actor(issuer_id)), Enrolment.learner_id == learner_id)


def lock_enrolments_by_id(session: Session, issuer_id: str, ids: Collection[str]) -> list[Enrolment]:
    """Return these enrolments, locked in the order in which everybody locks them."""
    lock_learners(session, select(Enrolment.learner_id).where(Enrolment.id.in_(ids)))
    return _lock(session, visible_enrolments(system_actor(issuer_id)), Enrolment.id.in_(ids))


def _lock(session: Session, statement: Select[Enrolment], which: ColumnElement[bool]) -> list[Enrolment]:
    statement = statement.where(which).order_by(Enrolment.id).with_for_update(of=Enrolment)
    return list(session.scalars(statement.execution_options(populate_existing=True)))
