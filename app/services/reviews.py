"""Reviews: somebody else looks at a revision, and the evidence counts, comes back or is turned down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor, plain_name
from app.domain.enrolments import EnrolmentStatus
from app.domain.evidence import after_acceptance, transition
from app.domain.reviews import (
    ReviewReport,
    ensure_independent,
    ensure_judged,
    read_review,
    review_event,
)
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Leaf, walk
from app.domain.rules.questions import Moment
from app.errors import AlreadyExistsError, InvalidPayloadError
from app.identifiers import new_id
from app.models import DefinitionVersion, Enrolment, Evidence, EvidenceRevision, Review
from app.services.audit_events import record_event
from app.services.evidence import change_status, load_evidence, misaligned, status_of
from app.services.facts import load_facts
from app.services.passports import load_catalogue, read_judging
from app.services.tokens import subjects_of_learner


def list_reviews(session: Session, actor: Actor, evidence_id: str) -> list[Review]:
    """Return the reviews of a piece of evidence, oldest first; raises `NotFoundError`."""
    evidence = load_evidence(session, actor, evidence_id, to_review=True)
    return list(session.scalars(select(Review).where(Review.evidence_id == evidence.id).order_by(Review.id)))


def review_evidence(
    session: Session, actor: Actor, evidence_id: str, document: Mapping[str, Any], *, now: datetime
) -> tuple[Review, bool]:
    """Keep the actor's decision about the present revision and do what follows; say whether it is new.

    The same review again is the same row. Raises `ConflictOfInterestError` for one's own evidence,
    `InvalidPayloadError` with every fault, or for an acceptance without a level that a passport which the
    learner is going for asks for, `AlreadyExistsError` when the actor has decided otherwise
    about this revision, `WrongStateError` when nothing is left to decide, and `NotFoundError`.
    """
    evidence = load_evidence(session, actor, evidence_id, for_update=True, to_review=True)
    reporters = session.scalars(
        select(EvidenceRevision.submitted_by).where(EvidenceRevision.evidence_id == evidence.id)
    ).all()
    own_subjects = subjects_of_learner(session, evidence.issuer_id, evidence.learner_id)
    ensure_independent(
        actor, learner_id=evidence.learner_id, submitted_by=reporters, learner_subjects=own_subjects
    )
    catalogue = load_catalogue(session, actor.issuer_id)
    report = read_review(document, catalogue.rubrics)
    faults = misaligned(report.alignments, catalogue)
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)
    reviews = _reviews_of_revision(session, evidence)
    for earlier in reviews:
        if plain_name(earlier.reviewer) == plain_name(actor.subject):
            return _same(earlier, report), False
    accepted_by = [review.reviewer for review in reviews if review.decision == "accepted"]
    event = review_event(evidence.kind, report.decision, reviewer=actor.subject, accepted_by=accepted_by)
    transition(status_of(evidence), event)  # refused before anything is kept
    _ensure_judged(session, evidence, report, catalogue, now=now)
    review = _add_review(session, actor, evidence, report, now=now)
    if event == "accept":
        evidence.assurance = after_acceptance(evidence.assurance)
    change_status(session, actor, evidence, event, now=now, reason=report.comment)
    return review, True


def _ensure_judged(
    session: Session, evidence: Evidence, report: ReviewReport, catalogue: Catalogue, *, now: datetime
) -> None:
    """Hold the acceptance against the passports that the learner is going for."""
    going_for = session.execute(
        select(Enrolment, DefinitionVersion)
        .join(DefinitionVersion, Enrolment.passport_version_id == DefinitionVersion.id)
        .where(Enrolment.learner_id == evidence.learner_id, Enrolment.status == EnrolmentStatus.ACTIVE)
        .order_by(Enrolment.id)
    )
    nodes = [node for each in going_for for node, _ in walk(read_judging(*each).rule)]
    leaves = [node for node in nodes if isinstance(node, Leaf) and node.min_level is not None]
    if leaves:
        [facts] = load_facts(session, [evidence.learner_id]).values()
        row = next(fact for fact in facts if fact.id == evidence.id)
        ensure_judged(report, row, leaves, Moment(catalogue.content, now, catalogue.trusted))


def _reviews_of_revision(session: Session, evidence: Evidence) -> list[Review]:
    statement = select(Review).where(Review.evidence_id == evidence.id, Review.revision == evidence.revision)
    return list(session.scalars(statement.order_by(Review.id)))


def _same(review: Review, report: ReviewReport) -> Review:
    said = ReviewReport.to_document(report)
    if any(getattr(review, name) != value for name, value in said.items()):
        raise AlreadyExistsError(
            f"You have reviewed this revision already: {review.decision}.",
            hint="A reviewer decides once about a revision. A new revision can be reviewed anew.",
        )
    return review


def _add_review(
    session: Session, actor: Actor, evidence: Evidence, report: ReviewReport, *, now: datetime
) -> Review:
    review = Review(
        id=new_id(),
        issuer_id=evidence.issuer_id,
        created_at=now,
        evidence_id=evidence.id,
        revision=evidence.revision,
        reviewer=actor.subject,
        **report.to_document(),
    )
    session.add(review)
    session.flush()
    thing = ("review", review.id)
    record_event(session, actor, "create", thing, now=now, evidence=evidence.id, decision=report.decision)
    return review
