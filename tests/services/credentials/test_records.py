from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.database import read_transaction, transaction
from app.domain.actors import Actor, Role
from app.domain.credentials import CredentialStatus
from app.errors import NotFoundError
from app.models import Credential, StatusEntry
from app.services.credentials import (
    CredentialFilter,
    issue_credential,
    list_credentials,
    load_credential,
    load_public_credential,
    revoke_credential,
)
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.pages import Window
from tests.awards import beginner, complete, completed_ledger, document_of, issue
from tests.ledgers import NOW, SITE, Ledger, actor_of, make_learner

LATER = NOW + timedelta(days=1)
REASON = "Awarded to the wrong person."


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


def another(engine: Engine, ledger: Ledger, external_id: str) -> Ledger:
    """Return the ledger of another learner of the same issuer who has done everything."""
    with transaction(engine) as session:
        learner = make_learner(session, ledger.issuer, external_id)
        order = EnrolmentOrder(learner.id, "small")
        enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
        theirs = Ledger(ledger.issuer, learner, enrolment)
        complete(session, theirs)
    return theirs


def listed(engine: Engine, actor: Actor, learner: str | None = None, limit: int = 50) -> Sequence[Credential]:
    with read_transaction(engine) as session:
        return list_credentials(session, actor, Window(limit), CredentialFilter(learner)).rows


def test_learners_see_their_own_and_administrators_all(engine: Engine, ledger: Ledger) -> None:
    mine, theirs = issue(engine, ledger), issue(engine, another(engine, ledger, "ben-02"))
    admin, herself = ledger.actor(Role.ADMINISTRATOR), ledger.herself
    assert {row.id for row in listed(engine, admin)} == {mine.id, theirs.id}
    assert [row.id for row in listed(engine, admin, theirs.learner_id)] == [theirs.id]
    assert [row.id for row in listed(engine, herself)] == [mine.id]
    assert listed(engine, herself, theirs.learner_id) == []
    with read_transaction(engine) as session:
        assert load_credential(session, herself, mine.id).id == mine.id
        with pytest.raises(NotFoundError):
            load_credential(session, herself, theirs.id)


def test_each_credential_has_an_index_of_its_own(engine: Engine, ledger: Ledger) -> None:
    issued = [issue(engine, another(engine, ledger, f"learner-{number}")) for number in range(4)]
    with read_transaction(engine) as session:
        entries = [session.get_one(StatusEntry, credential.status_entry_id) for credential in issued]
    assert len({(entry.list_id, entry.position) for entry in entries}) == 4
    shown = [document_of(credential)["credentialStatus"]["statusListIndex"] for credential in issued]
    assert shown == [str(entry.position) for entry in entries]


def test_for_another_issuer_the_credential_does_not_exist(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    stranger = completed_ledger(engine, "elsewhere").actor(Role.ADMINISTRATOR)
    with transaction(engine) as session:
        with pytest.raises(NotFoundError):
            load_credential(session, stranger, credential.id)
        with pytest.raises(NotFoundError):
            revoke_credential(session, stranger, credential.id, REASON, now=NOW)
    assert listed(engine, stranger) == []


def test_a_list_is_in_the_order_of_issue_and_can_be_narrowed(engine: Engine, ledger: Ledger) -> None:
    admin, issued = ledger.actor(Role.ADMINISTRATOR), [issue(engine, ledger)]
    for number in range(5):
        theirs, at = another(engine, ledger, f"learner-{number}"), NOW + timedelta(minutes=number + 1)
        issued.append(issue_credential(beginner(engine), admin, theirs.enrolment.id, site=SITE, now=at)[0])
    with transaction(engine) as session:
        revoke_credential(session, admin, issued[2].id, REASON, now=LATER)
    found, after = list[str](), None
    with read_transaction(engine) as session:
        for _ in range(3):
            page = list_credentials(session, admin, Window(2, after))
            found.extend(row.id for row in page.rows)
            after = page.next_after
        for wanted, expected in (
            (CredentialFilter(achievement="small/1.0.0"), issued),
            (CredentialFilter(achievement="small/2.0.0"), []),
            (CredentialFilter(status=CredentialStatus.REVOKED), [issued[2]]),
            (CredentialFilter(status=CredentialStatus.ISSUED), [*issued[:2], *issued[3:]]),
        ):
            rows = list_credentials(session, admin, Window(50), wanted).rows
            assert [row.id for row in rows] == [each.id for each in expected]
        assert list_credentials(session, admin, Window(50, "no-such-id")).rows == []
    assert (found, after) == ([each.id for each in issued], None)


def test_pages_show_each_credential_once(engine: Engine, ledger: Ledger) -> None:
    wanted = {issue(engine, ledger).id}
    wanted |= {issue(engine, another(engine, ledger, f"learner-{number}")).id for number in range(4)}
    seen, after = list[str](), None
    with read_transaction(engine) as session:
        while True:
            page = list_credentials(session, ledger.actor(Role.ADMINISTRATOR), Window(2, after))
            seen.extend(row.id for row in page.rows)
            after = page.next_after
            if after is None:
                break
    assert (len(seen), set(seen)) == (5, wanted)


def test_what_is_only_prepared_is_not_there_for_anybody(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        session.get_one(Credential, credential.id).status = "prepared"
    admin = actor_of(ledger.issuer, Role.ADMINISTRATOR)
    assert listed(engine, admin) == []
    with transaction(engine) as session:
        with pytest.raises(NotFoundError):
            load_credential(session, admin, credential.id)
        with pytest.raises(NotFoundError):
            load_public_credential(session, credential.id)
        with pytest.raises(NotFoundError):
            revoke_credential(session, admin, credential.id, REASON, now=NOW)
