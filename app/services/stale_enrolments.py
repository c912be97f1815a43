"""The queue of enrolments to evaluate, filled by the clock and by the catalogue, emptied in batches.

A fact about one learner has a job of its own; this is for what touches many. An enrolment is in the queue
while its `stale_since` is set and not in the future.
"""

from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from app.domain.enrolments import EnrolmentStatus
from app.models import Enrolment, Evidence, EvidenceSubject, Learner, Snapshot
from app.services.completions import settle_enrolments
from app.services.enrolments import lock_enrolments_by_id, versions_that_look_at
from app.services.jobs import JobKind, enqueue_job

BATCH = 100
"""Learners that one transaction evaluates."""

MARKED = 2_000
"""Enrolments that one transaction marks: their rows are locked until it ends."""

PUT_OFF = timedelta(hours=1)


def has_stale(session: Session, *, now: datetime) -> bool:
    """Say whether the queue holds something, without taking a lock."""
    return session.scalar(select(Enrolment.id).where(Enrolment.stale_since <= now).limit(1)) is not None


def settle_batch(session: Session, *, now: datetime) -> None:
    """Evaluate what is stale of the next `BATCH` learners that no other worker has at hand."""
    by_issuer = select(Enrolment.id, Enrolment.issuer_id).where(
        Enrolment.learner_id.in_(_take_learners(session, now)), Enrolment.stale_since <= now
    )
    rows = session.execute(by_issuer.order_by(Enrolment.issuer_id)).all()
    for issuer_id, group in groupby(rows, key=lambda row: row.issuer_id):
        locked = lock_enrolments_by_id(session, issuer_id, [row.id for row in group])
        settle_enrolments(session, issuer_id, locked, now=now)


def _take_learners(session: Session, now: datetime) -> list[str]:
    waiting = (
        select(Enrolment.learner_id)
        .where(Enrolment.stale_since <= now)
        .order_by(Enrolment.stale_since)
        .limit(BATCH)
    )
    taken = select(Learner.id).where(Learner.id.in_(waiting)).with_for_update(skip_locked=True)
    return list(session.scalars(taken))


def hand_over(session: Session, *, now: datetime) -> None:
    """Give the learners of a batch that failed a job each: one that cannot be evaluated stops no other."""
    learners = _take_learners(session, now)
    owners = select(Learner.id, Learner.issuer_id).where(Learner.id.in_(learners))
    for learner_id, issuer_id in session.execute(owners).all():
        enqueue_job(session, issuer_id, JobKind.EVALUATE_LEARNER, {"learner_id": learner_id}, now=now)
    put_off = update(Enrolment).where(Enrolment.learner_id.in_(learners), Enrolment.stale_since <= now)
    session.execute(
        put_off.values(stale_since=now + PUT_OFF), execution_options={"synchronize_session": False}
    )


def mark_due(session: Session, *, now: datetime) -> None:
    """Put those enrolments into the queue whose answer, or completion, the clock may have changed."""
    due = (
        select(Snapshot.enrolment_id)
        .join(Enrolment, Enrolment.id == Snapshot.enrolment_id)
        .where(
            Snapshot.next_change_at <= now,
            Enrolment.status == EnrolmentStatus.ACTIVE,
            Enrolment.stale_since.is_(None),
        )
        .order_by(Snapshot.next_change_at)
        .limit(MARKED)
    )
    lapsed = (
        select(Enrolment.id)
        .where(Enrolment.completion_holds_until <= now, Enrolment.stale_since.is_(None))
        .order_by(Enrolment.completion_holds_until)
        .limit(MARKED)
    )
    _mark(session, [*session.scalars(due), *session.scalars(lapsed)], now)


def mark_reporters(
    session: Session, issuer_id: str, about: tuple[str, str], after: str, *, now: datetime
) -> None:
    """Put the active enrolments of those into the queue who reported evidence that is judged anew.

    `about` is the member and the value that such reports have: their `kind`, or what they are about. Of
    content, only versions that can look at it are asked for. `after` is where the job before ended.
    """
    member, value = about
    touched = select(Enrolment.id).where(
        Enrolment.issuer_id == issuer_id,
        Enrolment.status == EnrolmentStatus.ACTIVE,
        Enrolment.id > after,
        _has_reported(issuer_id, member, value),
    )
    if member == "content":
        words = [f"content:{value}", "kind:content_completion", "kind:attendance", "kind:rpl"]
        touched = touched.where(Enrolment.passport_version_id.in_(versions_that_look_at(issuer_id, words)))
    found = list(session.scalars(touched.order_by(Enrolment.id).limit(MARKED)))
    _mark(session, found, now)
    if len(found) == MARKED:
        payload = {"member": member, "value": value, "after": found[-1]}
        enqueue_job(session, issuer_id, JobKind.MARK_ENROLMENTS, payload, now=now)


def _has_reported(issuer_id: str, member: str, value: str) -> ColumnElement[bool]:
    """Return what holds of the enrolments of those with such evidence, whichever report of it says so."""
    if member == "kind":
        return exists().where(Evidence.learner_id == Enrolment.learner_id, Evidence.kind == value)
    subjects = select(EvidenceSubject.learner_id).where(
        EvidenceSubject.issuer_id == issuer_id, EvidenceSubject.word == f"{member}:{value}"
    )
    return Enrolment.learner_id.in_(subjects)


def _mark(session: Session, ids: list[str], now: datetime) -> None:
    marked = update(Enrolment).where(Enrolment.id.in_(ids)).values(stale_since=now)
    session.execute(marked, execution_options={"synchronize_session": False})
