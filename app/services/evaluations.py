"""Evaluations: from the ledger's rows to how far a learner is, and frozen when the rule is met."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain import evaluations as frozen_evaluations
from app.domain.actors import Actor, Role
from app.domain.content import Alignment
from app.domain.digests import digest_of
from app.domain.enrolments import EnrolmentStatus
from app.domain.evidence import CLOCK_SKEW, Standing, evidence_row, read_report, told_by_others
from app.domain.instants import format_instant
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import Catalogue, EvidenceRow, LevelReached
from app.domain.rules.progress import ENGINE, Completion
from app.domain.rules.progress import Evaluation as Answer
from app.errors import NotCompleteError, NotFoundError
from app.identifiers import new_id
from app.models import Credential, DefinitionVersion, Enrolment, Evaluation, Evidence, Review
from app.services.audit_events import record_event
from app.services.passports import pinned_catalogue, present_catalogue, read_published

_FROZEN = frozenset({EnrolmentStatus.COMPLETED, EnrolmentStatus.CERTIFIED, EnrolmentStatus.LAPSED})
_SHOWN_SHORTFALLS = 5
_VEIL = "private evidence"


# Facts ----------------------------------------------------------------------------------------------


def load_facts(
    session: Session, learner_ids: Collection[str], *, veiled: bool = False
) -> dict[str, list[EvidenceRow]]:
    """Return all rows of each learner as an evaluation reads them, whatever their state: two queries.

    `veiled` hides the titles of drafts and of private evidence; no rule depends on a title.
    """
    rows = (
        select(Evidence)
        .where(Evidence.learner_id.in_(learner_ids))
        .options(
            joinedload(Evidence.current, innerjoin=True),
            selectinload(Evidence.reviews),
            selectinload(Evidence.mentions),
        )
        .execution_options(populate_existing=True)
    )
    facts: dict[str, list[EvidenceRow]] = {learner_id: [] for learner_id in learner_ids}
    for row in session.scalars(rows):
        fact = _fact(row)
        hidden = veiled and _is_private(row)
        facts[row.learner_id].append(replace(fact, title=_VEIL) if hidden else fact)
    return facts


def _is_private(row: Evidence) -> bool:
    return row.status == "draft" or row.current.document["visibility"] == "private"


def _fact(row: Evidence) -> EvidenceRow:
    accepting = [
        review for review in row.reviews if review.revision == row.revision and review.decision == "accepted"
    ]
    standing = Standing(
        id=row.id,
        status=row.status,  # type: ignore[arg-type]  # the column holds nothing but statuses
        assurance=row.assurance,
        recorded_at=row.current.recorded_at,
        levels=tuple(_levels(accepting)),
        alignments=tuple(_alignments(accepting)),
        accepted_by=tuple(review.reviewer for review in accepting),
    )
    fact = evidence_row(read_report(row.current.document), standing)
    if not row.mentions:
        return fact
    return told_by_others(fact, ((read_report(each.document), each.assurance) for each in row.mentions))


def _levels(reviews: Iterable[Review]) -> Iterable[LevelReached]:
    return (LevelReached(**level) for review in reviews for level in review.levels)


def _alignments(reviews: Iterable[Review]) -> Iterable[Alignment]:
    return (Alignment(**alignment) for review in reviews for alignment in review.alignments)


# Evaluating -----------------------------------------------------------------------------------------


def evaluate_enrolment(
    session: Session, enrolment: Enrolment, *, now: datetime, veiled: bool = False
) -> Answer:
    """Return how far the ledger, as it is, meets the pinned version of the passport."""
    version = session.get_one(DefinitionVersion, enrolment.passport_version_id)
    return evaluate_enrolments(session, [enrolment], [version], now=now, veiled=veiled)[0][0]


def evaluate_enrolments(
    session: Session,
    enrolments: Sequence[Enrolment],
    versions: Sequence[DefinitionVersion],
    *,
    now: datetime,
    veiled: bool = False,
) -> list[list[Answer]]:
    """Return for each enrolment, all of one issuer, how far the ledger meets each of `versions`."""
    present = present_catalogue(session, enrolments[0].issuer_id)
    rules = [(read_published(version), pinned_catalogue(version, present)) for version in versions]
    return judge_enrolments(session, enrolments, rules, now=now, veiled=veiled)


def judge_enrolments(
    session: Session,
    enrolments: Sequence[Enrolment],
    rules: Sequence[tuple[PassportDefinition, Catalogue]],
    *,
    now: datetime,
    veiled: bool = False,
) -> list[list[Answer]]:
    """Return for each enrolment how far the ledger meets each of `rules`, with what it is judged by.

    The ledger is read once for all of them. What a sender whose clock is a little ahead has reported
    counts at once: nothing would evaluate it again when our clock gets there.
    """
    facts = load_facts(session, {each.learner_id for each in enrolments}, veiled=veiled)
    answers = []
    for enrolment in enrolments:
        rows = facts[enrolment.learner_id]
        begun = (row.occurred_at for row in rows if row.occurred_at <= now + CLOCK_SKEW)
        as_of = max([now, *begun])
        answers.append([evaluate(rule, rows, catalogue, as_of=as_of) for rule, catalogue in rules])
    return answers


def describe_progress(
    session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime
) -> dict[str, Any]:
    """Return the progress answer: the frozen one once the rule was met, else worked out now.

    Worked out for a reviewer, it does not show the titles of drafts and of what a learner keeps private.
    """
    if enrolment.status in _FROZEN:
        return _load_frozen(session, enrolment).document
    veiled = actor.role is Role.REVIEWER
    return evaluate_enrolment(session, enrolment, now=now, veiled=veiled).to_document(enrolment=enrolment.id)


def complete_enrolment(
    session: Session, enrolment: Enrolment, *, actor: Actor, now: datetime
) -> tuple[Evaluation, Completion]:
    """Return the frozen evaluation of the enrolment and the completion that it proves.

    The caller holds the lock on the enrolment. An active one is evaluated and, if its rule is met,
    completed and frozen here; one that was completed before gives the very same completion again.
    Raises `NotCompleteError`, which says what is missing.
    """
    if enrolment.status in _FROZEN:
        frozen = _load_frozen(session, enrolment)
        version = session.get_one(DefinitionVersion, enrolment.passport_version_id)
        definition = read_published(version)
        return frozen, frozen_evaluations.read_completion(frozen.document, definition)
    _ensure_not_over(session.get_one(DefinitionVersion, enrolment.passport_version_id), now)
    answer = evaluate_enrolment(session, enrolment, now=now)
    if not answer.complete or answer.held_by:
        raise NotCompleteError(
            _what_is_missing(answer),
            hint=f"GET /v1/enrolments/{enrolment.id}/progress says what would close each gap.",
        )
    completion = Completion(answer)
    frozen = _freeze(session, enrolment, answer)
    enrolment.status, enrolment.completed_at = EnrolmentStatus.COMPLETED, now
    thing = ("enrolment", enrolment.id)
    record_event(session, actor, "complete", thing, now=now, evaluation=frozen.id, digest=frozen.digest)
    return frozen, completion


def _ensure_not_over(version: DefinitionVersion, now: datetime) -> None:
    if version.retires_at is not None and version.retires_at <= now:
        last_day = format_instant(version.retires_at)
        raise NotCompleteError(
            f"Version {version.version} of {version.key} was retired at {last_day}.",
            hint="GET /v1/enrolments/{id}/upgrade shows the version to move to, if there is one.",
        )


def _what_is_missing(answer: Answer) -> str:
    units = answer.units
    shown = [shortfall.text for shortfall in answer.shortfalls[:_SHOWN_SHORTFALLS]]
    if len(answer.shortfalls) > len(shown):
        shown.append(f"There are {len(answer.shortfalls) - len(shown)} more gaps.")
    if answer.held_by:
        shown.append(f"The gate is closed: {', '.join(answer.held_by)}.")
    if units.pending:
        shown.append(f"Evidence for {units.pending} is under review.")
    return " ".join([f"{units.met} of {units.total} units are met.", *shown])


def _freeze(session: Session, enrolment: Enrolment, answer: Answer) -> Evaluation:
    frozen_id = new_id()
    document = answer.to_document(enrolment=enrolment.id, explain_url=f"/v1/evaluations/{frozen_id}")
    frozen = Evaluation(
        id=frozen_id,
        issuer_id=enrolment.issuer_id,
        created_at=answer.as_of,
        enrolment_id=enrolment.id,
        as_of=answer.as_of,
        engine=ENGINE,
        document=document,
        digest=digest_of(document),
    )
    session.add(frozen)
    session.flush()
    return frozen


# Frozen evaluations ---------------------------------------------------------------------------------


def _load_frozen(session: Session, enrolment: Enrolment) -> Evaluation:
    """Return what froze at the present completion: the last, since an earlier one may have fallen."""
    statement = select(Evaluation).where(Evaluation.enrolment_id == enrolment.id)
    frozen = session.scalars(statement.order_by(Evaluation.id.desc()).limit(1)).one()
    assert digest_of(frozen.document) == frozen.digest, f"evaluation {frozen.id} is not what was frozen"
    return frozen


def rests_on(session: Session, enrolment: Enrolment, evidence_id: str) -> bool:
    """Tell whether the completion of a completed or certified enrolment claims this evidence."""
    return _claims(_load_frozen(session, enrolment).document, evidence_id)


def in_live_credential(session: Session, learner_id: str, evidence_id: str) -> bool:
    """Tell whether a credential that is not revoked, or is about to be issued, rests on this evidence."""
    live = (
        select(Evaluation.document)
        .join(Credential, Credential.evaluation_id == Evaluation.id)
        .where(Credential.learner_id == learner_id, Credential.status != "revoked")
    )
    return any(_claims(document, evidence_id) for document in session.scalars(live))


def _claims(document: dict[str, Any], evidence_id: str) -> bool:
    return any(
        claim["evidence"] == evidence_id
        for node in document["nodes"]
        for claim in (*node.get("claimed", ()), *node.get("observed", ()))
    )


def visible_evaluations(actor: Actor) -> Select[Evaluation]:
    """Return a statement for the frozen evaluations the actor may see: a learner sees their own."""
    statement = select(Evaluation).where(Evaluation.issuer_id == actor.issuer_id)
    if actor.is_learner:
        own = select(Enrolment.id).where(Enrolment.learner_id == actor.learner_id)
        statement = statement.where(Evaluation.enrolment_id.in_(own))
    return statement


def load_evaluation(session: Session, actor: Actor, evaluation_id: str) -> Evaluation:
    """Return a frozen evaluation the actor may see; raises `NotFoundError`."""
    evaluation = session.scalar(visible_evaluations(actor).where(Evaluation.id == evaluation_id))
    if evaluation is None:
        raise NotFoundError(f"There is no evaluation {evaluation_id}.")
    return evaluation
