import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from app.database import read_transaction, transaction
from app.domain.actors import Role
from app.errors import NotFoundError, WrongStateError
from app.models import AuditEvent, Credential, Enrolment, StatusEntry, StatusList
from app.services.credentials import (
    describe_credential,
    reinstate_credential,
    revoke_achievement,
    revoke_credential,
    suspend_credential,
)
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.jobs import JobKind
from app.services.verification import verify_bytes
from app.worker import Worker
from tests.awards import Statements, complete, completed_ledger, document_of, issue, work
from tests.ledgers import NOW, SITE, Ledger, make_learner, waiting

LATER = NOW + timedelta(days=1)
REASON = "Awarded to the wrong person."
SUSPENDABLE = {"mode": "auto", "suspendable": True}
SMALL = ("small", "1.0.0")


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


@pytest.fixture
def suspendable(engine: Engine) -> Ledger:
    return completed_ledger(engine, issue=SUSPENDABLE)


def another(engine: Engine, ledger: Ledger, external_id: str) -> Ledger:
    """Return the ledger of another learner of the same issuer who has done everything."""
    with transaction(engine) as session:
        learner = make_learner(session, ledger.issuer, external_id)
        order = EnrolmentOrder(learner.id, "small")
        enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
        theirs = Ledger(ledger.issuer, learner, enrolment)
        complete(session, theirs)
    return theirs


def suspend(engine: Engine, ledger: Ledger, credential: Credential, now: datetime = NOW) -> Credential:
    with transaction(engine) as session:
        return suspend_credential(
            session, ledger.actor(Role.ADMINISTRATOR), credential.id, "We look again.", now=now
        )


def reinstate(engine: Engine, ledger: Ledger, credential: Credential, now: datetime = NOW) -> Credential:
    with transaction(engine) as session:
        return reinstate_credential(
            session, ledger.actor(Role.ADMINISTRATOR), credential.id, "All is well.", now=now
        )


def revoke(engine: Engine, ledger: Ledger, credential: Credential, reason: str = REASON) -> Credential:
    with transaction(engine) as session:
        return revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), credential.id, reason, now=LATER)


def revoke_all(engine: Engine, ledger: Ledger, *, dry_run: bool = False) -> tuple[set[str], int]:
    """Return the credentials that the act names, and how many had been revoked before."""
    with transaction(engine) as session:
        actor = ledger.actor(Role.ADMINISTRATOR)
        done = revoke_achievement(session, actor, SMALL, REASON, dry_run=dry_run, now=LATER)
    assert (done.achievement, done.dry_run, done.count) == ("small/1.0.0", dry_run, len(done.credentials))
    return set(done.credentials), done.revoked_before


def actions(engine: Engine, credential: Credential) -> list[str]:
    with read_transaction(engine) as session:
        events = select(AuditEvent).where(AuditEvent.thing_id == credential.id).order_by(AuditEvent.id)
        return [event.action for event in session.scalars(events)]


def status_of(engine: Engine, credential: Credential, now: datetime) -> tuple[str, str]:
    """Return the verdict of a stranger and the code of the check of the status, after publishing."""
    work(Worker(engine, SITE, lambda: now))
    with read_transaction(engine) as session:
        _, report = verify_bytes(session, credential.document or b"", site=SITE, now=now)
    return report.verdict, next(check.code for check in report.checks if check.id == "status")


# Revoking --------------------------------------------------------------------------------------------


