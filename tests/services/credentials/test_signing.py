"""Two keys for one credential: the proof's, and the JWT's where the issuer has one for JWTs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import read_transaction, transaction
from app.domain.actors import Actor, Role
from app.models import AuditEvent, Credential, Issuer, Learner, SigningKey
from app.services.credentials import CorrectionOrder, correct_credential, finish_issue
from app.services.keys import (
    activate_key,
    add_signing_key,
    compromise_key,
    make_key,
    retire_key,
    rotate_key,
    settle_key,
)
from app.services.tokens import operator_actor
from app.services.verification import verify_bytes
from app.signing.jws import peek
from app.signing.keys import Algorithm
from app.signing.verify import Report
from app.strict_json import loads
from app.worker import Worker
from tests.awards import beginner, completed_ledger, issue, leave_prepared, work
from tests.ledgers import NOW, SITE, Ledger

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


@pytest.fixture
def operator(ledger: Ledger) -> Actor:
    return operator_actor(ledger.issuer)


@pytest.fixture
def rsa(engine: Engine, operator: Actor) -> SigningKey:
    return add(engine, operator, "RS256")


def add(engine: Engine, operator: Actor, algorithm: Algorithm) -> SigningKey:
    with transaction(engine) as session:
        return add_signing_key(session, operator, make_key(algorithm, SITE), now=NOW)


def key_of(engine: Engine, algorithm: Algorithm) -> SigningKey:
    with read_transaction(engine) as session:
        return session.scalars(select(SigningKey).where(SigningKey.algorithm == algorithm)).one()


def compromise(engine: Engine, operator: Actor, key: SigningKey) -> None:
    with transaction(engine) as session:
        compromise_key(session, operator, key.id, now=LATER)


def reload(engine: Engine, credential_id: str) -> Credential:
    with read_transaction(engine) as session:
        return session.get_one(Credential, credential_id)


def judge(engine: Engine, signed: str | bytes | None) -> Report:
    assert signed is not None
    data = signed.encode() if isinstance(signed, str) else signed
    with read_transaction(engine) as session:
        return verify_bytes(session, data, site=SITE, now=LATER + timedelta(hours=3))[1]


def algorithm_of(credential: Credential) -> object:
    return peek(credential.jwt or "").header["alg"]


def proof_code(report: Report) -> str:
    return next(check.code for check in report.checks if check.id == "proof")


def test_the_jwt_is_signed_with_rsa_and_the_proof_with_ed25519(
    engine: Engine, ledger: Ledger, rsa: SigningKey
) -> None:
    credential = issue(engine, ledger)
    eddsa = key_of(engine, "EdDSA")
    assert (credential.signing_key_id, credential.jwt_key_id) == (eddsa.id, rsa.id)
    header = peek(credential.jwt or "").header
    assert header == {"alg": "RS256", "kid": f"{ledger.issuer.did}#{rsa.kid}", "typ": "JWT"}
    document = loads(credential.document or b"")
    assert document["proof"][0]["cryptosuite"] == "eddsa-rdfc-2022"
    for form in (credential.document, credential.jwt):
        assert judge(engine, form).verified


def test_an_issuer_with_one_key_signs_both_forms_with_it(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    assert credential.jwt_key_id == credential.signing_key_id
    assert algorithm_of(credential) == "EdDSA"


@pytest.mark.parametrize("withdrawn", ["EdDSA", "RS256"])
def test_a_compromised_key_takes_its_own_form_with_it_and_not_the_other(
    engine: Engine, ledger: Ledger, operator: Actor, rsa: SigningKey, withdrawn: Algorithm
) -> None:
    credential = issue(engine, ledger)
    compromise(engine, operator, key_of(engine, withdrawn))
    codes = [proof_code(judge(engine, form)) for form in (credential.document, credential.jwt)]
    expected = ["key_not_found", "proof_valid"]
    assert codes == (expected if rsa.algorithm != withdrawn else expected[::-1])


def test_what_both_keys_signed_verifies_after_both_were_rotated(
    engine: Engine, ledger: Ledger, operator: Actor, rsa: SigningKey
) -> None:
    before = issue(engine, ledger)
    for algorithm in ("EdDSA", "RS256"):
        for _ in range(2):
            rotate_key(beginner(engine), operator, algorithm, justification="a drill", site=SITE, now=LATER)
    work(Worker(engine, SITE, lambda: LATER + timedelta(minutes=2)))
    with read_transaction(engine) as session:
        assert session.get_one(SigningKey, rsa.id).status == "historic"
        assert session.get_one(SigningKey, before.signing_key_id).status == "historic"
    for form in (before.document, before.jwt):
        assert judge(engine, form).verified


def test_a_retiring_jwt_key_waits_for_what_was_prepared_with_it(
    engine: Engine, ledger: Ledger, operator: Actor, rsa: SigningKey
) -> None:
    credential_id = leave_prepared(engine, ledger)
    with transaction(engine) as session:
        retire_key(session, operator, rsa.id, now=NOW)
    settle_key(beginner(engine), rsa.id, site=SITE, now=NOW)
    assert key_of(engine, "RS256").status == "retiring"
    finish_issue(beginner(engine), credential_id, site=SITE, now=NOW)
    credential = reload(engine, credential_id)
    assert (credential.status, credential.jwt_key_id) == ("issued", rsa.id)
    settle_key(beginner(engine), rsa.id, site=SITE, now=NOW)
    assert key_of(engine, "RS256").status == "historic"


def test_a_jwt_key_that_is_withdrawn_gives_way_and_the_proof_keeps_its_key(
    engine: Engine, ledger: Ledger, operator: Actor, rsa: SigningKey
) -> None:
    credential_id = leave_prepared(engine, ledger)
    prepared = reload(engine, credential_id)
    compromise(engine, operator, rsa)
    finish_issue(beginner(engine), credential_id, site=SITE, now=LATER)
    credential = reload(engine, credential_id)
    assert credential.signing_key_id == prepared.signing_key_id == credential.jwt_key_id
    assert algorithm_of(credential) == "EdDSA"
    with read_transaction(engine) as session:
        change = select(AuditEvent.detail).where(AuditEvent.action == "change_key")
        kid = key_of(engine, "EdDSA").kid
        assert session.scalars(change).one() == {"kid": kid, "jwt_kid": kid}


def test_a_jwt_that_its_key_signed_before_it_was_withdrawn_does_not_leave(
    engine: Engine, ledger: Ledger, operator: Actor, rsa: SigningKey
) -> None:
    credential_id = leave_prepared(engine, ledger)
    opened = 0

    @contextmanager
    def withdrawing() -> Iterator[Session]:
        nonlocal opened
        opened += 1
        if opened == 2:  # after signing, before the result stands
            compromise(engine, operator, rsa)
        with transaction(engine) as session:
            yield session

    finish_issue(withdrawing, credential_id, site=SITE, now=LATER)
    credential = reload(engine, credential_id)
    assert (credential.status, algorithm_of(credential)) == ("issued", "EdDSA")


def test_a_correction_is_signed_with_the_keys_of_its_own_day(
    engine: Engine, ledger: Ledger, operator: Actor
) -> None:
    credential = issue(engine, ledger)
    rsa = add(engine, operator, "RS256")
    with transaction(engine) as session:
        session.get_one(Learner, ledger.learner.id).did = "did:example:amina"
    order = CorrectionOrder("She has a DID now.")
    actor = ledger.actor(Role.ADMINISTRATOR)
    corrected = correct_credential(beginner(engine), actor, credential.id, order, site=SITE, now=LATER)
    assert corrected.jwt_key_id == rsa.id != credential.jwt_key_id
    for form in (credential.jwt, corrected.jwt, corrected.document):
        assert judge(engine, form).verified
    with transaction(engine) as session:
        session.get_one(Issuer, ledger.issuer.id).name = "The Community"
    renamed = correct_credential(
        beginner(engine), actor, credential.id, order, site=SITE, now=LATER + timedelta(hours=1)
    )
    assert json.loads(renamed.document or b"")["issuer"]["name"] == "The Community"


def test_a_published_key_signs_no_jwt_yet(engine: Engine, ledger: Ledger, operator: Actor) -> None:
    new = rotate_key(beginner(engine), operator, "ES256", site=SITE, now=NOW)
    assert issue(engine, ledger).jwt_key_id != new.id
    with transaction(engine) as session:
        assert activate_key(session, operator, new.id, now=LATER).status == "active"
