from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import read_transaction, transaction
from app.domain.actors import Actor, Role
from app.domain.cases import CaseOutcome, CaseStatus, Cause, CauseKind
from app.errors import ConflictOfInterestError, NotFoundError, WrongStateError
from app.models import AuditEvent, Case, Credential, Evidence
from app.services.case_examinations import SUSPENDED_BECAUSE, examine_credentials
from app.services.cases import CaseFilter, decide_case, list_cases, load_case
from app.services.credentials import (
    issue_credential,
    reinstate_credential,
    revoke_achievement,
    revoke_credential,
    suspend_credential,
)
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.evidence import invalidate_evidence, submit_evidence
from app.services.exceptions import decide_exception, propose_exception
from app.services.jobs import JobKind
from app.services.pages import Window
from app.worker import Worker
from tests.awards import beginner, completed_ledger, equip, issue, leave_prepared, work
from tests.ledgers import (
    ATTENDANCE,
    NOW,
    SITE,
    Ledger,
    actor_of,
    make_learner,
    open_ledger,
    publish_small_passport,
    waiting,
)

SOON = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(days=1)
VOID = "The session never took place."
SUSPENDABLE = {"mode": "auto", "suspendable": True}
SUSPENDING = SUSPENDABLE | {"on_invalidated": "suspend"}
ALL = CaseFilter()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine, issue=SUSPENDABLE)


def evidence_of(session: Session, kind: str) -> Evidence:
    return session.scalars(select(Evidence).where(Evidence.kind == kind).order_by(Evidence.id)).all()[0]


def invalidate(engine: Engine, ledger: Ledger, kind: str = "attendance") -> str:
    """Declare the oldest evidence of a kind void, and let the worker draw the consequences."""
    with transaction(engine) as session:
        row = evidence_of(session, kind)
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, VOID, now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    return row.id


def cases_of(engine: Engine, actor: Actor, wanted: CaseFilter = ALL) -> list[Case]:
    with read_transaction(engine) as session:
        return list(list_cases(session, actor, Window(50), wanted).rows)


def open_case(engine: Engine, ledger: Ledger) -> tuple[Credential, str]:
    credential = issue(engine, ledger)
    invalidate(engine, ledger)
    [case] = cases_of(engine, ledger.actor(Role.ADMINISTRATOR))
    return credential, case.id


def decide(
    engine: Engine,
    ledger: Ledger,
    case_id: str,
    outcome: CaseOutcome,
    reason: str = "We looked.",
    by: Actor | None = None,
) -> tuple[str, str, bool]:
    """Return where the case and its credential stand after the decision, and whether it was new."""
    officer = by or ledger.actor(Role.ADMINISTRATOR, "ada")
    with transaction(engine) as session:
        case, created = decide_case(session, officer, case_id, outcome, reason, now=LATER)
        return case.status, case.credential.status, created


# Opening ---------------------------------------------------------------------------------------------


def test_evidence_that_a_credential_needs_opens_a_case_and_nothing_is_revoked(
    engine: Engine, ledger: Ledger
) -> None:
    credential = issue(engine, ledger)
    evidence = invalidate(engine, ledger)
    [case] = cases_of(engine, ledger.actor(Role.ADMINISTRATOR))
    assert (case.credential_id, case.cause_kind, case.cause_id) == (credential.id, "evidence", evidence)
    assert (case.cause_reason, case.status, case.decisions) == (VOID, "open", [])
    assert case.replay["units"] == {"met": 1, "waived": 0, "pending": 0, "total": 2}
    assert [each["group"] for each in case.replay["shortfalls"]] == [["session"]]
    assert case.credential.status == "issued"
    with read_transaction(engine) as session:
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.thing == "case"))
        assert (event.actor, event.action, event.thing_id) == ("system", "open", case.id)


