"""The rows of signing keys: made by a backend, found, opened to sign, shown to the world."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.keys import (
    ASSERTING,
    JWT_ALGORITHMS,
    PROOF_ALGORITHMS,
    SIGNING,
    KeyStatus,
)
from app.errors import ConfigurationError, NotFoundError, WrongStateError
from app.identifiers import new_id
from app.key_backends import BackendName
from app.models import SigningKey
from app.services.audit_events import record_event
from app.services.pages import Page, Window, fetch_page
from app.services.sites import Site
from app.signing.keys import Algorithm, PublicKey, Signer, read_jwk

_PROBE = b"a message that is no credential"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as its backend made it, before there is a row for it."""

    id: str
    algorithm: Algorithm
    backend: str
    handle: bytes = field(repr=False)
    public_key: PublicKey


def make_key(algorithm: Algorithm, site: Site) -> NewKey:
    """Return a new key of the backend that the settings name for new keys, without a row yet.

    Raises `SignerUnavailableError`.
    """
    key_id, backend = new_id(), site.key_backend(site.new_keys_in)
    handle = backend.make(algorithm, key_id)
    public_key = backend.open(algorithm, handle, key_id).public_key
    return NewKey(key_id, algorithm, site.new_keys_in, handle, public_key)


def open_signer(key: SigningKey, site: Site) -> Signer:
    """Return the signer behind a stored key.

    Raises `ConfigurationError` under another encryption key, for a private half that is gone or does not fit
    the public half that was published, and `SignerUnavailableError`.
    """
    if key.handle is None:
        raise ConfigurationError(f"The private half of the signing key {key.id} has been destroyed.")
    signer = site.key_backend(key.backend).open(key.algorithm, key.handle, key.id)
    if signer.public_key != public_key_of(key):
        raise ConfigurationError(
            f"The private half of the signing key {key.id} does not fit its public half.",
            hint="Somebody has put another key in its place: do not sign with it before you know who.",
        )
    return signer


def public_key_of(key: SigningKey) -> PublicKey:
    """Return the public half of a stored key."""
    return read_jwk(key.public_jwk)


def probe_key(key: SigningKey, site: Site) -> None:
    """Sign something and verify it.

    Raises `InvalidSignatureError` when the two halves do not fit, and what `open_signer` raises.
    """
    public_key_of(key).verify(open_signer(key, site).sign(_PROBE), _PROBE)


@dataclass(frozen=True, slots=True)
class ActiveKeys:
    """The keys that sign an issuer's new credentials: `proof` what is embedded, `jwt` the other form.

    They are the same one for an issuer that has no other.
    """

    proof: SigningKey
    jwt: SigningKey


def load_active_keys(session: Session, issuer_id: str) -> ActiveKeys:
    """Return the keys of both forms of a credential; raises `WrongStateError` when none makes proofs."""
    active = {
        key.algorithm: key for key in session.scalars(active_keys().where(SigningKey.issuer_id == issuer_id))
    }
    proof, jwt = (
        next((active[algorithm] for algorithm in algorithms if algorithm in active), None)
        for algorithms in (PROOF_ALGORITHMS, JWT_ALGORITHMS)
    )
    if proof is not None and jwt is not None:
        return ActiveKeys(proof, jwt)
    raise WrongStateError(
        "The issuer has no active key that signs credentials.",
        hint="Make one with POST /v1/keys and activate it; what waits is then signed with it.",
    )


def load_active_key(session: Session, issuer_id: str) -> SigningKey:
    """Return the key of the issuer's new proofs; raises `WrongStateError` when there is none."""
    return load_active_keys(session, issuer_id).proof


def still_signs(key: SigningKey) -> ColumnElement[bool]:
    """Return the condition, for a statement, that the key may sign what was prepared with it."""
    return exists().where(SigningKey.id == key.id, SigningKey.status.in_(SIGNING))


def hold_keys(session: Session, *keys: SigningKey) -> bool:
    """Look at keys once more and tell whether all still sign; if so, they do until the transaction ends."""
    wanted = select(SigningKey).where(SigningKey.id.in_({key.id for key in keys})).order_by(SigningKey.id)
    held = wanted.with_for_update(read=True).execution_options(populate_existing=True)
    return all(key.status in SIGNING for key in session.scalars(held))


