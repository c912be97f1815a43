from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import read_transaction, transaction
from app.domain.actors import Role
from app.errors import InvalidPayloadError, NotCompleteError, NotFoundError
from app.models import Case, Credential, Enrolment, Evaluation
from app.services.credentials import CorrectionOrder, correct_credential, issue_credential, revoke_credential
from app.services.enrolments import EnrolmentOrder, enrol_learner, read_progress
from app.services.evaluations import describe_evaluation
from app.services.evidence import invalidate_evidence, submit_evidence
from app.services.exceptions import propose_exception
from app.services.upgrades import read_upgrade
from app.worker import Worker
from tests.awards import beginner, completed_ledger, document_of, issue, work
from tests.ledgers import ATTENDANCE, NOW, SITE, Ledger, publish_small_passport

AFTER = NOW + timedelta(days=40)
RENEWAL: dict[str, Any] = {
    "key": "renew",
    "all_of": [
        {
            "key": "lately",
            "title": "Come again",
            "evidence": {"kinds": ["attendance"], "assurance": "system", "within": "P1M"},
            "result": {"type": "Status"},
        }
    ],
}
LATELY = ATTENDANCE | {"occurred_at": "2016-04-09T09:00:00Z"}
MILESTONES = [{"node": "session", "title": "First session"}]


@pytest.fixture
def ending(engine: Engine) -> Ledger:
    """A ledger whose credential ends after a month."""
    return completed_ledger(engine, valid_for="P1M")


def enrol(
    engine: Engine, ledger: Ledger, role: Role = Role.INTEGRATION, now: datetime = AFTER
) -> tuple[Enrolment, bool]:
    with transaction(engine) as session:
        order = EnrolmentOrder(ledger.learner.id, "small")
        return enrol_learner(session, ledger.actor(role), order, now=now)


def award(engine: Engine, ledger: Ledger, enrolment: Enrolment, now: datetime) -> Credential:
    actor = ledger.actor(Role.ADMINISTRATOR)
    return issue_credential(beginner(engine), actor, enrolment.id, site=SITE, now=now)[0]


def revoke(engine: Engine, ledger: Ledger, credential: Credential) -> None:
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), credential.id, "By mistake.", now=NOW)


def test_a_renewal_is_another_credential_with_the_first_awarded_date(engine: Engine, ending: Ledger) -> None:
    first = issue(engine, ending)
    enrolment, created = enrol(engine, ending)
    assert (created, enrolment.cycle, enrolment.status) == (True, 2, "active")
    second = award(engine, ending, enrolment, AFTER)
    assert second.id != first.id
    assert document_of(second)["awardedDate"] == document_of(first)["awardedDate"] == "2016-03-01T09:00:00Z"
    assert document_of(second)["validFrom"] == "2016-04-10T09:00:00Z"
    assert second.awarded_at == NOW
    with read_transaction(engine) as session:
        assert session.get_one(Enrolment, ending.enrolment.id).status == "lapsed"
        actor = ending.actor(Role.ADMINISTRATOR)
        assert read_progress(session, actor, ending.enrolment.id, now=AFTER)["status"] == "met"


def test_while_the_credential_holds_enrolling_gives_the_same_one(engine: Engine, ending: Ledger) -> None:
    issue(engine, ending)
    enrolment, created = enrol(engine, ending, now=NOW + timedelta(days=20))
    assert (created, enrolment.id, enrolment.status) == (False, ending.enrolment.id, "certified")


def test_the_next_cycle_is_begun_once(engine: Engine, ending: Ledger) -> None:
    issue(engine, ending)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(enrol, engine, ending) for _ in range(4)]
        made = [call.result() for call in calls]
    assert len({enrolment.id for enrolment, _ in made}) == 1
    assert [created for _, created in made].count(True) == 1


def test_each_cycle_has_one_credential_however_many_ask(engine: Engine, ending: Ledger) -> None:
    issue(engine, ending)
    enrolment, _ = enrol(engine, ending)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(award, engine, ending, enrolment, AFTER) for _ in range(4)]
        assert len({call.result().id for call in calls}) == 1
    with read_transaction(engine) as session:
        assert len(session.scalars(select(Credential.id)).all()) == 2


