"""Jobs: enqueue in the transaction of the cause, claim with a lease, finish or try again later.

The attempt is counted when a job is claimed, so one that kills its worker still reaches `dead`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.identifiers import new_id
from app.models import Job

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 12
MAX_BACKOFF = timedelta(hours=1)


class JobKind(StrEnum):
    """All kinds of work there are; the worker has one function for each."""

    EVALUATE_LEARNER = "evaluate_learner"
    ISSUE_CREDENTIAL = "issue_credential"
    SIGN_CREDENTIAL = "sign_credential"
    SIGN_CORRECTION = "sign_correction"
    PUBLISH_STATUS_LIST = "publish_status_list"
    MARK_ENROLMENTS = "mark_enrolments"
    FOLLOW_RECALL = "follow_recall"
    UPGRADE_ENROLMENTS = "upgrade_enrolments"
    SETTLE_KEY = "settle_key"
    RESUME_SIGNING = "resume_signing"
    EXAMINE_CREDENTIALS = "examine_credentials"
    CHECK_VERSIONS = "check_versions"


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job as its worker sees it, detached from any session."""

    id: str
    issuer_id: str
    kind: JobKind
    payload: dict[str, Any]
    attempt: int


def enqueue_job(
    session: Session,
    issuer_id: str,
    kind: JobKind,
    payload: dict[str, Any],
    *,
    now: datetime,
    delay: timedelta = timedelta(0),
) -> None:
    """Add a job unless the same one (kind and payload) is waiting already."""
    dedupe_key = ":".join([kind, issuer_id, *(f"{k}={v}" for k, v in sorted(payload.items()))])
    waiting = select(Job.id).where(Job.dedupe_key == dedupe_key).with_for_update()
    for is_last_try in (False, True):
        if session.scalar(waiting) is not None:
            return
        job = Job(
            id=new_id(),
            issuer_id=issuer_id,
            created_at=now,
            kind=kind,
            payload=payload,
            dedupe_key=dedupe_key,
            status="queued",
            run_at=now + delay,
            attempt=0,
        )
        try:
            with session.begin_nested():
                session.add(job)
        except IntegrityError:  # added by somebody else in this very moment, and perhaps taken since
            if is_last_try:
                raise
        else:
            return


def has_due_job(session: Session, *, now: datetime) -> bool:
    """Say whether `claim_job` would find something, without taking a lock."""
    return session.scalar(_due(now).with_only_columns(Job.id)) is not None


def claim_job(session: Session, *, now: datetime) -> ClaimedJob | None:
    """Take the job that has been due longest, for `LEASE`; None when there is nothing to do.

    One whose last worker died in its last attempt is dead too.
    """
    while (job := session.scalar(_due(now).with_for_update(skip_locked=True))) is not None:
        if job.attempt < MAX_ATTEMPTS:
            break
        job.status, job.lease_until, job.last_error = "dead", None, "its worker died"
        session.flush()
    else:
        return None
    job.status, job.dedupe_key = "leased", None
    job.attempt += 1
    job.lease_until = now + LEASE
    return ClaimedJob(job.id, job.issuer_id, JobKind(job.kind), job.payload, job.attempt)


def finish_job(session: Session, claimed: ClaimedJob) -> None:
    """Delete a job that is done; its effects and the audit trail are what remains of it.

    Nothing happens when its lease ended and another worker has it now: that one will finish it.
    """
    job = session.scalar(_held(claimed))
    if job is not None:
        session.delete(job)


def retry_job(session: Session, claimed: ClaimedJob, error: str, *, now: datetime) -> bool:
    """Put a failed job back with a growing delay, or declare it dead after `MAX_ATTEMPTS`.

    Says whether it is dead. Nothing happens when another worker has it now.
    """
    job = session.scalar(_held(claimed))
    if job is None:
        return False
    job.last_error = error[:2000]
    job.lease_until = None
    job.status = "dead" if job.attempt >= MAX_ATTEMPTS else "queued"
    job.run_at = now + min(timedelta(seconds=2**job.attempt), MAX_BACKOFF)
    return job.status == "dead"


def _held(claimed: ClaimedJob) -> Select[Job]:
    """Return a statement for the job as long as it is in the attempt that was claimed."""
    attempt = (Job.status == "leased") & (Job.attempt == claimed.attempt)
    return select(Job).where(Job.id == claimed.id, attempt).with_for_update()


def _due(now: datetime) -> Any:  # noqa: ANN401 (a Select whose columns the caller chooses)
    known = Job.kind.in_(list(JobKind))  # during a deployment, newer code may leave work for its own workers
    waiting = (Job.status == "queued") & (Job.run_at <= now)
    abandoned = (Job.status == "leased") & (Job.lease_until < now)
    return select(Job).where(known, or_(waiting, abandoned)).order_by(Job.run_at, Job.id).limit(1)