def list_active_keys(session: Session) -> list[SigningKey]:
    """Return the keys that sign, of all issuers."""
    return list(session.scalars(active_keys()))


def require_openable(session: Session, site: Site) -> None:
    """Return if the encryption key opens every private half that is sealed in the database.

    Raises `ConfigurationError`, which names the setting. Nothing is asked of other backends.
    """
    sealed = select(SigningKey).where(SigningKey.backend == BackendName.LOCAL, SigningKey.handle.is_not(None))
    for key in session.scalars(sealed):
        open_signer(key, site)


def active_keys() -> Select[SigningKey]:
    """Return a statement for the keys that sign, of all issuers."""
    return select(SigningKey).where(SigningKey.status == KeyStatus.ACTIVE)


def visible_keys(issuer_id: str) -> Select[SigningKey]:
    """Return a statement for all keys of an issuer, oldest first."""
    return select(SigningKey).where(SigningKey.issuer_id == issuer_id).order_by(SigningKey.id)


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """What the world may know of a key."""

    public_key: PublicKey
    is_active: bool
    revoked_at: datetime | None


def published_keys(session: Session, issuer_id: str) -> list[PublishedKey]:
    """Return the keys of the issuer's DID document, oldest first: all that passed their test once."""
    return published_among(session.scalars(visible_keys(issuer_id)))


def published_among(keys: Iterable[SigningKey]) -> list[PublishedKey]:
    """Return those of an issuer's keys that stand in its DID document, in the same order."""
    return [
        PublishedKey(public_key_of(key), key.status == KeyStatus.ACTIVE, key.compromised_at)
        for key in keys
        if key.published_at is not None
    ]


def list_keys(session: Session, actor: Actor, window: Window) -> Page[SigningKey]:
    """Return the keys of the actor's issuer, oldest first."""
    return fetch_page(session, visible_keys(actor.issuer_id), SigningKey.id, window)


def load_key(session: Session, actor: Actor, key_id: str) -> SigningKey:
    """Return one key of the actor's issuer; raises `NotFoundError`."""
    key = session.scalar(visible_keys(actor.issuer_id).where(SigningKey.id == key_id))
    if key is None:
        raise NotFoundError(f"There is no signing key {key_id}.")
    return key


def load_published_jwk(session: Session, issuer_id: str, kid: str) -> dict[str, object]:
    """Return the public JWK with the thumbprint `kid`, as long as verifiers shall accept the key.

    Raises `NotFoundError`.
    """
    wanted = visible_keys(issuer_id).where(SigningKey.kid == kid, SigningKey.status.in_(ASSERTING))
    key = session.scalar(wanted)
    if key is None:
        raise NotFoundError(f"The issuer publishes no key {kid}.")
    return {**key.public_jwk, "kid": key.kid, "alg": key.algorithm, "use": "sig"}


def add_signing_key(session: Session, actor: Actor, new: NewKey, *, now: datetime) -> SigningKey:
    """Keep the first key of its algorithm as active: nobody can know the issuer's document without it yet."""
    key = add_pending_key(session, actor, new, now=now)
    key.status, key.published_at, key.activated_at = KeyStatus.ACTIVE, now, now
    session.flush()
    return key


def add_pending_key(session: Session, actor: Actor, new: NewKey, *, now: datetime) -> SigningKey:
    """Keep a key that nobody shall see before it has passed its test."""
    key = SigningKey(
        id=new.id,
        issuer_id=actor.issuer_id,
        created_at=now,
        algorithm=new.algorithm,
        status=KeyStatus.PENDING,
        kid=new.public_key.thumbprint,
        public_jwk=new.public_key.jwk,
        backend=new.backend,
        handle=new.handle,
    )
    session.add(key)
    said = {"kid": key.kid, "algorithm": new.algorithm, "backend": new.backend}
    record_event(session, actor, "create", ("signing_key", key.id), now=now, **said)
    return key
