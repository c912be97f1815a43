"""The records of the evidence ledger: found and listed, for those who may see them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.actors import Actor, Role
from app.domain.enrolments import EnrolmentStatus
from app.domain.rules.facts import EvidenceStatus
from app.errors import NotFoundError
from app.models import DefinitionVersion, Enrolment, Evidence, EvidenceRevision
from app.services.enrolments import load_enrolment
from app.services.pages import Page, Window, fetch_page


def visible_evidence(actor: Actor) -> Select[Evidence]:
    """Return a statement for the evidence the actor may see, each with its present revision.

    Learners see their own. Reviewers see neither drafts nor what a learner keeps private.
    """
    statement = _all_evidence(actor)
    if actor.is_learner:
        return statement.where(Evidence.learner_id == actor.learner_id)
    if actor.role is Role.REVIEWER:
        return statement.where(Evidence.status != "draft", ~Evidence.current.has(_is_private()))
    return statement


def reviewable_evidence(actor: Actor) -> Select[Evidence]:
    """Return a statement for what the actor may read, or review because of a credential of theirs.

    In a hub that is what those have reported who go for a passport of the hub. Nobody changes what is not
    theirs: `visible_evidence` is for that.
    """
    if not actor.reviews_in:
        return visible_evidence(actor)
    others = [Evidence.status != "draft", ~Evidence.current.has(_is_private())]
    if None not in actor.reviews_in:
        others.append(_reported_for(actor.reviews_in))
    return _all_evidence(actor).where(or_(Evidence.learner_id == actor.learner_id, and_(*others)))


def _reported_for(hubs: frozenset[str | None]) -> ColumnElement[bool]:
    """Return whether the learner is on the way to a passport that one of the hubs owns."""
    return exists().where(
        Enrolment.learner_id == Evidence.learner_id,
        Enrolment.status.in_((EnrolmentStatus.ACTIVE, EnrolmentStatus.COMPLETED)),
        Enrolment.passport_version_id == DefinitionVersion.id,
        DefinitionVersion.document[("owner", "hub")].as_string().in_(hubs),
    )


def _all_evidence(actor: Actor) -> Select[Evidence]:
    statement = select(Evidence).where(Evidence.issuer_id == actor.issuer_id)
    return statement.options(joinedload(Evidence.current, innerjoin=True))


def _is_private() -> ColumnElement[bool]:
    visibility: ColumnElement[str] = EvidenceRevision.document["visibility"].as_string()
    return visibility == "private"


def load_evidence(
    session: Session, actor: Actor, evidence_id: str, *, for_update: bool = False, to_review: bool = False
) -> Evidence:
    """Return a piece of evidence the actor may see, as it is now, locked until the end if asked.

    `to_review` it may be somebody else's. Raises `NotFoundError`.
    """
    statement = reviewable_evidence(actor) if to_review else visible_evidence(actor)
    statement = statement.where(Evidence.id == evidence_id)
    if for_update:
        statement = statement.with_for_update(of=Evidence)
    evidence = session.scalar(statement.execution_options(populate_existing=True))
    if evidence is None:
        raise NotFoundError(f"There is no evidence {evidence_id}.")
    return evidence


def load_detailed_evidence(session: Session, actor: Actor, evidence_id: str) -> Evidence:
    """Return a piece of evidence with its revisions, transitions and reviews; raises `NotFoundError`."""
    everything = (
        selectinload(Evidence.revisions),
        selectinload(Evidence.transitions),
        selectinload(Evidence.reviews),
    )
    statement = reviewable_evidence(actor).where(Evidence.id == evidence_id).options(*everything)
    evidence = session.scalar(statement.execution_options(populate_existing=True))
    if evidence is None:
        raise NotFoundError(f"There is no evidence {evidence_id}.")
    return evidence


@dataclass(frozen=True, slots=True)
class EvidenceFilter:
    """Which evidence is asked for; None means all."""

    status: EvidenceStatus | None = None
    kind: str | None = None
    learner_id: str | None = None


def list_evidence(session: Session, actor: Actor, window: Window, wanted: EvidenceFilter) -> Page[Evidence]:
    """Return the evidence the actor may see, oldest first: with status `submitted`, the review queue."""
    return fetch_page(session, _narrowed(reviewable_evidence(actor), wanted), Evidence.id, window)


def list_enrolment_evidence(
    session: Session, actor: Actor, enrolment_id: str, window: Window, wanted: EvidenceFilter
) -> Page[Evidence]:
    """Return the evidence of an enrolment's learner, for all of it counts; raises `NotFoundError`."""
    enrolment = load_enrolment(session, actor, enrolment_id)
    statement = visible_evidence(actor).where(Evidence.learner_id == enrolment.learner_id)
    return fetch_page(session, _narrowed(statement, wanted), Evidence.id, window)


def _narrowed(statement: Select[Evidence], wanted: EvidenceFilter) -> Select[Evidence]:
    if wanted.status is not None:
        statement = statement.where(Evidence.status == wanted.status)
    if wanted.kind is not None:
        statement = statement.where(Evidence.kind == wanted.kind)
    if wanted.learner_id is not None:
        statement = statement.where(Evidence.learner_id == wanted.learner_id)
    return statement
