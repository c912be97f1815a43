from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.domain.exceptions import ExceptionVerdict
from app.errors import (
    ConflictOfInterestError,
    InsufficientScopeError,
    InvalidPayloadError,
    NotCompleteError,
    NotFoundError,
    WrongStateError,
)
from app.models import Enrolment, ExceptionDecision, ExceptionProposal
from app.services.completions import evaluate_learner
from app.services.credentials import issue_credential, issue_on_completion
from app.services.enrolments import read_progress
from app.services.exceptions import decide_exception, list_exceptions, propose_exception
from app.services.jobs import JobKind
from tests.awards import beginner, document_of, equip, issue
from tests.ledgers import ATTENDANCE, NOW, SITE, Ledger, open_ledger, waiting

LATER = NOW + timedelta(minutes=1)
WAIVER = {"kind": "waive", "node": "session", "reason": "The session was cancelled."}
SUMMIT = ATTENDANCE | {"content": None, "event": "summit", "occurred_at": "2016-01-23"}
WIDE = [
    {"key": "session", "section": "content", "content": {"keys": ["open-by-design"]}},
    {"key": "any-session", "section": "content", "evidence": {"kinds": ["attendance"]}},
    {"key": "project", "section": "experience", "experience": {"template": "community-project"}},
]


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session)


def propose(session: Session, ledger: Ledger, document: dict[str, Any], actor: Actor | None = None) -> str:
    mentor = actor or ledger.actor(Role.REVIEWER, "rosa")
    return propose_exception(session, mentor, ledger.enrolment.id, document, now=NOW)[0].id


def decide(
    session: Session,
    ledger: Ledger,
    exception: str,
    verdict: ExceptionVerdict = "granted",
    by: Actor | None = None,
) -> str:
    ada = by or ledger.actor(Role.ADMINISTRATOR, "ada")
    place = (ledger.enrolment.id, exception)
    return decide_exception(session, ada, place, verdict, "I saw it.", now=NOW)[0].decisions[-1].decision


def grant(session: Session, ledger: Ledger, document: dict[str, Any]) -> str:
    exception = propose(session, ledger, document)
    assert decide(session, ledger, exception) == "granted"
    return exception


def progress(session: Session, ledger: Ledger) -> dict[str, Any]:
    return read_progress(session, ledger.herself, ledger.enrolment.id, now=LATER)


def test_a_proposal_counts_once_somebody_else_grants_it(session: Session, ledger: Ledger) -> None:
    exception = propose(session, ledger, WAIVER)
    assert progress(session, ledger)["exceptions"] == []
    assert decide(session, ledger, exception) == "granted"
    answer = progress(session, ledger)
    assert answer["units"]["waived"] == 1
    assert answer["exceptions"] == [{"id": exception, "kind": "waive", "node": "session", "effective": True}]
    assert waiting(session, JobKind.EVALUATE_LEARNER) > 0


def test_what_changes_nothing_says_why(session: Session, ledger: Ledger) -> None:
    lowered = {"kind": "adjust", "node": "session", "count": 1, "reason": "One is enough."}
    exception = grant(session, ledger, lowered)
    [report] = progress(session, ledger)["exceptions"]
    assert (report["id"], report["effective"]) == (exception, False)
    assert report["reason"] == "1 is not below 1"


def test_a_substitute_and_an_allowance_widen_what_counts(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, content=None, event="summit")
    other = {"kind": "substitute", "node": "session", "evidence": row.id, "reason": "It taught the same."}
    grant(session, ledger, other)
    assert progress(session, ledger)["units"]["met"] == 1
    wider = {
        "kind": "allow",
        "node": "project",
        "where": {"template": "garden"},
        "reason": "It is one.",
    }
    grant(session, ledger, wider)
    assert [each["effective"] for each in progress(session, ledger)["exceptions"]] == [True, False]


