"""Decisions about cases: kept beside them, and made for all of a credential when it is revoked."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.cases import AFTER, UNDECIDED, CaseOutcome
from app.identifiers import new_id
from app.models import Case, CaseDecision
from app.services.audit_events import record_event


def record_decision(
    session: Session, actor: Actor, case: Case, outcome: CaseOutcome, reason: str, *, now: datetime
) -> None:
    """Keep what was decided about a locked case, and where it stands from now on."""
    decision = CaseDecision(
        id=new_id(),
        issuer_id=case.issuer_id,
        created_at=now,
        case_id=case.id,
        outcome=outcome,
        reason=reason,
        decided_by=actor.subject,
    )
    session.add(decision)
    case.status = AFTER[outcome]
    session.flush()
    said = {"credential": case.credential_id, "reason": reason}
    record_event(session, actor, outcome, ("case", case.id), now=now, **said)


def is_held(session: Session, credential_id: str) -> bool:
    """Tell whether a case is why the credential is suspended."""
    holding = select(Case.id).where(Case.credential_id == credential_id, Case.holds)
    return session.scalar(holding.limit(1)) is not None


def release_cases(session: Session, credential_id: str) -> None:
    """Let no case be why the credential is suspended: somebody has reinstated it."""
    session.execute(update(Case).where(Case.credential_id == credential_id, Case.holds).values(holds=False))


def close_cases(
    session: Session, actor: Actor, credential_ids: Collection[str], reason: str, *, now: datetime
) -> None:
    """Close the cases about credentials that are revoked: nothing is left to decide."""
    undecided = select(Case).where(Case.credential_id.in_(credential_ids), Case.status.in_(UNDECIDED))
    for case in session.scalars(undecided.order_by(Case.id)):
        record_decision(session, actor, case, CaseOutcome.REVOKE, reason, now=now)
