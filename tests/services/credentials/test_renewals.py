from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.database import read_transaction, transaction
from app.domain.actors import Role
from app.models import Credential, Enrolment
from app.services.credentials import issue_credential, revoke_credential
from app.services.enrolments import EnrolmentOrder, enrol_learner, read_progress
from tests.awards import beginner, completed_ledger, document_of, issue
from tests.ledgers import NOW, SITE, Ledger

AFTER = NOW + timedelta(days=40)


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
