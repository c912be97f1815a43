"""Exceptions for one learner: proposed, decided by somebody else, listed, revoked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session, selectinload

from app.domain.actors import Actor
from app.domain.cases import Cause, CauseKind
from app.domain.enrolments import EnrolmentStatus
from app.domain.exceptions import (
    ExceptionVerdict,
    Proposal,
    ensure_decidable,
    ensure_four_eyes,
    is_worse,
    read_proposal,
    status_after,
)
from app.domain.payloads import pointer_to
from app.errors import Fault, InvalidPayloadError, NotFoundError, WrongStateError
from app.identifiers import new_id
from app.models import Enrolment, Evidence, ExceptionDecision, ExceptionProposal, Partnership
from app.services import evaluations, passports
from app.services.audit_events import record_event
from app.services.case_causes import enqueue_examinations
from app.services.completions import reopen_enrolment
from app.services.enrolments import enqueue_evaluation, load_enrolment
from app.services.tokens import subjects_of_learner


def list_exceptions(session: Session, actor: Actor, enrolment_id: str) -> list[ExceptionProposal]:
    """Return all exceptions of an enrolment with their decisions, oldest first; raises `NotFoundError`."""
    enrolment = load_enrolment(session, actor, enrolment_id)
    return _load(session, enrolment)


def _load(session: Session, enrolment: Enrolment) -> list[ExceptionProposal]:
    statement = (
        select(ExceptionProposal)
        .where(ExceptionProposal.enrolment_id == enrolment.id)
        .options(selectinload(ExceptionProposal.decisions))
        .order_by(ExceptionProposal.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement))


def propose_exception(
    session: Session, actor: Actor, enrolment_id: str, document: Mapping[str, Any], *, now: datetime
) -> tuple[ExceptionProposal, bool]:
    """Keep a proposal, on which nothing rests before somebody else grants it; say whether it is new.

    The same proposal of the same person, as long as it is open, is the same row. Raises
    `InvalidPayloadError` with every fault, `WrongStateError` for an enrolment that is not active and for a
    pin that would lower the result and does not say `accept_loss`, and `NotFoundError`.
    """
    enrolment = load_enrolment(session, actor, enrolment_id, for_update=True)
    proposal = read_proposal(document, passports.read_judging(enrolment), now=now)
    _check_evidence(session, enrolment, proposal)
    _ensure_active(enrolment)
    said = (dict(proposal.document), proposal.reason, proposal.accept_loss, actor.subject)
    for known in _load(session, enrolment):
        same = (known.document, known.reason, known.accept_loss, known.proposed_by) == said
        if same and status_after([each.decision for each in known.decisions]) in ("proposed", "granted"):
            return known, False
    row = ExceptionProposal(
        id=new_id(),
        issuer_id=enrolment.issuer_id,
        created_at=now,
        enrolment_id=enrolment.id,
        document=dict(proposal.document),
        accept_loss=proposal.accept_loss,
        reason=proposal.reason,
        proposed_by=actor.subject,
    )
    _ensure_no_loss(session, enrolment, row, now=now)
    session.add(row)
    session.flush()
    record_event(session, actor, "propose", ("exception", row.id), now=now, enrolment=enrolment.id)
    return _find(session, enrolment, row.id), True


def _check_evidence(session: Session, enrolment: Enrolment, proposal: Proposal) -> None:
    named = proposal.document.get("evidence")
    if named is None:
        return
    own = select(Evidence.id).where(Evidence.id == named, Evidence.learner_id == enrolment.learner_id)
    kept = select(Partnership.id).where(
        Partnership.id == named, Partnership.learner_id == enrolment.learner_id
    )
    if session.scalar(union_all(own, kept)) is None:
        detail = f"The learner has no evidence {named!r}."
        fault = Fault(pointer_to("", "evidence"), "unknown_reference", detail)
        raise InvalidPayloadError(detail, faults=[fault])


def _ensure_active(enrolment: Enrolment) -> None:
    if enrolment.status != EnrolmentStatus.ACTIVE:
        raise WrongStateError(
            f"The enrolment is {enrolment.status}; an exception would change nothing.",
            hint="Exceptions are for enrolments that are active.",
        )


def _ensure_no_loss(session: Session, enrolment: Enrolment, row: ExceptionProposal, *, now: datetime) -> None:
    """Refuse a pin that lowers the result, unless it is wanted all the same: no other kind can."""
    if row.document["kind"] != "pin" or row.accept_loss:
        return
    one = Proposal(row.document, row.reason, row.accept_loss).as_granted(row.id, now)
    before = evaluations.evaluate_enrolment(session, enrolment, now=now)
    after = evaluations.evaluate_enrolment(session, enrolment, now=now, beside=[one])
    if is_worse(after, before):
        lost = f"{before.units.met + before.units.waived} to {after.units.met + after.units.waived}"
        raise WrongStateError(
            f"This pin would lower the result, from {lost} of {before.units.total} units.",
            hint="Say accept_loss: true if that is meant.",
        )


def decide_exception(
    session: Session,
    actor: Actor,
    place: tuple[str, str],
    verdict: ExceptionVerdict,
    reason: str,
    *,
    now: datetime,
) -> tuple[ExceptionProposal, bool]:
    """Grant, decline or revoke the exception at `place` (enrolment, exception); say whether that is new.

    The same verdict again changes nothing. What was completed because of an exception that is revoked,
    and has not led to a credential, is active again. Raises `ConflictOfInterestError` for the learner and
    for whoever proposed it, `WrongStateError` and `NotFoundError`.
    """
    enrolment = load_enrolment(session, actor, place[0], for_update=True)
    row = _find(session, enrolment, place[1])
    _ensure_somebody_else(session, actor, enrolment, row)
    status = status_after([each.decision for each in row.decisions])
    if status == verdict:
        return row, False
    ensure_decidable(status, verdict)
    if verdict == "granted":
        _ensure_active(enrolment)
        _ensure_no_loss(session, enrolment, row, now=now)
    decision = ExceptionDecision(
        id=new_id(),
        issuer_id=enrolment.issuer_id,
        created_at=now,
        proposal_id=row.id,
        decision=verdict,
        reason=reason,
        decided_by=actor.subject,
    )
    session.add(decision)
    session.flush()
    record_event(session, actor, verdict, ("exception", row.id), now=now, enrolment=enrolment.id)
    if verdict == "revoked":
        _take_back(session, actor, enrolment, row, now=now)
    enqueue_evaluation(session, enrolment.issuer_id, enrolment.learner_id, now=now)
    return _find(session, enrolment, row.id), True


def _take_back(
    session: Session, actor: Actor, enrolment: Enrolment, row: ExceptionProposal, *, now: datetime
) -> None:
    """Undo what rests on an exception that is revoked; of a credential, a person decides."""
    if evaluations.rests_on_exception(session, enrolment, row.id):
        reason = "An exception that the completion rested on was revoked."
        reopen_enrolment(session, actor, enrolment, reason, now=now, exception=row.id)
    fallen = Cause(CauseKind.EXCEPTION, row.id)
    enqueue_examinations(session, enrolment.issuer_id, {fallen: enrolment.learner_id}, now=now)


def _find(session: Session, enrolment: Enrolment, exception_id: str) -> ExceptionProposal:
    found = [each for each in _load(session, enrolment) if each.id == exception_id]
    if not found:
        raise NotFoundError(f"There is no exception {exception_id} of this enrolment.")
    return found[0]


def _ensure_somebody_else(
    session: Session, actor: Actor, enrolment: Enrolment, row: ExceptionProposal
) -> None:
    ensure_four_eyes(
        actor.subject,
        is_learner=actor.learner_id == enrolment.learner_id,
        proposed_by=row.proposed_by,
        learner_subjects=subjects_of_learner(session, enrolment.issuer_id, enrolment.learner_id),
    )
