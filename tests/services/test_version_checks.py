from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.database import transaction
from app.domain.actors import Role
from app.errors import NotFoundError
from app.models import AuditEvent, VersionCheck
from app.services import content
from app.services.content import approve_content
from app.services.definitions import DefinitionKind, put_definition
from app.services.jobs import JobKind
from app.services.version_checks import check_versions, load_check, plan_checks
from app.services.versions import VersionName, delete_version, retire_version
from app.worker import Worker
from tests.awards import work
from tests.ledgers import (
    NOW,
    SITE,
    Ledger,
    clear_jobs,
    open_ledger,
    publish_small_passport,
    waiting,
)

KIND = DefinitionKind.PASSPORT
DAY = timedelta(days=1)
PASSPORT_OF_TALKS = {
    "rule": {
        "key": "root",
        "all_of": [{"key": "talk", "section": "content", "content": {"tags": ["talks"]}}],
    },
    "sections": {each: {"omit_reason": "a test"} for each in ("experience", "choice")},
}


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        clear_jobs(session)
    return ledger


def plan(engine: Engine, now: datetime) -> int:
    with transaction(engine) as session:
        plan_checks(session, now=now)
        return waiting(session, JobKind.CHECK_VERSIONS)


def check(engine: Engine, ledger: Ledger, now: datetime) -> tuple[datetime, list[tuple[str, str]]]:
    """Check all versions; return when the small passport was, and what was found."""
    with transaction(engine) as session:
        check_versions(session, ledger.issuer.id, now=now)
    return found(engine, ledger)


def found(engine: Engine, ledger: Ledger) -> tuple[datetime, list[tuple[str, str]]]:
    with transaction(engine) as session:
        kept = load_check(session, ledger.actor(Role.ADMINISTRATOR), KIND, "small", "1.0.0")
        return kept.checked_at, [(each["severity"], each["code"]) for each in kept.findings]


def events(engine: Engine) -> list[list[str]]:
    with transaction(engine) as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.action == "check").order_by(AuditEvent.id))
        return [row.detail["errors"] for row in rows]


def test_versions_are_checked_once_a_day(engine: Engine, ledger: Ledger) -> None:
    assert plan(engine, NOW + DAY - timedelta(seconds=1)) == 0
    assert plan(engine, NOW + DAY) == 1
    assert plan(engine, NOW + DAY) == 1
    work(Worker(engine, SITE, lambda: NOW + DAY))
    assert found(engine, ledger)[0] == NOW + DAY
    assert plan(engine, NOW + DAY * 3 / 2) == 0
    assert plan(engine, NOW + DAY * 2) == 1


def test_before_the_first_check_it_is_what_publishing_found(engine: Engine, ledger: Ledger) -> None:
    at, findings = found(engine, ledger)
    assert at == NOW
    assert {severity for severity, _ in findings} <= {"warning"}
    with transaction(engine) as session, pytest.raises(NotFoundError):
        load_check(session, ledger.actor(Role.ADMINISTRATOR), KIND, "small", "9.9.9")


def test_an_approval_that_has_ended_leaves_no_route(engine: Engine, ledger: Ledger) -> None:
    talk = {"title": "Talk", "origin": "in_house", "mode": "hybrid", "tags": ["talks"]}
    with transaction(engine) as session:
        author = ledger.actor(Role.ADMINISTRATOR, "author")
        put_definition(session, author, (content.NOUN, "talk", talk), now=NOW)
        ends = {"from": "2016-01-01T00:00:00Z", "to": "2016-04-01T00:00:00Z"}
        approve_content(session, ledger.actor(Role.ADMINISTRATOR, "ben"), "talk", ends, now=NOW)
        publish_small_passport(session, ledger.issuer, "talks", **PASSPORT_OF_TALKS)
    check(engine, ledger, datetime(2016, 3, 31, tzinfo=UTC))
    assert events(engine) == []
    for day in (1, 2):
        check(engine, ledger, datetime(2016, 4, day, tzinfo=UTC))
        assert events(engine) == [["no_route"]]
    with transaction(engine) as session:
        kept = load_check(session, author, KIND, "talks", "1.0.0")
        assert [each["code"] for each in kept.findings if each["severity"] == "error"] == ["no_route"]
        again = {"from": "2016-04-01T00:00:00Z"}
        approve_content(session, ledger.actor(Role.ADMINISTRATOR, "ben"), "talk", again, now=NOW)
    check(engine, ledger, datetime(2016, 4, 3, tzinfo=UTC))
    assert events(engine) == [["no_route"], []]


def test_a_version_that_is_over_is_not_checked_and_one_that_is_deleted_forgets(
    engine: Engine, ledger: Ledger
) -> None:
    admin = ledger.actor(Role.ADMINISTRATOR)
    with transaction(engine) as session:
        publish_small_passport(session, ledger.issuer, "unused")
        check_versions(session, ledger.issuer.id, now=NOW + DAY)
        delete_version(session, admin, VersionName(KIND, "unused", "1.0.0"), now=NOW)
        retire_version(session, admin, VersionName(KIND, "small", "1.0.0"), retires_at=NOW + DAY, now=NOW)
        assert len(session.scalars(select(VersionCheck)).all()) == 1
    assert plan(engine, NOW + 3 * DAY) == 0
    assert check(engine, ledger, NOW + 3 * DAY)[0] == NOW + DAY
