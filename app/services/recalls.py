"""Recalled approvals: completions that rest on the content open again, and credentials become cases."""

from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.cases import Cause, CauseKind
from app.models import Approval, Definition, Evidence, EvidenceSubject
from app.services.case_causes import enqueue_examinations
from app.services.completions import reopen_enrolments
from app.services.enrolments import enqueue_evaluation, system_actor
from app.services.jobs import JobKind, enqueue_job
from app.services.learners import lock_learners

BATCH = 500
"""Pieces of evidence that one transaction looks after, and what else their last learner has."""


def follow_recall(session: Session, issuer_id: str, approval_id: str, after: str, *, now: datetime) -> None:
    """Judge those anew who reported the content of a recalled approval; safe to repeat.

    `after` is the learner with whom the job before ended. Completions reopen before credentials are looked
    for, both under the lock of the learner: what was being issued meanwhile is either found or prevented.
    """
    content = select(Definition.key).join(Approval, Approval.content_id == Definition.id)
    key = session.scalars(content.where(Approval.id == approval_id)).one()
    told = select(EvidenceSubject.learner_id, EvidenceSubject.evidence_id.label("id")).where(
        EvidenceSubject.issuer_id == issuer_id, EvidenceSubject.word == f"content:{key}"
    )
    reported = told.join(Evidence, Evidence.id == EvidenceSubject.evidence_id).where(
        Evidence.status == "accepted"
    )
    order = (EvidenceSubject.learner_id, EvidenceSubject.evidence_id)
    window = reported.where(EvidenceSubject.learner_id > after).order_by(*order).limit(BATCH)
    found = session.execute(window).all()
    if not found:
        return
    last = found[-1].learner_id
    lock_learners(session, {row.learner_id for row in found})
    rest = reported.where(EvidenceSubject.learner_id == last, EvidenceSubject.evidence_id > found[-1].id)
    actor, cause = system_actor(issuer_id), Cause(CauseKind.APPROVAL, approval_id)
    for learner_id, rows in groupby(
        [*found, *session.execute(rest.order_by(*order))], key=lambda row: row.learner_id
    ):
        for row in rows:
            reopen_enrolments(session, actor, learner_id, row.id, now=now)
        enqueue_evaluation(session, issuer_id, learner_id, now=now)
        enqueue_examinations(session, issuer_id, {cause: learner_id}, now=now)
    if len(found) == BATCH:
        payload = {"approval_id": approval_id, "after": last}
        enqueue_job(session, issuer_id, JobKind.FOLLOW_RECALL, payload, now=now)
