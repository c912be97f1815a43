"""What touches many is found by the index, marked, and evaluated in batches."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.models import Enrolment, Snapshot
from app.services import content, stale_enrolments
from app.services.completions import evaluate_learner
from app.services.content import approve_content
from app.services.definitions import put_definition
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.jobs import JobKind
from app.services.stale_enrolments import hand_over, has_stale, mark_due, mark_reporters, settle_batch
from app.worker import Waits, Worker
from tests.awards import complete, work
from tests.ledgers import (
    ATTENDANCE,
    CONTENT,
    NOW,
    PASSPORT,
    PROJECT,
    SITE,
    Ledger,
    clear_jobs,
    make_learner,
    open_ledger,
    publish_small_passport,
    waiting,
)
from tests.stories import wait_for

TALK = ("content", "open-by-design")
WINDOWED = {
    "key": "root",
    "all_of": [
        PASSPORT["rule"]["all_of"][0],
        {"key": "project", "section": "experience", "experience": {"within": "P60D", "count": 2}},
    ],
}


def settle(session: Session, ledger: Ledger) -> None:
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    clear_jobs(session)


def stale(session: Session) -> list[str]:
    return list(session.scalars(select(Enrolment.id).where(Enrolment.stale_since.is_not(None))))


def test_a_fact_has_only_those_enrolments_evaluated_that_can_look_at_it(session: Session) -> None:
    ledger = open_ledger(session)
    rule = {"key": "root", "section": "experience", "experience": {"template": "mentoring"}}
    others = {each: {"omit_reason": "a passport for tests"} for each in ("choice", "content")}
    publish_small_passport(session, ledger.issuer, "mentors", rule=rule, sections=others)
    lms = ledger.actor(Role.INTEGRATION)
    mentors, _ = enrol_learner(session, lms, EnrolmentOrder(ledger.learner.id, "mentors"), now=NOW)
    settle(session, ledger)
    ledger.submit(session, ledger.herself, PROJECT)
    assert stale(session) == [ledger.enrolment.id]
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    settle(session, ledger)
    ledger.submit(session, ledger.herself, PROJECT, template="mentoring", title="Bo")
    assert stale(session) == [mentors.id]
    settle(session, ledger)
    ledger.submit(session, ledger.herself, PROJECT, template="knitting", title="A scarf")
    assert stale(session) == []
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 0


def test_an_approval_marks_those_who_reported_the_item(session: Session) -> None:
    ledger = open_ledger(session, rule=WINDOWED | {"all_of": [
        {"key": "any", "section": "content", "content": {"mode": ["in_person"]}}, WINDOWED["all_of"][1],
    ]})  # fmt: skip
    author = ledger.actor(Role.ADMINISTRATOR, "author")
    put_definition(session, author, (content.NOUN, "later", CONTENT), now=NOW)
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, content="later")
    other = make_learner(session, ledger.issuer, "somebody-else")
    enrol_learner(session, ledger.actor(Role.INTEGRATION), EnrolmentOrder(other.id, "small"), now=NOW)
    settle(session, ledger)
    evaluate_learner(session, ledger.issuer.id, other.id, now=NOW)
    approver = ledger.actor(Role.ADMINISTRATOR, "approver")
    approve_content(session, approver, "later", {"from": "2016-01-01T00:00:00Z"}, now=NOW)
    mark_reporters(session, ledger.issuer.id, ("content", "later"), "", now=NOW)
    assert stale(session) == [ledger.enrolment.id]


def test_many_are_marked_in_several_transactions(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale_enrolments, "MARKED", 1)
    ledger = open_ledger(session)
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    settle(session, ledger)
    mark_reporters(session, ledger.issuer.id, TALK, "", now=NOW)
    assert waiting(session, JobKind.MARK_ENROLMENTS) == 1
    clear_jobs(session)
    mark_reporters(session, ledger.issuer.id, TALK, ledger.enrolment.id, now=NOW)
    assert waiting(session, JobKind.MARK_ENROLMENTS) == 0


def test_the_clock_marks_what_it_may_have_changed(session: Session) -> None:
    ledger = open_ledger(session, rule=WINDOWED)
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    settle(session, ledger)
    edge = session.scalars(select(Snapshot.next_change_at)).one()
    assert edge is not None
    mark_due(session, now=edge - timedelta(seconds=1))
    assert stale(session) == []
    mark_due(session, now=edge)
    assert stale(session) == [ledger.enrolment.id]
    settle_batch(session, now=edge)
    assert stale(session) == []


def test_the_queue_completes_whoever_is_complete(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        complete(session, ledger)
        clear_jobs(session)
    assert work(Worker(engine, SITE, lambda: NOW)) >= 1
    with Session(engine) as session:
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "completed"
        assert not has_stale(session, now=NOW)


def test_a_batch_that_fails_becomes_a_job_for_each_learner(session: Session) -> None:
    ledger = open_ledger(session)
    clear_jobs(session)
    assert has_stale(session, now=NOW)
    hand_over(session, now=NOW)
    assert not has_stale(session, now=NOW)
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    session.flush()
    assert stale(session) == []


def test_the_worker_evaluates_one_by_one_what_fails_together(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        clear_jobs(session)
    failures = ["the first attempt"]

    def fail_once(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if failures and "FROM evidence" in statement:
            raise RuntimeError(failures.pop())

    event.listen(engine, "before_cursor_execute", fail_once)
    try:
        worker = Worker(engine, SITE, lambda: NOW)
        assert worker.run_one()
        with Session(engine) as session:
            assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
        assert work(worker) >= 1
    finally:
        event.remove(engine, "before_cursor_execute", fail_once)
    with Session(engine) as session:
        assert stale(session) == []
        assert session.scalars(select(Snapshot.enrolment_id)).all() == [ledger.enrolment.id]


def test_the_worker_looks_at_the_clock(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session, rule=WINDOWED)
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
        settle(session, ledger)
        edge = session.scalars(select(Snapshot.next_change_at)).one()
        assert edge is not None
    worker = Worker(engine, SITE, lambda: edge, Waits(0.01, 0.01))
    thread = threading.Thread(target=worker.run)
    thread.start()

    def is_anew() -> bool:
        with Session(engine) as session:
            return session.scalars(select(Snapshot.next_change_at)).one() != edge

    wait_for(is_anew)
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()