def test_a_revocation_sets_the_bit_and_asks_for_a_new_list(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    revoked = revoke(engine, ledger, credential)
    assert (revoked.status, revoked.revoked_at, revoked.revocation_reason) == ("revoked", LATER, REASON)
    with transaction(engine) as session:
        entry = session.get_one(StatusEntry, credential.status_entry_id)
        assert (entry.is_set, entry.changed_at) == (True, LATER)
        assert waiting(session, JobKind.PUBLISH_STATUS_LIST) == 2  # this one, and the renewal
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "certified"


def test_revoking_again_changes_nothing_and_for_another_reason_is_refused(
    engine: Engine, ledger: Ledger
) -> None:
    credential = issue(engine, ledger)
    first = revoke(engine, ledger, credential)
    assert revoke(engine, ledger, credential).revoked_at == first.revoked_at
    with pytest.raises(WrongStateError, match="for another reason"):
        revoke(engine, ledger, credential, "Something else.")
    assert actions(engine, credential) == ["prepare", "issue", "revoke"]


# Suspending ------------------------------------------------------------------------------------------


def test_a_suspension_shows_to_strangers_and_ends_when_the_credential_is_reinstated(
    engine: Engine, suspendable: Ledger
) -> None:
    credential = issue(engine, suspendable)
    assert status_of(engine, credential, NOW) == ("verified", "not_revoked")
    at = NOW + timedelta(minutes=1)
    suspended = suspend(engine, suspendable, credential, at)
    assert (suspended.status, suspended.suspended_at, suspended.suspension_reason) == (
        "suspended",
        at,
        "We look again.",
    )
    assert suspend(engine, suspendable, credential, LATER).suspended_at == at
    assert status_of(engine, credential, at) == ("not_verified", "suspended")
    with read_transaction(engine) as session:
        page = describe_credential(session, session.get_one(Credential, credential.id), site=SITE, now=at)
    assert page.note is not None
    assert (page.note.reason, page.note.at) == ("We look again.", at)
    back = NOW + timedelta(minutes=2)
    reinstated = reinstate(engine, suspendable, credential, back)
    assert (reinstated.status, reinstated.suspended_at) == ("issued", None)
    assert reinstated.suspension_reason is None
    assert reinstate(engine, suspendable, credential, back).status == "issued"
    assert status_of(engine, credential, back) == ("verified", "not_revoked")
    assert actions(engine, credential) == ["prepare", "issue", "suspend", "reinstate"]


def test_what_is_suspended_can_be_revoked_and_stays_so(engine: Engine, suspendable: Ledger) -> None:
    credential = issue(engine, suspendable)
    suspend(engine, suspendable, credential)
    assert revoke(engine, suspendable, credential).status == "revoked"
    assert status_of(engine, credential, LATER) == ("not_verified", "revoked")
    with pytest.raises(WrongStateError, match="cannot take this: reinstate"):
        reinstate(engine, suspendable, credential)
    with pytest.raises(WrongStateError, match="cannot take this: suspend"):
        suspend(engine, suspendable, credential)


def test_a_suspension_for_another_reason_is_refused(engine: Engine, suspendable: Ledger) -> None:
    credential = issue(engine, suspendable)
    suspend(engine, suspendable, credential)
    refused = pytest.raises(WrongStateError, match="suspended already, for another reason")
    with refused, transaction(engine) as session:
        actor = suspendable.actor(Role.ADMINISTRATOR)
        suspend_credential(session, actor, credential.id, "Another.", now=NOW)


def test_what_names_no_list_of_suspensions_is_not_suspended_behind_strangers_backs(
    engine: Engine, ledger: Ledger
) -> None:
    credential = issue(engine, ledger)
    with pytest.raises(WrongStateError, match="names no list") as refused:
        suspend(engine, ledger, credential)
    assert "suspendable: true" in (refused.value.hint or "")
    with read_transaction(engine) as session:
        assert session.get_one(Credential, credential.id).status == "issued"


def test_only_a_suspendable_credential_has_two_entries(engine: Engine, suspendable: Ledger) -> None:
    entries = document_of(issue(engine, suspendable))["credentialStatus"]
    assert [entry["statusPurpose"] for entry in entries] == ["revocation", "suspension"]
    assert len({entry["statusListCredential"] for entry in entries}) == 2
    alone = document_of(issue(engine, completed_ledger(engine, "elsewhere")))["credentialStatus"]
    assert alone["statusPurpose"] == "revocation"


# All of an achievement -------------------------------------------------------------------------------


def test_a_dry_run_says_which_and_writes_nothing(engine: Engine, ledger: Ledger) -> None:
    credentials = [issue(engine, ledger), issue(engine, another(engine, ledger, "ben-02"))]
    with Statements(engine) as statements:
        assert revoke_all(engine, ledger, dry_run=True) == ({each.id for each in credentials}, 0)
    assert all(statement.startswith("SELECT") for statement in statements.sent)
    with read_transaction(engine) as session:
        assert set(session.scalars(select(Credential.status))) == {"issued"}


def test_all_credentials_of_an_achievement_are_revoked_at_once_and_only_once(
    engine: Engine, suspendable: Ledger
) -> None:
    credentials = [
        issue(engine, suspendable),
        *(issue(engine, another(engine, suspendable, f"learner-{number}")) for number in range(3)),
    ]
    foreign = issue(engine, completed_ledger(engine, "elsewhere"))
    suspend(engine, suspendable, credentials[1])
    revoke(engine, suspendable, credentials[0])
    rest = {each.id for each in credentials[1:]}
    assert revoke_all(engine, suspendable) == (rest, 1)
    assert revoke_all(engine, suspendable) == (set(), 4)
    for credential in credentials:
        assert status_of(engine, credential, LATER) == ("not_verified", "revoked")
        assert actions(engine, credential)[-1] == "revoke"
    with read_transaction(engine) as session:
        assert session.get_one(Credential, foreign.id).status == "issued"
        told = select(AuditEvent.detail).where(AuditEvent.thing == "achievement").order_by(AuditEvent.id)
        assert [detail["credentials"] for detail in session.scalars(told)] == [3, 0]


def test_revoking_many_takes_a_handful_of_statements_and_one_rebuild(engine: Engine, ledger: Ledger) -> None:
    issue(engine, ledger)
    for number in range(5):
        issue(engine, another(engine, ledger, f"learner-{number}"))
    with Statements(engine) as statements:
        revoke_all(engine, ledger)
    assert len([text for text in statements.sent if text.startswith("UPDATE credentials")]) == 1
    assert len([text for text in statements.sent if text.startswith("UPDATE status_entries")]) == 1
    with transaction(engine) as session:
        assert session.scalars(select(StatusList.changes)).all() == [6]
        assert session.scalar(select(func.count(StatusEntry.id)).where(StatusEntry.is_set)) == 6


def test_several_at_once_revoke_each_credential_once(engine: Engine, ledger: Ledger) -> None:
    credentials = [issue(engine, ledger), issue(engine, another(engine, ledger, "ben-02"))]
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(revoke_all, engine, ledger) for _ in range(4)]
        named = [call.result()[0] for call in calls]
    assert sorted(map(len, named)) == [0, 0, 0, 2]
    for credential in credentials:
        assert actions(engine, credential).count("revoke") == 1


def test_an_achievement_of_another_issuer_does_not_exist(engine: Engine, ledger: Ledger) -> None:
    issue(engine, ledger)
    stranger = completed_ledger(engine, "elsewhere")
    with pytest.raises(NotFoundError):
        revoke_all(engine, stranger)
    with transaction(engine) as session:
        actor = ledger.actor(Role.ADMINISTRATOR)
        with pytest.raises(NotFoundError):
            revoke_achievement(session, actor, ("small", "9.9.9"), REASON, dry_run=True, now=NOW)
        assert json.loads(session.scalars(select(Credential.document)).one() or b"")["type"]
