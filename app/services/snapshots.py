"""Snapshots: answers kept to be read again, as long as nothing could have changed them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.domain.rules.progress import ENGINE
from app.identifiers import new_id
from app.models import Enrolment, Issuer, Learner, Snapshot
from app.services.jobs import JobKind, enqueue_job

_CATALOGUE_CHANGED = "catalogue_changed"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was known when an answer was worked out: of the catalogue, and of each learner."""

    catalogue: int
    facts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer for an active enrolment, and until when it holds."""

    enrolment: Enrolment
    document: dict[str, Any]
    next_change_at: datetime | None


def read_counts(session: Session, issuer_id: str, learner_ids: Collection[str]) -> Counts:
    """Return the counts as they are now; read them before the facts, so that they are never ahead."""
    catalogue = session.scalars(select(Issuer.catalogue_seq).where(Issuer.id == issuer_id)).one()
    facts = session.execute(select(Learner.id, Learner.facts_seq).where(Learner.id.in_(learner_ids)))
    return Counts(catalogue, {row.id: row.facts_seq for row in facts})


def keep_snapshots(session: Session, kept: Iterable[Kept], counts: Counts, *, now: datetime) -> None:
    """Keep these answers in the place of earlier ones."""
    rows = list(kept)
    drop_snapshots(session, [each.enrolment.id for each in rows])
    session.add_all(
        Snapshot(
            id=new_id(),
            issuer_id=each.enrolment.issuer_id,
            created_at=now,
            enrolment_id=each.enrolment.id,
            version_id=each.enrolment.passport_version_id,
            facts_seq=counts.facts[each.enrolment.learner_id],
            catalogue_seq=counts.catalogue,
            engine=ENGINE,
            next_change_at=each.next_change_at,
            document=each.document,
        )
        for each in rows
    )
    session.flush()


def drop_snapshots(session: Session, enrolment_ids: Collection[str]) -> None:
    """Forget the answers for these enrolments."""
    gone = delete(Snapshot).where(Snapshot.enrolment_id.in_(enrolment_ids))
    session.execute(gone, execution_options={"synchronize_session": False})


def find_snapshot(session: Session, enrolment: Enrolment, *, now: datetime) -> Snapshot | None:
    """Return the kept answer for an enrolment if it still holds: one query by key."""
    return session.scalar(
        select(Snapshot)
        .join(Learner, Learner.id == enrolment.learner_id)
        .join(Issuer, Issuer.id == enrolment.issuer_id)
        .where(
            Snapshot.enrolment_id == enrolment.id,
            Snapshot.version_id == enrolment.passport_version_id,
            Snapshot.engine == ENGINE,
            Snapshot.facts_seq == Learner.facts_seq,
            Snapshot.catalogue_seq == Issuer.catalogue_seq,
            or_(Snapshot.next_change_at.is_(None), Snapshot.next_change_at > now),
        )
    )


def note_catalogue_change(session: Session, issuer_id: str, about: tuple[str, str], *, now: datetime) -> None:
    """Count a change of what evidence is judged by, and have those looked for whom it may touch.

    The issuer's kept answers are old from now on. `about` is what reports of such evidence say: a member
    and its value, such as `("content", "open-by-design")`.
    """
    count_catalogue_change(session, issuer_id)
    payload = {"member": about[0], "value": about[1], "after": ""}
    enqueue_job(session, issuer_id, JobKind.MARK_ENROLMENTS, payload, now=now)


def count_catalogue_change(session: Session, issuer_id: str) -> None:
    """Count a change of what definitions and evidence are judged by: what was read before is old."""
    counted = update(Issuer).where(Issuer.id == issuer_id).values(catalogue_seq=Issuer.catalogue_seq + 1)
    session.execute(counted, execution_options={"synchronize_session": False})
    session.info[_CATALOGUE_CHANGED] = True


def has_changed_catalogue(session: Session) -> bool:
    """Tell whether this very transaction has changed what evidence is judged by."""
    return _CATALOGUE_CHANGED in session.info