def test_a_credential_that_other_evidence_carries_is_a_case_once_that_falls_too(
    engine: Engine, ledger: Ledger
) -> None:
    with transaction(engine) as session:
        again = ATTENDANCE | {"occurred_at": "2016-01-29T09:00:00Z"}
        second = ledger.submit(session, ledger.actor(Role.INTEGRATION), again)
    issue(engine, ledger)
    invalidate(engine, ledger)
    assert cases_of(engine, ledger.actor(Role.ADMINISTRATOR)) == []
    with transaction(engine) as session:
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), second.id, VOID, now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    assert [each.cause_id for each in cases_of(engine, ledger.actor(Role.ADMINISTRATOR))] == [second.id]


def test_what_was_done_after_the_issue_does_not_stand_in(engine: Engine, ledger: Ledger) -> None:
    issue(engine, ledger)
    with transaction(engine) as session:
        again = ATTENDANCE | {"occurred_at": "2016-01-29T09:00:00Z"}
        lms = ledger.actor(Role.INTEGRATION)
        submit_evidence(session, lms, ledger.enrolment.id, again, now=SOON)
    invalidate(engine, ledger)
    assert len(cases_of(engine, ledger.actor(Role.ADMINISTRATOR))) == 1


def test_evidence_that_no_credential_claims_is_no_case(engine: Engine, ledger: Ledger) -> None:
    issue(engine, ledger)
    with transaction(engine) as session:
        idle = ATTENDANCE | {"content": None, "event": "summit", "occurred_at": "2016-01-02"}
        row = ledger.submit(session, ledger.actor(Role.INTEGRATION), idle)
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, VOID, now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    assert cases_of(engine, ledger.actor(Role.ADMINISTRATOR)) == []


def test_without_a_credential_nobody_has_to_look(engine: Engine, ledger: Ledger) -> None:
    with transaction(engine) as session:
        row = evidence_of(session, "attendance")
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, VOID, now=LATER)
        assert waiting(session, JobKind.EXAMINE_CREDENTIALS) == 0


def test_there_is_one_case_for_a_credential_and_a_cause(engine: Engine, ledger: Ledger) -> None:
    issue(engine, ledger)
    evidence = invalidate(engine, ledger)
    with transaction(engine) as session:
        cause = Cause(CauseKind.EVIDENCE, evidence)
        examine_credentials(session, ledger.issuer.id, cause, ledger.learner.id, now=LATER)
    assert len(cases_of(engine, ledger.actor(Role.ADMINISTRATOR))) == 1


def test_each_cause_is_a_case_of_its_own_and_what_does_not_matter_is_none(
    engine: Engine, ledger: Ledger
) -> None:
    issue(engine, ledger)
    with transaction(engine) as session:
        idle = ATTENDANCE | {"content": None, "event": "summit", "occurred_at": "2016-01-02"}
        row = ledger.submit(session, ledger.actor(Role.INTEGRATION), idle)
    first, second = invalidate(engine, ledger), invalidate(engine, ledger, "experience")
    with transaction(engine) as session:
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, VOID, now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    assert [each.cause_id for each in cases_of(engine, ledger.actor(Role.ADMINISTRATOR))] == [first, second]


