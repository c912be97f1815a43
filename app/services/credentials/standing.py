"""Where credentials stand: suspended, reinstated, revoked, one by one or all of an achievement.

The rows say it at once; the signed lists that strangers read follow within two seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.cases import Cause, CauseKind
from app.domain.credentials import CredentialAct, CredentialStatus, status_after
from app.domain.selectors import CREDENTIAL_WORDS
from app.errors import NotFoundError, WrongStateError
from app.models import Credential
from app.services import achievements, status_lists
from app.services.audit_events import record_event
from app.services.case_causes import enqueue_examinations
from app.services.case_decisions import close_cases, release_cases
from app.services.completions import learners_about_to_receive, reopen_enrolments
from app.services.credentials.records import load_credential, visible_credentials
from app.services.enrolments import enqueue_evaluation, queue_evaluations


@dataclass(frozen=True, slots=True)
class BulkRevocation:
    """Which credentials of an achievement were revoked, or would be, and how many had been before."""

    achievement: str
    dry_run: bool
    credentials: Sequence[str]
    revoked_before: int

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.credentials)


def suspend_credential(
    session: Session, actor: Actor, credential_id: str, reason: str, *, now: datetime
) -> Credential:
    """Put a credential on hold until it is reinstated or revoked.

    Doing it again with the same reason changes nothing. Raises `WrongStateError` for another reason, and for
    a credential that names no list of suspensions: strangers would not see it.
    """
    credential = load_credential(session, actor, credential_id, for_update=True)
    if _is_repeated(credential, CredentialStatus.SUSPENDED, credential.suspension_reason, reason):
        return credential
    credential.status = status_after(credential.status, CredentialAct.SUSPEND)
    credential.suspended_at, credential.suspension_reason = now, reason
    _set_suspension(session, credential, to=True, now=now)
    record_event(session, actor, "suspend", ("credential", credential.id), now=now, reason=reason)
    _judge_again(session, credential, now=now)
    reopen_enrolments(session, actor, credential.learner_id, credential.id, now=now)
    return credential


def reinstate_credential(
    session: Session, actor: Actor, credential_id: str, reason: str, *, now: datetime
) -> Credential:
    """End a suspension, whoever called for it; nothing changes where there is none.

    Raises `WrongStateError` for a revoked one.
    """
    credential = load_credential(session, actor, credential_id, for_update=True)
    if credential.status == CredentialStatus.ISSUED:
        return credential
    credential.status = status_after(credential.status, CredentialAct.REINSTATE)
    credential.suspended_at = credential.suspension_reason = None
    _set_suspension(session, credential, to=False, now=now)
    release_cases(session, credential.id)
    record_event(session, actor, "reinstate", ("credential", credential.id), now=now, reason=reason)
    _judge_again(session, credential, now=now)
    return credential


def revoke_credential(
    session: Session, actor: Actor, credential_id: str, reason: str, *, now: datetime
) -> Credential:
    """Take a credential back for good.

    Its cases are closed with it. Revoking it again with the same reason changes nothing; another reason
    raises `WrongStateError`.
    """
    credential = load_credential(session, actor, credential_id, for_update=True)
    if _is_repeated(credential, CredentialStatus.REVOKED, credential.revocation_reason, reason):
        return credential
    credential.status = status_after(credential.status, CredentialAct.REVOKE)
    credential.revoked_at, credential.revocation_reason = now, reason
    status_lists.set_status(session, [credential.status_entry_id], to=True, now=now)
    record_event(session, actor, "revoke", ("credential", credential.id), now=now, reason=reason)
    _judge_again(session, credential, now=now)
    reopen_enrolments(session, actor, credential.learner_id, credential.id, now=now)
    close_cases(session, actor, [credential.id], reason, now=now)
    fallen = Cause(CauseKind.CREDENTIAL, credential.id)
    enqueue_examinations(session, credential.issuer_id, {fallen: credential.learner_id}, now=now)
    return credential


def _judge_again(session: Session, credential: Credential, *, now: datetime) -> None:
    """Have the holder evaluated again by rules that ask for a credential, or for evidence without one."""
    issuer_id, holder = credential.issuer_id, credential.learner_id
    enqueue_evaluation(session, issuer_id, holder, now=now, words=CREDENTIAL_WORDS)


def _is_repeated(credential: Credential, goal: CredentialStatus, recorded: str | None, reason: str) -> bool:
    if credential.status != goal:
        return False
    if recorded != reason:
        raise WrongStateError(f"The credential is {goal} already, for another reason.")
    return True


def _set_suspension(session: Session, credential: Credential, *, to: bool, now: datetime) -> None:
    if credential.suspension_entry_id is None:
        raise WrongStateError(
            "This credential cannot be suspended: it names no list on which others would see it.",
            hint="Revoke it, or publish the passport with `issue: {suspendable: true}` for those to come.",
        )
    status_lists.set_status(session, [credential.suspension_entry_id], to=to, now=now)


# All credentials of an achievement ------------------------------------------------------------------


def revoke_achievement(
    session: Session, actor: Actor, achievement: tuple[str, str], reason: str, *, dry_run: bool, now: datetime
) -> BulkRevocation:
    """Revoke every credential of an achievement (its public key and version) that has left: all or none.

    What is being signed at this moment is not among them. Done again, it finds nothing left to do. Raises
    `NotFoundError` for an achievement that is not of the actor's issuer.
    """
    found = achievements.load_achievement(session, *achievement)
    if found.version.issuer_id != actor.issuer_id:
        raise NotFoundError(f"There is no achievement {'/'.join(achievement)}.")
    address = "/".join(achievement)
    of_it = visible_credentials(actor).where(Credential.achievement == address)
    revoked = of_it.where(Credential.status == CredentialStatus.REVOKED)
    revoked_before = session.scalar(select(func.count()).select_from(revoked.subquery())) or 0
    live = of_it.where(Credential.status != CredentialStatus.REVOKED).order_by(Credential.id)
    if dry_run:
        ids = session.scalars(live.with_only_columns(Credential.id)).all()
    else:
        ids = _revoke_all(session, actor, live, reason, now=now)
        said = {"reason": reason, "credentials": len(ids)}
        record_event(session, actor, "revoke", ("achievement", address), now=now, **said)
    return BulkRevocation(address, dry_run, ids, revoked_before)


def _revoke_all(
    session: Session, actor: Actor, live: Select[Credential], reason: str, *, now: datetime
) -> list[str]:
    """Revoke in a few statements, whatever the number; the rows are locked in the order of their ids."""
    columns = (Credential.id, Credential.status_entry_id, Credential.learner_id)
    rows = session.execute(live.with_only_columns(*columns).with_for_update()).all()
    ids, entry_ids = [row.id for row in rows], [row.status_entry_id for row in rows]
    for some in status_lists.batches(ids):
        session.execute(
            update(Credential)
            .where(Credential.id.in_(some))
            .values(status=CredentialStatus.REVOKED, revoked_at=now, revocation_reason=reason)
        )
    status_lists.set_status(session, entry_ids, to=True, now=now)
    for credential_id in ids:
        record_event(session, actor, "revoke", ("credential", credential_id), now=now, reason=reason)
    for some in status_lists.batches([row.learner_id for row in rows]):
        queue_evaluations(session, actor.issuer_id, some, now=now, words=CREDENTIAL_WORDS)
        waiting = learners_about_to_receive(session, actor.issuer_id, some, words=CREDENTIAL_WORDS)
        for row in rows:
            if row.learner_id in waiting:
                reopen_enrolments(session, actor, row.learner_id, row.id, now=now)
    holders = {row.id: row.learner_id for row in rows}
    for some in status_lists.batches(ids):
        close_cases(session, actor, some, reason, now=now)
        fallen = {Cause(CauseKind.CREDENTIAL, each): holders[each] for each in some}
        enqueue_examinations(session, actor.issuer_id, fallen, now=now)
    return ids
