"""The records of credentials: found and listed."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.credentials import CredentialStatus
from app.errors import NotFoundError
from app.models import Credential
from app.services.pages import Page, Window, fetch_page


def visible_credentials(actor: Actor) -> Select[Credential]:
    """Return a statement for the issued credentials that the actor may see."""
    statement = select(Credential).where(
        Credential.issuer_id == actor.issuer_id, Credential.status != CredentialStatus.PREPARED
    )
    return statement.where(Credential.learner_id == actor.learner_id) if actor.is_learner else statement


@dataclass(frozen=True, slots=True)
class CredentialFilter:
    """Which credentials are asked for; None means all."""

    learner_id: str | None = None
    achievement: str | None = None
    status: CredentialStatus | None = None


def list_credentials(
    session: Session, actor: Actor, window: Window, wanted: CredentialFilter | None = None
) -> Page[Credential]:
    """Return the credentials that the actor may see, in the order in which they were issued."""
    wanted = wanted or CredentialFilter()
    statement = visible_credentials(actor)
    if wanted.learner_id is not None:
        statement = statement.where(Credential.learner_id == wanted.learner_id)
    if wanted.achievement is not None:
        statement = statement.where(Credential.achievement == wanted.achievement)
    if wanted.status is not None:
        statement = statement.where(Credential.status == wanted.status)
    return fetch_page(session, statement, Credential.id, window, by=Credential.issued_at)


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
    """Return a credential that has left for readers without an account; raises `NotFoundError`."""
    credential = session.get(Credential, credential_id)
    if credential is None or credential.status == CredentialStatus.PREPARED:
        raise NotFoundError("There is no credential at this address.")
    return credential
