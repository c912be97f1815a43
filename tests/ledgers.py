"""Issuers, actors, learners and a small passport for tests of the ledger, made without HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.actors import ROLE_SCOPES, Actor, Role
from app.encryption import new_encryption_key, read_encryption_key
from app.identifiers import new_id
from app.models import Enrolment, Evidence, Issuer, Job, Learner
from app.services import content, frameworks, passports, rubrics
from app.services.content import approve_content
from app.services.definitions import Preconditions, publish_definition, put_definition
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.evidence import submit_evidence
from app.services.jobs import JobKind
from app.services.learners import LearnerName, create_learner
from app.services.sites import Site

NOW = datetime(2016, 3, 1, 9, tzinfo=UTC)
NAMESPACE = "https://lms.example.org"
SITE = Site("https://passports.example.org", read_encryption_key(new_encryption_key()))

FRAMEWORK: dict[str, Any] = {
    "title": "Participation Leadership Framework",
    "version": "0.1",
    "items": [
        {"code": "working-open", "label": "Working Open"},
        {"code": "personal-leadership", "label": "Personal Leadership"},
    ],
}
RUBRIC: dict[str, Any] = {
    "title": "Outcome of a project",
    "version": "1.0.0",
    "criteria": [
        {
            "key": "outcome",
            "title": "What changed",
            "levels": [{"key": "started", "title": "Started"}, {"key": "achieved", "title": "Achieved"}],
        }
    ],
}
CONTENT: dict[str, Any] = {
    "title": "Open by design",
    "origin": "in_house",
    "mode": "in_person",
    "alignments": [{"framework": "participation-leadership", "item": "working-open"}],
}
PASSPORT: dict[str, Any] = {
    "kind": "Passport",
    "version": "1.0.0",
    "title": "Small Passport",
    "sections": {"choice": {"omit_reason": "a passport for tests"}},
    "rule": {
        "key": "root",
        "all_of": [
            {
                "key": "session",
                "title": "Take the session",
                "section": "content",
                "content": {"keys": ["open-by-design"], "assurance": "attested"},
            },
            {
                "key": "project",
                "title": "Run a project",
                "section": "experience",
                "experience": {
                    "template": "community-project",
                    "assurance": "reviewed",
                    "min_level": {"rubric": "project-outcomes", "criterion": "outcome", "level": "achieved"},
                },
            },
        ],
    },
}

ATTENDANCE: dict[str, Any] = {
    "kind": "attendance",
    "title": "Open by design",
    "occurred_at": "2016-01-22T09:00:00Z",
    "content": "open-by-design",
}
PROJECT: dict[str, Any] = {
    "kind": "experience",
    "title": "Library coding club",
    "occurred_at": "2016-02-01",
    "template": "community-project",
}
ACHIEVED = {"rubric": "project-outcomes", "criterion": "outcome", "level": "achieved"}
ACCEPTED: dict[str, Any] = {"decision": "accepted", "levels": [ACHIEVED]}


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


def publish_definitions(session: Session, issuer: Issuer, **passport: object) -> None:
    """Publish the small passport and all that it refers to; `passport` replaces members of it."""
    author = actor_of(issuer, Role.ADMINISTRATOR, "author")
    approver = actor_of(issuer, Role.ADMINISTRATOR, "approver")
    put_definition(
        session, author, (frameworks.NOUN, "participation-leadership", FRAMEWORK), Preconditions(), now=NOW
    )
    publish_definition(session, author, frameworks.NOUN, "participation-leadership", site=SITE, now=NOW)
    put_definition(session, author, (rubrics.NOUN, "project-outcomes", RUBRIC), now=NOW)
    publish_definition(session, author, rubrics.NOUN, "project-outcomes", site=SITE, now=NOW)
    put_definition(session, author, (content.NOUN, "open-by-design", CONTENT), now=NOW)
    approve_content(session, approver, "open-by-design", {"from": "2016-01-01T00:00:00Z"}, now=NOW)
    publish_small_passport(session, issuer, "small", **passport)


def publish_small_passport(session: Session, issuer: Issuer, key: str = "small", **members: object) -> None:
    author = actor_of(issuer, Role.ADMINISTRATOR, "author")
    put_definition(session, author, (passports.NOUN, key, PASSPORT | members), now=NOW)
    publish_definition(session, author, passports.NOUN, key, site=SITE, now=NOW)


@dataclass(frozen=True)
class Ledger:
    """An issuer with the small passport, and a learner enrolled on it."""

    issuer: Issuer
    learner: Learner
    enrolment: Enrolment

    def actor(self, role: Role, subject: str | None = None) -> Actor:
        return actor_of(self.issuer, role, subject)

    @property
    def herself(self) -> Actor:
        return actor_of(self.issuer, Role.LEARNER, "amina", self.learner)

    def submit(self, session: Session, actor: Actor, document: dict[str, Any], **members: object) -> Evidence:
        return submit_evidence(session, actor, self.enrolment.id, document | members, now=NOW)[0]


def open_ledger(session: Session, key: str = "community", **passport: object) -> Ledger:
    issuer = make_issuer(session, key)
    publish_definitions(session, issuer, **passport)
    learner = make_learner(session, issuer)
    lms = actor_of(issuer, Role.INTEGRATION)
    enrolment, _ = enrol_learner(session, lms, EnrolmentOrder(learner.id, "small"), now=NOW)
    return Ledger(issuer, learner, enrolment)


def waiting(session: Session, kind: JobKind) -> int:
    """Return how many jobs of a kind are waiting."""
    return session.scalar(select(func.count(Job.id)).where(Job.kind == kind)) or 0


def clear_jobs(session: Session) -> None:
    for job in session.scalars(select(Job)):
        session.delete(job)
    session.flush()