def test_a_revoked_exception_opens_a_case(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        equip(session, ledger.issuer)
        mentor, ada = ledger.actor(Role.REVIEWER, "rosa"), ledger.actor(Role.ADMINISTRATOR, "ada")
        for node in ("session", "project"):
            waiver = {"kind": "waive", "node": node, "reason": "Let off."}
            proposal, _ = propose_exception(session, mentor, ledger.enrolment.id, waiver, now=NOW)
            place = (ledger.enrolment.id, proposal.id)
            decide_exception(session, ada, place, "granted", "Yes.", now=NOW)
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        decide_exception(session, ada, place, "revoked", "A mistake.", now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    [case] = cases_of(engine, ada)
    assert (case.credential_id, case.cause_kind, case.cause_id) == (credential.id, "exception", proposal.id)
    assert (case.cause_reason, case.replay["status"]) == ("A mistake.", "partial")


RULE: dict[str, Any] = {
    "key": "root",
    "all_of": [
        {"key": "again", "section": "content", "evidence": {"kinds": ["attendance"], "assurance": "system"}}
    ],
}
BASE = {"key": "base", "title": "The Small Passport", "passport": {"passport": "small"}}
SECTIONS = {each: {"omit_reason": "a passport for tests"} for each in ("experience", "choice")}


def next_credential(engine: Engine, ledger: Ledger, **members: object) -> Credential:
    """Issue the credential of a passport that asks for that of the small one."""
    with transaction(engine) as session:
        publish_small_passport(session, ledger.issuer, "next", sections=SECTIONS, **members)
        order = EnrolmentOrder(ledger.learner.id, "next")
        enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=SOON)
    officer = ledger.actor(Role.ADMINISTRATOR)
    return issue_credential(beginner(engine), officer, enrolment.id, site=SITE, now=SOON)[0]


@pytest.mark.parametrize(
    "members",
    [
        {"rule": RULE, "requires": {"mode": "before_issue", "leaves": [BASE]}},
        {"rule": RULE, "requires": {"mode": "before_count", "leaves": [BASE]}},
        {"rule": {"key": "root", "all_of": [BASE | {"section": "content"}]}},
    ],
)
@pytest.mark.parametrize("all_of_them", [False, True])
def test_a_credential_that_rests_on_a_revoked_one_is_a_case(
    engine: Engine, ledger: Ledger, members: dict[str, Any], *, all_of_them: bool
) -> None:
    base = issue(engine, ledger)
    dependent = next_credential(engine, ledger, **members)
    officer = ledger.actor(Role.ADMINISTRATOR)
    with transaction(engine) as session:
        if all_of_them:
            revoke_achievement(session, officer, ("small", "1.0.0"), "Wrong.", dry_run=False, now=LATER)
        else:
            revoke_credential(session, officer, base.id, "Wrong.", now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    [case] = cases_of(engine, officer)
    assert (case.credential_id, case.cause_kind, case.cause_id) == (dependent.id, "credential", base.id)
    assert (case.cause_reason, case.credential.status) == ("Wrong.", "issued")


def test_a_credential_beside_a_revoked_one_is_no_case(engine: Engine, ledger: Ledger) -> None:
    base = issue(engine, ledger)
    next_credential(engine, ledger, rule=RULE)
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), base.id, "Wrong.", now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    assert cases_of(engine, ledger.actor(Role.ADMINISTRATOR)) == []


def test_the_credential_of_a_milestone_is_a_case_by_its_own_part(engine: Engine) -> None:
    milestones = [{"node": "session", "title": "Came Along"}, {"node": "project", "title": "Ran a Project"}]
    ledger = completed_ledger(engine, milestones=milestones)
    issue(engine, ledger)
    invalidate(engine, ledger)
    found = cases_of(engine, ledger.actor(Role.ADMINISTRATOR))
    assert sorted(each.credential.milestone for each in found) == ["", "session"]
    assert [each.replay.get("milestone") for each in found if each.credential.milestone] == ["session"]


# Deciding --------------------------------------------------------------------------------------------


def test_a_credential_is_suspended_and_then_kept(engine: Engine, ledger: Ledger) -> None:
    _, case_id = open_case(engine, ledger)
    assert decide(engine, ledger, case_id, CaseOutcome.SUSPEND) == ("suspended", "suspended", True)
    assert decide(engine, ledger, case_id, CaseOutcome.SUSPEND) == ("suspended", "suspended", False)
    with pytest.raises(WrongStateError, match="suspended"):
        decide(engine, ledger, case_id, CaseOutcome.SUSPEND, "For another reason.")
    assert decide(engine, ledger, case_id, CaseOutcome.KEEP) == ("kept", "issued", True)
    with pytest.raises(WrongStateError, match="kept"):
        decide(engine, ledger, case_id, CaseOutcome.REVOKE)
    with read_transaction(engine) as session:
        case = load_case(session, ledger.herself, case_id)
        assert [(each.outcome, each.decided_by) for each in case.decisions] == [
            ("suspend", "ada"),
            ("keep", "ada"),
        ]
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.thing_id == case_id))
        assert sorted(actions) == ["keep", "open", "suspend"]


