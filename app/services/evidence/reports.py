"""Reports of evidence: entered, told again by others, revised; never one act twice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.actors import Actor
from app.domain.evidence import (
    ATTENDED_KINDS,
    EvidenceReport,
    credential_entry,
    ensure_open,
    ensure_same_report,
    entry_status,
    may_be_attested,
    read_report,
    transition,
)
from app.domain.rules.facts import EvidenceStatus
from app.errors import AlreadyExistsError, Fault, InvalidPayloadError
from app.identifiers import new_id
from app.models import Evidence, EvidenceMention, EvidenceRevision, EvidenceSubject, Learner
from app.services.enrolments import load_enrolment
from app.services.evidence.records import load_evidence
from app.services.evidence.references import resolve_references
from app.services.evidence.states import change_status, record_change, status_of
from app.services.evidence.verification import is_trusted, verify_reported
from app.services.sites import Site


def submit_evidence(
    session: Session,
    actor: Actor,
    enrolment_id: str,
    document: Mapping[str, Any],
    *,
    now: datetime,
    site: Site | None = None,
) -> tuple[Evidence, bool]:
    """Enter a report into the ledger of the enrolment's learner; say whether it is a new row.

    The same act, told in the same words, is the same row however often it is reported. What somebody else
    had reported of an act that the actor may attest gets the actor's words as a new revision, counted as
    new, and is accepted; what is accepted already keeps its words, and the actor's are kept beside. A
    credential is verified, which takes a `site`. Raises `InvalidPayloadError` with every fault of the
    report, `AlreadyExistsError` when the act is in the ledger in other words, `WrongStateError` when it was
    rejected or declared invalid, and `NotFoundError`.
    """
    enrolment = load_enrolment(session, actor, enrolment_id)
    learner_id = enrolment.learner_id
    report = read_report(document, now=now)
    draft = _read_draft(document)
    report = resolve_references(session, actor, learner_id, report)
    entry = entry_status(report.kind, actor, learner_id=learner_id, draft=draft)
    if report.credential is not None and site is not None:
        report, entry = _verify(session, learner_id, (report, draft), site=site, now=now)
    known = _find_same_act(session, actor, learner_id, report)
    if known is not None:
        return _tell_again(session, actor, known, (report, *entry), now=now)
    evidence = Evidence(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        learner_id=learner_id,
        kind=report.kind,
        status=entry[0],
        assurance=entry[1],
        fingerprint=report.fingerprint(learner_id, actor.subject),
        revision=1,
        submitted_by=actor.subject,
    )
    try:
        with session.begin_nested():
            session.add(evidence)
    except IntegrityError:  # reported by somebody else in this very moment
        known = _find_same_act(session, actor, learner_id, report)
        if known is None:
            raise
        return _tell_again(session, actor, known, (report, *entry), now=now)
    _add_revision(session, actor, evidence, report, now=now)
    record_change(session, actor, evidence, (None, "create"), now=now)
    return load_evidence(session, actor, evidence.id), True


def _verify(
    session: Session, learner_id: str, told: tuple[EvidenceReport, bool], *, site: Site, now: datetime
) -> tuple[EvidenceReport, tuple[EvidenceStatus, str]]:
    """Return the report with what the verifier says, and how the credential enters the ledger."""
    report, draft = told
    learner = session.get_one(Learner, learner_id)
    found = verify_reported(session, learner, report.credential or "", site=site, now=now)
    entry = credential_entry(
        verified=found.verified and not found.revoked,
        bound=found.bound,
        trusted=is_trusted(session, learner.issuer_id, found.issuer, site=site),
        draft=draft,
    )
    return replace(report, verification=found), entry


def _read_draft(document: Mapping[str, Any]) -> bool:
    draft = document.get("draft")
    if draft is not None and not isinstance(draft, bool):
        fault = Fault("/draft", "wrong_type", "This has to be true or false.")
        raise InvalidPayloadError(fault.detail, faults=[fault])
    return draft is True


def _find_same_act(
    session: Session, actor: Actor, learner_id: str, report: EvidenceReport
) -> Evidence | None:
    """Return the row of the same act, locked, if there is one that was not withdrawn."""
    own = select(Evidence).where(Evidence.issuer_id == actor.issuer_id, Evidence.learner_id == learner_id)
    fingerprint = report.fingerprint(learner_id, actor.subject)
    known = session.scalar(_locked(own.where(Evidence.fingerprint == fingerprint)))
    if known is not None or report.source_id is None or report.kind not in ATTENDED_KINDS:
        return known
    # The sender's own name for the act: said of another day or content, it would be one statement twice.
    named = Evidence.revisions.any(
        and_(
            EvidenceRevision.submitted_by == actor.subject,
            EvidenceRevision.document["source_id"].as_string() == report.source_id,
            EvidenceRevision.document["kind"].as_string() == report.kind,
        )
    )
    return session.scalar(_locked(own.where(named, Evidence.status != "withdrawn")).limit(1))


def _locked(statement: Select[Evidence]) -> Select[Evidence]:
    everything = (
        joinedload(Evidence.current, innerjoin=True),
        selectinload(Evidence.revisions),
        selectinload(Evidence.mentions),
    )
    return (
        statement.options(*everything).with_for_update(of=Evidence).execution_options(populate_existing=True)
    )


def _tell_again(
    session: Session,
    actor: Actor,
    known: Evidence,
    told: tuple[EvidenceReport, EvidenceStatus, str],
    *,
    now: datetime,
) -> tuple[Evidence, bool]:
    """Return the known row of an act that is told again, and whether this made something new of it."""
    report, status, assurance = told
    own_words = report.to_document()
    if status == "accepted" and known.submitted_by != actor.subject and may_be_attested(status_of(known)):
        known.revision += 1
        known.kind, known.assurance = report.kind, assurance
        _add_revision(session, actor, known, report, now=now)
        change_status(session, actor, known, "attest", now=now)
        return load_evidence(session, actor, known.id), True
    ensure_open(status_of(known))
    kept = [each.document for each in known.revisions] + [each.document for each in known.mentions]
    if own_words in kept:
        return known, False
    current = read_report(known.current.document)
    attended = {known.kind, report.kind} <= ATTENDED_KINDS
    if not attended or current.is_repeated_by(report):
        told_then = report.at_the_times_of(current) if attended and report.source_id is None else report
        ensure_same_report(known.current.document, told_then)
    if attended and status == "accepted" == known.status:
        _add_mention(session, actor, known, (own_words, assurance), now=now)
    return known, False


def _add_mention(
    session: Session, actor: Actor, evidence: Evidence, told: tuple[dict[str, Any], str], *, now: datetime
) -> None:
    document, assurance = told
    mention = EvidenceMention(
        id=new_id(),
        issuer_id=evidence.issuer_id,
        created_at=now,
        evidence_id=evidence.id,
        document=document,
        assurance=assurance,
        submitted_by=actor.subject,
    )
    session.add(mention)
    _note_subjects(session, evidence, read_report(document), now=now)
    record_change(session, actor, evidence, ("accepted", "mention"), now=now)


def revise_evidence(
    session: Session,
    actor: Actor,
    evidence_id: str,
    document: Mapping[str, Any],
    *,
    now: datetime,
    site: Site | None = None,
) -> tuple[Evidence, bool]:
    """Give a draft or returned evidence a new text; say whether it is new. Returned, it is submitted again.

    The text that it has already changes nothing. Raises `WrongStateError`, `InvalidPayloadError`,
    `AlreadyExistsError` when the new text is about an act that is in the ledger already, `NotFoundError`.
    """
    evidence = load_evidence(session, actor, evidence_id, for_update=True)
    report = read_report(document, now=now)
    if "draft" in document:
        hint = "A draft stays one until POST /v1/evidence/{id}/submit."
        fault = Fault("/draft", "unknown_key", "A revision cannot say this.", hint)
        raise InvalidPayloadError(fault.detail, faults=[fault])
    report = resolve_references(session, actor, evidence.learner_id, report)
    assurance = evidence.assurance
    if report.credential is not None and site is not None:
        told = (report, evidence.status == "draft")
        report, (_, assurance) = _verify(session, evidence.learner_id, told, site=site, now=now)
    if report.to_document() == evidence.current.document and evidence.status != "returned":
        return evidence, False
    transition(status_of(evidence), "revise")
    evidence.assurance = assurance
    try:
        with session.begin_nested():
            evidence.fingerprint = report.fingerprint(evidence.learner_id, evidence.submitted_by)
            evidence.kind = report.kind
    except IntegrityError as error:
        raise AlreadyExistsError("The new text is about an act that is in the ledger already.") from error
    evidence.revision += 1
    _add_revision(session, actor, evidence, report, now=now)
    change_status(session, actor, evidence, "revise", now=now)
    return load_evidence(session, actor, evidence.id), True


def _add_revision(
    session: Session, actor: Actor, evidence: Evidence, report: EvidenceReport, *, now: datetime
) -> None:
    session.add(
        EvidenceRevision(
            id=new_id(),
            issuer_id=evidence.issuer_id,
            created_at=now,
            evidence_id=evidence.id,
            number=evidence.revision,
            document=report.to_document(),
            occurred_at=report.occurred_at,
            recorded_at=now,
            submitted_by=actor.subject,
        )
    )
    _note_subjects(session, evidence, report, now=now)


def _note_subjects(session: Session, evidence: Evidence, report: EvidenceReport, *, now: datetime) -> None:
    """Note what the evidence is about by this report too, so that a change of it finds the learner."""
    if not report.subjects:
        return
    noted = select(EvidenceSubject.word).where(EvidenceSubject.evidence_id == evidence.id)
    known = frozenset(session.scalars(noted))
    session.add_all(
        EvidenceSubject(
            id=new_id(),
            issuer_id=evidence.issuer_id,
            created_at=now,
            evidence_id=evidence.id,
            learner_id=evidence.learner_id,
            word=word,
        )
        for word in report.subjects
        if word not in known
    )
