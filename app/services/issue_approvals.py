"""Approvals before the issue: given by those whom the passport names, and taken back until it is issued."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor, Role, is_among
from app.domain.hubs import holds
from app.domain.issue_approvals import ADMINISTRATOR, approvers_of, ensure_may_approve
from app.domain.milestones import PASSPORT
from app.errors import InsufficientScopeError, NotFoundError, WrongStateError
from app.identifiers import new_id
from app.models import Credential, Enrolment, IssueApproval
from app.services import evaluations
from app.services.audit_events import record_event
from app.services.completions import request_issue
from app.services.enrolments import load_enrolment, system_actor
from app.services.granted_approvals import count_missing, load_granted_approvals
from app.services.hubs import load_hubs
from app.services.milestones import enqueue_milestone
from app.services.passports import read_published
from app.services.tokens import subjects_of_learner


def list_approvals(session: Session, actor: Actor, enrolment_id: str) -> Sequence[IssueApproval]:
    """Return all approvals of an enrolment, those taken back too, oldest first; raises `NotFoundError`."""
    enrolment = load_enrolment(session, actor, enrolment_id)
    own = select(IssueApproval).where(IssueApproval.enrolment_id == enrolment.id)
    return session.scalars(own.order_by(IssueApproval.id)).all()


def approve_issue(
    session: Session,
    actor: Actor,
    enrolment_id: str,
    comment: str | None,
    *,
    now: datetime,
    milestone: str = PASSPORT,
) -> tuple[IssueApproval, bool]:
    """Say that a completed passport, or a `milestone`, may be issued; say whether that is new.

    Issuing follows by a job. One person approves a completion once. Raises `ConflictOfInterestError` for the
    learner, `InsufficientScopeError` for who does not hold the role, `NotCompleteError` while the rule is not
    met, `WrongStateError` where nothing has to be approved or the credential exists, and `NotFoundError`.
    """
    enrolment = _load_to_approve(session, actor, enrolment_id)
    policy = read_published(enrolment.passport_version).issue
    wanted = approvers_of(policy)
    ensure_may_approve(
        actor,
        wanted,
        load_hubs(session, enrolment.issuer_id),
        learner_id=enrolment.learner_id,
        learner_subjects=subjects_of_learner(session, enrolment.issuer_id, enrolment.learner_id),
    )
    if milestone == PASSPORT:
        frozen, completion = evaluations.complete_enrolment(session, enrolment, actor=actor, now=now)
    else:
        frozen, completion = evaluations.reach_milestone(session, enrolment, milestone, now=now)
    for given in load_granted_approvals(session, frozen.id):
        if is_among(actor.subject, [given.approved_by]):
            return given, False
    _ensure_not_issued(session, enrolment, milestone)
    approval = IssueApproval(
        id=new_id(),
        issuer_id=enrolment.issuer_id,
        created_at=now,
        enrolment_id=enrolment.id,
        milestone=milestone,
        evaluation_id=frozen.id,
        approved_by=actor.subject,
        comment=comment,
        revoked_at=None,
        revoked_by=None,
        revocation_reason=None,
    )
    session.add(approval)
    session.flush()
    record_event(session, actor, "approve", ("enrolment", enrolment.id), now=now, approval=approval.id)
    if milestone == PASSPORT:
        request_issue(session, enrolment, actor=system_actor(enrolment.issuer_id), now=now)
    elif not completion.needs_officer and not count_missing(session, policy, frozen.id):
        enqueue_milestone(session, enrolment, milestone, now=now)
    return approval, True


def revoke_approval(
    session: Session, actor: Actor, place: tuple[str, str], reason: str, *, now: datetime
) -> IssueApproval:
    """Take the approval at `place` (enrolment, approval) back; doing it again changes nothing.

    Who gave it may, and an administrator. Raises `InsufficientScopeError`, `WrongStateError` once the
    credential exists, and `NotFoundError`.
    """
    enrolment = _load_to_approve(session, actor, place[0])
    approval = session.scalar(
        select(IssueApproval).where(IssueApproval.id == place[1], IssueApproval.enrolment_id == enrolment.id)
    )
    if approval is None:
        raise NotFoundError(f"There is no approval {place[1]} of this enrolment.")
    if actor.role is not Role.ADMINISTRATOR and not is_among(actor.subject, [approval.approved_by]):
        raise InsufficientScopeError("An approval is taken back by who gave it, or by an administrator.")
    if approval.revoked_at is None:
        _ensure_not_issued(session, enrolment, approval.milestone)
        approval.revoked_at, approval.revoked_by = now, actor.subject
        approval.revocation_reason = reason
        thing, said = ("enrolment", enrolment.id), {"approval": approval.id, "reason": reason}
        record_event(session, actor, "disapprove", thing, now=now, **said)
    return approval


def _load_to_approve(session: Session, actor: Actor, enrolment_id: str) -> Enrolment:
    """Return the locked enrolment that is to be approved.

    Learners see their own, and what the role that a credential brought them has them approve. Raises
    `NotFoundError`.
    """
    if not actor.is_learner:
        return load_enrolment(session, actor, enrolment_id, for_update=True)
    enrolment = load_enrolment(session, system_actor(actor.issuer_id), enrolment_id, for_update=True)
    policy = read_published(enrolment.passport_version).issue
    named = policy.approvers or ADMINISTRATOR
    hubs = load_hubs(session, enrolment.issuer_id)
    if enrolment.learner_id != actor.learner_id and not holds(actor.positions, named.role, named.hub, hubs):
        raise NotFoundError(f"There is no enrolment {enrolment_id}.")
    return enrolment


def _ensure_not_issued(session: Session, enrolment: Enrolment, milestone: str) -> None:
    issued = select(Credential.id).where(
        Credential.enrolment_id == enrolment.id, Credential.milestone == milestone
    )
    if session.scalar(issued) is not None:
        raise WrongStateError(
            "The credential has been issued.", hint="It can be revoked: POST /v1/credentials/{id}/revoke."
        )