def test_keeping_leaves_a_suspension_that_something_else_calls_for(engine: Engine, ledger: Ledger) -> None:
    issue(engine, ledger)
    invalidate(engine, ledger)
    invalidate(engine, ledger, "experience")
    first, second = (each.id for each in cases_of(engine, ledger.actor(Role.ADMINISTRATOR)))
    assert decide(engine, ledger, first, CaseOutcome.SUSPEND)[1] == "suspended"
    assert decide(engine, ledger, second, CaseOutcome.SUSPEND, "Too.") == ("suspended", "suspended", True)
    assert decide(engine, ledger, first, CaseOutcome.KEEP) == ("kept", "suspended", True)
    assert decide(engine, ledger, second, CaseOutcome.KEEP) == ("kept", "issued", True)


def test_keeping_leaves_a_suspension_that_was_made_by_hand(engine: Engine, ledger: Ledger) -> None:
    credential, case_id = open_case(engine, ledger)
    officer = ledger.actor(Role.ADMINISTRATOR)
    with transaction(engine) as session:
        suspend_credential(session, officer, credential.id, "Something else.", now=LATER)
    assert decide(engine, ledger, case_id, CaseOutcome.SUSPEND) == ("suspended", "suspended", True)
    assert decide(engine, ledger, case_id, CaseOutcome.KEEP) == ("kept", "suspended", True)
    with transaction(engine) as session:
        assert session.get_one(Credential, credential.id).suspension_reason == "Something else."


def test_a_suspension_made_by_hand_after_that_of_a_case_was_lifted_is_not_the_cases(
    engine: Engine, ledger: Ledger
) -> None:
    credential, case_id = open_case(engine, ledger)
    decide(engine, ledger, case_id, CaseOutcome.SUSPEND)
    officer = ledger.actor(Role.ADMINISTRATOR)
    with transaction(engine) as session:
        reinstate_credential(session, officer, credential.id, "A mistake.", now=LATER)
        suspend_credential(session, officer, credential.id, "Something else.", now=LATER)
    assert decide(engine, ledger, case_id, CaseOutcome.KEEP) == ("kept", "suspended", True)


def test_where_the_passport_says_so_a_case_suspends_at_once_and_keeping_reinstates(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue=SUSPENDING)
    credential, case_id = open_case(engine, ledger)
    with read_transaction(engine) as session:
        case = load_case(session, ledger.herself, case_id)
        assert (case.status, case.holds, case.credential.status) == ("open", True, "suspended")
        assert case.credential.suspension_reason == SUSPENDED_BECAUSE
        of_it = select(AuditEvent.actor).where(AuditEvent.thing_id == credential.id)
        assert session.scalars(of_it.where(AuditEvent.action == "suspend")).all() == ["system"]
    invalidate(engine, ledger, "experience")
    [_, second] = (each.id for each in cases_of(engine, ledger.actor(Role.ADMINISTRATOR)))
    assert decide(engine, ledger, second, CaseOutcome.KEEP) == ("kept", "suspended", True)
    assert decide(engine, ledger, case_id, CaseOutcome.SUSPEND, "Not yet.") == (
        "suspended",
        "suspended",
        True,
    )
    with read_transaction(engine) as session:
        assert session.get_one(Credential, credential.id).suspension_reason == "Not yet."
    assert decide(engine, ledger, case_id, CaseOutcome.KEEP) == ("kept", "issued", True)


def test_what_has_expired_is_not_suspended(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue=SUSPENDING, valid_for="PT1H")
    _, case_id = open_case(engine, ledger)
    with read_transaction(engine) as session:
        case = load_case(session, ledger.herself, case_id)
        assert (case.holds, case.credential.status) == (False, "issued")


