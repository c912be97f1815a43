"""Kept answers are read again while they hold, and never a moment longer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.models import Enrolment, Snapshot
from app.services.completions import evaluate_learner
from app.services.content import approve_content
from app.services.enrolments import note_facts, read_progress
from app.services.evaluations import evaluate_enrolment
from app.services.snapshots import find_snapshot, note_catalogue_change
from app.services.upgrades import accept_upgrade
from tests.awards import Statements, complete
from tests.ledgers import ATTENDANCE, NOW, PASSPORT, PROJECT, Ledger, open_ledger, publish_small_passport

WINDOWED = {
    "key": "root",
    "all_of": [
        PASSPORT["rule"]["all_of"][0],
        {"key": "project", "section": "experience", "experience": {"within": "P60D", "count": 2}},
    ],
}


@pytest.fixture
def ledger(session: Session) -> Ledger:
    ledger = open_ledger(session, rule=WINDOWED)
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    settle(session, ledger)
    return ledger


def settle(session: Session, ledger: Ledger) -> None:
    evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
    session.flush()


def kept(session: Session, ledger: Ledger) -> Snapshot | None:
    enrolment = session.get_one(Enrolment, ledger.enrolment.id, populate_existing=True)
    return find_snapshot(session, enrolment, now=NOW)


def test_the_kept_answer_is_what_evaluating_gives(session: Session, ledger: Ledger) -> None:
    snapshot = kept(session, ledger)
    fresh = evaluate_enrolment(session, ledger.enrolment, now=NOW).to_document(enrolment=ledger.enrolment.id)
    assert snapshot is not None
    assert snapshot.document == fresh
    assert read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW) == fresh


def note_one_fact(session: Session, ledger: Ledger) -> None:
    note_facts(session, [ledger.learner.id])


def note_the_catalogue(session: Session, ledger: Ledger) -> None:
    note_catalogue_change(session, ledger.issuer.id, ("kind", "credential"), now=NOW)


def report(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.herself, PROJECT)


def report_a_draft(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.herself, PROJECT, draft=True)


def approve(session: Session, ledger: Ledger) -> None:
    approver = ledger.actor(Role.ADMINISTRATOR, "approver")
    approve_content(session, approver, "open-by-design", {"from": "2015-01-01T00:00:00Z"}, now=NOW)


def upgrade(session: Session, ledger: Ledger) -> None:
    publish_small_passport(session, ledger.issuer, version="2.0.0")
    accept_upgrade(session, ledger.herself, ledger.enrolment.id, "2.0.0", now=NOW)


@pytest.mark.parametrize(
    "change", [note_one_fact, note_the_catalogue, report, report_a_draft, approve, upgrade]
)
def test_whatever_may_change_the_answer_ends_it(
    session: Session, ledger: Ledger, change: Callable[[Session, Ledger], None]
) -> None:
    assert kept(session, ledger) is not None
    change(session, ledger)
    assert kept(session, ledger) is None
    shown = read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    fresh = evaluate_enrolment(session, ledger.enrolment, now=NOW)
    assert shown == fresh.to_document(enrolment=ledger.enrolment.id)


def test_the_clock_ends_it_on_the_foretold_moment(session: Session, ledger: Ledger) -> None:
    edge = session.scalars(select(Snapshot.next_change_at)).one()
    assert edge is not None
    enrolment = session.get_one(Enrolment, ledger.enrolment.id)
    assert find_snapshot(session, enrolment, now=edge - timedelta(microseconds=1)) is not None
    assert find_snapshot(session, enrolment, now=edge) is None


def test_a_completed_enrolment_keeps_no_snapshot(session: Session) -> None:
    ledger = open_ledger(session)
    settle(session, ledger)
    assert kept(session, ledger) is not None
    complete(session, ledger)
    settle(session, ledger)
    assert session.scalars(select(Snapshot)).all() == []


def test_reading_a_kept_answer_reads_no_evidence(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        settle(session, ledger)
    with transaction(engine) as session, Statements(engine) as statements:
        read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    assert len(statements.sent) == 2
    assert not any("FROM evidence" in statement for statement in statements.sent)
