"""Series of passports: complete with the credentials of their members, and only while those hold."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import AlreadyExistsError, LintFailedError, NotCompleteError
from app.models import Case, Credential, Enrolment, Snapshot
from app.services import passports, series
from app.services.credentials import (
    issue_credential,
    revoke_achievement,
    revoke_credential,
    suspend_credential,
)
from app.services.definitions import DefinitionKind, publish_definition, put_definition
from app.services.enrolments import EnrolmentOrder, enrol_learner, read_progress
from app.services.stale_enrolments import mark_due
from app.services.version_checks import check_versions, load_check
from app.services.versions import VersionName, delete_version
from app.worker import Worker
from tests.awards import beginner, completed_ledger, document_of, issue, work
from tests.ledgers import NOW, PASSPORT, SITE, Ledger, publish_small_passport

LATER = NOW + timedelta(hours=1)
SERIES: dict[str, Any] = {
    "title": "Two Small Passports",
    "members": [{"passport": "small", "version": "<2", "required": True}, {"passport": "other"}],
    "complete_when": {"n": 1},
}


def publish_series(session: Session, ledger: Ledger, **members: object) -> None:
    author = ledger.actor(Role.ADMINISTRATOR, "author")
    put_definition(session, author, (series.NOUN, "both", SERIES | members), now=NOW)
    publish_definition(session, author, series.NOUN, "both", site=SITE, now=NOW)


def on_a_series(engine: Engine, *, suspendable: bool = False, **members: object) -> tuple[Ledger, Enrolment]:
    """Return a learner who has done all for the small passport, and is enrolled on the series."""
    ledger = completed_ledger(engine, issue={"mode": "on_approval", "suspendable": suspendable})
    with transaction(engine) as session:
        publish_series(session, ledger, **members)
        order = EnrolmentOrder(ledger.learner.id, "both")
        enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    return ledger, enrolment


def do_jobs(engine: Engine) -> None:
    work(Worker(engine, SITE, lambda: LATER))


def progress_of(engine: Engine, ledger: Ledger, enrolment: Enrolment) -> dict[str, Any]:
    with transaction(engine) as session:
        return read_progress(session, ledger.herself, enrolment.id, now=LATER)


def issued_for(engine: Engine, enrolment: Enrolment) -> Credential | None:
    with transaction(engine) as session:
        return session.scalar(select(Credential).where(Credential.enrolment_id == enrolment.id))


def test_the_last_member_completes_the_series_and_has_it_issued(engine: Engine) -> None:
    ledger, enrolment = on_a_series(engine)
    do_jobs(engine)
    assert progress_of(engine, ledger, enrolment)["status"] == "unmet"
    member = issue(engine, ledger)
    do_jobs(engine)
    credential = issued_for(engine, enrolment)
    assert credential is not None
    assert credential.achievement == "both/1.0.0"
    document = document_of(credential)
    [entry] = document["evidence"]
    assert (entry["id"], entry["genre"]) == (member.url, "OpenBadgeCredential")
    assert document["credentialSubject"]["achievement"]["name"] == "Two Small Passports"


def test_what_the_learner_held_before_counts_too(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    issue(engine, ledger)
    with transaction(engine) as session:
        publish_series(session, ledger)
        order = EnrolmentOrder(ledger.learner.id, "both")
        enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    do_jobs(engine)
    assert issued_for(engine, enrolment) is not None


@pytest.mark.parametrize("how", ["revoked", "suspended", "revoked with all others"])
def test_a_member_that_falls_before_the_series_is_issued_takes_it_along(engine: Engine, how: str) -> None:
    ledger, enrolment = on_a_series(engine, suspendable=True, issue={"mode": "on_approval"})
    member = issue(engine, ledger)
    do_jobs(engine)
    assert progress_of(engine, ledger, enrolment)["complete"]
    officer = ledger.actor(Role.ADMINISTRATOR, "ben")
    with transaction(engine) as session:
        if how == "revoked":
            revoke_credential(session, officer, member.id, "Not hers.", now=LATER)
        elif how == "suspended":
            suspend_credential(session, officer, member.id, "To be looked at.", now=LATER)
        else:
            address = ("small", "1.0.0")
            revoke_achievement(session, officer, address, "A mistake.", dry_run=False, now=LATER)
    assert progress_of(engine, ledger, enrolment)["nodes"][1]["status"] == "lapsed"
    with pytest.raises(NotCompleteError):
        issue_credential(beginner(engine), officer, enrolment.id, site=SITE, now=LATER)


def test_the_day_on_which_a_member_expires_is_looked_at(engine: Engine) -> None:
    ledger = completed_ledger(engine, valid_for="P1Y")
    member = issue(engine, ledger)
    with transaction(engine) as session:
        publish_small_passport(session, ledger.issuer, "other")
        publish_series(session, ledger, complete_when={"n": 2})
        order = EnrolmentOrder(ledger.learner.id, "both")
        enrolment, _ = enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    do_jobs(engine)
    with transaction(engine) as session:
        kept = session.scalars(select(Snapshot).where(Snapshot.enrolment_id == enrolment.id)).one()
        assert kept.next_change_at == member.valid_until
        assert kept.document["units"]["met"] == 1
    much_later = NOW + timedelta(days=400)
    with transaction(engine) as session:
        mark_due(session, now=much_later)
    work(Worker(engine, SITE, lambda: much_later))
    with transaction(engine) as session:
        kept = session.scalars(select(Snapshot).where(Snapshot.enrolment_id == enrolment.id)).one()
        assert kept.document["units"]["met"] == 0


def test_passports_and_series_share_their_keys(engine: Engine) -> None:
    ledger, _ = on_a_series(engine)
    author = ledger.actor(Role.ADMINISTRATOR, "author")
    with transaction(engine) as session:
        with pytest.raises(AlreadyExistsError, match="There is a passport small already"):
            put_definition(session, author, (series.NOUN, "small", SERIES), now=NOW)
        with pytest.raises(AlreadyExistsError, match="There is a series both already"):
            put_definition(session, author, (passports.NOUN, "both", PASSPORT), now=NOW)


def test_a_series_of_what_nobody_can_earn_is_not_published(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    with transaction(engine) as session, pytest.raises(LintFailedError):
        publish_series(session, ledger, complete_when={"n": 2})


def test_a_member_that_is_revoked_makes_the_credential_of_the_series_a_case(engine: Engine) -> None:
    ledger, enrolment = on_a_series(engine)
    member = issue(engine, ledger)
    do_jobs(engine)
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), member.id, "Wrong.", now=LATER)
    do_jobs(engine)
    whole = issued_for(engine, enrolment)
    assert whole is not None
    assert whole.status == "issued"
    with transaction(engine) as session:
        [case] = session.scalars(select(Case))
        assert (case.credential_id, case.cause_id, case.status) == (whole.id, member.id, "open")


def test_a_series_is_checked_every_day_as_passports_are(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    administrator = ledger.actor(Role.ADMINISTRATOR)
    with transaction(engine) as session:
        publish_small_passport(session, ledger.issuer, "other")
        publish_series(session, ledger, complete_when={"n": 2})
        name = VersionName(DefinitionKind.PASSPORT, "other", "1.0.0")
        delete_version(session, administrator, name, now=NOW)
        check_versions(session, ledger.issuer.id, now=LATER)
        kept = load_check(session, administrator, DefinitionKind.SERIES, "both", "1.0.0")
        errors = [each["pointer"] for each in kept.findings if each["severity"] == "error"]
    assert (kept.checked_at, errors) == (LATER, ["/members/1/passport"])
