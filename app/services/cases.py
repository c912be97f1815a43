"""Cases: listed for officers and for the learner concerned, and decided by somebody else."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.actors import Actor
from app.domain.cases import (
    CaseOutcome,
    CaseStatus,
    CauseKind,
    ensure_decidable,
    ensure_impartial,
)
from app.domain.credentials import CredentialStatus
from app.errors import NotFoundError, WrongStateError
from app.models import Case, Credential
from app.services.case_decisions import is_held, record_decision
from app.services.credentials import reinstate_credential, revoke_credential, suspend_credential
from app.services.pages import Page, Window, fetch_page
from app.services.tokens import subjects_of_learner


def visible_cases(actor: Actor) -> Select[Case]:
    """Return a statement for the cases the actor may see, with their decisions: a learner sees their own."""
    statement = (
        select(Case)
        .where(Case.issuer_id == actor.issuer_id)
        .options(joinedload(Case.credential, innerjoin=True), selectinload(Case.decisions))
    )
    own = Case.credential.has(Credential.learner_id == actor.learner_id)
    return statement.where(own) if actor.is_learner else statement


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are asked for; None means all."""

    status: CaseStatus | None = None
    credential_id: str | None = None
    learner_id: str | None = None
    cause: CauseKind | None = None


def list_cases(session: Session, actor: Actor, window: Window, wanted: CaseFilter) -> Page[Case]:
    """Return the cases the actor may see, oldest first: with status `open`, what waits for an officer."""
    statement = visible_cases(actor)
    if wanted.status is not None:
        statement = statement.where(Case.status == wanted.status)
    if wanted.credential_id is not None:
        statement = statement.where(Case.credential_id == wanted.credential_id)
    if wanted.learner_id is not None:
        statement = statement.where(Case.credential.has(Credential.learner_id == wanted.learner_id))
    if wanted.cause is not None:
        statement = statement.where(Case.cause_kind == wanted.cause)
    return fetch_page(session, statement, Case.id, window)


def load_case(session: Session, actor: Actor, case_id: str) -> Case:
    """Return a case the actor may see, as it is now; raises `NotFoundError`."""
    statement = visible_cases(actor).where(Case.id == case_id)
    case = session.scalar(statement.execution_options(populate_existing=True))
    if case is None:
        raise NotFoundError(f"There is no case {case_id}.")
    return case


def decide_case(
    session: Session, actor: Actor, case_id: str, outcome: CaseOutcome, reason: str, *, now: datetime
) -> tuple[Case, bool]:
    """Keep, suspend or revoke the credential of a case; say whether the decision is new.

    The same decision with the same reason changes nothing. Raises `ConflictOfInterestError` for the holder,
    `WrongStateError` for another decision than is possible, also where the credential cannot be suspended or
    is being signed, and `NotFoundError`.
    """
    case = load_case(session, actor, case_id)
    session.execute(select(Credential.id).where(Credential.id == case.credential_id).with_for_update())
    case = load_case(session, actor, case_id)
    ensure_impartial(
        actor.subject,
        is_learner=actor.learner_id == case.credential.learner_id,
        learner_subjects=subjects_of_learner(session, case.issuer_id, case.credential.learner_id),
    )
    if any((each.outcome, each.reason) == (outcome, reason) for each in case.decisions):
        return case, False
    ensure_decidable(CaseStatus(case.status), outcome)
    _carry_out(session, actor, case, outcome, reason, now=now)
    return load_case(session, actor, case.id), True


def _carry_out(
    session: Session, actor: Actor, case: Case, outcome: CaseOutcome, reason: str, *, now: datetime
) -> None:
    """Do to the credential what was decided, and record it: revoking it decides all its cases."""
    credential = case.credential
    if credential.status == CredentialStatus.PREPARED:
        hint = "Send the same request again in a moment."
        raise WrongStateError("The credential is being signed at this moment.", hint=hint)
    if outcome is CaseOutcome.REVOKE:
        revoke_credential(session, actor, credential.id, reason, now=now)
        return
    if outcome is CaseOutcome.SUSPEND:
        suspend_for_case(session, actor, case, credential, reason, now=now)
    if outcome is CaseOutcome.KEEP and case.holds:
        _let_go(session, actor, case, reason, now=now)
    record_decision(session, actor, case, outcome, reason, now=now)


def suspend_for_case(
    session: Session, actor: Actor, case: Case, credential: Credential, reason: str, *, now: datetime
) -> None:
    """Have a case hold the suspension of its locked credential, alone or with other cases.

    What was suspended by hand before stays so, whatever becomes of the case. Raises `WrongStateError` where
    the credential cannot be suspended.
    """
    if credential.status != CredentialStatus.SUSPENDED:
        suspend_credential(session, actor, credential.id, reason, now=now)
        case.holds = True
    elif case.holds:
        credential.suspension_reason = reason
    else:
        case.holds = is_held(session, credential.id)


def _let_go(session: Session, actor: Actor, case: Case, reason: str, *, now: datetime) -> None:
    """End the suspension that a case holds, unless another one holds it too."""
    case.holds = False
    session.flush()
    if not is_held(session, case.credential_id):
        reinstate_credential(session, actor, case.credential_id, reason, now=now)
