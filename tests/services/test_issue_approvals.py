from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.domain.hubs import Position
from app.errors import (
    ConflictOfInterestError,
    InsufficientScopeError,
    NotCompleteError,
    NotFoundError,
    WrongStateError,
)
from app.models import Credential, Enrolment, Evaluation, Evidence, IssueApproval
from app.services.completions import evaluate_learner
from app.services.credentials import issue_credential, issue_on_completion
from app.services.enrolments import load_enrolment, read_progress
from app.services.evidence import invalidate_evidence
from app.services.exceptions import decide_exception, propose_exception
from app.services.granted_approvals import ensure_approved
from app.services.issue_approvals import approve_issue, list_approvals, revoke_approval
from app.services.jobs import JobKind
from app.services.passports import read_published
from app.services.stale_enrolments import mark_due
from app.worker import Worker
from tests.awards import beginner, completed_ledger, equip, issue, work
from tests.ledgers import ATTENDANCE, NOW, SITE, Ledger, open_ledger, waiting

LATER = NOW + timedelta(hours=1)
TWO = {"mode": "on_approval", "approvers": {"role": "mentor", "count": 2}}


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine, issue=TWO)


def mentor(ledger: Ledger, subject: str) -> Actor:
    return replace(ledger.actor(Role.REVIEWER, subject), positions=(Position("mentor"),))


def approve(engine: Engine, ledger: Ledger, by: Actor, comment: str | None = None) -> tuple[str, bool]:
    with transaction(engine) as session:
        row, created = approve_issue(session, by, ledger.enrolment.id, comment, now=NOW)
        return row.id, created


def take_back(engine: Engine, ledger: Ledger, by: Actor, approval: str) -> IssueApproval:
    with transaction(engine) as session:
        return revoke_approval(session, by, (ledger.enrolment.id, approval), "A mistake.", now=LATER)


def jobs_to_issue(engine: Engine) -> int:
    with transaction(engine) as session:
        return waiting(session, JobKind.ISSUE_CREDENTIAL)


def test_the_last_approval_that_is_missing_has_the_credential_issued(engine: Engine, ledger: Ledger) -> None:
    first, created = approve(engine, ledger, mentor(ledger, "hana"), "I saw it.")
    assert created
    assert approve(engine, ledger, mentor(ledger, " Hana ")) == (first, False)
    assert jobs_to_issue(engine) == 0
    with pytest.raises(NotCompleteError, match="one approval, given by: mentor"):
        issue(engine, ledger)
    approve(engine, ledger, mentor(ledger, "ben"))
    work(Worker(engine, SITE, lambda: LATER))
    with transaction(engine) as session:
        assert session.scalars(select(Credential.status)).all() == ["issued"]
        listed = list_approvals(session, ledger.herself, ledger.enrolment.id)
        assert [(each.approved_by, each.comment) for each in listed] == [("hana", "I saw it."), ("ben", None)]
    with pytest.raises(WrongStateError, match="has been issued"):
        take_back(engine, ledger, mentor(ledger, "hana"), first)
    with pytest.raises(WrongStateError, match="has been issued"):
        approve(engine, ledger, mentor(ledger, "third"))
    assert approve(engine, ledger, mentor(ledger, "hana")) == (first, False)


def test_an_approval_taken_back_no_longer_counts(engine: Engine, ledger: Ledger) -> None:
    first, _ = approve(engine, ledger, mentor(ledger, "hana"))
    approve(engine, ledger, mentor(ledger, "ben"))
    with pytest.raises(InsufficientScopeError):
        take_back(engine, ledger, mentor(ledger, "ben"), first)
    row = take_back(engine, ledger, ledger.actor(Role.ADMINISTRATOR, "ada"), first)
    assert (row.revoked_at, row.revoked_by, row.revocation_reason) == (LATER, "ada", "A mistake.")
    assert take_back(engine, ledger, mentor(ledger, "hana"), first).revoked_by == "ada"
    issue_on_completion(beginner(engine), ledger.issuer.id, ledger.enrolment.id, site=SITE, now=LATER)
    with transaction(engine) as session:
        assert session.scalars(select(Credential.id)).all() == []
    again, created = approve(engine, ledger, mentor(ledger, "hana"))
    assert (again != first, created) == (True, True)
    with pytest.raises(NotFoundError):
        take_back(engine, ledger, mentor(ledger, "hana"), "0190f3a2-0000-7000-8000-000000000000")


def test_who_is_not_named_does_not_approve(engine: Engine, ledger: Ledger) -> None:
    with pytest.raises(InsufficientScopeError):
        approve(engine, ledger, ledger.actor(Role.ADMINISTRATOR))
    with pytest.raises(ConflictOfInterestError):
        approve(engine, ledger, replace(ledger.herself, positions=(Position("mentor"),)))