def test_a_revoked_exception_stops_counting_and_can_be_proposed_anew(
    session: Session, ledger: Ledger
) -> None:
    exception = grant(session, ledger, WAIVER)
    assert decide(session, ledger, exception, "revoked") == "revoked"
    assert progress(session, ledger)["exceptions"] == []
    again = propose(session, ledger, WAIVER)
    assert again != exception
    listed = list_exceptions(session, ledger.herself, ledger.enrolment.id)
    assert [[each.decision for each in row.decisions] for row in listed] == [["granted", "revoked"], []]


def test_the_same_again_changes_nothing(session: Session, ledger: Ledger) -> None:
    exception = propose(session, ledger, WAIVER)
    mentor = ledger.actor(Role.REVIEWER, "rosa")
    again, created = propose_exception(session, mentor, ledger.enrolment.id, WAIVER, now=NOW)
    assert (again.id, created) == (exception, False)
    decide(session, ledger, exception)
    ada, place = ledger.actor(Role.ADMINISTRATOR, "ada"), (ledger.enrolment.id, exception)
    row, created = decide_exception(session, ada, place, "granted", "Yes.", now=NOW)
    assert (created, len(row.decisions)) == (False, 1)


@pytest.mark.parametrize("who", ["rosa", " ROSA", "amina"])
def test_nobody_decides_alone_or_for_themselves(session: Session, ledger: Ledger, who: str) -> None:
    exception = propose(session, ledger, WAIVER)
    by = ledger.herself if who == "amina" else ledger.actor(Role.ADMINISTRATOR, who)
    with pytest.raises(ConflictOfInterestError):
        decide(session, ledger, exception, by=by)


