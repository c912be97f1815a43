"""Milestones: which parts of a passport have their credential, and which are to get it."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.credentials import CredentialStatus
from app.domain.milestones import PASSPORT, still_due
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.progress import Completion, Evaluation
from app.models import Credential, Enrolment
from app.services.jobs import JobKind, enqueue_job


def load_issued(session: Session, enrolment_ids: Collection[str]) -> dict[str, list[Credential]]:
    """Return the credentials of milestones that each enrolment has, one about to be signed included."""
    issued = select(Credential).where(
        Credential.enrolment_id.in_(enrolment_ids), Credential.milestone != PASSPORT
    )
    found: dict[str, list[Credential]] = {each: [] for each in enrolment_ids}
    for credential in session.scalars(issued.order_by(Credential.created_at, Credential.id)):
        found[credential.enrolment_id].append(credential)
    return found


def enqueue_milestones(
    session: Session,
    definition: PassportDefinition,
    answers: Iterable[tuple[Enrolment, Evaluation]],
    *,
    now: datetime,
) -> None:
    """Have the milestones issued that enrolments on this passport have reached; safe to repeat.

    Only where the passport issues by itself, and not what was waived so far that an officer has to see it.
    """
    if definition.issue.mode != "auto":
        return
    reached = [(enrolment, answer) for enrolment, answer in answers if answer.reached]
    if not reached:
        return
    issued = load_issued(session, [enrolment.id for enrolment, _ in reached])
    for enrolment, answer in reached:
        had = [credential.milestone for credential in issued[enrolment.id]]
        for node in still_due(answer.reached, had, definition):
            if not Completion(answer, node).needs_officer:
                enqueue_milestone(session, enrolment, node, now=now)


def enqueue_milestone(session: Session, enrolment: Enrolment, node: str, *, now: datetime) -> None:
    """Have the credential of one milestone issued; safe to repeat."""
    payload = {"enrolment_id": enrolment.id, "milestone": node}
    enqueue_job(session, enrolment.issuer_id, JobKind.ISSUE_CREDENTIAL, payload, now=now)


def is_in_force(credential: Credential, *, now: datetime) -> bool:
    """Tell whether a credential is issued, or about to be, and neither taken back nor expired."""
    has_expired = credential.valid_until is not None and credential.valid_until <= now
    return credential.status in (CredentialStatus.PREPARED, CredentialStatus.ISSUED) and not has_expired