def test_what_is_not_complete_or_asks_nobody_is_not_approved(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session, issue=TWO)
        other = open_ledger(session, "other")
    with pytest.raises(NotCompleteError, match="0 of 2"):
        approve(engine, ledger, mentor(ledger, "hana"))
    with pytest.raises(WrongStateError, match="nobody has to approve"):
        approve(engine, other, mentor(other, "hana"))


def test_without_names_one_administrator_approves(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue={"mode": "on_approval"})
    with pytest.raises(InsufficientScopeError):
        approve(engine, ledger, mentor(ledger, "hana"))
    approve(engine, ledger, ledger.actor(Role.ADMINISTRATOR))
    assert jobs_to_issue(engine) == 1


def test_a_completion_that_fell_is_approved_anew(engine: Engine, ledger: Ledger) -> None:
    for name in ("hana", "ben"):
        approve(engine, ledger, mentor(ledger, name))
    with transaction(engine) as session:
        attended = session.scalars(select(Evidence.id).where(Evidence.kind == "attendance")).one()
        officer = ledger.actor(Role.ADMINISTRATOR)
        invalidate_evidence(session, officer, attended, "It never took place.", now=NOW)
        again = ATTENDANCE | {"occurred_at": "2016-01-29T09:00:00Z"}
        ledger.submit(session, ledger.actor(Role.INTEGRATION), again)
        evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=LATER)
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "completed"
    with pytest.raises(NotCompleteError, match="2 approvals"):
        issue_credential(beginner(engine), officer, ledger.enrolment.id, site=SITE, now=LATER)


# How long a completion waits -----------------------------------------------------------------------------


AFTERWARDS = NOW + timedelta(days=31)
HOLDING = TWO | {"completion_holds": "P30D"}
SESSION = {"key": "session", "section": "content", "content": {"keys": "open-by-design", "within": "P60D"}}


def stand(engine: Engine, ledger: Ledger) -> Enrolment:
    """Return the enrolment as it is, with what is waiting done on the day after the completion's last."""
    work(Worker(engine, SITE, lambda: AFTERWARDS))
    with transaction(engine) as session:
        return load_enrolment(session, ledger.herself, ledger.enrolment.id)


def complete_until(engine: Engine, ledger: Ledger) -> str:
    """Have the enrolment completed, and return the digest of what was frozen then."""
    with transaction(engine) as session:
        evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
        enrolment = load_enrolment(session, ledger.herself, ledger.enrolment.id)
        assert enrolment.completion_holds_until == NOW + timedelta(days=30)
        return session.scalars(select(Evaluation.digest)).one()


def test_what_nobody_approved_in_time_is_judged_anew_and_completed_again(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue=HOLDING)
    before = complete_until(engine, ledger)
    approve(engine, ledger, mentor(ledger, "hana"))
    with transaction(engine) as session:
        mark_due(session, now=AFTERWARDS)
    enrolment = stand(engine, ledger)
    assert (enrolment.status, enrolment.completed_at) == ("completed", AFTERWARDS)
    assert (enrolment.completion_holds_until, enrolment.reopened_because) == (
        AFTERWARDS + timedelta(days=30),
        None,
    )
    with transaction(engine) as session:
        digests = session.scalars(select(Evaluation.digest).order_by(Evaluation.id)).all()
        assert (len(digests), digests[0]) == (2, before)
        with pytest.raises(NotCompleteError, match="2 approvals"):
            ensure_approved(session, read_published(enrolment.passport_version).issue, latest(session))


def latest(session: Session) -> str:
    return session.scalars(select(Evaluation.id).order_by(Evaluation.id.desc()).limit(1)).one()


def test_an_approval_that_comes_too_late_judges_anew_by_itself(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue=HOLDING)
    complete_until(engine, ledger)
    with transaction(engine) as session:
        row, _ = approve_issue(session, mentor(ledger, "hana"), ledger.enrolment.id, None, now=AFTERWARDS)
        assert row.evaluation_id == latest(session)
        enrolment = load_enrolment(session, ledger.herself, ledger.enrolment.id)
        assert enrolment.completed_at == AFTERWARDS


def test_what_is_not_complete_any_more_goes_back_to_the_learner(engine: Engine) -> None:
    rule = {"key": "root", "all_of": [SESSION]}
    sections = {each: {"omit_reason": "a passport for tests"} for each in ("experience", "choice")}
    ledger = completed_ledger(engine, issue=HOLDING, rule=rule, sections=sections)
    complete_until(engine, ledger)
    held_until = "The completion held until"
    with transaction(engine) as session, pytest.raises(NotCompleteError, match=held_until):
        approve_issue(session, mentor(ledger, "hana"), ledger.enrolment.id, None, now=AFTERWARDS)
    with transaction(engine) as session:
        answer = read_progress(session, ledger.herself, ledger.enrolment.id, now=AFTERWARDS)
        assert not answer["complete"]
        mark_due(session, now=AFTERWARDS)
    enrolment = stand(engine, ledger)
    assert (enrolment.status, enrolment.completed_at) == ("active", None)
    assert (enrolment.reopened_because or "").startswith(held_until)
    with transaction(engine) as session, pytest.raises(NotCompleteError, match=held_until):
        approve_issue(session, mentor(ledger, "hana"), ledger.enrolment.id, None, now=AFTERWARDS)


