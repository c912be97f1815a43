"""Roles that credentials bring: held while the credential is in force, and not a moment longer."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.database import transaction
from app.domain.actors import Actor, Role, Scope
from app.errors import ConflictOfInterestError, NotFoundError
from app.models import AuditEvent, Learner
from app.services.credentials import reinstate_credential, revoke_credential, suspend_credential
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.evidence import EvidenceFilter, list_evidence, load_evidence, submit_evidence
from app.services.issue_approvals import approve_issue
from app.services.pages import Window
from app.services.reviews import review_evidence
from app.services.roles import load_roles, with_roles
from tests.awards import completed_ledger, issue
from tests.ledgers import ACCEPTED, ATTENDANCE, NOW, PROJECT, Ledger, make_learner, publish_small_passport

SOON = NOW + timedelta(minutes=1)
MENTOR = {"role": "mentor"}


def holder(engine: Engine, **passport: Any) -> tuple[Ledger, str]:  # noqa: ANN401 (members of a passport)
    """Return the ledger of a learner whose credential brings a role, and the credential's id."""
    ledger = completed_ledger(engine, **{"grants_role": MENTOR, **passport})
    return ledger, issue(engine, ledger).id


def herself(engine: Engine, ledger: Ledger, now: datetime = SOON) -> Actor:
    """Return the learner as her own token shows her."""
    with transaction(engine) as session:
        return with_roles(session, ledger.herself, now=now)


def report_of_another(engine: Engine, ledger: Ledger, report: Any = PROJECT) -> str:  # noqa: ANN401 (a body)
    with transaction(engine) as session:
        ben = make_learner(session, ledger.issuer, "ben-02")
        lms = ledger.actor(Role.INTEGRATION)
        enrolment, _ = enrol_learner(session, lms, EnrolmentOrder(ben.id, "small"), now=NOW)
        return submit_evidence(session, lms, enrolment.id, report, now=NOW)[0].id


def seen(engine: Engine, actor: Actor) -> set[str]:
    with transaction(engine) as session:
        return {each.id for each in list_evidence(session, actor, Window(50), EvidenceFilter()).rows}


def test_whoever_holds_the_credential_reviews_others_and_never_herself(engine: Engine) -> None:
    ledger, _ = holder(engine)
    theirs, amina = report_of_another(engine, ledger), herself(engine, ledger)
    assert amina.may(Scope.EVIDENCE_REVIEW)
    assert theirs in seen(engine, amina)
    with transaction(engine) as session:
        review, _ = review_evidence(session, amina, theirs, ACCEPTED, now=SOON)
        assert review.reviewer == amina.subject
        own = ledger.submit(session, ledger.herself, PROJECT | {"occurred_at": "2016-01-02"})
        with pytest.raises(ConflictOfInterestError):
            review_evidence(session, amina, own.id, ACCEPTED, now=SOON)
    with transaction(engine) as session:
        granted = select(AuditEvent).where(AuditEvent.action == "grant_role")
        assert session.scalars(granted).one().thing_id == ledger.learner.id


def test_reviewing_changes_nothing_that_is_somebody_elses(engine: Engine) -> None:
    ledger, _ = holder(engine)
    theirs = report_of_another(engine, ledger)
    kept_back = {"visibility": "private", "occurred_at": "2016-01-03"}
    with transaction(engine) as session:
        ben = session.scalars(select(Learner).where(Learner.external_id == "ben-02")).one()
        lms = ledger.actor(Role.INTEGRATION)
        enrolment, _ = enrol_learner(session, lms, EnrolmentOrder(ben.id, "small"), now=NOW)
        private, _ = submit_evidence(session, lms, enrolment.id, PROJECT | kept_back, now=NOW)
    amina = herself(engine, ledger)
    assert private.id not in seen(engine, amina)
    with transaction(engine) as session:
        with pytest.raises(NotFoundError):
            load_evidence(session, amina, theirs, for_update=True)
        with pytest.raises(NotFoundError):
            load_evidence(session, amina, private.id, to_review=True)


