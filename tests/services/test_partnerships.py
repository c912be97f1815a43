"""Partnerships as facts: kept word for word, read by evaluations as they stand, undone by officers alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import AlreadyExistsError, NotCompleteError
from app.models import AuditEvent, Case, Credential, Enrolment, Evaluation, PartnershipRevision, Snapshot
from app.services import partnerships
from app.services.completions import evaluate_learner
from app.services.credentials.facts import load_claimed
from app.services.definitions import Preconditions
from app.services.enrolments import read_progress
from app.services.evaluations import complete_enrolment, load_evaluation
from app.services.exceptions import propose_exception
from app.services.jobs import JobKind
from app.services.pages import Window
from app.worker import Worker
from tests.awards import document_of, equip, issue, work
from tests.ledgers import NOW, SITE, Ledger, clear_jobs, open_ledger, waiting

BRIDGE = {
    "key": "bridge",
    "title": "Keep a bridge standing",
    "section": "experience",
    "partnership": {"status_at_least": "active", "assurance": "attested", "shared": True},
}
OMITTED = {each: {"omit_reason": "a passport for tests"} for each in ("content", "choice")}
AGO = NOW - timedelta(days=20)


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session, rule={"key": "root", "all_of": [BRIDGE]}, sections=OMITTED)


def begin(session: Session, ledger: Ledger, **members: object) -> str:
    given = {"organisation": "city-library", "plan_year": 2016, "priority": 1} | members
    view, _ = partnerships.create_partnership(session, ledger.herself, ledger.learner.id, given, now=AGO)
    return view.row.id


def build(session: Session, ledger: Ledger, **members: object) -> str:
    """Bring a partnership to where its partner confirms it, with a check-in due each ten days."""
    identifier = begin(session, ledger, maintenance={"cadence": "P10D"}, **members)
    for number in range(4):
        step = {"text": f"Step {number}", "done_at": AGO}
        partnerships.add_action_to(session, ledger.herself, identifier, step, now=AGO)
    platform = ledger.actor(Role.INTEGRATION)
    partnerships.confirm_partnership(session, platform, identifier, {"at": AGO}, now=NOW - timedelta(days=1))
    return identifier


def progress(session: Session, ledger: Ledger, days: int = 0, role: Role | None = None) -> dict[str, Any]:
    actor = ledger.herself if role is None else ledger.actor(role)
    return read_progress(session, actor, ledger.enrolment.id, now=NOW + timedelta(days=days))


def settle(session: Session, ledger: Ledger, days: int = 0) -> Enrolment:
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW + timedelta(days=days))
    return session.get_one(Enrolment, ledger.enrolment.id)


def test_a_change_is_kept_and_has_the_learner_evaluated_in_one_transaction(
    session: Session, ledger: Ledger
) -> None:
    clear_jobs(session)
    session.refresh(ledger.learner)
    before = ledger.learner.facts_seq
    identifier = begin(session, ledger)
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    session.refresh(ledger.learner)
    assert ledger.learner.facts_seq == before + 1
    partnerships.revise_partnership(
        session, ledger.herself, identifier, {"goals": ["Reach families"]}, Preconditions(), now=NOW
    )
    kept = session.scalars(select(PartnershipRevision).order_by(PartnershipRevision.number)).all()
    assert [(each.number, each.action, each.document["goals"]) for each in kept] == [
        (1, "create", []),
        (2, "revise", ["Reach families"]),
    ]
    told = session.scalars(select(AuditEvent.action).where(AuditEvent.thing == "partnership"))
    assert sorted(told) == ["create", "revise"]


def test_the_same_again_changes_nothing(session: Session, ledger: Ledger) -> None:
    identifier = begin(session, ledger)
    session.refresh(ledger.learner)
    before = ledger.learner.facts_seq
    assert begin(session, ledger) == identifier
    same = {"priority": 1}
    partnerships.revise_partnership(session, ledger.herself, identifier, same, Preconditions(), now=NOW)
    session.refresh(ledger.learner)
    assert ledger.learner.facts_seq == before
    assert session.scalar(select(func.count(PartnershipRevision.id))) == 1


def test_a_rule_reads_the_record_as_it_stands(session: Session, ledger: Ledger) -> None:
    begin(session, ledger)
    [missing] = progress(session, ledger)["unused_evidence"]
    assert missing["why_not"] == "“Keep a bridge standing”: its assurance is self; asked is attested"
    with pytest.raises(NotCompleteError):
        complete_enrolment(session, ledger.enrolment, actor=ledger.herself, now=NOW)


def test_a_completion_is_frozen_and_outlives_what_becomes_of_the_partnership(
    session: Session, ledger: Ledger
) -> None:
    identifier = build(session, ledger)
    enrolment = settle(session, ledger, days=-1)
    assert enrolment.status == "completed"
    frozen = session.scalars(select(Evaluation)).one()
    [observed] = frozen.document["nodes"][1]["observed"]
    assert observed == {
        "evidence": identifier,
        "why": "Partnership with city-library; active; assurance attested",
    }
    before = dict(frozen.document)
    partnerships.close_partnership(session, ledger.herself, identifier, "The library moved.", now=NOW)
    assert settle(session, ledger).status == "completed"
    assert load_evaluation(session, ledger.herself, frozen.id).document == before
    [claimed] = load_claimed(session, [identifier])
    assert (claimed.genre, claimed.report.title) == ("partnership", "Partnership with city-library")


def test_only_an_officer_s_word_undoes_a_completion(session: Session, ledger: Ledger) -> None:
    identifier = build(session, ledger)
    assert settle(session, ledger, days=-1).status == "completed"
    officer = ledger.actor(Role.ADMINISTRATOR, "cleo")
    partnerships.invalidate_partnership(session, officer, identifier, "There is none.", now=NOW)
    enrolment = session.get_one(Enrolment, ledger.enrolment.id)
    assert enrolment.status == "active"
    [unused] = progress(session, ledger)["unused_evidence"]
    assert unused["why_not"] == "it was declared invalid"
    partnerships.invalidate_partnership(session, officer, identifier, "There is none.", now=NOW)
    assert session.scalar(select(func.max(PartnershipRevision.number))) == 7


def test_what_was_declared_invalid_leaves_its_priority_to_another(session: Session, ledger: Ledger) -> None:
    identifier = begin(session, ledger)
    with pytest.raises(AlreadyExistsError, match="has the priority 1"):
        begin(session, ledger, organisation="harbour-museum")
    officer = ledger.actor(Role.ADMINISTRATOR, "cleo")
    view = partnerships.invalidate_partnership(session, officer, identifier, "There is none.", now=NOW)
    assert view.record.priority == 1
    other = begin(session, ledger, organisation="harbour-museum")
    view = partnerships.load_partnership(session, ledger.herself, other, now=NOW)
    assert view.record.priority == 1


def test_what_is_closed_leaves_its_priority_to_another(session: Session, ledger: Ledger) -> None:
    identifier = begin(session, ledger)
    view = partnerships.close_partnership(session, ledger.herself, identifier, "It moved away.", now=NOW)
    assert (view.record.priority, view.record.held_priority) == (1, None)
    begin(session, ledger, organisation="harbour-museum")
    again = partnerships.close_partnership(session, ledger.herself, identifier, "It moved away.", now=NOW)
    assert again.row.revision == view.row.revision


def test_the_clock_makes_it_dormant_without_anybody_s_doing(session: Session) -> None:
    rule = {"key": "root", "all_of": [BRIDGE, BRIDGE | {"key": "other", "partnership": {"priority": 9}}]}
    ledger = open_ledger(session, rule=rule, sections=OMITTED)
    build(session, ledger)
    settle(session, ledger, days=-2)
    kept = session.scalars(select(Snapshot)).one()
    assert kept.next_change_at == NOW  # twice ten days after the partner's word
    status = {each["key"]: each["status"] for each in progress(session, ledger, days=-1)["nodes"]}
    assert status["bridge"] == "met"
    answer = progress(session, ledger, days=1)
    assert answer["nodes"][1]["status"] == "lapsed"
    assert "the partnership is dormant" in answer["unused_evidence"][0]["why_not"]
    wanted = partnerships.PartnershipFilter(status="dormant")
    window = Window(10)
    found = [
        [
            each.standing.status
            for each in partnerships.list_partnerships(session, ledger.herself, window, wanted, now=at).rows
        ]
        for at in (NOW - timedelta(days=1), NOW)
    ]
    assert found == [[], ["dormant"]]


def test_reviewers_do_not_read_what_is_private(session: Session, ledger: Ledger) -> None:
    build(session, ledger, visibility="private", name="A house that nobody may know of")
    for days in (-2, -1):
        shown = str(progress(session, ledger, days, Role.REVIEWER))
        assert "nobody may know" not in shown
        assert "private evidence" in shown
        settle(session, ledger, days=-1)


def test_an_exception_may_name_a_partnership(session: Session, ledger: Ledger) -> None:
    identifier = begin(session, ledger)
    document = {
        "kind": "substitute",
        "node": "bridge",
        "evidence": identifier,
        "reason": "The partner cannot write.",
    }
    reviewer = ledger.actor(Role.REVIEWER, "rosa")
    _, created = propose_exception(session, reviewer, ledger.enrolment.id, document, now=NOW)
    assert created


def test_a_credential_that_rests_on_it_becomes_a_case_of_an_officer(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session, rule={"key": "root", "all_of": [BRIDGE]}, sections=OMITTED)
        equip(session, ledger.issuer)
        identifier = build(session, ledger)
        settle(session, ledger, days=-1)
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        partnerships.close_partnership(session, ledger.herself, identifier, "The library moved.", now=NOW)
        officer = ledger.actor(Role.ADMINISTRATOR, "cleo")
        partnerships.invalidate_partnership(session, officer, identifier, "There is none.", now=NOW)
    work(Worker(engine, SITE, lambda: NOW + timedelta(hours=1)))
    with transaction(engine) as session:
        case = session.scalars(select(Case)).one()
        assert (case.credential_id, case.cause_kind, case.cause_id) == (
            credential.id,
            "partnership",
            identifier,
        )
        assert (case.cause_reason, session.get_one(Credential, credential.id).status) == (
            "There is none.",
            "issued",
        )
    [shown] = document_of(credential)["evidence"]
    assert "artifact (1)" in shown["narrative"]
