"""What fell away under credentials is examined: which cases this opens, and what they suspend."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.cases import CaseStatus, Cause, CauseKind, Replay, known_rows
from app.domain.credentials import CredentialStatus
from app.domain.evaluations import rests_on_exception
from app.domain.exceptions import carried
from app.domain.partnerships import read_partnership
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.progress import Evaluation as Answer
from app.identifiers import new_id
from app.models import (
    Approval,
    Case,
    Credential,
    DefinitionVersion,
    Enrolment,
    Evaluation,
    Evidence,
    EvidenceTransition,
    ExceptionDecision,
    Partnership,
)
from app.services.audit_events import record_event
from app.services.case_causes import enqueue_examination
from app.services.cases import suspend_for_case
from app.services.content import with_recalled
from app.services.enrolments import system_actor
from app.services.facts import load_facts
from app.services.granted_exceptions import load_granted_exceptions
from app.services.passports import pinned_catalogue, present_catalogue, read_judging, read_published

UNTIL_SIGNED: Final = timedelta(seconds=5)
"""How long a credential that is being signed is left to whoever signs it."""

SUSPENDED_BECAUSE: Final = (
    "Something that it rests on fell away, so it is on hold until an officer has decided."
)
"""The reason that shows where the credential does; what fell away is for the officer and the holder."""


def examine_credentials(
    session: Session, issuer_id: str, cause: Cause, learner_id: str, *, now: datetime
) -> None:
    """Open a case for each credential of the learner that would not stand without what fell away.

    The frozen evaluation is replayed with what was known then and still counts. There is one case for a
    credential and a cause, however often this runs. Where the passport says so, the case suspends the
    credential at once; one that is being signed is looked at again once strangers could see that.
    """
    live = select(Credential).where(
        Credential.issuer_id == issuer_id,
        Credential.learner_id == learner_id,
        Credential.status != CredentialStatus.REVOKED,
    )
    for credential in session.scalars(live.order_by(Credential.id).with_for_update()).all():
        if _has_case(session, credential, cause):
            continue
        replayed = _replay_without(session, credential, cause)
        if replayed is None:
            continue
        suspends = _suspends(session, credential, now=now)
        if suspends and credential.status == CredentialStatus.PREPARED:
            enqueue_examination(session, issuer_id, cause, learner_id, now=now, delay=UNTIL_SIGNED)
            continue
        case = _open_case(session, credential, cause, replayed, now=now)
        if suspends:
            suspend_for_case(session, system_actor(issuer_id), case, credential, SUSPENDED_BECAUSE, now=now)


def _has_case(session: Session, credential: Credential, cause: Cause) -> bool:
    same = (Case.credential_id == credential.id, Case.cause_kind == cause.kind, Case.cause_id == cause.id)
    return session.scalar(select(Case.id).where(*same)) is not None


def _open_case(
    session: Session, credential: Credential, cause: Cause, replayed: Replay, *, now: datetime
) -> Case:
    case = Case(
        id=new_id(),
        issuer_id=credential.issuer_id,
        created_at=now,
        credential_id=credential.id,
        cause_kind=cause.kind,
        cause_id=cause.id,
        cause_reason=_reason_of(session, cause),
        replay=replayed.to_document(),
        status=CaseStatus.OPEN,
        holds=False,
    )
    session.add(case)
    session.flush()
    said = {"credential": credential.id, "cause": f"{cause.kind}:{cause.id}"}
    record_event(session, system_actor(credential.issuer_id), "open", ("case", case.id), now=now, **said)
    return case


def _suspends(session: Session, credential: Credential, *, now: datetime) -> bool:
    """Tell whether the passport wants a credential suspended under which something fell away."""
    if credential.suspension_entry_id is None:
        return False
    has_expired = credential.valid_until is not None and credential.valid_until <= now
    frozen = session.get_one(Evaluation, credential.evaluation_id)
    definition = read_published(_version_judged(session, credential, frozen))
    return definition.issue.on_invalidated == "suspend" and not has_expired


def _reason_of(session: Session, cause: Cause) -> str | None:
    """Return why it fell away, in the words of whoever made it so."""
    match cause.kind:
        case CauseKind.CREDENTIAL:
            return session.scalar(select(Credential.revocation_reason).where(Credential.id == cause.id))
        case CauseKind.EXCEPTION:
            decided = select(ExceptionDecision.reason).where(ExceptionDecision.proposal_id == cause.id)
            return session.scalar(decided.order_by(ExceptionDecision.id.desc()).limit(1))
        case CauseKind.PARTNERSHIP:
            return read_partnership(session.get_one(Partnership, cause.id).document).invalidated_because
        case CauseKind.APPROVAL:
            return session.get_one(Approval, cause.id).withdrawal_reason
        case CauseKind.EVIDENCE:
            changes = select(EvidenceTransition.reason).where(EvidenceTransition.evidence_id == cause.id)
            return session.scalar(changes.order_by(EvidenceTransition.id.desc()).limit(1))


# Replaying ------------------------------------------------------------------------------------------


def _replay_without(session: Session, credential: Credential, cause: Cause) -> Replay | None:
    """Return what the frozen evaluation comes to now, if the credential no longer stands because of `cause`.

    Evidence may carry a credential that does not claim it, once what it does claim fell away before. So the
    replay is held against one in which the cause counts once more.
    """
    frozen = session.get_one(Evaluation, credential.evaluation_id)
    without = _replay(session, credential, frozen)
    if without.stands:
        return None
    if cause.kind is CauseKind.EXCEPTION:
        return without if rests_on_exception(frozen.document, cause.id) else None
    return without if without.lacks_more_than(_replay(session, credential, frozen, restored=cause)) else None


def _replay(
    session: Session, credential: Credential, frozen: Evaluation, *, restored: Cause | None = None
) -> Replay:
    """Evaluate what was known at the completion and still counts; for a gate, what was known at the issue."""
    version = _version_judged(session, credential, frozen)
    definition = read_judging(session.get_one(Enrolment, credential.enrolment_id), version)
    present = present_catalogue(session, version.issuer_id)
    if restored is not None and restored.kind is CauseKind.APPROVAL:
        present = replace(present, content=with_recalled(session, present.content, restored.id))
    catalogue = pinned_catalogue(version, present)
    granted = load_granted_exceptions(session, [credential.enrolment_id])[credential.enrolment_id]
    exceptions = carried(granted, definition)

    def judge(as_of: datetime) -> Answer:
        restored_id = None if restored is None else restored.id
        rows = _known_rows(session, credential.learner_id, as_of, restored_id, definition)
        return evaluate(definition, rows, catalogue, as_of=as_of, exceptions=exceptions)

    rule, milestone = judge(frozen.as_of), frozen.document.get("milestone")
    match definition.requires and definition.requires.mode:
        case "before_count":
            gate = rule.gate
        case "before_issue" if milestone is None:
            gate = judge(credential.created_at).gate
        case _:
            gate = None
    return Replay(rule, gate, milestone)


def _version_judged(session: Session, credential: Credential, frozen: Evaluation) -> DefinitionVersion:
    """Return the version of the passport that the frozen evaluation is of."""
    versions = (
        select(DefinitionVersion)
        .join(Enrolment, Enrolment.passport_id == DefinitionVersion.definition_id)
        .where(Enrolment.id == credential.enrolment_id)
    )
    return session.scalars(versions.where(DefinitionVersion.version == frozen.document["version"])).one()


def _known_rows(
    session: Session,
    learner_id: str,
    as_of: datetime,
    restored: str | None,
    definition: PassportDefinition,
) -> list[EvidenceRow]:
    kept_at = as_of if definition.looks_at_partnerships else None
    [facts] = load_facts(session, [learner_id], held=True, kept_at=kept_at, until=as_of).values()
    rows = [replace(row, status="accepted", revoked=False) if row.id == restored else row for row in facts]
    return known_rows(rows, _accepted_at(session, learner_id), as_of=as_of)


def _accepted_at(session: Session, learner_id: str) -> dict[str, datetime]:
    """Return when each piece of a learner's evidence was accepted."""
    accepted = (
        select(EvidenceTransition.evidence_id, func.min(EvidenceTransition.created_at))
        .join(Evidence, Evidence.id == EvidenceTransition.evidence_id)
        .where(Evidence.learner_id == learner_id, EvidenceTransition.to_status == "accepted")
        .group_by(EvidenceTransition.evidence_id)
    )
    return {row[0]: row[1] for row in session.execute(accepted)}
