import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.domain.digests import digest_of
from app.errors import NotCompleteError, NotFoundError, WrongStateError
from app.identifiers import new_id, new_public_id
from app.models import AuditEvent, Credential, Evaluation, Evidence, SigningKey, StatusEntry, StatusList
from app.services.completions import evaluate_learner
from app.services.enrolments import load_enrolment, read_progress, system_actor
from app.services.evaluations import complete_enrolment, load_evaluation
from app.services.evidence import invalidate_evidence, withdraw_evidence
from app.services.reviews import review_evidence
from tests.ledgers import (
    ACCEPTED,
    ATTENDANCE,
    NOW,
    PROJECT,
    Ledger,
    actor_of,
    make_issuer,
    make_learner,
    open_ledger,
)

LATER = NOW + timedelta(days=30)


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session, issue={"mode": "on_approval"})


def complete(session: Session, ledger: Ledger) -> Evidence:
    """Have the enrolment completed; return the project that it rests on."""
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    project = ledger.submit(session, ledger.herself, PROJECT)
    review_evidence(session, ledger.actor(Role.REVIEWER), project.id, ACCEPTED, now=NOW)
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    return project


def certify(session: Session, ledger: Ledger, evaluation: Evaluation) -> Credential:
    """Give the enrolment a credential as issuing leaves it, without signing anything."""
    owned = {"issuer_id": ledger.issuer.id, "created_at": NOW}
    key = SigningKey(
        id=new_id(), **owned, algorithm="EdDSA", status="active", kid="k", public_jwk={}, backend="local"
    )
    listed = StatusList(
        id=new_id(),
        **owned,
        purpose="revocation",
        length=8,
        changes=0,
        published_changes=0,
        published_at=NOW,
        valid_until=NOW,
        body=b"",
    )
    session.add_all([key, listed])
    session.flush()
    entry = StatusEntry(id=new_id(), **owned, list_id=listed.id, position=0, is_set=False, changed_at=NOW)
    session.add(entry)
    session.flush()
    credential = Credential(
        id=new_public_id(),
        **owned,
        learner_id=ledger.learner.id,
        enrolment_id=ledger.enrolment.id,
        evaluation_id=evaluation.id,
        evaluation_digest=evaluation.digest,
        signing_key_id=key.id,
        jwt_key_id=key.id,
        status_entry_id=entry.id,
        url="https://passports.example.org/credentials/1",
        achievement="small/1.0.0",
        status="issued",
        unsigned=b"{}",
        unsigned_sha256="",
        proof_created=NOW,
        valid_from=NOW,
        valid_until=None,
        awarded_at=NOW,
    )
    session.add(credential)
    ledger.enrolment.status = "certified"
    session.flush()
    return credential


def frozen(session: Session) -> list[Evaluation]:
    return list(session.scalars(select(Evaluation).order_by(Evaluation.id)))


# Completing -----------------------------------------------------------------------------------------


def test_what_is_not_complete_says_what_is_missing(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    with pytest.raises(NotCompleteError, match=r"1 of 2 units are met\. .*Run a project") as refusal:
        complete_enrolment(session, ledger.enrolment, actor=system_actor(ledger.issuer.id), now=NOW)
    assert refusal.value.hint is not None
    assert f"/v1/enrolments/{ledger.enrolment.id}/progress" in refusal.value.hint
    assert frozen(session) == []


def test_what_waits_for_a_reviewer_is_said_to_be_under_review(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    ledger.submit(session, ledger.herself, PROJECT)
    with pytest.raises(NotCompleteError, match="Evidence for 1 is under review"):
        complete_enrolment(session, ledger.enrolment, actor=system_actor(ledger.issuer.id), now=NOW)


def test_what_a_clock_ahead_of_ours_reports_counts_at_once(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, occurred_at="2016-03-01T09:05:00Z")
    progress = read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    assert (progress["units"]["met"], progress["as_of"]) == (1, "2016-03-01T09:05:00Z")


def test_many_gaps_are_summed_up(session: Session) -> None:
    leaves = [
        {"key": f"talk-{number}", "section": "experience", "experience": {"template": f"talk-{number}"}}
        for number in range(7)
    ]
    omitted = {section: {"omit_reason": "a passport for tests"} for section in ("content", "choice")}
    ledger = open_ledger(session, rule={"key": "root", "all_of": leaves}, sections=omitted)
    with pytest.raises(NotCompleteError, match=r"0 of 7 units are met\. .*There are 2 more gaps\."):
        complete_enrolment(session, ledger.enrolment, actor=system_actor(ledger.issuer.id), now=NOW)


def test_completion_freezes_the_answer_with_its_digest(session: Session, ledger: Ledger) -> None:
    complete(session, ledger)
    [evaluation] = frozen(session)
    assert evaluation.digest == digest_of(evaluation.document)
    assert (evaluation.engine, evaluation.as_of) == ("prl-1", NOW)
    assert evaluation.document["complete"] is True
    assert load_evaluation(session, ledger.herself, evaluation.id) is evaluation


def test_a_completed_enrolment_gives_the_same_completion_again(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    project = ledger.submit(session, ledger.herself, PROJECT)
    review_evidence(session, ledger.actor(Role.REVIEWER), project.id, ACCEPTED, now=NOW)
    officer = ledger.actor(Role.ADMINISTRATOR)
    first = complete_enrolment(session, ledger.enrolment, actor=officer, now=NOW)
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, occurred_at="2016-01-01")
    session.expire_all()
    again = complete_enrolment(session, ledger.enrolment, actor=officer, now=LATER)
    assert again == first
    assert len(frozen(session)) == 1


def test_a_frozen_answer_is_not_touched_by_later_evidence(session: Session, ledger: Ledger) -> None:
    complete(session, ledger)
    before = read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, occurred_at="2016-01-10")
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=LATER)
    assert read_progress(session, ledger.herself, ledger.enrolment.id, now=LATER) == before


