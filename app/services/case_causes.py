"""What fell away under credentials: who has to be looked at again, and the cases that this opens."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

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
from app.services.content import with_recalled
from app.services.enrolments import system_actor
from app.services.facts import load_facts
from app.services.granted_exceptions import load_granted_exceptions
from app.services.jobs import JobKind, enqueue_job
from app.services.passports import pinned_catalogue, present_catalogue, read_judging


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
            payload = {"cause": cause.kind, "cause_id": cause.id, "learner_id": learner_id}
            enqueue_job(session, issuer_id, JobKind.EXAMINE_CREDENTIALS, payload, now=now)


def examine_credentials(
    session: Session, issuer_id: str, cause: Cause, learner_id: str, *, now: datetime
) -> None:
    """Open a case for each credential of the learner that would not stand without what fell away.

    The frozen evaluation is replayed with what was known then and still counts. There is one case for a
    credential and a cause, however often this runs.
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
        if replayed is not None:
            _open_case(session, credential, cause, replayed, now=now)


def _has_case(session: Session, credential: Credential, cause: Cause) -> bool:
    same = (Case.credential_id == credential.id, Case.cause_kind == cause.kind, Case.cause_id == cause.id)
    return session.scalar(select(Case.id).where(*same)) is not None


def _open_case(
    session: Session, credential: Credential, cause: Cause, replayed: Replay, *, now: datetime
) -> None:
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
    )
    session.add(case)
    session.flush()
    said = {"credential": credential.id, "cause": f"{cause.kind}:{cause.id}"}
    record_event(session, system_actor(credential.issuer_id), "open", ("case", case.id), now=now, **said)


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
    judged = frozen.document
    version = session.scalars(
        select(DefinitionVersion)
        .join(Enrolment, Enrolment.passport_id == DefinitionVersion.definition_id)
        .where(Enrolment.id == credential.enrolment_id, DefinitionVersion.version == judged["version"])
    ).one()
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

    rule, milestone = judge(frozen.as_of), judged.get("milestone")
    match definition.requires and definition.requires.mode:
        case "before_count":
            gate = rule.gate
        case "before_issue" if milestone is None:
            gate = judge(credential.created_at).gate
        case _:
            gate = None
    return Replay(rule, gate, milestone)


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
