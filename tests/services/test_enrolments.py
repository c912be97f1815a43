from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.domain.enrolments import EnrolmentStatus
from app.errors import AlreadyExistsError, InvalidPayloadError, NotFoundError
from app.models import Enrolment
from app.services.enrolments import (
    EnrolmentFilter,
    EnrolmentOrder,
    enrol_learner,
    list_enrolments,
    load_enrolment,
    read_progress,
)
from app.services.jobs import JobKind
from app.services.pages import Window
from tests.ledgers import (
    ATTENDANCE,
    NOW,
    PROJECT,
    Ledger,
    actor_of,
    make_issuer,
    make_learner,
    open_ledger,
    publish_definitions,
    publish_small_passport,
    waiting,
)


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session)


# Enrolling ------------------------------------------------------------------------------------------


def test_an_enrolment_pins_the_version_published_last(session: Session, ledger: Ledger) -> None:
    publish_small_passport(session, ledger.issuer, version="2.0.0")
    ben = make_learner(session, ledger.issuer, "ben-02")
    lms = ledger.actor(Role.INTEGRATION)
    enrolment, created = enrol_learner(session, lms, EnrolmentOrder(ben.id, "small"), now=NOW)
    assert created
    assert (enrolment.passport_version.key, enrolment.passport_version.version) == ("small", "2.0.0")
    assert ledger.enrolment.passport_version.version == "1.0.0"
    assert (enrolment.status, enrolment.cycle, enrolment.completed_at) == ("active", 1, None)


def test_an_enrolment_may_ask_for_an_earlier_version(session: Session, ledger: Ledger) -> None:
    publish_small_passport(session, ledger.issuer, version="2.0.0")
    ben = make_learner(session, ledger.issuer, "ben-02")
    order = EnrolmentOrder(ben.id, "small", "1.0.0")
    enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    assert enrolment.passport_version.version == "1.0.0"


def test_enrolling_again_is_the_same_enrolment(session: Session, ledger: Ledger) -> None:
    publish_small_passport(session, ledger.issuer, version="2.0.0")
    for version in (None, "1.0.0"):
        order = EnrolmentOrder(ledger.learner.id, "small", version)
        again, created = enrol_learner(session, ledger.herself, order, now=NOW)
        assert (again, created) == (ledger.enrolment, False)
    with pytest.raises(AlreadyExistsError, match=r"on version 1\.0\.0 of small already"):
        enrol_learner(session, ledger.herself, EnrolmentOrder(ledger.learner.id, "small", "2.0.0"), now=NOW)


def test_twenty_calls_at_once_make_one_enrolment(engine: Engine) -> None:
    with transaction(engine) as session:
        issuer = make_issuer(session)
        publish_definitions(session, issuer)
        learner = make_learner(session, issuer)
    lms, order = actor_of(issuer, Role.INTEGRATION), EnrolmentOrder(learner.id, "small")

    def call(_turn: int) -> tuple[str, bool]:
        with transaction(engine) as session:
            enrolment, created = enrol_learner(session, lms, order, now=NOW)
            return enrolment.id, created

    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(call, range(20)))
    assert len({enrolment for enrolment, _ in answers}) == 1
    assert sum(created for _, created in answers) == 1
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Enrolment.id))) == 1
        assert waiting(session, JobKind.EVALUATE_LEARNER) == 1


@pytest.mark.parametrize(
    ("passport", "version", "pointer", "hint"),
    [
        ("smal", None, "/passport", "Did you mean small?"),
        ("unheard-of", None, "/passport", None),
        ("small", "3.0.0", "/version", "Published: 1.0.0."),
    ],
)
def test_an_unknown_passport_is_pointed_at(
    session: Session, ledger: Ledger, passport: str, version: str | None, pointer: str, hint: str | None
) -> None:
    order = EnrolmentOrder(ledger.learner.id, passport, version)
    with pytest.raises(InvalidPayloadError) as refusal:
        enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    assert [(fault.pointer, fault.hint) for fault in refusal.value.faults] == [(pointer, hint)]


