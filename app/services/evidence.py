"""The evidence ledger: what was reported, the states it went through, and never one act twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.actors import Actor, Role
from app.domain.content import Alignment
from app.domain.evidence import (
    EvidenceEvent,
    EvidenceReport,
    ensure_same_report,
    ensure_withdrawable,
    entry_status,
    may_be_attested,
    read_report,
    transition,
)
from app.domain.payloads import nearest
from app.domain.rules.facts import Catalogue, EvidenceStatus
from app.errors import AlreadyExistsError, Fault, InvalidPayloadError, NotFoundError
from app.identifiers import new_id
from app.models import Evidence, EvidenceRevision, EvidenceTransition
from app.services import evaluations
from app.services.audit_events import record_event
from app.services.enrolments import (
    enqueue_evaluation,
    load_enrolment,
    lock_enrolments,
    reopen_enrolments,
)
from app.services.pages import Page, Window, fetch_page
from app.services.passports import load_catalogue

_COUNTED = frozenset({"submitted", "in_review", "accepted"})
"""States in which evidence shows in an evaluation, as paying or as about to."""


# Reading --------------------------------------------------------------------------------------------


def visible_evidence(actor: Actor) -> Select[Evidence]:
    """Return a statement for the evidence the actor may see, each with its present revision.

    Learners see their own. Reviewers see neither drafts nor what a learner keeps private.
    """
    statement = (
        select(Evidence)
        .where(Evidence.issuer_id == actor.issuer_id)
        .options(joinedload(Evidence.current, innerjoin=True))
    )
    if actor.is_learner:
        return statement.where(Evidence.learner_id == actor.learner_id)
    if actor.role is Role.REVIEWER:
        private = EvidenceRevision.document["visibility"].as_string() == "private"
        return statement.where(Evidence.status != "draft", ~Evidence.current.has(private))
    return statement


def load_evidence(session: Session, actor: Actor, evidence_id: str, *, for_update: bool = False) -> Evidence:
    """Return a piece of evidence the actor may see, as it is now, locked until the end if asked.

    Raises `NotFoundError`.
    """
    statement = visible_evidence(actor).where(Evidence.id == evidence_id)
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
    statement = visible_evidence(actor).where(Evidence.id == evidence_id).options(*everything)
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
    return fetch_page(session, _narrowed(visible_evidence(actor), wanted), Evidence.id, window)


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


# Reporting ------------------------------------------------------------------------------------------


def submit_evidence(
    session: Session, actor: Actor, enrolment_id: str, document: Mapping[str, Any], *, now: datetime
) -> tuple[Evidence, bool]:
    """Enter a report into the ledger of the enrolment's learner; say whether it is a new row.

    The same act, told in the same words, is the same row however often it is reported. What somebody else
    had reported of an act that the actor may attest gets the actor's words as a new revision, counted as
    new, and is accepted. Raises `InvalidPayloadError` with every fault of the report,
    `AlreadyExistsError` when the act is in the ledger in other words, and `NotFoundError`.
    """
    enrolment = load_enrolment(session, actor, enrolment_id)
    report = read_report(document, now=now)
    draft = _read_draft(document)
    check_references(session, actor, report)
    fingerprint = report.fingerprint(enrolment.learner_id, actor.subject)
    status, assurance = entry_status(report.kind, actor, learner_id=enrolment.learner_id, draft=draft)
    if status == "accepted":
        attested = _attest_known(session, actor, enrolment.learner_id, report, assurance, now=now)
        if attested is not None:
            return attested, True
    known = _find_same_act(session, actor, enrolment.learner_id, fingerprint, report)
    if known is not None:
        return known, False
    evidence = Evidence(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        learner_id=enrolment.learner_id,
        kind=report.kind,
        status=status,
        assurance=assurance,
        fingerprint=fingerprint,
        revision=1,
        submitted_by=actor.subject,
    )
    try:
        with session.begin_nested():
            session.add(evidence)
    except IntegrityError:  # reported by somebody else in this very moment
        known = _find_same_act(session, actor, enrolment.learner_id, fingerprint, report)
        if known is None:
            raise
        return known, False
    _add_revision(session, actor, evidence, report, now=now)
    _record(session, actor, evidence, (None, "create"), now=now)
    return load_evidence(session, actor, evidence.id), True


def _read_draft(document: Mapping[str, Any]) -> bool:
    draft = document.get("draft")
    if draft is not None and not isinstance(draft, bool):
        fault = Fault("/draft", "wrong_type", "This has to be true or false.")
        raise InvalidPayloadError(fault.detail, faults=[fault])
    return draft is True


def _attest_known(
    session: Session, actor: Actor, learner_id: str, report: EvidenceReport, assurance: str, *, now: datetime
) -> Evidence | None:
    """Accept what somebody else had reported of the act, in the actor's words; None if nothing waits."""
    evidence = session.scalar(
        select(Evidence)
        .where(
            Evidence.issuer_id == actor.issuer_id,
            Evidence.learner_id == learner_id,
            Evidence.fingerprint == report.fingerprint(learner_id, actor.subject),
            Evidence.submitted_by != actor.subject,
        )
        .with_for_update(of=Evidence)
        .execution_options(populate_existing=True)
    )
    if evidence is None or not may_be_attested(status_of(evidence)):
        return None
    evidence.revision += 1
    evidence.assurance = assurance
    _add_revision(session, actor, evidence, report, now=now)
    change_status(session, actor, evidence, "attest", now=now)
    return load_evidence(session, actor, evidence.id)


