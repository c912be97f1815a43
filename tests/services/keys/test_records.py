"""Signing keys: sealed at rest, one active of each algorithm, changed without losing what they signed."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.encryption import new_encryption_key, read_encryption_key
from app.errors import ConfigurationError, NotFoundError, WrongStateError
from app.models import AuditEvent, Issuer, SigningKey
from app.services.keys import (
    ActiveKeys,
    add_signing_key,
    load_active_key,
    load_active_keys,
    load_key,
    make_key,
    open_signer,
    probe_key,
    public_key_of,
    require_openable,
    visible_keys,
)
from app.services.sites import Site
from app.services.tokens import operator_actor
from app.signing.keys import LOCAL_SIGNERS, Algorithm, LocalSigner
from tests.ledgers import NOW, SITE, make_issuer

ELSEWHERE = Site(SITE.public_url, read_encryption_key(new_encryption_key()))


@pytest.fixture
def issuer(session: Session) -> Issuer:
    return make_issuer(session)


@pytest.fixture
def operator(issuer: Issuer) -> Actor:
    return operator_actor(issuer)


def add(session: Session, operator: Actor, algorithm: Algorithm = "EdDSA", now: datetime = NOW) -> SigningKey:
    return add_signing_key(session, operator, make_key(algorithm, SITE), now=now)


@pytest.mark.parametrize("algorithm", LOCAL_SIGNERS)
def test_a_kept_key_signs_again_and_its_private_half_is_sealed(
    session: Session, operator: Actor, algorithm: Algorithm
) -> None:
    key = add(session, operator, algorithm)
    session.expire(key)
    opened = open_signer(key, SITE)
    public_key_of(key).verify(opened.sign(b"message"), b"message")
    assert key.kid == opened.public_key.thumbprint
    assert isinstance(opened, LocalSigner)
    assert opened.secret not in (key.handle or b"")
    probe_key(key, SITE)


def test_another_encryption_key_does_not_open_it(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    require_openable(session, SITE)
    for refuse in (lambda: open_signer(key, ELSEWHERE), lambda: require_openable(session, ELSEWHERE)):
        with pytest.raises(ConfigurationError, match="PASSPORTS_ENCRYPTION_KEY"):
            refuse()


def test_a_sealed_key_moved_to_another_row_does_not_open(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    key.status = "historic"
    session.flush()
    other = add(session, operator)
    other.handle = key.handle
    with pytest.raises(ConfigurationError):
        open_signer(other, SITE)


def test_another_public_half_than_the_published_one_is_noticed(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    key.public_jwk = make_key("EdDSA", SITE).public_key.jwk
    with pytest.raises(ConfigurationError, match="does not fit its public half") as refusal:
        open_signer(key, SITE)
    assert "another key in its place" in str(refusal.value.hint)


def test_a_destroyed_key_does_not_open(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    key.handle = None
    session.flush()
    with pytest.raises(ConfigurationError, match="has been destroyed"):
        open_signer(key, SITE)
    require_openable(session, SITE)


def test_a_backend_that_is_not_set_up_is_named(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    key.backend = "pkcs11"
    with pytest.raises(ConfigurationError, match="kept in pkcs11"):
        open_signer(key, SITE)


def test_there_is_one_active_key_of_each_algorithm(session: Session, operator: Actor) -> None:
    add(session, operator)
    add(session, operator, "ES256")
    with pytest.raises(IntegrityError), session.begin_nested():
        add(session, operator)


def test_each_form_of_a_credential_is_signed_with_the_algorithm_preferred_for_it(
    session: Session, operator: Actor, issuer: Issuer
) -> None:
    rsa = add(session, operator, "RS256")
    with pytest.raises(WrongStateError, match="no active key") as refusal:
        load_active_key(session, issuer.id)
    assert "POST /v1/keys" in str(refusal.value.hint)
    for algorithm in ("ES384", "ES256", "EdDSA"):
        key = add(session, operator, algorithm)
        assert load_active_key(session, issuer.id) is key
        assert load_active_keys(session, issuer.id) == ActiveKeys(proof=key, jwt=rsa)


def test_without_rsa_a_jwt_is_signed_with_the_algorithm_that_most_verifiers_read(
    session: Session, operator: Actor, issuer: Issuer
) -> None:
    eddsa = add(session, operator)
    assert load_active_keys(session, issuer.id) == ActiveKeys(eddsa, eddsa)
    for algorithm in ("ES384", "ES256"):
        key = add(session, operator, algorithm)
        assert load_active_keys(session, issuer.id) == ActiveKeys(eddsa, key)


def test_all_keys_are_seen_oldest_first_and_none_of_another_issuer(
    session: Session, operator: Actor, issuer: Issuer
) -> None:
    old = add(session, operator)
    new = add(session, operator, "ES256")
    foreign = add(session, operator_actor(make_issuer(session, "elsewhere")))
    assert list(session.scalars(visible_keys(issuer.id))) == [old, new]
    assert load_key(session, operator, new.id) is new
    with pytest.raises(NotFoundError):
        load_key(session, operator, foreign.id)


def test_the_audit_trail_names_the_public_half_only(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    session.flush()
    event = session.scalars(select(AuditEvent)).one()
    assert event.detail == {"kid": key.kid, "algorithm": "EdDSA", "backend": "local"}
    assert "handle" not in repr(make_key("EdDSA", SITE))
