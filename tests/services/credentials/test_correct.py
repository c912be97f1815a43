import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.database import read_transaction, transaction
from app.domain.actors import Role
from app.errors import InvalidPayloadError, InvalidSignatureError, NotFoundError, WrongStateError
from app.models import AuditEvent, Credential, CredentialCorrection, Issuer, Learner
from app.services.credentials import (
    CorrectionOrder,
    correct_credential,
    finish_correction,
    list_corrections,
    revoke_credential,
    suspend_credential,
)
from app.services.verification import verify_bytes
from app.signing.recipients import matches
from app.signing.verify import read
from app.worker import Worker
from tests.awards import beginner, completed_ledger, document_of, issue, work
from tests.ledgers import NOW, PASSPORT, SITE, Ledger, publish_small_passport

LATER = NOW + timedelta(days=30)
DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
ORDER = CorrectionOrder("The learner has a DID now.")


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


def correct(
    engine: Engine,
    ledger: Ledger,
    credential: Credential,
    order: CorrectionOrder = ORDER,
    now: datetime = LATER,
) -> Credential:
    actor = ledger.actor(Role.ADMINISTRATOR)
    return correct_credential(beginner(engine), actor, credential.id, order, site=SITE, now=now)


def rename(engine: Engine, ledger: Ledger, **facts: str | None) -> None:
    """Change what is known of the learner."""
    with transaction(engine) as session:
        learner = session.get_one(Learner, ledger.learner.id)
        for name, value in facts.items():
            setattr(learner, name, value)


def corrections(engine: Engine, ledger: Ledger, credential: Credential) -> list[CredentialCorrection]:
    with read_transaction(engine) as session:
        return list_corrections(session, ledger.actor(Role.ADMINISTRATOR), credential.id)