def test_decisions_follow_one_another(session: Session, ledger: Ledger) -> None:
    exception = propose(session, ledger, WAIVER)
    with pytest.raises(WrongStateError, match="proposed"):
        decide(session, ledger, exception, "revoked")
    decide(session, ledger, exception, "declined")
    with pytest.raises(WrongStateError, match="declined"):
        decide(session, ledger, exception)
    with pytest.raises(NotFoundError):
        decide(session, ledger, "0190f3a2-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"node": "sesion"}, "/node"),
        ({"kind": "wave"}, "/kind"),
        ({"reason": None}, "/reason"),
        ({"granted_at": "2016-01-01"}, "/granted_at"),
        ({"kind": "adjust", "count": 0}, "/count"),
        ({"kind": "substitute", "evidence": "somebody-elses"}, "/evidence"),
        ({"color": "red"}, "/color"),
    ],
)
def test_a_faulty_proposal_is_refused_with_its_place(
    session: Session, ledger: Ledger, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        propose(session, ledger, WAIVER | changes)
    assert pointer in [fault.pointer for fault in refusal.value.faults]


def test_a_pin_that_lowers_the_result_has_to_say_so(session: Session) -> None:
    rule = {"key": "root", "all_of": WIDE}
    ledger = open_ledger(session, "pins", rule=rule)
    lms = ledger.actor(Role.INTEGRATION)
    both = ledger.submit(session, lms, ATTENDANCE)
    ledger.submit(session, lms, SUMMIT)
    pin = {"kind": "pin", "node": "any-session", "evidence": both.id, "reason": "She wants it there."}
    with pytest.raises(WrongStateError, match="lower the result"):
        propose(session, ledger, pin)
    assert list_exceptions(session, ledger.herself, ledger.enrolment.id) == []
    grant(session, ledger, pin | {"accept_loss": True})
    answer = progress(session, ledger)
    assert (answer["units"]["met"], answer["exceptions"][0]["effective"]) == (1, True)


def test_exceptions_are_for_active_enrolments(session: Session, ledger: Ledger) -> None:
    exception = propose(session, ledger, WAIVER)
    ledger.enrolment.status = "withdrawn"
    session.flush()
    with pytest.raises(WrongStateError, match="withdrawn"):
        propose(session, ledger, WAIVER | {"reason": "Another one."})
    with pytest.raises(WrongStateError, match="withdrawn"):
        decide(session, ledger, exception)


# What is waived and issued --------------------------------------------------------------------------


def waived_ledger(engine: Engine, *nodes: str, project: bool = True) -> Ledger:
    with transaction(engine) as session:
        ledger = open_ledger(session, rule={"key": "root", "all_of": WIDE})
        equip(session, ledger.issuer)
        for node in nodes:
            grant(session, ledger, WAIVER | {"node": node})
        if project:
            attended = ledger.actor(Role.INTEGRATION)
            ledger.submit(session, attended, ATTENDANCE)
            ledger.submit(
                session, attended, ATTENDANCE, content=None, event="summit", occurred_at="2016-01-23"
            )
        evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    return ledger


def test_a_waiver_shows_as_one_line_and_never_as_a_result(engine: Engine) -> None:
    ledger = waived_ledger(engine, "project")
    with transaction(engine) as session:
        assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 1
    document = document_of(issue(engine, ledger))
    subject = document["credentialSubject"]
    assert subject["narrative"] == "1 of 3 requirements was waived by the issuer."
    assert "result" not in subject


@pytest.mark.parametrize("nodes", [("root",), ("session", "project")])
def test_what_is_mostly_waived_never_issues_by_itself(engine: Engine, nodes: tuple[str, ...]) -> None:
    ledger = waived_ledger(engine, *nodes)
    begin, place = beginner(engine), ledger.enrolment.id
    with transaction(engine) as session:
        assert session.get_one(Enrolment, place).status == "completed"
        assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 0
    with pytest.raises(InsufficientScopeError, match="waived"):
        issue_on_completion(begin, ledger.issuer.id, place, site=SITE, now=NOW)
    with pytest.raises(InsufficientScopeError, match="waived"):
        issue_credential(begin, ledger.actor(Role.INTEGRATION), place, site=SITE, now=NOW)
    assert issue(engine, ledger).status == "issued"


def test_a_completion_falls_with_the_exception_it_rests_on(engine: Engine) -> None:
    ledger = waived_ledger(engine, "project")
    with transaction(engine) as session:
        [exception] = list_exceptions(session, ledger.herself, ledger.enrolment.id)
        decide(session, ledger, exception.id, "revoked")
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "active"
    with pytest.raises(NotCompleteError):
        issue(engine, ledger)


def test_what_was_issued_stays_when_an_exception_is_revoked(engine: Engine) -> None:
    ledger = waived_ledger(engine, "project")
    issue(engine, ledger)
    with transaction(engine) as session:
        [exception] = list_exceptions(session, ledger.herself, ledger.enrolment.id)
        decide(session, ledger, exception.id, "revoked")
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "certified"


@pytest.mark.parametrize("model", [ExceptionProposal, ExceptionDecision])
def test_exceptions_are_never_changed(session: Session, ledger: Ledger, model: type[Any]) -> None:
    grant(session, ledger, WAIVER)
    row = session.query(model).one()
    row.reason = "Another one."
    with pytest.raises(TypeError, match="append-only"):
        session.flush()


def test_an_exception_that_is_over_is_refused(session: Session, ledger: Ledger) -> None:
    with pytest.raises(InvalidPayloadError) as refused:
        propose(session, ledger, WAIVER | {"expires_at": "2016-03-01T09:00:00Z"})
    [fault] = refused.value.faults
    assert (fault.pointer, fault.hint) == ("/expires_at", "Name a moment to come, or leave it out.")
    propose(session, ledger, WAIVER | {"expires_at": "2016-03-01T09:00:01Z"})


def test_the_hint_for_an_unknown_member_names_what_can_be_said(session: Session, ledger: Ledger) -> None:
    with pytest.raises(InvalidPayloadError) as refused:
        propose(session, ledger, WAIVER | {"wherefore": "x", "xyz": 1})
    hints = {fault.pointer: fault.hint or "" for fault in refused.value.faults}
    assert set(hints) == {"/wherefore", "/xyz"}
    assert hints["/xyz"] == (
        "Allowed: kind, node, evidence, where, count, at_least, expires_at, reason, accept_loss."
    )
