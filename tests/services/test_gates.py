"""Gates, and what one passport's credential is to another."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import NotCompleteError, WrongStateError
from app.models import Credential, Enrolment
from app.services.completions import evaluate_learner
from app.services.credentials import issue_credential, revoke_credential
from app.services.enrolments import EnrolmentOrder, enrol_learner, read_progress
from app.services.jobs import JobKind
from tests.awards import beginner, completed_ledger, document_of, issue
from tests.ledgers import ATTENDANCE, NOW, SITE, Ledger, clear_jobs, publish_small_passport, waiting

LATER = NOW + timedelta(hours=1)
RULE = {
    "key": "root",
    "all_of": [
        {"key": "again", "section": "content", "evidence": {"kinds": ["attendance"], "assurance": "system"}}
    ],
}
SECTIONS = {each: {"omit_reason": "a passport for tests"} for each in ("experience", "choice")}
BASE = {
    "key": "base",
    "title": "The Small Passport",
    "passport": {"passport": "small", "version": ">=1.0.0 <2"},
}


def gate(mode: str) -> dict[str, Any]:
    return {"mode": mode, "leaves": [BASE]}


def publish_next(session: Session, ledger: Ledger, **members: object) -> None:
    publish_small_passport(session, ledger.issuer, "next", rule=RULE, sections=SECTIONS, **members)


def enrol(session: Session, ledger: Ledger) -> Enrolment:
    order = EnrolmentOrder(ledger.learner.id, "next")
    return enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=LATER)[0]


def progress(session: Session, ledger: Ledger, enrolment: Enrolment) -> dict[str, Any]:
    return read_progress(session, ledger.herself, enrolment.id, now=LATER)


def test_a_gate_before_enrolment_lets_holders_in(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    with transaction(engine) as session:
        publish_next(session, ledger, requires=gate("before_enrol"))
        with pytest.raises(WrongStateError, match="The Small Passport"):
            enrol(session, ledger)
    issue(engine, ledger)
    with transaction(engine) as session:
        assert enrol(session, ledger).status == "active"


def test_nothing_counts_before_a_gate_opens(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    with transaction(engine) as session:
        publish_next(session, ledger, requires=gate("before_count"))
        enrolment = enrol(session, ledger)
        answer = progress(session, ledger, enrolment)
        assert (answer["status"], answer["complete"], answer["units"]["met"]) == ("blocked", False, 1)
    with pytest.raises(NotCompleteError, match="Nothing counts before The Small Passport is met"):
        issue_credential(
            beginner(engine), ledger.actor(Role.ADMINISTRATOR), enrolment.id, site=SITE, now=LATER
        )
    issue(engine, ledger)
    with transaction(engine) as session:
        assert progress(session, ledger, enrolment)["status"] == "met"


def test_a_credential_waits_for_its_gate_and_follows_by_itself(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    ada = ledger.actor(Role.ADMINISTRATOR)
    with transaction(engine) as session:
        publish_next(session, ledger, requires=gate("before_issue"))
        enrolment = enrol(session, ledger)
        clear_jobs(session)
        evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=LATER)
        assert session.get_one(Enrolment, enrolment.id).status == "completed"
        assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 1  # that of the small passport
        answer = progress(session, ledger, enrolment)
        assert (answer["status"], answer["issue"]["held_by"]) == ("met", ["base"])
        clear_jobs(session)
    with pytest.raises(NotCompleteError, match="waits for The Small Passport"):
        issue_credential(beginner(engine), ada, enrolment.id, site=SITE, now=LATER)
    base = issue(engine, ledger)
    with transaction(engine) as session:
        assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
        evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=LATER)
        assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 1
        answer = progress(session, ledger, enrolment)
        assert answer["gate"]["open"]
        assert "issue" not in answer
    credential, _ = issue_credential(beginner(engine), ada, enrolment.id, site=SITE, now=LATER)
    entry = {"id": base.url, "type": ["Evidence"], "name": "Small Passport", "genre": "OpenBadgeCredential"}
    assert entry in document_of(credential)["evidence"]


def test_a_revoked_credential_opens_no_gate(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    base = issue(engine, ledger)
    with transaction(engine) as session:
        publish_next(session, ledger, requires=gate("before_enrol"))
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), base.id, "By mistake.", now=LATER)
        with pytest.raises(WrongStateError):
            enrol(session, ledger)


def test_a_leaf_may_ask_for_a_credential_of_ours(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    base = issue(engine, ledger)
    with transaction(engine) as session:
        rule = {"key": "root", "all_of": [BASE | {"section": "content"}]}
        publish_small_passport(session, ledger.issuer, "next", rule=rule, sections=SECTIONS)
        enrolment = enrol(session, ledger)
        [root, leaf] = progress(session, ledger, enrolment)["nodes"]
        assert (root["status"], leaf["claimed"][0]["evidence"]) == ("met", base.id)
    ada = ledger.actor(Role.ADMINISTRATOR)
    credential, _ = issue_credential(beginner(engine), ada, enrolment.id, site=SITE, now=LATER)
    assert [each["id"] for each in document_of(credential)["evidence"]] == [base.url]


def test_what_another_passports_credential_rests_on_is_used_up(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    with transaction(engine) as session:
        publish_next(session, ledger, exclude_evidence_used_by=["small"])
        enrolment = enrol(session, ledger)
        assert progress(session, ledger, enrolment)["status"] == "met"
    base = issue(engine, ledger)
    with transaction(engine) as session:
        answer = progress(session, ledger, enrolment)
        assert answer["status"] == "unmet"
        assert "the credential of small rests on it already" in str(answer["unused_evidence"])
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, occurred_at="2016-02-01")
        assert progress(session, ledger, enrolment)["status"] == "met"
        row = session.get_one(Credential, base.id)
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), row.id, "By mistake.", now=LATER)
        assert progress(session, ledger, enrolment)["units"]["met"] == 1
