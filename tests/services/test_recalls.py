"""Approvals that end: withdrawn for what comes, or recalled for what was done as well."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import read_transaction, transaction
from app.domain.actors import Role
from app.domain.cases import CaseStatus
from app.errors import NotFoundError
from app.models import (
    Approval,
    AuditEvent,
    Case,
    Credential,
    Enrolment,
    Evidence,
    EvidenceSubject,
    Snapshot,
)
from app.services import recalls
from app.services.content import (
    Withdrawal,
    approve_content,
    list_approvals,
    load_content_items,
    withdraw_approval,
)
from app.services.enrolments import read_progress
from app.services.evidence import invalidate_evidence
from app.services.exports import export_bundle
from app.services.jobs import JobKind
from app.worker import Worker
from tests.awards import completed_ledger, issue, work
from tests.ledgers import ATTENDANCE, NOW, SITE, Ledger, open_ledger, waiting

KEY = "open-by-design"
LATER = NOW + timedelta(days=1)
FRAUD = "It was sold, and never held."


def withdraw(engine: Engine, ledger: Ledger, *, recall: bool = True, reason: str = FRAUD) -> str:
    """End the only approval of the content, and let the worker draw the consequences."""
    with transaction(engine) as session:
        officer = ledger.actor(Role.ADMINISTRATOR, "ada")
        approval = session.scalars(select(Approval)).one()
        withdraw_approval(session, officer, (KEY, approval.id), Withdrawal(reason, recall), now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    return approval.id


def status_of(session: Session) -> list[str]:
    return list(session.scalars(select(Enrolment.status).order_by(Enrolment.id)))


def progress(session: Session, ledger: Ledger) -> dict[str, Any]:
    return read_progress(session, ledger.herself, ledger.enrolment.id, now=LATER)


def test_what_was_done_before_a_withdrawal_goes_on_counting(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    withdraw(engine, ledger, recall=False)
    with read_transaction(engine) as session:
        item = load_content_items(session, ledger.issuer.id)[KEY]
        assert item.approval_at(NOW, NOW) is not None
        assert item.approval_at(LATER, LATER) is None
        assert status_of(session) == ["certified"]
        assert session.scalars(select(Case)).all() == []
        assert waiting(session, JobKind.FOLLOW_RECALL) == 0


def test_progress_is_without_recalled_content_at_once(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    with transaction(engine) as session:
        assert progress(session, ledger)["units"]["met"] == 1
        approval = session.scalars(select(Approval)).one()
        officer = ledger.actor(Role.ADMINISTRATOR, "ada")
        withdraw_approval(session, officer, (KEY, approval.id), Withdrawal(FRAUD, recall=True), now=LATER)
    with transaction(engine) as session:
        answer = progress(session, ledger)
        assert answer["units"]["met"] == 0
        assert "was not approved on" in str(answer)


def test_what_is_complete_and_not_issued_opens_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = completed_ledger(engine, issue={"mode": "on_approval"})
    work(Worker(engine, SITE, lambda: NOW))
    with transaction(engine) as session:
        assert status_of(session) == ["completed"]
        again = ATTENDANCE | {"occurred_at": "2016-01-29T09:00:00Z"}
        ledger.submit(session, ledger.actor(Role.INTEGRATION), again)
    monkeypatch.setattr(recalls, "BATCH", 1)  # the learner has two such rows: no job ends between them
    withdraw(engine, ledger)
    with read_transaction(engine) as session:
        assert status_of(session) == ["active"]
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "reopen"))
        assert event.actor == "system"
        assert session.scalars(select(Credential)).all() == []


def test_a_credential_that_would_not_stand_without_it_is_a_case_and_stays(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    credential = issue(engine, ledger)
    approval_id = withdraw(engine, ledger)
    with transaction(engine) as session:
        [case] = session.scalars(select(Case))
        assert (case.credential_id, case.cause_kind, case.cause_id) == (
            credential.id,
            "approval",
            approval_id,
        )
        assert (case.cause_reason, case.status) == (FRAUD, CaseStatus.OPEN)
        assert [each["group"] for each in case.replay["shortfalls"]] == [["session"]]
        assert session.get_one(Credential, credential.id).status == "issued"
        assert status_of(session) == ["certified"]
        recalls.follow_recall(session, ledger.issuer.id, approval_id, "", now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    with read_transaction(engine) as session:
        assert len(session.scalars(select(Case)).all()) == 1


def test_a_credential_that_another_approval_carries_is_no_case(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    issue(engine, ledger)
    with transaction(engine) as session:
        officer = ledger.actor(Role.ADMINISTRATOR, "ada")
        first = session.scalars(select(Approval)).one()
        second = {"from": "2016-01-02T00:00:00Z", "retroactive": True}
        approve_content(session, officer, KEY, second, now=NOW)
        withdraw_approval(session, officer, (KEY, first.id), Withdrawal(FRAUD, recall=True), now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    with read_transaction(engine) as session:
        assert session.scalars(select(Case)).all() == []


def test_those_are_followed_too_whose_content_another_report_names(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        lms, roster = ledger.actor(Role.INTEGRATION, "lms"), ledger.actor(Role.INTEGRATION, "roster")
        seen = ATTENDANCE | {"content": None, "event": "summit", "activity": "room-4"}
        first = ledger.submit(session, lms, seen)
        done = seen | {"kind": "content_completion", "content": KEY}
        for told in (done, done | {"minutes": 80, "source_id": "again"}):
            assert ledger.submit(session, roster, told).id == first.id
        words = [each.word for each in session.scalars(select(EvidenceSubject))]
        assert words == [f"content:{KEY}"]
    work(Worker(engine, SITE, lambda: LATER))
    with read_transaction(engine) as session:
        assert session.scalars(select(Snapshot.document)).one()["units"]["met"] == 1
    withdraw(engine, ledger)
    with read_transaction(engine) as session:
        assert session.scalars(select(Snapshot.document)).one()["units"]["met"] == 0


def test_what_was_never_accepted_is_not_looked_after(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    issue(engine, ledger)
    with transaction(engine) as session:
        for row in session.scalars(select(Evidence).where(Evidence.kind == "attendance")):
            invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, "Void.", now=NOW)
    work(Worker(engine, SITE, lambda: LATER))
    withdraw(engine, ledger)
    with read_transaction(engine) as session:
        assert list(session.scalars(select(Case.cause_kind))) == ["evidence"]


def test_a_recall_may_follow_a_withdrawal_and_repeating_either_changes_nothing(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    withdraw(engine, ledger, recall=False, reason="Out of date.")
    withdraw(engine, ledger, recall=False, reason="Said again.")
    withdraw(engine, ledger)
    withdraw(engine, ledger)
    withdraw(engine, ledger, recall=False)
    with read_transaction(engine) as session:
        events = select(AuditEvent.action, AuditEvent.detail).where(
            AuditEvent.action.in_(("withdraw", "recall"))
        )
        acts = session.execute(events.order_by(AuditEvent.id)).all()
        assert [(each.action, each.detail["reason"]) for each in acts] == [
            ("withdraw", "Out of date."),
            ("recall", FRAUD),
        ]
        [row] = list_approvals(session, ledger.actor(Role.ADMINISTRATOR), KEY)
        assert (row.withdrawn_at, row.recalled_at, row.withdrawn_by) == (LATER, LATER, "ada")


def test_an_approval_withdrawn_before_it_began_never_counts(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    begins = {"from": "2030-01-01T00:00:00Z", "retroactive": True}
    with transaction(engine) as session:
        officer = ledger.actor(Role.ADMINISTRATOR, "ada")
        early, _ = approve_content(session, officer, KEY, begins, now=NOW)
        withdraw_approval(session, officer, (KEY, early.id), Withdrawal("A slip."), now=NOW)
        assert len(load_content_items(session, ledger.issuer.id)[KEY].approvals) == 1
        assert len(export_bundle(session, officer, ["approvals"], [])["approvals"]) == 1
    issue(engine, ledger)
    with transaction(engine) as session:
        held = list_approvals(session, officer, KEY)[0]
        for each in (early, held):
            withdraw_approval(session, officer, (KEY, each.id), Withdrawal(FRAUD, recall=True), now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    with read_transaction(engine) as session:
        assert list(session.scalars(select(Case.cause_id))) == [held.id]


def test_the_same_interval_can_be_approved_anew_and_another_issuers_cannot_be_withdrawn(
    engine: Engine,
) -> None:
    ledger = completed_ledger(engine)
    approval_id = withdraw(engine, ledger)
    with transaction(engine) as session:
        officer = ledger.actor(Role.ADMINISTRATOR, "ada")
        assert export_bundle(session, officer, ["approvals"], []) == {}
        anew, created = approve_content(session, officer, KEY, {"from": "2016-01-01T00:00:00Z"}, now=LATER)
        assert created
        assert anew.id != approval_id
        assert len(export_bundle(session, officer, ["approvals"], [])["approvals"]) == 1
        stranger = open_ledger(session, "elsewhere").actor(Role.ADMINISTRATOR)
        with pytest.raises(NotFoundError, match="There is no approval"):
            withdraw_approval(session, stranger, (KEY, anew.id), Withdrawal(FRAUD), now=LATER)
