"""Signing keys of an issuer: made here, sealed at rest, opened only to sign."""

from datetime import datetime
from typing import cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.encryption import Encryption
from app.errors import NotFoundError
from app.identifiers import new_id
from app.models import SigningKey
from app.services.audit_events import record_event
from app.signing.keys import (
    Algorithm,
    CurveKey,
    EcdsaSigner,
    Ed25519Signer,
    open_local_signer,
    read_multikey,
)

CurveSigner = Ed25519Signer | EcdsaSigner


def add_signing_key(
    session: Session,
    actor: Actor,
    signer: Ed25519Signer | EcdsaSigner,
    encryption: Encryption,
    *,
    now: datetime,
) -> SigningKey:
    """Keep `signer` as the issuer's active key, its seed sealed."""
    key_id = new_id()
    key = SigningKey(
        id=key_id,
        issuer_id=actor.issuer_id,
        created_at=now,
        algorithm=signer.algorithm,
        status="active",
        public_multikey=signer.public_key.multikey,
        sealed_seed=encryption.seal(signer.secret, _context(key_id)),
    )
    session.add(key)
    session.flush()
    record_event(session, actor, "create", ("signing_key", key_id), now=now, multikey=key.public_multikey)
    return key


def visible_keys(issuer_id: str) -> Select[SigningKey]:
    """Return a statement for all keys of an issuer, oldest first."""
    return select(SigningKey).where(SigningKey.issuer_id == issuer_id).order_by(SigningKey.id)


def load_active_key(session: Session, issuer_id: str) -> SigningKey:
    """Return the key that signs new credentials; raises `NotFoundError`."""
    key = session.scalar(visible_keys(issuer_id).where(SigningKey.status == "active"))
    if key is None:
        raise NotFoundError("The issuer has no active signing key.")
    return key


def public_key_of(key: SigningKey) -> CurveKey:
    """Return the public half of a stored key."""
    return read_multikey(key.public_multikey)


def open_signer(key: SigningKey, encryption: Encryption) -> CurveSigner:
    """Return the signer behind a stored key; raises `ConfigurationError` under another encryption key."""
    secret = encryption.open(key.sealed_seed, _context(key.id))
    signer = open_local_signer(cast("Algorithm", key.algorithm), secret)
    assert isinstance(signer, CurveSigner), "no other keys are made"
    return signer


def _context(key_id: str) -> str:
    return f"signing_keys|sealed_seed|{key_id}"