def test_what_is_being_signed_is_suspended_once_it_is_issued(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue=SUSPENDING)
    credential_id = leave_prepared(engine, ledger)
    with transaction(engine) as session:
        cause = Cause(CauseKind.EVIDENCE, evidence_of(session, "attendance").id)
        administrator = ledger.actor(Role.ADMINISTRATOR)
        invalidate_evidence(session, administrator, cause.id, VOID, now=SOON)
        examine_credentials(session, ledger.issuer.id, cause, ledger.learner.id, now=SOON)
    assert cases_of(engine, administrator) == []
    work(Worker(engine, SITE, lambda: LATER))
    [case] = cases_of(engine, administrator)
    assert (case.credential_id, case.holds, case.credential.status) == (credential_id, True, "suspended")


def test_a_credential_without_a_list_of_suspensions_cannot_be_suspended(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    _, case_id = open_case(engine, ledger)
    with pytest.raises(WrongStateError, match="cannot be suspended") as refused:
        decide(engine, ledger, case_id, CaseOutcome.SUSPEND)
    assert "suspendable: true" in (refused.value.hint or "")
    assert decide(engine, ledger, case_id, CaseOutcome.KEEP) == ("kept", "issued", True)


def test_a_revocation_decides_all_cases_of_a_credential(engine: Engine, ledger: Ledger) -> None:
    issue(engine, ledger)
    invalidate(engine, ledger)
    invalidate(engine, ledger, "experience")
    first, second = (each.id for each in cases_of(engine, ledger.actor(Role.ADMINISTRATOR)))
    decide(engine, ledger, first, CaseOutcome.SUSPEND)
    assert decide(engine, ledger, first, CaseOutcome.REVOKE) == ("revoked", "revoked", True)
    assert decide(engine, ledger, first, CaseOutcome.REVOKE) == ("revoked", "revoked", False)
    [closed] = cases_of(engine, ledger.herself, CaseFilter(status=CaseStatus.REVOKED))[1:]
    assert (closed.id, closed.decisions[0].decided_by) == (second, "ada")


def test_nobody_decides_about_their_own_credential(engine: Engine, ledger: Ledger) -> None:
    _, case_id = open_case(engine, ledger)
    with pytest.raises(ConflictOfInterestError):
        decide(engine, ledger, case_id, CaseOutcome.KEEP, by=ledger.herself)


def test_a_credential_that_is_being_signed_waits(engine: Engine, ledger: Ledger) -> None:
    credential_id = leave_prepared(engine, ledger)
    with transaction(engine) as session:
        row = evidence_of(session, "attendance")
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, VOID, now=NOW)
        cause = Cause(CauseKind.EVIDENCE, row.id)
        examine_credentials(session, ledger.issuer.id, cause, ledger.learner.id, now=NOW)
    [case] = cases_of(engine, ledger.actor(Role.ADMINISTRATOR))
    assert case.credential_id == credential_id
    with pytest.raises(WrongStateError, match="being signed"):
        decide(engine, ledger, case.id, CaseOutcome.REVOKE)
    work(Worker(engine, SITE, lambda: LATER))
    assert decide(engine, ledger, case.id, CaseOutcome.REVOKE) == ("revoked", "revoked", True)


# Finding ---------------------------------------------------------------------------------------------


def test_cases_are_narrowed_and_seen_by_those_concerned(engine: Engine, ledger: Ledger) -> None:
    credential, case_id = open_case(engine, ledger)
    officer, learner_id = ledger.actor(Role.ADMINISTRATOR), ledger.learner.id
    fitting = CaseFilter(CaseStatus.OPEN, credential.id, learner_id, CauseKind.EVIDENCE)
    for actor in (officer, ledger.herself):
        assert [each.id for each in cases_of(engine, actor, fitting)] == [case_id]
    for other in (
        CaseFilter(status=CaseStatus.KEPT),
        CaseFilter(credential_id="other"),
        CaseFilter(learner_id="other"),
        CaseFilter(cause=CauseKind.EXCEPTION),
    ):
        assert cases_of(engine, officer, other) == []
    with transaction(engine) as session:
        ben = make_learner(session, ledger.issuer, "ben-02")
    stranger = actor_of(ledger.issuer, Role.LEARNER, "ben", ben)
    assert cases_of(engine, stranger) == []
    with read_transaction(engine) as session, pytest.raises(NotFoundError):
        load_case(session, stranger, case_id)
