"""Issuers, actors and learners for tests of the ledger, made without HTTP."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.domain.actors import ROLE_SCOPES, Actor, Role
from app.identifiers import new_id
from app.models import Issuer, Learner
from app.services.learners import LearnerName, create_learner

NOW = datetime(2016, 3, 1, 9, tzinfo=UTC)
NAMESPACE = "https://lms.example.org"


def make_issuer(session: Session, key: str = "community") -> Issuer:
    issuer = Issuer(
        id=new_id(),
        key=key,
        did=f"did:web:passports.example.org:issuers:{key}",
        name=key.title(),
        url="https://community.example.org",
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(issuer)
    session.flush()
    return issuer


def actor_of(issuer: Issuer, role: Role, subject: str | None = None, learner: Learner | None = None) -> Actor:
    return Actor(
        issuer_id=issuer.id,
        token_id="",
        subject=subject or role.value,
        role=role,
        scopes=ROLE_SCOPES[role],
        learner_id=learner.id if learner else None,
    )


def make_learner(session: Session, issuer: Issuer, external_id: str = "amina-01") -> Learner:
    lms = actor_of(issuer, Role.INTEGRATION)
    given = {"display_name": external_id.title()}
    return create_learner(session, lms, LearnerName(NAMESPACE, external_id), given, now=NOW)[0]