def differences(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_a_correction_has_the_same_id_a_newer_valid_from_and_the_first_awarded_date(
    engine: Engine, ledger: Ledger
) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    corrected = correct(engine, ledger, credential)
    before, after = document_of(credential), document_of(corrected)
    assert differences(before, after) == {"validFrom", "credentialSubject", "proof"}
    assert (before["validFrom"], after["validFrom"]) == ("2016-03-01T09:00:00Z", "2016-03-31T09:00:00Z")
    assert after["awardedDate"] == "2016-03-01T09:00:00Z"
    assert after["credentialSubject"]["id"] == DID
    assert (corrected.valid_from, corrected.awarded_at, corrected.status) == (LATER, NOW, "issued")
    assert read((corrected.jwt or "").encode()).credential["validFrom"] == after["validFrom"]
    work(Worker(engine, SITE, lambda: LATER))
    with read_transaction(engine) as session:
        _, report = verify_bytes(session, corrected.document or b"", site=SITE, now=LATER)
        events = select(AuditEvent.action).where(AuditEvent.thing_id == credential.id).order_by(AuditEvent.id)
        assert session.scalars(events).all() == ["prepare", "issue", "correct", "reissue"]
    assert report.verdict == "verified"


def test_what_was_replaced_is_kept(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    second = correct(engine, ledger, credential)
    rename(engine, ledger, did=None)
    correct(engine, ledger, credential, CorrectionOrder("The DID was not hers."), LATER + timedelta(days=1))
    made = corrections(engine, ledger, credential)
    assert [(each.number, each.reason, each.replaced_valid_from) for each in made] == [
        (1, ORDER.reason, NOW),
        (2, "The DID was not hers.", LATER),
    ]
    assert [each.replaced_document for each in made] == [credential.document, second.document]
    assert [each.replaced_jwt for each in made] == [credential.jwt, second.jwt]
    stranger = completed_ledger(engine, "elsewhere")
    with pytest.raises(NotFoundError):
        corrections(engine, stranger, credential)


def test_where_nothing_is_to_be_corrected_nothing_is_signed(engine: Engine, ledger: Ledger) -> None:
    rename(engine, ledger, email="amina@example.org")
    credential = issue(engine, ledger)
    assert correct(engine, ledger, credential).document == credential.document
    assert corrections(engine, ledger, credential) == []
    rename(engine, ledger, email="amina@elsewhere.example")
    first = correct(engine, ledger, credential)
    assert correct(engine, ledger, credential, now=LATER + timedelta(days=1)).document == first.document
    [identity] = document_of(first)["credentialSubject"]["identifier"]
    assert matches(identity, "amina@elsewhere.example")
    assert not matches(identity, "amina@example.org")
    assert document_of(first)["credentialSubject"]["id"] == document_of(credential)["credentialSubject"]["id"]
    assert len(corrections(engine, ledger, credential)) == 1


def test_within_the_second_of_issue_a_correction_is_still_newer(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    assert correct(engine, ledger, credential, now=NOW).valid_from == NOW + timedelta(seconds=1)


def test_the_profile_of_the_issuer_is_the_one_of_now(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        session.get_one(Issuer, ledger.issuer.id).name = "Community of Leaders"
    assert document_of(correct(engine, ledger, credential))["issuer"]["name"] == "Community of Leaders"


def test_the_words_can_come_from_a_version_with_the_same_rule(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        publish_small_passport(session, ledger.issuer, version="1.0.1", title="Smaller Passport")
    corrected = correct(engine, ledger, credential, CorrectionOrder("A word was wrong.", "1.0.1"))
    document = document_of(corrected)
    assert document["name"] == "Smaller Passport"
    assert document["credentialSubject"]["achievement"]["id"].endswith("/achievements/small/1.0.1")
    assert corrected.achievement == "small/1.0.1"
    rename(engine, ledger, did=DID)
    again = correct(engine, ledger, credential, now=LATER + timedelta(days=1))
    assert document_of(again)["name"] == "Smaller Passport"


def test_a_version_by_whose_rule_nobody_has_judged_is_refused(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rule = PASSPORT["rule"] | {"all_of": PASSPORT["rule"]["all_of"][1:]}
    sections = {name: {"omit_reason": "a passport for tests"} for name in ("choice", "content")}
    with transaction(engine) as session:
        publish_small_passport(session, ledger.issuer, version="2.0.0", rule=rule, sections=sections)
    for version, code in (("2.0.0", "rule_differs"), ("3.0.0", "version_unknown")):
        with pytest.raises(InvalidPayloadError) as refused:
            correct(engine, ledger, credential, CorrectionOrder("Why not.", version))
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/version", code)]


def test_only_what_is_valid_is_corrected(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), credential.id, "By mistake.", now=NOW)
    with pytest.raises(WrongStateError, match="revoked cannot take this: correct"):
        correct(engine, ledger, credential)
    ending = completed_ledger(engine, "ending", valid_for="P1M")
    expired = issue(engine, ending)
    with pytest.raises(WrongStateError, match="expired"):
        correct(engine, ending, expired, now=NOW + timedelta(days=31))


def test_a_correction_neither_prolongs_nor_reinstates(engine: Engine) -> None:
    issue_policy = {"mode": "auto", "suspendable": True}
    ledger = completed_ledger(engine, issue=issue_policy, valid_for="P2Y")
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        suspend_credential(session, ledger.actor(Role.ADMINISTRATOR), credential.id, "Why.", now=NOW)
    rename(engine, ledger, did=DID)
    corrected = correct(engine, ledger, credential)
    assert corrected.status == "suspended"
    assert corrected.valid_until == credential.valid_until
    assert document_of(corrected)["validUntil"] == document_of(credential)["validUntil"]
    assert document_of(corrected)["credentialStatus"] == document_of(credential)["credentialStatus"]


def test_revoking_reaches_both_editions(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    corrected = correct(engine, ledger, credential)
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), credential.id, "Lost.", now=LATER)
    work(Worker(engine, SITE, lambda: LATER))
    for edition in (credential, corrected):
        with read_transaction(engine) as session:
            _, report = verify_bytes(session, edition.document or b"", site=SITE, now=LATER)
        assert "revoked" in {check.code for check in report.checks}


def test_a_process_that_dies_before_signing_leaves_a_job_for_it(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    with transaction(engine) as session:
        key = session.get_one(Credential, credential.id).signing_key_id
    correct(engine, ledger, credential)
    with transaction(engine) as session:  # as it was before the signature
        row = session.get_one(Credential, credential.id)
        row.document, row.jwt, row.valid_from = credential.document, credential.jwt, credential.valid_from
        row.unsigned, row.unsigned_sha256 = credential.unsigned, credential.unsigned_sha256
        [correction] = session.scalars(select(CredentialCorrection))
        correction.status = "prepared"
    work(Worker(engine, SITE, lambda: LATER + timedelta(seconds=6)))
    with read_transaction(engine) as session:
        found = session.get_one(Credential, credential.id)
        assert (found.valid_from, found.signing_key_id) == (LATER, key)
        assert json.loads(found.document or b"")["credentialSubject"]["id"] == DID
    finish_correction(beginner(engine), correction.id, site=SITE, now=LATER)
    assert len(corrections(engine, ledger, credential)) == 1


def test_a_second_call_finishes_what_the_first_has_prepared(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    correct(engine, ledger, credential)
    with transaction(engine) as session:
        [correction] = session.scalars(select(CredentialCorrection))
        correction.status = "prepared"
    assert correct(engine, ledger, credential).valid_from == LATER
    assert [each.number for each in corrections(engine, ledger, credential)] == [1]


def test_bytes_that_changed_after_they_were_prepared_are_not_signed(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    correct(engine, ledger, credential)
    with transaction(engine) as session:
        [correction] = session.scalars(select(CredentialCorrection))
        correction.status = "prepared"
        correction.unsigned = correction.unsigned.replace(b"Small Passport", b"Large Passport")
    with pytest.raises(InvalidSignatureError, match="has changed since"):
        finish_correction(beginner(engine), correction.id, site=SITE, now=LATER)


def test_corrections_at_once_make_one(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    rename(engine, ledger, did=DID)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(correct, engine, ledger, credential) for _ in range(4)]
        assert len({call.result().document for call in calls}) == 1
    assert len(corrections(engine, ledger, credential)) == 1