def _find_same_act(
    session: Session, actor: Actor, learner_id: str, fingerprint: str, report: EvidenceReport
) -> Evidence | None:
    """Return the row of the same act, if there is one; the words of any of its revisions will do.

    Raises `AlreadyExistsError` when none of them says what `report` says.
    """
    evidence = session.scalar(
        select(Evidence)
        .where(
            Evidence.issuer_id == actor.issuer_id,
            Evidence.learner_id == learner_id,
            Evidence.fingerprint == fingerprint,
        )
        .options(joinedload(Evidence.current, innerjoin=True), selectinload(Evidence.revisions))
    )
    if evidence is not None and report.to_document() not in [each.document for each in evidence.revisions]:
        ensure_same_report(evidence.current.document, report)
    return evidence


def check_references(session: Session, actor: Actor, report: EvidenceReport) -> None:
    """Return if the content and the framework items that a report names exist.

    Raises `InvalidPayloadError`, which says what was probably meant.
    """
    if report.content is None and not report.alignments:
        return
    catalogue = load_catalogue(session, actor.issuer_id)
    faults = misaligned(report.alignments, catalogue)
    if report.content is not None and report.content not in catalogue.content:
        hint = nearest(report.content, tuple(catalogue.content))
        detail = f"There is no content {report.content!r}."
        faults.insert(0, Fault("/content", "unknown_reference", detail, hint))
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)


def misaligned(alignments: tuple[Alignment, ...], catalogue: Catalogue) -> list[Fault]:
    """Return a fault for each alignment to a framework or an item that is not published."""
    faults = []
    for index, each in enumerate(alignments):
        versions = [
            framework
            for framework in catalogue.frameworks.values()
            if each.framework in {framework.key, framework.ref}
        ]
        place = f"/alignments/{index}"
        if not versions:
            names = tuple({name for f in catalogue.frameworks.values() for name in (f.key, f.ref)})
            detail = f"There is no published framework {each.framework!r}."
            hint = nearest(each.framework, tuple(sorted(names)))
            faults.append(Fault(f"{place}/framework", "unknown_reference", detail, hint))
        elif all(framework.find(each.item) is None for framework in versions):
            codes = tuple(dict.fromkeys(item.code for framework in versions for item in framework.items))
            detail = f"{each.framework} has no item {each.item!r}."
            faults.append(Fault(f"{place}/item", "unknown_reference", detail, nearest(each.item, codes)))
    return faults