def test_the_role_ends_with_the_credential(engine: Engine) -> None:
    policy = {"mode": "auto", "suspendable": True}
    ledger, credential_id = holder(engine, issue=policy, valid_for="P1Y")
    officer = ledger.actor(Role.ADMINISTRATOR)

    def held(now: datetime = SOON) -> list[str]:
        with transaction(engine) as session:
            return [each.role for each in load_roles(session, ledger.issuer.id, ledger.learner.id, now=now)]

    assert (held(), held(NOW + timedelta(days=366))) == (["mentor"], [])
    with transaction(engine) as session:
        suspend_credential(session, officer, credential_id, "We look.", now=SOON)
    assert held() == []
    with transaction(engine) as session:
        reinstate_credential(session, officer, credential_id, "Fine.", now=SOON)
    assert held() == ["mentor"]
    with transaction(engine) as session:
        revoke_credential(session, officer, credential_id, "Wrong.", now=SOON)
    assert held() == []
    assert herself(engine, ledger).scopes == ledger.herself.scopes


def test_only_a_learners_whole_token_gains_by_it(engine: Engine) -> None:
    ledger, _ = holder(engine)
    narrow = replace(ledger.herself, scopes=frozenset({Scope.EVIDENCE_READ}))
    integration = replace(ledger.actor(Role.INTEGRATION), learner_id=ledger.learner.id)
    with transaction(engine) as session:
        for actor in (narrow, integration):
            assert with_roles(session, actor, now=SOON) == actor


@pytest.mark.parametrize(("owner", "reaches"), [({"hub": "iot"}, True), ({"hub": "science"}, False)])
def test_a_role_in_a_hub_reviews_for_the_passports_of_the_hub(
    engine: Engine, owner: dict[str, str], *, reaches: bool
) -> None:
    ledger, _ = holder(engine, owner=owner, grants_role={"role": "reviewer", "hub": "iot"})
    theirs = report_of_another(engine, ledger)
    assert (theirs in seen(engine, herself(engine, ledger))) is reaches


def test_a_word_of_the_organisation_is_a_position_and_reviews_nothing(engine: Engine) -> None:
    ledger, _ = holder(engine, grants_role={"role": "elder"})
    theirs, amina = report_of_another(engine, ledger), herself(engine, ledger)
    assert not amina.may(Scope.EVIDENCE_REVIEW)
    assert theirs not in seen(engine, amina)
    assert [each.role for each in amina.positions] == ["elder"]


def test_whoever_holds_the_role_approves_what_asks_for_it(engine: Engine) -> None:
    ledger, _ = holder(engine)
    session_only = {"key": "root", "all_of": [{"key": "s", "section": "content", "content": {}}]}
    sections = {each: {"omit_reason": "a passport for tests"} for each in ("experience", "choice")}
    asking = {"rule": session_only, "sections": sections}
    with transaction(engine) as session:
        for key, role in (("next", "mentor"), ("other", "elder")):
            policy = {"mode": "on_approval", "approvers": {"role": role}}
            publish_small_passport(session, ledger.issuer, key, **asking, issue=policy)
    report_of_another(engine, ledger, ATTENDANCE)
    amina = herself(engine, ledger)
    with transaction(engine) as session:
        ben = session.scalars(select(Learner).where(Learner.external_id == "ben-02")).one()
        lms = ledger.actor(Role.INTEGRATION)
        mine, other = (
            enrol_learner(session, lms, EnrolmentOrder(ben.id, key), now=NOW)[0].id
            for key in ("next", "other")
        )
        approval, _ = approve_issue(session, amina, mine, None, now=SOON)
        assert approval.approved_by == amina.subject
        with pytest.raises(NotFoundError):
            approve_issue(session, amina, other, None, now=SOON)
