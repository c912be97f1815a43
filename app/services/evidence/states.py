"""The states of evidence: each change is kept, and what follows from it is done in one transaction."""

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.cases import Cause, CauseKind
from app.domain.evidence import EvidenceEvent, ensure_withdrawable, transition
from app.domain.rules.facts import EvidenceStatus
from app.domain.selectors import words_of_report
from app.identifiers import new_id
from app.models import Evidence, EvidenceMention, EvidenceRevision, EvidenceTransition
from app.services import evaluations
from app.services.audit_events import record_event
from app.services.case_causes import enqueue_examinations
from app.services.completions import reopen_enrolments
from app.services.enrolments import enqueue_evaluation, lock_enrolments, note_facts
from app.services.evidence.records import load_evidence

_COUNTED = frozenset({"submitted", "in_review", "accepted"})
"""States in which evidence shows in an evaluation, as paying or as about to."""


def submit_draft(session: Session, actor: Actor, evidence_id: str, *, now: datetime) -> Evidence:
    """Hand a draft in; doing it again changes nothing. Raises `WrongStateError` and `NotFoundError`."""
    evidence = load_evidence(session, actor, evidence_id, for_update=True)
    if evidence.status != "submitted":
        change_status(session, actor, evidence, "submit", now=now)
    return evidence


def withdraw_evidence(session: Session, actor: Actor, evidence_id: str, *, now: datetime) -> Evidence:
    """Take evidence back; doing it again changes nothing.

    Raises `WrongStateError`, also for evidence that a live credential rests on, and `NotFoundError`.
    """
    evidence = load_evidence(session, actor, evidence_id, for_update=True)
    if evidence.status == "withdrawn":
        return evidence
    if evidence.status == "accepted":
        lock_enrolments(session, evidence.issuer_id, evidence.learner_id)
        in_credential = evaluations.in_live_credential(session, evidence.learner_id, evidence.id)
        ensure_withdrawable("accepted", in_credential=in_credential)
    change_status(session, actor, evidence, "withdraw", now=now)
    return evidence


def invalidate_evidence(
    session: Session, actor: Actor, evidence_id: str, reason: str, *, now: datetime
) -> Evidence:
    """Declare that accepted evidence does not count; the same again changes nothing.

    A credential that rests on it stays as it is: what becomes of it is for a person to decide, who gets a
    case where it would not stand without. Raises `WrongStateError` and `NotFoundError`.
    """
    evidence = load_evidence(session, actor, evidence_id, for_update=True)
    if evidence.status == "invalidated" and _last_reason(session, evidence) == reason:
        return evidence
    change_status(session, actor, evidence, "invalidate", now=now, reason=reason)
    return evidence


def _last_reason(session: Session, evidence: Evidence) -> str | None:
    last = select(EvidenceTransition.reason).where(EvidenceTransition.evidence_id == evidence.id)
    return session.scalar(last.order_by(EvidenceTransition.id.desc()).limit(1))


def change_status(
    session: Session,
    actor: Actor,
    evidence: Evidence,
    event: EvidenceEvent,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Move locked evidence on and record it: transition, audit, and an evaluation where it matters.

    Accepted evidence that stops counting takes the completions with it that rest on it and have not led
    to a credential; a credential that would not stand without it becomes a case. Raises `WrongStateError`.
    """
    before = status_of(evidence)
    evidence.status = transition(before, event)
    if event == "withdraw":
        evidence.fingerprint = f"withdrawn:{evidence.id}"
    record_change(session, actor, evidence, (before, event), now=now, reason=reason)
    if before == "accepted":
        reopen_enrolments(session, actor, evidence.learner_id, evidence.id, now=now)
        fallen = Cause(CauseKind.EVIDENCE, evidence.id)
        enqueue_examinations(session, evidence.issuer_id, {fallen: evidence.learner_id}, now=now)


def status_of(evidence: Evidence) -> EvidenceStatus:
    """Return the state of the evidence as the domain names it."""
    return cast("EvidenceStatus", evidence.status)


def record_change(
    session: Session,
    actor: Actor,
    evidence: Evidence,
    change: tuple[EvidenceStatus | None, str],
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Keep a change: the status before it, and what was done."""
    before, action = change
    session.add(
        EvidenceTransition(
            id=new_id(),
            issuer_id=evidence.issuer_id,
            created_at=now,
            evidence_id=evidence.id,
            from_status=before,
            to_status=evidence.status,
            actor=actor.subject,
            reason=reason,
        )
    )
    session.flush()
    thing = ("evidence", evidence.id)
    record_event(session, actor, action, thing, now=now, status=evidence.status, revision=evidence.revision)
    if not _COUNTED.isdisjoint({before, evidence.status}):
        words = _words_of(session, evidence)
        enqueue_evaluation(session, evidence.issuer_id, evidence.learner_id, now=now, words=words)
    else:
        note_facts(session, [evidence.learner_id])


def _words_of(session: Session, evidence: Evidence) -> frozenset[str]:
    """Return what rules may look the evidence up by, in the words of all who told of it."""
    own = select(EvidenceRevision.document).where(
        EvidenceRevision.evidence_id == evidence.id, EvidenceRevision.number == evidence.revision
    )
    others = select(EvidenceMention.document).where(EvidenceMention.evidence_id == evidence.id)
    told = [*session.scalars(own), *session.scalars(others)]
    return frozenset(word for document in told for word in words_of_report(document))
