"""The records of credentials: found, listed, revoked."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.errors import NotFoundError, WrongStateError
from app.models import Credential
from app.services import status_lists
from app.services.audit_events import record_event
from app.services.pages import Page, Window, fetch_page


def visible_credentials(actor: Actor) -> Select[Credential]:
    """Return a statement for the issued credentials that the actor may see."""
    statement = select(Credential).where(
        Credential.issuer_id == actor.issuer_id, Credential.status != "prepared"
    )
    return statement.where(Credential.learner_id == actor.learner_id) if actor.is_learner else statement


def list_credentials(
    session: Session, actor: Actor, learner_id: str | None, window: Window
) -> Page[Credential]:
    """Return the credentials that the actor may see, of one learner if asked for."""
    statement = visible_credentials(actor)
    if learner_id is not None:
        statement = statement.where(Credential.learner_id == learner_id)
    return fetch_page(session, statement, Credential.id, window)


def load_credential(
    session: Session, actor: Actor, credential_id: str, *, for_update: bool = False
) -> Credential:
    """Return a credential that the actor may see; raises `NotFoundError`."""
    statement = visible_credentials(actor).where(Credential.id == credential_id)
    credential = session.scalar(statement.with_for_update() if for_update else statement)
    if credential is None:
        raise NotFoundError(f"There is no credential {credential_id}.")
    return credential


def load_public_credential(session: Session, credential_id: str) -> Credential:
    """Return an issued or revoked credential for readers without an account; raises `NotFoundError`."""
    credential = session.get(Credential, credential_id)
    if credential is None or credential.status == "prepared":
        raise NotFoundError("There is no credential at this address.")
    return credential


def revoke_credential(
    session: Session, actor: Actor, credential_id: str, reason: str, *, now: datetime
) -> Credential:
    """Take a credential back for good; the signed status list follows within two seconds.

    Revoking it again with the same reason changes nothing; another reason raises `WrongStateError`.
    """
    credential = load_credential(session, actor, credential_id, for_update=True)
    if credential.status == "revoked":
        if credential.revocation_reason != reason:
            raise WrongStateError("The credential is revoked already, for another reason.")
        return credential
    credential.status, credential.revoked_at, credential.revocation_reason = "revoked", now, reason
    status_lists.set_status(session, credential, now=now)
    record_event(session, actor, "revoke", ("credential", credential.id), now=now, reason=reason)
    return credential
