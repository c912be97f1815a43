"""Completions: what follows when the rule of an enrolment is met, and when it is met no more."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.enrolments import EnrolmentStatus
from app.errors import NotCompleteError
from app.models import Enrolment
from app.services import evaluations, passports
from app.services.audit_events import record_event
from app.services.enrolments import issued_to, lock_enrolments, system_actor, versions_that_look_at
from app.services.granted_approvals import ensure_approved
from app.services.jobs import JobKind, enqueue_job


def evaluate_learner(session: Session, issuer_id: str, learner_id: str, *, now: datetime) -> None:
    """Evaluate those enrolments of the learner that something waits for; safe to repeat."""
    waiting = [each for each in lock_enrolments(session, issuer_id, learner_id) if each.stale_since]
    settle_enrolments(session, issuer_id, waiting, now=now)


def settle_enrolments(
    session: Session, issuer_id: str, locked: Collection[Enrolment], *, now: datetime
) -> None:
    """Complete each locked active enrolment whose rule is met by now, and keep the answer of the others.

    A passport that issues by itself gets its job in the same transaction, unless so much was waived that
    an officer has to look at it, or its gate is closed: then it gets it once the gate opens. A completion
    that nobody approved in time is judged anew.
    """
    actor = system_actor(issuer_id)
    for each in locked:
        if lapse := evaluations.find_lapse(each, now=now):
            reopen_enrolment(session, actor, each, lapse, now=now)
    gated = [each for each in locked if _waits_at_a_gate(each)]
    active = [each for each in locked if each.status == EnrolmentStatus.ACTIVE]
    completed = evaluations.settle_enrolments(session, active, actor=actor, now=now)
    for enrolment in (*gated, *completed):
        request_issue(session, enrolment, actor=actor, now=now)
    for enrolment in locked:
        enrolment.stale_since = None


def _waits_at_a_gate(enrolment: Enrolment) -> bool:
    """Tell whether the credential of a completed enrolment may not have been asked for yet."""
    is_completed = enrolment.status == EnrolmentStatus.COMPLETED
    return is_completed and passports.read_published(enrolment.passport_version).requires is not None


def request_issue(session: Session, enrolment: Enrolment, *, actor: Actor, now: datetime) -> None:
    """Have the credential of a locked, completed enrolment issued, unless it waits for something.

    That may be an officer, approvals, or a gate.
    """
    policy = passports.read_published(enrolment.passport_version).issue
    frozen, completion = evaluations.complete_enrolment(session, enrolment, actor=actor, now=now)
    if completion.needs_officer:
        return
    try:
        if policy.mode == "on_approval":
            ensure_approved(session, policy, frozen.id)
        evaluations.load_open_gate(session, enrolment, now=now)
    except NotCompleteError:
        return
    payload = {"enrolment_id": enrolment.id}
    enqueue_job(session, enrolment.issuer_id, JobKind.ISSUE_CREDENTIAL, payload, now=now)


def learners_about_to_receive(
    session: Session, issuer_id: str, learner_ids: Collection[str], *, words: Collection[str]
) -> frozenset[str]:
    """Return those of the learners who have completed something that one of `words` matters to.

    Nothing may be issued for it yet: what it rests on can still fall.
    """
    completed = select(Enrolment.learner_id).where(
        Enrolment.learner_id.in_(learner_ids),
        Enrolment.status == EnrolmentStatus.COMPLETED,
        Enrolment.passport_version_id.in_(versions_that_look_at(issuer_id, words)),
    )
    return frozenset(session.scalars(completed))


def reopen_enrolments(
    session: Session, actor: Actor, learner_id: str, evidence_id: str, *, now: datetime
) -> None:
    """Make those enrolments active again whose completion rests on evidence, or a credential, that fell.

    Where a credential was issued, or is being issued, nothing changes: that is for a person to decide.
    """
    for enrolment in lock_enrolments(session, actor.issuer_id, learner_id):
        if enrolment.status != EnrolmentStatus.COMPLETED:
            continue
        if session.scalar(issued_to(enrolment)) is None and evaluations.rests_on(
            session, enrolment, evidence_id
        ):
            reason = "Evidence or a credential that the completion rested on fell away."
            reopen_enrolment(session, actor, enrolment, reason, now=now, evidence=evidence_id)


def reopen_enrolment(
    session: Session, actor: Actor, enrolment: Enrolment, reason: str, *, now: datetime, **because: str
) -> None:
    """Make a completed enrolment active again, for a reason that the learner sees.

    `because` names for the audit trail what it rested on.
    """
    enrolment.status, enrolment.completed_at = EnrolmentStatus.ACTIVE, None
    enrolment.completion_holds_until, enrolment.reopened_because = None, reason
    record_event(session, actor, "reopen", ("enrolment", enrolment.id), now=now, reason=reason, **because)
