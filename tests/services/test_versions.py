"""Published versions: deprecated, retired, deleted while unused, and what that means for enrolments."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.actors import Actor, Role
from app.domain.versions import VersionStatus
from app.errors import InvalidPayloadError, NotCompleteError, NotFoundError, WrongStateError
from app.models import DefinitionVersion
from app.services.definitions import DefinitionKind, load_version
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.evaluations import complete_enrolment
from app.services.versions import VersionName, delete_version, deprecate_version, retire_version
from tests.awards import complete
from tests.ledgers import NOW, Ledger, make_learner, open_ledger, publish_small_passport

KIND = DefinitionKind.PASSPORT
DAY = timedelta(days=1)
FIRST, SECOND = VersionName(KIND, "small", "1.0.0"), VersionName(KIND, "small", "1.1.0")


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session)


@pytest.fixture
def admin(ledger: Ledger) -> Actor:
    return ledger.actor(Role.ADMINISTRATOR)


def enrol(session: Session, ledger: Ledger, version: str | None = None) -> DefinitionVersion:
    learner = make_learner(session, ledger.issuer, "bo-02")
    order = EnrolmentOrder(learner.id, "small", version)
    return enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)[0].passport_version


def test_a_deprecated_version_takes_no_new_enrolments(session: Session, ledger: Ledger, admin: Actor) -> None:
    for _ in range(2):
        found = deprecate_version(session, admin, FIRST, now=NOW)
        assert found.status == VersionStatus.DEPRECATED
    for version in (None, "1.0.0"):
        with pytest.raises(InvalidPayloadError) as caught:
            enrol(session, ledger, version)
        assert [fault.code for fault in caught.value.faults] == ["version_closed"]


def test_who_is_enrolled_stays_and_may_finish(session: Session, ledger: Ledger, admin: Actor) -> None:
    deprecate_version(session, admin, FIRST, now=NOW)
    order = EnrolmentOrder(ledger.learner.id, "small")
    again, created = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    assert (again.id, created) == (ledger.enrolment.id, False)
    complete(session, ledger)
    complete_enrolment(session, ledger.enrolment, actor=admin, now=NOW)


def test_new_enrolments_go_to_the_last_open_version(session: Session, ledger: Ledger, admin: Actor) -> None:
    publish_small_passport(session, ledger.issuer, version="1.1.0")
    deprecate_version(session, admin, SECOND, now=NOW)
    assert enrol(session, ledger).version == "1.0.0"


def test_a_retired_version_can_be_finished_until_its_last_day(
    session: Session, ledger: Ledger, admin: Actor
) -> None:
    found = retire_version(session, admin, FIRST, retires_at=NOW + DAY, now=NOW)
    assert (found.status, found.retires_at) == (VersionStatus.RETIRED, NOW + DAY)
    complete(session, ledger)
    with pytest.raises(NotCompleteError, match="retired at 2016-03-02T09:00:00Z"):
        complete_enrolment(session, ledger.enrolment, actor=admin, now=NOW + DAY)
    complete_enrolment(session, ledger.enrolment, actor=admin, now=NOW + DAY - timedelta(seconds=1))
    with pytest.raises(WrongStateError):
        deprecate_version(session, admin, FIRST, now=NOW)


def test_the_last_day_may_be_put_off_and_not_brought_forward(
    session: Session, ledger: Ledger, admin: Actor
) -> None:
    for day in (NOW + DAY, NOW + DAY, NOW + 2 * DAY):
        assert retire_version(session, admin, FIRST, retires_at=day, now=NOW).retires_at == day
    with pytest.raises(WrongStateError):
        retire_version(session, admin, FIRST, retires_at=NOW + DAY, now=NOW)
    assert ledger.enrolment.status == "active"


def test_a_version_that_nobody_used_may_be_deleted(session: Session, ledger: Ledger, admin: Actor) -> None:
    publish_small_passport(session, ledger.issuer, version="1.1.0")
    delete_version(session, admin, SECOND, now=NOW)
    with pytest.raises(NotFoundError):
        load_version(session, admin.issuer_id, KIND, "small", "1.1.0")
    with pytest.raises(NotFoundError):
        delete_version(session, admin, SECOND, now=NOW)


@pytest.mark.usefixtures("ledger")
def test_a_version_with_an_enrolment_stays(session: Session, admin: Actor) -> None:
    with pytest.raises(WrongStateError):
        delete_version(session, admin, FIRST, now=NOW)


@pytest.mark.usefixtures("ledger")
def test_nothing_else_of_a_published_version_can_be_changed(session: Session, admin: Actor) -> None:
    version = load_version(session, admin.issuer_id, KIND, "small", "1.0.0")
    version.status, version.digest = VersionStatus.DEPRECATED, "0" * 64
    with pytest.raises(TypeError, match="append-only"):
        session.flush()
