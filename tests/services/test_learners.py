from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.errors import AlreadyExistsError, NotFoundError
from app.models import AuditEvent, Issuer, Learner
from app.services.learners import (
    LearnerName,
    create_learner,
    list_learners,
    load_learner,
    update_learner,
)
from app.services.pages import Window
from tests.ledgers import NAMESPACE, NOW, actor_of, make_issuer, make_learner

AMINA = LearnerName(NAMESPACE, "amina-01")
LATER = NOW + timedelta(days=1)


@pytest.fixture
def issuer(session: Session) -> Issuer:
    return make_issuer(session)


@pytest.fixture
def lms(issuer: Issuer) -> Actor:
    return actor_of(issuer, Role.INTEGRATION)


def actions(session: Session, learner: Learner) -> list[str]:
    events = select(AuditEvent.action).where(AuditEvent.thing_id == learner.id).order_by(AuditEvent.id)
    return list(session.scalars(events))


def test_a_learner_is_made_once_and_then_found(session: Session, lms: Actor) -> None:
    given = {"display_name": "Amina", "email": "amina@example.org"}
    learner, created = create_learner(session, lms, AMINA, given, now=NOW)
    again, created_again = create_learner(session, lms, AMINA, given, now=LATER)
    assert (created, created_again) == (True, False)
    assert again is learner
    assert (learner.email, learner.did, learner.created_at) == ("amina@example.org", None, NOW)
    assert actions(session, learner) == ["create"]


def test_what_is_not_given_is_not_compared(session: Session, lms: Actor) -> None:
    create_learner(session, lms, AMINA, {"display_name": "Amina", "email": "a@example.org"}, now=NOW)
    learner, created = create_learner(session, lms, AMINA, {"display_name": "Amina"}, now=NOW)
    assert (created, learner.email) == (False, "a@example.org")


def test_a_learner_who_is_said_to_be_otherwise_is_not_overwritten(session: Session, lms: Actor) -> None:
    learner, _ = create_learner(session, lms, AMINA, {"display_name": "Amina"}, now=NOW)
    with pytest.raises(AlreadyExistsError, match=r"amina-01 .* is already the learner") as refusal:
        create_learner(session, lms, AMINA, {"display_name": "Amina", "email": "x@example.org"}, now=NOW)
    assert [fault.pointer for fault in refusal.value.faults] == ["/email"]
    assert refusal.value.hint is not None
    assert f"PATCH /v1/learners/{learner.id}" in refusal.value.hint
    assert learner.email is None


def test_two_systems_may_use_the_same_external_id(session: Session, lms: Actor) -> None:
    first, _ = create_learner(session, lms, AMINA, {"display_name": "Amina"}, now=NOW)
    other = LearnerName("https://other.example.org", AMINA.external_id)
    second, created = create_learner(session, lms, other, {"display_name": "Another"}, now=NOW)
    assert created
    assert first.id != second.id


def test_twenty_calls_at_once_make_one_learner(engine: Engine) -> None:
    with transaction(engine) as session:
        lms = actor_of(make_issuer(session), Role.INTEGRATION)

    def call(_turn: int) -> tuple[str, bool]:
        with transaction(engine) as session:
            learner, created = create_learner(session, lms, AMINA, {"display_name": "Amina"}, now=NOW)
            return learner.id, created

    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(call, range(20)))
    assert len({learner for learner, _ in answers}) == 1
    assert sum(created for _, created in answers) == 1
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Learner.id))) == 1
        assert session.scalar(select(func.count(AuditEvent.id))) == 1


def test_a_change_sets_only_what_is_given(session: Session, lms: Actor) -> None:
    learner, _ = create_learner(
        session, lms, AMINA, {"display_name": "Amina", "email": "a@example.org"}, now=NOW
    )
    changed = update_learner(session, lms, learner.id, {"did": "did:key:z6Mk", "email": None}, now=LATER)
    assert (changed.display_name, changed.email, changed.did) == ("Amina", None, "did:key:z6Mk")
    assert (changed.created_at, changed.updated_at) == (NOW, LATER)
    assert actions(session, learner) == ["create", "update"]


def test_a_change_to_what_is_already_so_leaves_no_trace(session: Session, lms: Actor) -> None:
    learner, _ = create_learner(session, lms, AMINA, {"display_name": "Amina"}, now=NOW)
    update_learner(session, lms, learner.id, {"display_name": "Amina"}, now=LATER)
    assert learner.updated_at == NOW
    assert actions(session, learner) == ["create"]


def test_learners_are_found_by_their_name(session: Session, issuer: Issuer, lms: Actor) -> None:
    amina, ben = make_learner(session, issuer), make_learner(session, issuer, "ben-02")
    window = Window(limit=10)
    assert list(list_learners(session, lms, window).rows) == [amina, ben]
    assert list(list_learners(session, lms, window, external_id="ben-02").rows) == [ben]
    assert list(list_learners(session, lms, window, namespace=NAMESPACE).rows) == [amina, ben]
    assert list(list_learners(session, lms, window, namespace="elsewhere").rows) == []


def test_learners_see_themselves_and_nobody_else(session: Session, issuer: Issuer) -> None:
    amina, ben = make_learner(session, issuer), make_learner(session, issuer, "ben-02")
    herself = actor_of(issuer, Role.LEARNER, learner=amina)
    assert load_learner(session, herself, amina.id) is amina
    assert list(list_learners(session, herself, Window(10)).rows) == [amina]
    with pytest.raises(NotFoundError):
        load_learner(session, herself, ben.id)


def test_another_issuers_learner_does_not_exist(session: Session, issuer: Issuer) -> None:
    amina = make_learner(session, issuer)
    stranger = actor_of(make_issuer(session, "elsewhere"), Role.ADMINISTRATOR)
    assert list(list_learners(session, stranger, Window(10)).rows) == []
    with pytest.raises(NotFoundError):
        load_learner(session, stranger, amina.id)
    with pytest.raises(NotFoundError):
        update_learner(session, stranger, amina.id, {"display_name": "Mine"}, now=LATER)
    other, created = create_learner(session, stranger, AMINA, {"display_name": "Theirs"}, now=NOW)
    assert created
    assert other.id != amina.id
