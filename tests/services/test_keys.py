"""Signing keys: sealed at rest, one active, opened only with the right encryption key."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.encryption import new_encryption_key, read_encryption_key
from app.errors import ConfigurationError, NotFoundError
from app.models import AuditEvent, Issuer, SigningKey
from app.services.keys import add_signing_key, load_active_key, open_signer, public_key_of, visible_keys
from app.services.tokens import operator_actor
from app.signing.keys import Ed25519Signer
from tests.ledgers import NOW, SITE, make_issuer


@pytest.fixture
def issuer(session: Session) -> Issuer:
    return make_issuer(session)


@pytest.fixture
def operator(issuer: Issuer) -> Actor:
    return operator_actor(issuer)


def add(session: Session, operator: Actor, signer: Ed25519Signer | None = None) -> SigningKey:
    return add_signing_key(session, operator, signer or Ed25519Signer.generate(), SITE.encryption, now=NOW)


def test_a_kept_key_signs_again_and_its_seed_is_sealed(session: Session, operator: Actor) -> None:
    signer = Ed25519Signer.generate()
    key = add(session, operator, signer)
    assert signer.secret not in key.sealed_seed
    opened = open_signer(key, SITE.encryption)
    public_key_of(key).verify(opened.sign(b"message"), b"message")
    assert opened.secret == signer.secret


def test_another_encryption_key_does_not_open_it(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    with pytest.raises(ConfigurationError, match="PASSPORTS_ENCRYPTION_KEY"):
        open_signer(key, read_encryption_key(new_encryption_key()))


def test_a_sealed_seed_moved_to_another_row_does_not_open(session: Session, operator: Actor) -> None:
    key = add(session, operator)
    key.status = "historic"
    other = add(session, operator)
    other.sealed_seed = key.sealed_seed
    with pytest.raises(ConfigurationError):
        open_signer(other, SITE.encryption)


def test_there_is_one_active_key(session: Session, operator: Actor, issuer: Issuer) -> None:
    key = add(session, operator)
    assert load_active_key(session, issuer.id) is key
    with pytest.raises(IntegrityError), session.begin_nested():
        add(session, operator)


def test_without_an_active_key_nothing_is_signed(session: Session, operator: Actor, issuer: Issuer) -> None:
    add(session, operator).status = "historic"
    with pytest.raises(NotFoundError, match="no active signing key"):
        load_active_key(session, issuer.id)


def test_all_keys_are_seen_oldest_first_and_none_of_another_issuer(
    session: Session, operator: Actor, issuer: Issuer
) -> None:
    old = add(session, operator)
    old.status = "historic"
    new = add(session, operator)
    add(session, operator_actor(make_issuer(session, "elsewhere")))
    assert list(session.scalars(visible_keys(issuer.id))) == [old, new]


def test_the_audit_trail_names_the_public_half_only(session: Session, operator: Actor) -> None:
    signer = Ed25519Signer.generate()
    add(session, operator, signer)
    session.flush()
    event = session.scalars(select(AuditEvent)).one()
    assert event.detail == {"multikey": signer.public_key.multikey}
    assert signer.secret.hex() not in str(event.detail)