def test_learners_enrol_themselves_and_nobody_else(session: Session, ledger: Ledger) -> None:
    ben = make_learner(session, ledger.issuer, "ben-02")
    with pytest.raises(InvalidPayloadError, match="There is no learner"):
        enrol_learner(session, ledger.herself, EnrolmentOrder(ben.id, "small"), now=NOW)


def test_another_issuers_passport_and_learner_do_not_exist(session: Session, ledger: Ledger) -> None:
    elsewhere = make_issuer(session, "elsewhere")
    stranger = actor_of(elsewhere, Role.ADMINISTRATOR)
    with pytest.raises(InvalidPayloadError, match="There is no learner"):
        enrol_learner(session, stranger, EnrolmentOrder(ledger.learner.id, "small"), now=NOW)
    theirs = make_learner(session, elsewhere)
    with pytest.raises(InvalidPayloadError, match="There is no published passport small"):
        enrol_learner(session, stranger, EnrolmentOrder(theirs.id, "small"), now=NOW)


# Reading --------------------------------------------------------------------------------------------


def test_enrolments_are_listed_by_learner_passport_and_status(session: Session, ledger: Ledger) -> None:
    lms = ledger.actor(Role.INTEGRATION)
    ben = make_learner(session, ledger.issuer, "ben-02")
    his, _ = enrol_learner(session, lms, EnrolmentOrder(ben.id, "small"), now=NOW)
    hers = ledger.enrolment

    def listed(wanted: EnrolmentFilter | None = None) -> list[Enrolment]:
        return list(list_enrolments(session, lms, Window(10), wanted).rows)

    assert listed() == [hers, his]
    assert listed(EnrolmentFilter(learner_id=ben.id)) == [his]
    assert listed(EnrolmentFilter(passport="small", status=EnrolmentStatus.ACTIVE)) == [hers, his]
    assert listed(EnrolmentFilter(passport="other")) == []
    assert listed(EnrolmentFilter(status=EnrolmentStatus.COMPLETED)) == []


def test_learners_see_their_own_enrolments(session: Session, ledger: Ledger) -> None:
    ben = make_learner(session, ledger.issuer, "ben-02")
    himself = actor_of(ledger.issuer, Role.LEARNER, learner=ben)
    assert list(list_enrolments(session, himself, Window(10)).rows) == []
    for read in (load_enrolment, lambda *args: read_progress(*args, now=NOW)):
        with pytest.raises(NotFoundError):
            read(session, himself, ledger.enrolment.id)


def test_another_issuers_enrolment_does_not_exist(session: Session, ledger: Ledger) -> None:
    stranger = actor_of(make_issuer(session, "elsewhere"), Role.ADMINISTRATOR)
    with pytest.raises(NotFoundError):
        load_enrolment(session, stranger, ledger.enrolment.id, for_update=True)
    with pytest.raises(NotFoundError):
        read_progress(session, stranger, ledger.enrolment.id, now=NOW)
    assert list(list_enrolments(session, stranger, Window(10)).rows) == []


# Progress -------------------------------------------------------------------------------------------


def test_progress_is_worked_out_at_the_moment_of_asking(session: Session, ledger: Ledger) -> None:
    before = read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    row = ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    after = read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    assert (before["units"]["met"], after["units"]["met"], after["units"]["total"]) == (0, 1, 2)
    node = next(node for node in after["nodes"] if node["key"] == "session")
    assert [claim["evidence"] for claim in node["claimed"]] == [row.id]
    assert (after["enrolment"], after["explain_url"]) == (ledger.enrolment.id, None)


@pytest.mark.parametrize("members", [{"visibility": "private"}, {"draft": True}])
def test_progress_does_not_tell_a_reviewer_private_titles(
    session: Session, ledger: Ledger, members: dict[str, object]
) -> None:
    ledger.submit(session, ledger.herself, PROJECT, **members)
    own = read_progress(session, ledger.herself, ledger.enrolment.id, now=NOW)
    seen = read_progress(session, ledger.actor(Role.REVIEWER), ledger.enrolment.id, now=NOW)
    assert PROJECT["title"] in str(own)
    assert PROJECT["title"] not in str(seen)
    assert seen["complete"] == own["complete"]
