"""What fell away under credentials: who has to be looked at again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.cases import Cause
from app.domain.credentials import CredentialStatus
from app.models import Credential
from app.services.jobs import JobKind, enqueue_job


def enqueue_examinations(
    session: Session, issuer_id: str, fallen: Mapping[Cause, str], *, now: datetime
) -> None:
    """Have the credentials of those learners looked at under whom something fell away, if they have any."""
    holders = set(
        session.scalars(
            select(Credential.learner_id).where(
                Credential.learner_id.in_(set(fallen.values())), Credential.status != CredentialStatus.REVOKED
            )
        )
    )
    for cause, learner_id in fallen.items():
        if learner_id in holders:
            enqueue_examination(session, issuer_id, cause, learner_id, now=now)


def enqueue_examination(
    session: Session,
    issuer_id: str,
    cause: Cause,
    learner_id: str,
    *,
    now: datetime,
    delay: timedelta = timedelta(0),
) -> None:
    """Have the credentials of one learner looked at."""
    payload = {"cause": cause.kind, "cause_id": cause.id, "learner_id": learner_id}
    enqueue_job(session, issuer_id, JobKind.EXAMINE_CREDENTIALS, payload, now=now, delay=delay)