def revise_evidence(
    session: Session, actor: Actor, evidence_id: str, document: Mapping[str, Any], *, now: datetime
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
    if report.to_document() == evidence.current.document and evidence.status != "returned":
        return evidence, False
    transition(status_of(evidence), "revise")
    check_references(session, actor, report)
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


# Changes of state -----------------------------------------------------------------------------------


def submit_draft(session: Session, actor: Actor, evidence_id: str, *, now: datetime) -> Evidence:
    """Hand a draft in; doing it again changes nothing. Raises `WrongStateError` and `NotFoundError`."""
    evidence = load_evidence(session, actor, evidence_id, for_update=True)
    if evidence.status != "submitted":
        change_status(session, actor, evidence, "submit", now=now)
    return evidence


def withdraw_evidence(session: Session, actor: Actor, evidence_id: str, *, now: datetime) -> Evidence:
    """Take evidence back; doing it again changes nothing.

    Raises `WrongStateError`, also for evidence that a live credential rests on, and `NotFoundError`.
    """
    evidence = load_evidence(session, actor, evidence_id, for_update=True)
    if evidence.status == "withdrawn":
        return evidence
    if evidence.status == "accepted":
        lock_enrolments(session, evidence.issuer_id, evidence.learner_id)
        in_credential = evaluations.in_live_credential(session, evidence.learner_id, evidence.id)
        ensure_withdrawable("accepted", in_credential=in_credential)
    change_status(session, actor, evidence, "withdraw", now=now)
    return evidence


def invalidate_evidence(
    session: Session, actor: Actor, evidence_id: str, reason: str, *, now: datetime
) -> Evidence:
    """Declare that accepted evidence does not count; the same again changes nothing.

    A credential that rests on it stays as it is: what becomes of it is for a person to decide. Raises
    `WrongStateError` and `NotFoundError`.
    """
    evidence = load_evidence(session, actor, evidence_id, for_update=True)
    if evidence.status == "invalidated" and _last_reason(session, evidence) == reason:
        return evidence
    change_status(session, actor, evidence, "invalidate", now=now, reason=reason)
    return evidence


def _last_reason(session: Session, evidence: Evidence) -> str | None:
    last = select(EvidenceTransition.reason).where(EvidenceTransition.evidence_id == evidence.id)
    return session.scalar(last.order_by(EvidenceTransition.id.desc()).limit(1))


def change_status(
    session: Session,
    actor: Actor,
    evidence: Evidence,
    event: EvidenceEvent,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Move locked evidence on and record it: transition, audit, and an evaluation where it matters.

    Accepted evidence that stops counting takes the completions with it that rest on it and have not led
    to a credential. Raises `WrongStateError`.
    """
    before = status_of(evidence)
    evidence.status = transition(before, event)
    _record(session, actor, evidence, (before, event), now=now, reason=reason)
    if before == "accepted":
        reopen_enrolments(session, actor, evidence.learner_id, evidence.id, now=now)


def status_of(evidence: Evidence) -> EvidenceStatus:
    """Return the state of the evidence as the domain names it."""
    return cast("EvidenceStatus", evidence.status)


def _record(
    session: Session,
    actor: Actor,
    evidence: Evidence,
    change: tuple[EvidenceStatus | None, str],
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Keep a change: the status before it, and what was done."""
    before, action = change
    session.add(
        EvidenceTransition(
            id=new_id(),
            issuer_id=evidence.issuer_id,
            created_at=now,
            evidence_id=evidence.id,
            from_status=before,
            to_status=evidence.status,
            actor=actor.subject,
            reason=reason,
        )
    )
    session.flush()
    thing = ("evidence", evidence.id)
    record_event(session, actor, action, thing, now=now, status=evidence.status, revision=evidence.revision)
    if not _COUNTED.isdisjoint({before, evidence.status}):
        enqueue_evaluation(session, evidence.issuer_id, evidence.learner_id, now=now)