def test_a_frozen_evaluation_cannot_be_changed(session: Session, ledger: Ledger) -> None:
    complete(session, ledger)
    [evaluation] = frozen(session)
    evaluation.document = {**evaluation.document, "complete": False}
    with pytest.raises(TypeError, match="append-only"):
        session.flush()


# When evidence stops counting -----------------------------------------------------------------------


def test_a_completion_falls_with_the_evidence_it_rests_on(session: Session, ledger: Ledger) -> None:
    project = complete(session, ledger)
    invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), project.id, "Made up.", now=NOW)
    assert (ledger.enrolment.status, ledger.enrolment.completed_at) == ("active", None)
    events = select(AuditEvent.detail).where(AuditEvent.action == "reopen")
    why = ledger.enrolment.reopened_because
    assert why == "Evidence or a credential that the completion rested on fell away."
    assert session.scalars(events).all() == [{"evidence": project.id, "reason": why}]
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=LATER)
    assert ledger.enrolment.status == "active"


def test_an_enrolment_that_fell_can_be_completed_again(session: Session, ledger: Ledger) -> None:
    project = complete(session, ledger)
    withdraw_evidence(session, ledger.herself, project.id, now=NOW)
    better = ledger.submit(session, ledger.herself, PROJECT, title="A better project")
    review_evidence(session, ledger.actor(Role.REVIEWER), better.id, ACCEPTED, now=NOW)
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=LATER)
    assert (ledger.enrolment.status, ledger.enrolment.completed_at) == ("completed", LATER)
    assert [evaluation.as_of for evaluation in frozen(session)] == [NOW, LATER]
    progress = read_progress(session, ledger.herself, ledger.enrolment.id, now=LATER)
    assert progress == frozen(session)[1].document
    _, completion = complete_enrolment(
        session, ledger.enrolment, actor=ledger.actor(Role.ADMINISTRATOR), now=LATER
    )
    assert better.id in completion.evidence


def test_a_completion_falls_even_when_it_was_decided_in_that_moment(engine: Engine) -> None:
    """The evaluation has read the evidence as accepted; who invalidates it has to wait for the outcome."""
    with transaction(engine) as session:
        ledger = open_ledger(session, issue={"mode": "on_approval"})
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
        project = ledger.submit(session, ledger.herself, PROJECT)
        review_evidence(session, ledger.actor(Role.REVIEWER), project.id, ACCEPTED, now=NOW)

    def invalidate() -> None:
        with transaction(engine) as session:
            invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), project.id, "No.", now=NOW)

    with ThreadPoolExecutor(1) as officer:
        with transaction(engine) as session:
            evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
            invalidated = officer.submit(invalidate)
            time.sleep(0.2)
            assert not invalidated.done()
        invalidated.result()
    with transaction(engine) as session:
        enrolment = load_enrolment(session, ledger.herself, ledger.enrolment.id)
        assert (enrolment.status, len(frozen(session))) == ("active", 1)


def test_a_completion_stands_when_other_evidence_falls(session: Session, ledger: Ledger) -> None:
    complete(session, ledger)
    other = ledger.submit(
        session, ledger.actor(Role.INTEGRATION), ATTENDANCE, occurred_at="2016-02-10T09:00:00Z"
    )
    invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), other.id, "Cancelled.", now=NOW)
    assert ledger.enrolment.status == "completed"


def test_a_credential_outlives_the_evidence_it_rests_on(session: Session, ledger: Ledger) -> None:
    project = complete(session, ledger)
    credential = certify(session, ledger, frozen(session)[0])
    invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), project.id, "Made up.", now=NOW)
    assert (project.status, ledger.enrolment.status) == ("invalidated", "certified")
    assert credential.status == "issued"
    events = select(AuditEvent.action).where(AuditEvent.thing_id == project.id).order_by(AuditEvent.id)
    assert list(session.scalars(events))[-1] == "invalidate"


def test_evidence_in_a_live_credential_is_not_withdrawn(session: Session, ledger: Ledger) -> None:
    project = complete(session, ledger)
    credential = certify(session, ledger, frozen(session)[0])
    with pytest.raises(WrongStateError, match="credential rests on this"):
        withdraw_evidence(session, ledger.herself, project.id, now=NOW)
    credential.status = "revoked"
    session.flush()
    assert withdraw_evidence(session, ledger.herself, project.id, now=NOW).status == "withdrawn"


# Who sees what --------------------------------------------------------------------------------------


def test_a_foreign_evaluation_does_not_exist(session: Session, ledger: Ledger) -> None:
    complete(session, ledger)
    [evaluation] = frozen(session)
    ben = make_learner(session, ledger.issuer, "ben-02")
    strangers = [
        actor_of(ledger.issuer, Role.LEARNER, "ben", ben),
        actor_of(make_issuer(session, "elsewhere"), Role.ADMINISTRATOR),
    ]
    for stranger in strangers:
        with pytest.raises(NotFoundError):
            load_evaluation(session, stranger, evaluation.id)