def test_after_a_revocation_only_an_administrator_begins_anew_and_the_award_is_a_new_one(
    engine: Engine,
) -> None:
    ledger = completed_ledger(engine)
    revoke(engine, ledger, issue(engine, ledger))
    for role in (Role.INTEGRATION, Role.LEARNER):
        with transaction(engine) as session:
            actor = ledger.herself if role is Role.LEARNER else ledger.actor(role)
            found = enrol_learner(session, actor, EnrolmentOrder(ledger.learner.id, "small"), now=AFTER)
        assert (found[0].id, found[1]) == (ledger.enrolment.id, False)
    enrolment, created = enrol(engine, ledger, Role.ADMINISTRATOR)
    assert (created, enrolment.cycle) == (True, 2)
    again = award(engine, ledger, enrolment, AFTER)
    assert (again.status, again.awarded_at) == ("issued", AFTER)


def test_the_first_award_that_stands_counts_through_all_cycles(engine: Engine, ending: Ledger) -> None:
    issue(engine, ending)
    second, _ = enrol(engine, ending)
    revoke(engine, ending, award(engine, ending, second, AFTER))
    third, _ = enrol(engine, ending, Role.ADMINISTRATOR)
    assert third.cycle == 3
    assert award(engine, ending, third, AFTER).awarded_at == NOW


# By a rule of its own ---------------------------------------------------------------------------------


@pytest.fixture
def renewing(engine: Engine) -> tuple[Ledger, Enrolment]:
    """A ledger whose credential has expired, and the enrolment that renews it."""
    ledger = completed_ledger(engine, valid_for="P1M", renewal=RENEWAL, milestones=MILESTONES)
    issue(engine, ledger)
    enrolment, _ = enrol(engine, ledger)
    work(Worker(engine, SITE, lambda: AFTER))
    return ledger, enrolment


def come_again(session: Session, ledger: Ledger, enrolment: Enrolment) -> str:
    lms = ledger.actor(Role.INTEGRATION)
    return submit_evidence(session, lms, enrolment.id, LATELY, now=AFTER)[0].id


def progress(engine: Engine, ledger: Ledger, enrolment_id: str) -> dict[str, Any]:
    with read_transaction(engine) as session:
        return read_progress(session, ledger.herself, enrolment_id, now=AFTER)


def renewed(engine: Engine, ledger: Ledger, enrolment: Enrolment) -> tuple[str, Credential]:
    """Do what the renewal asks for; return the evidence and the credential that the worker issues."""
    with transaction(engine) as session:
        row = come_again(session, ledger, enrolment)
    work(Worker(engine, SITE, lambda: AFTER))
    with read_transaction(engine) as session:
        found = select(Credential).where(Credential.enrolment_id == enrolment.id)
        return row, session.scalars(found).one()


def test_whoever_renews_is_judged_by_the_renewal(engine: Engine, renewing: tuple[Ledger, Enrolment]) -> None:
    ledger, enrolment = renewing
    assert (enrolment.cycle, enrolment.renews) == (2, True)
    answer = progress(engine, ledger, enrolment.id)
    assert [(node["key"], node["status"]) for node in answer["nodes"]] == [
        ("renew", "lapsed"),
        ("lately", "lapsed"),
    ]
    assert (answer["units"]["total"], "milestones" in answer) == (1, False)
    with pytest.raises(NotCompleteError, match="0 of 1 units"):
        award(engine, ledger, enrolment, AFTER)
    actor = ledger.actor(Role.ADMINISTRATOR)
    with pytest.raises(NotFoundError, match=r"The renewal of small 1\.0\.0 has no milestone session"):
        issue_credential(beginner(engine), actor, enrolment.id, site=SITE, now=AFTER, milestone="session")