def test_a_completion_that_issues_by_itself_waits_for_nothing(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    issue(engine, ledger)
    with transaction(engine) as session:
        enrolment = load_enrolment(session, ledger.herself, ledger.enrolment.id)
        assert (enrolment.status, enrolment.completion_holds_until) == ("certified", None)


# Milestones ----------------------------------------------------------------------------------------------

PARTS = [{"node": "session", "title": "Came Along"}, {"node": "project", "title": "Ran a Project"}]


def approve_part(engine: Engine, ledger: Ledger, subject: str, node: str = "session") -> str:
    """Return which evaluation was approved."""
    with transaction(engine) as session:
        by, enrolment = mentor(ledger, subject), ledger.enrolment.id
        row, _ = approve_issue(session, by, enrolment, None, now=LATER, milestone=node)
        return row.evaluation_id


def issued_parts(engine: Engine) -> list[str]:
    work(Worker(engine, SITE, lambda: LATER))
    with transaction(engine) as session:
        return sorted(session.scalars(select(Credential.milestone)))


def attending_ledger(engine: Engine) -> Ledger:
    """Return the ledger of a learner who has come to the session, and has nothing else."""
    with transaction(engine) as session:
        ledger = open_ledger(session, issue=TWO, milestones=PARTS)
        equip(session, ledger.issuer)
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    return ledger


def test_a_milestone_waits_for_the_same_approvers(engine: Engine) -> None:
    ledger = attending_ledger(engine)
    first = approve_part(engine, ledger, "hana")
    assert issued_parts(engine) == []
    for by in (ledger.actor(Role.ADMINISTRATOR), ledger.actor(Role.INTEGRATION)):
        with pytest.raises(NotCompleteError, match="one approval, given by: mentor"):
            issue_credential(
                beginner(engine), by, ledger.enrolment.id, site=SITE, now=LATER, milestone="session"
            )
    with pytest.raises(NotCompleteError, match="0 of 1 units"):
        approve_part(engine, ledger, "hana", "project")
    assert approve_part(engine, ledger, "ben") == first
    assert issued_parts(engine) == ["session"]
    with transaction(engine) as session:
        assert session.scalars(select(Credential.evaluation_id)).one() == first
        given = list_approvals(session, ledger.herself, ledger.enrolment.id)[0]
    with pytest.raises(WrongStateError, match="has been issued"):
        take_back(engine, ledger, mentor(ledger, "hana"), given.id)
    assert approve_part(engine, ledger, "hana") == first


def test_a_milestone_that_rests_on_other_evidence_is_approved_anew(engine: Engine) -> None:
    ledger = attending_ledger(engine)
    first = approve_part(engine, ledger, "hana")
    with transaction(engine) as session:
        attended = session.scalars(select(Evidence.id)).one()
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), attended, "Void.", now=LATER)
        again = ATTENDANCE | {"occurred_at": "2016-01-29T09:00:00Z"}
        ledger.submit(session, ledger.actor(Role.INTEGRATION), again)
    assert approve_part(engine, ledger, "ben") != first
    assert issued_parts(engine) == []
    approve_part(engine, ledger, "hana")
    assert issued_parts(engine) == ["session"]


def test_who_approves_the_passport_approves_its_milestones(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue=TWO, milestones=PARTS)
    for subject in ("hana", "ben"):
        approve(engine, ledger, mentor(ledger, subject))
    assert issued_parts(engine) == ["", "project", "session"]


def test_a_milestone_that_was_waived_is_left_to_an_administrator(engine: Engine) -> None:
    one = {"mode": "on_approval", "approvers": {"role": "mentor"}}
    with transaction(engine) as session:
        ledger = open_ledger(session, issue=one, milestones=PARTS)
        equip(session, ledger.issuer)
        waiver = {"kind": "waive", "node": "session", "reason": "Known for years."}
        rosa, officer = ledger.actor(Role.REVIEWER, "rosa"), ledger.actor(Role.ADMINISTRATOR, "ada")
        said, _ = propose_exception(session, rosa, ledger.enrolment.id, waiver, now=NOW)
        place = (ledger.enrolment.id, said.id)
        decide_exception(session, officer, place, "granted", "Checked.", now=NOW)
    approve_part(engine, ledger, "hana")
    assert issued_parts(engine) == []
    issue_credential(
        beginner(engine), officer, ledger.enrolment.id, site=SITE, now=LATER, milestone="session"
    )
    assert issued_parts(engine) == ["session"]
