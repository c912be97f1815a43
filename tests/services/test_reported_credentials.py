"""Credentials as evidence: verified by our own verifier, about the learner, by somebody trusted."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import AlreadyExistsError, InvalidPayloadError
from app.models import Evidence, Learner
from app.services import trusted_lists
from app.services.definitions import put_definition
from app.services.evaluations import evaluate_enrolment
from app.services.evidence import revise_evidence, submit_evidence
from tests.awards import completed_ledger, document_of, issue
from tests.ledgers import NOW, SITE, Ledger, open_ledger

ASKED = {"issuers": ["trusted:courses"], "assurance": "signed"}
LEAF = {"key": "course", "section": "content", "credential": ASKED}
SECTIONS = {each: {"omit_reason": "a passport for tests"} for each in ("experience", "choice")}
COURSE = {"kind": "credential", "title": "An online course", "occurred_at": "2016-02-01"}


@pytest.fixture
def course(engine: Engine) -> tuple[str, str, str]:
    """Give a credential that another issuer has made for amina@example.org: JSON, JWT, and its issuer."""
    provider = completed_ledger(engine, "courses")
    with transaction(engine) as session:
        session.get_one(Learner, provider.learner.id).email = "amina@example.org"
    credential = issue(engine, provider)
    assert credential.jwt is not None
    return json.dumps(document_of(credential)), credential.jwt, provider.issuer.did


def open_school(session: Session, did: str, email: str = "amina@example.org") -> Ledger:
    ledger = open_ledger(session, "school", rule={"key": "root", "all_of": [LEAF]}, sections=SECTIONS)
    session.get_one(Learner, ledger.learner.id).email = email
    author = ledger.actor(Role.AUTHOR)
    listed = {"title": "Courses", "issuers": [did]}
    put_definition(session, author, (trusted_lists.NOUN, "courses", listed), now=NOW)
    return ledger


def report(session: Session, ledger: Ledger, **members: object) -> Evidence:
    place = ledger.enrolment.id
    return submit_evidence(session, ledger.herself, place, COURSE | members, now=NOW, site=SITE)[0]


def met(session: Session, ledger: Ledger) -> int:
    return evaluate_enrolment(session, ledger.enrolment, now=NOW).units.met


def test_a_trusted_credential_about_the_learner_counts_at_once(
    engine: Engine, course: tuple[str, str, str]
) -> None:
    document, jwt, did = course
    with transaction(engine) as session:
        ledger = open_school(session, did)
        row = report(session, ledger, credential=jwt)
        assert (row.status, row.assurance) == ("accepted", "signed")
        found = row.current.document["verification"]
        assert (found["verified"], found["bound"], found["revoked"], found["issuer"]) == (
            True,
            True,
            False,
            did,
        )
        assert met(session, ledger) == 1
        assert report(session, ledger, credential=jwt).id == row.id
        with pytest.raises(
            AlreadyExistsError, match="another credential"
        ):  # the same credential in another form
            report(session, ledger, credential=json.loads(document))


@pytest.mark.parametrize("wrong", ["learner", "issuer", "bytes"])
def test_a_credential_that_proves_too_little_waits_for_a_reviewer(
    engine: Engine, course: tuple[str, str, str], wrong: str
) -> None:
    document, _, did = course
    changed = json.loads(document) | ({"name": "Another course"} if wrong == "bytes" else {})
    with transaction(engine) as session:
        listed = "did:web:elsewhere.example" if wrong == "issuer" else did
        email = "bola@example.org" if wrong == "learner" else "amina@example.org"
        ledger = open_school(session, listed, email)
        row = report(session, ledger, credential=changed)
        assert row.status == "submitted"
        assert row.assurance == ("signed" if wrong == "issuer" else "self")
        assert met(session, ledger) == 0


def test_a_draft_with_a_credential_is_verified_anew_when_it_is_revised(
    engine: Engine, course: tuple[str, str, str]
) -> None:
    _, jwt, did = course
    with transaction(engine) as session:
        ledger = open_school(session, did)
        row = report(session, ledger, credential=jwt, draft=True)
        assert (row.status, row.assurance) == ("draft", "signed")
        better = COURSE | {"credential": jwt, "title": "Better"}
        sent = (session, ledger.herself, row.id, better)
        again, _ = revise_evidence(*sent, now=NOW, site=SITE)
        assert revise_evidence(*sent, now=NOW, site=SITE)[1] is False
        assert (again.revision, again.assurance) == (2, "signed")


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"credential": "no credential"}, "/credential"),
        ({"credential": "x" * 60_001}, "/credential"),
        ({"credential": {"a": "x" * 60_001}}, "/credential"),
        ({"verification": {"verified": True, "bound": True}}, "/verification"),
        ({"kind": "artifact", "credential": "a.b.c"}, "/credential"),
    ],
)
def test_what_is_no_credential_is_refused(session: Session, members: dict[str, Any], pointer: str) -> None:
    ledger = open_school(session, "did:web:courses.example")
    with pytest.raises(InvalidPayloadError) as refusal:
        report(session, ledger, **members)
    assert pointer in [fault.pointer for fault in refusal.value.faults]