def test_a_fact_that_only_the_renewal_asks_for_has_the_credential_issued(
    engine: Engine, renewing: tuple[Ledger, Enrolment]
) -> None:
    ledger, enrolment = renewing
    _, credential = renewed(engine, ledger, enrolment)
    document = document_of(credential)
    assert (document["awardedDate"], document["validFrom"]) == (
        "2016-03-01T09:00:00Z",
        "2016-04-10T09:00:00Z",
    )
    subject = document["credentialSubject"]
    [result] = subject["result"]
    assert result["resultDescription"] == f"{subject['achievement']['id']}#rd-lately"
    assert progress(engine, ledger, enrolment.id)["status"] == "met"


def test_what_was_decided_by_a_renewal_is_read_and_corrected_as_it_was(
    engine: Engine, renewing: tuple[Ledger, Enrolment]
) -> None:
    ledger, enrolment = renewing
    _, credential = renewed(engine, ledger, enrolment)
    ada = ledger.actor(Role.ADMINISTRATOR)
    again = correct_credential(
        beginner(engine), ada, credential.id, CorrectionOrder("Nothing."), site=SITE, now=AFTER
    )
    assert again.document == credential.document
    with read_transaction(engine) as session:
        frozen = describe_evaluation(session, ada, credential.evaluation_id)
        assert frozen.document["nodes"] == progress(engine, ledger, enrolment.id)["nodes"]
        first = session.scalars(select(Evaluation).where(Evaluation.enrolment_id == ledger.enrolment.id))
        assert {frozen.document["rule_digest"]}.isdisjoint(each.document["rule_digest"] for each in first)


def test_a_renewed_credential_has_a_case_once_its_own_evidence_falls(
    engine: Engine, renewing: tuple[Ledger, Enrolment]
) -> None:
    ledger, enrolment = renewing
    row, credential = renewed(engine, ledger, enrolment)
    later = AFTER + timedelta(days=1)
    with transaction(engine) as session:
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row, "It never was.", now=later)
    work(Worker(engine, SITE, lambda: later))
    with read_transaction(engine) as session:
        assert session.scalars(select(Case.credential_id)).all() == [credential.id]


def test_exceptions_are_from_what_the_renewal_asks(
    engine: Engine, renewing: tuple[Ledger, Enrolment]
) -> None:
    ledger, enrolment = renewing
    rosa = ledger.actor(Role.REVIEWER, "rosa")
    waiver = {"kind": "waive", "node": "lately", "reason": "She was ill."}
    with transaction(engine) as session:
        assert propose_exception(session, rosa, enrolment.id, waiver, now=AFTER)[1]
        with pytest.raises(InvalidPayloadError):
            propose_exception(session, rosa, enrolment.id, waiver | {"node": "project"}, now=AFTER)


def test_an_upgrade_of_a_renewal_shows_both_renewals(
    engine: Engine, renewing: tuple[Ledger, Enrolment]
) -> None:
    ledger, enrolment = renewing
    twice = {"key": "renew", "all_of": [*RENEWAL["all_of"], {"key": "tell", "experience": {}}]}
    with transaction(engine) as session:
        publish_small_passport(session, ledger.issuer, version="1.1.0", valid_for="P1M", renewal=twice)
        offer = read_upgrade(session, ledger.herself, enrolment.id, now=AFTER)
        assert [each["key"] for each in offer.current["nodes"]] == ["renew", "lately"]
        assert [each["key"] for each in offer.upgraded["nodes"]] == ["renew", "lately", "tell"]


def test_after_a_revocation_the_whole_rule_holds(engine: Engine) -> None:
    ledger = completed_ledger(engine, valid_for="P1M", renewal=RENEWAL)
    revoke(engine, ledger, issue(engine, ledger))
    enrolment, created = enrol(engine, ledger, Role.ADMINISTRATOR)
    assert (created, enrolment.cycle, enrolment.renews) == (True, 2, False)
    keys = [node["key"] for node in progress(engine, ledger, enrolment.id)["nodes"]]
    assert keys == ["root", "session", "project"]
