"""Roles that come with a credential: read where they are asked for, so that they end when it does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.credentials import CredentialStatus
from app.domain.hubs import descendants
from app.domain.milestones import PASSPORT
from app.domain.roles import GrantedRole, is_whole, scopes_with
from app.models import Credential, DefinitionVersion, Enrolment
from app.services.hubs import load_hubs
from app.services.learners import load_learner


def list_roles(session: Session, actor: Actor, learner_id: str, *, now: datetime) -> Sequence[GrantedRole]:
    """Return the roles that a learner holds because of credentials; raises `NotFoundError`."""
    return load_roles(session, actor.issuer_id, load_learner(session, actor, learner_id).id, now=now)


def load_roles(session: Session, issuer_id: str, learner_id: str, *, now: datetime) -> Sequence[GrantedRole]:
    """Return what the learner's credentials bring that are in force now, the oldest first.

    Neither suspended, nor revoked, nor expired: nothing is kept, so nothing has to be taken away.
    """
    role = DefinitionVersion.document[("grants_role", "role")].as_string()
    hub = DefinitionVersion.document[("grants_role", "hub")].as_string()
    held = (
        select(role, hub, Credential.id, Credential.valid_until)
        .join(Enrolment, Enrolment.id == Credential.enrolment_id)
        .join(DefinitionVersion, DefinitionVersion.id == Enrolment.passport_version_id)
        .where(
            Enrolment.issuer_id == issuer_id,
            Enrolment.learner_id == learner_id,
            Credential.milestone == PASSPORT,
            Credential.status == CredentialStatus.ISSUED,
            or_(Credential.valid_until.is_(None), Credential.valid_until > now),
            role.is_not(None),
        )
    )
    return [GrantedRole(*row) for row in session.execute(held.order_by(Credential.issued_at, Credential.id))]


def with_roles(session: Session, actor: Actor, *, now: datetime) -> Actor:
    """Return the actor with what the credentials of their learner bring, for a learner's own token.

    It is one query more for such a token, and a second one for the holder of a role in a hub.
    """
    if not actor.is_learner or actor.learner_id is None or not is_whole(actor.scopes):
        return actor
    roles = load_roles(session, actor.issuer_id, actor.learner_id, now=now)
    return replace(
        actor,
        scopes=actor.scopes | scopes_with(roles),
        positions=(*actor.positions, *(each.position for each in roles)),
        reviews_in=_reach(session, actor.issuer_id, roles),
    )


def _reach(session: Session, issuer_id: str, roles: Sequence[GrantedRole]) -> frozenset[str | None]:
    """Return the hubs for which the roles review, with all below them; None stands for everywhere."""
    reached = {each.hub for each in roles if each.reviews}
    named = {each for each in reached if each is not None}
    if not named or None in reached:
        return frozenset(reached)
    hubs = load_hubs(session, issuer_id)
    return frozenset(named.union(*(descendants(each, hubs) for each in named)))
