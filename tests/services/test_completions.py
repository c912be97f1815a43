import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.actors import Role
from app.models import AuditEvent, Evaluation
from app.services.completions import evaluate_learner
from app.services.enrolments import EnrolmentOrder, enrol_learner, read_progress
from app.services.jobs import JobKind
from app.services.reviews import review_evidence
from tests.ledgers import (
    ACCEPTED,
    ATTENDANCE,
    NOW,
    PROJECT,
    Ledger,
    clear_jobs,
    open_ledger,
    publish_small_passport,
    waiting,
)


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session)


def fulfil(session: Session, ledger: Ledger) -> None:
    """Give the learner all that the small passport asks for."""
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    project = ledger.submit(session, ledger.herself, PROJECT)
    review_evidence(session, ledger.actor(Role.REVIEWER), project.id, ACCEPTED, now=NOW)


def test_an_enrolment_whose_rule_is_met_is_completed_and_its_credential_ordered(
    session: Session, ledger: Ledger
) -> None:
    fulfil(session, ledger)
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    assert (ledger.enrolment.status, ledger.enrolment.completed_at) == ("completed", NOW)
    assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 1
    completed = select(AuditEvent.actor).where(AuditEvent.action == "complete")
    assert session.scalars(completed).all() == ["system"]
    progress = read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    assert (progress["complete"], progress["status"]) == (True, "met")
    frozen = session.scalars(select(Evaluation)).one()
    assert progress["explain_url"] == f"/v1/evaluations/{frozen.id}"


def test_a_second_evaluation_changes_nothing(session: Session, ledger: Ledger) -> None:
    fulfil(session, ledger)
    for _turn in range(2):
        evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    assert session.scalar(select(func.count(Evaluation.id))) == 1
    assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 1


def test_an_enrolment_whose_rule_is_not_met_stays_active(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    assert ledger.enrolment.status == "active"
    assert session.scalar(select(func.count(Evaluation.id))) == 0
    assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 0


def test_a_passport_that_waits_for_approval_orders_no_credential(session: Session) -> None:
    ledger = open_ledger(session, issue={"mode": "on_approval"})
    fulfil(session, ledger)
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    assert ledger.enrolment.status == "completed"
    assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 0


def test_what_was_done_before_enrolling_counts(session: Session, ledger: Ledger) -> None:
    fulfil(session, ledger)
    publish_small_passport(session, ledger.issuer, "another")
    clear_jobs(session)
    order = EnrolmentOrder(ledger.learner.id, "another")
    enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    assert (enrolment.status, ledger.enrolment.status) == ("completed", "completed")
