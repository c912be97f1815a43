"""From one key to the next: published, activated, retired, withdrawn, destroyed.

What talks to a backend does so outside transactions, since a module or a service may take its time.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.keys import (
    PROOF_ALGORITHMS,
    RETIREMENT_GRACE,
    KeyAct,
    KeyStatus,
    ensure_known,
    ensure_past,
    status_after,
)
from app.errors import KeyIsIdentityError, WrongStateError
from app.models import Credential, CredentialCorrection, Issuer, SigningKey
from app.services.audit_events import record_event
from app.services.enrolments import system_actor
from app.services.jobs import JobKind, enqueue_job
from app.services.keys.records import (
    active_keys,
    add_pending_key,
    load_key,
    make_key,
    probe_key,
    visible_keys,
)
from app.services.sites import Begin, Site
from app.signing.dids import spells_its_key
from app.signing.keys import Algorithm

SETTLE_DELAY = timedelta(minutes=1)
"""How long after its retirement a key is looked at, and again while something waits for it."""


def create_key(begin: Begin, actor: Actor, algorithm: Algorithm, *, site: Site, now: datetime) -> SigningKey:
    """Make a key, test it and publish it.

    Raises `KeyIsIdentityError` for an issuer whose DID spells its key, and what `publish_key` raises.
    """
    with begin() as session:
        _ensure_rotatable(session.get_one(Issuer, actor.issuer_id))
    new = make_key(algorithm, site)
    with begin() as session:
        add_pending_key(session, actor, new, now=now)
    return publish_key(begin, actor, new.id, site=site, now=now)


def rotate_key(
    begin: Begin,
    actor: Actor,
    algorithm: Algorithm,
    *,
    justification: str | None = None,
    site: Site,
    now: datetime,
) -> SigningKey:
    """Activate the newest published key of an algorithm, or make one if there is none.

    Raises what `activate_key` and `create_key` raise.
    """
    with begin() as session:
        published = (SigningKey.algorithm == algorithm) & (SigningKey.status == KeyStatus.PUBLISHED)
        newest = visible_keys(actor.issuer_id).where(published).order_by(None).order_by(SigningKey.id.desc())
        found = session.scalar(newest.limit(1))
        if found is not None:
            return activate_key(session, actor, found.id, justification=justification, now=now)
    return create_key(begin, actor, algorithm, site=site, now=now)


def _ensure_rotatable(issuer: Issuer) -> None:
    if spells_its_key(issuer.did):
        raise KeyIsIdentityError(
            f"The issuer is {issuer.did}: this identifier is its key, so it has no other one.",
            hint="An issuer that is made under an https address is a did:web, whose keys can be changed.",
        )


def publish_key(begin: Begin, actor: Actor, key_id: str, *, site: Site, now: datetime) -> SigningKey:
    """Put a key that passes its test into the issuer's DID document; doing it again changes nothing.

    Raises `NotFoundError`, `WrongStateError`, and what `probe_key` raises.
    """
    with begin() as session:
        key = load_key(session, actor, key_id)
        if key.status == KeyStatus.PUBLISHED:
            return key
        status_after(key.status, KeyAct.PUBLISH)
    probe_key(key, site)
    with begin() as session:
        key = _lock_key(session, actor, key_id)
        if key.status != KeyStatus.PUBLISHED:
            _take(session, actor, key, KeyAct.PUBLISH, now=now)
            key.published_at = now
    return key


def activate_key(
    session: Session, actor: Actor, key_id: str, *, justification: str | None = None, now: datetime
) -> SigningKey:
    """Let a key sign from now on, and retire the one of its algorithm that did; again changes nothing.

    Raises `NotFoundError`, `WrongStateError`, and `KeyTooNewError` for a key that verifiers cannot know yet,
    unless a `justification` says why it cannot wait.
    """
    key = _lock_key(session, actor, key_id)
    if key.status == KeyStatus.ACTIVE:
        return key
    status_after(key.status, KeyAct.ACTIVATE)
    assert key.published_at is not None, "a published key has its time"
    ensure_known(key.published_at, justification, now=now)
    same = active_keys().where(SigningKey.issuer_id == key.issuer_id, SigningKey.algorithm == key.algorithm)
    previous = session.scalar(same)
    if previous is not None:
        _retire(session, actor, previous, now=now)
    _take(session, actor, key, KeyAct.ACTIVATE, now=now, justification=justification)
    key.activated_at = now
    _resume_signing(session, key.issuer_id, now=now)
    return key


def retire_key(session: Session, actor: Actor, key_id: str, *, now: datetime) -> SigningKey:
    """Let a key sign nothing new, without a successor of its algorithm; again changes nothing.

    Raises `NotFoundError`, and `WrongStateError` when nothing could be issued then.
    """
    key = _lock_key(session, actor, key_id)
    if key.status in (KeyStatus.RETIRING, KeyStatus.HISTORIC):
        return key
    status_after(key.status, KeyAct.RETIRE)
    others = active_keys().where(
        SigningKey.issuer_id == key.issuer_id,
        SigningKey.algorithm.in_(PROOF_ALGORITHMS),
        SigningKey.id != key.id,
    )
    if key.algorithm in PROOF_ALGORITHMS and session.scalar(others.limit(1)) is None:
        raise WrongStateError(
            "Without this key the issuer could sign no credential.",
            hint="Activate another key: it retires the one of its algorithm.",
        )
    _retire(session, actor, key, now=now)
    return key


def _retire(session: Session, actor: Actor, key: SigningKey, *, now: datetime) -> None:
    _take(session, actor, key, KeyAct.RETIRE, now=now)
    key.retired_at = now
    _settle_later(session, key, now=now, delay=SETTLE_DELAY)


def compromise_key(
    session: Session, actor: Actor, key_id: str, *, at: datetime | None = None, now: datetime
) -> SigningKey:
    """Withdraw a key for good, whatever its state: it never signs again, and no verifier shall accept it.

    What was prepared with it and has not left is prepared anew with the active key, as soon as there is one.
    Doing it again changes nothing. Raises `NotFoundError`, and `InvalidPayloadError` for a time to come.
    """
    key = _lock_key(session, actor, key_id)
    if key.status == KeyStatus.COMPROMISED:
        return key
    since = now if at is None else at
    ensure_past(since, now=now)
    _take(session, actor, key, KeyAct.COMPROMISE, now=now)
    key.compromised_at = since
    _settle_later(session, key, now=now, delay=timedelta(0))
    _resume_signing(session, key.issuer_id, now=now)
    return key


def settle_key(begin: Begin, key_id: str, *, site: Site, now: datetime) -> None:
    """Destroy the private half of a key that signs no more, once nothing waits for it; run by the worker.

    A retiring key waits for what was prepared with it, for `RETIREMENT_GRACE` at most.
    """
    with begin() as session:
        key = session.get_one(SigningKey, key_id, with_for_update=True)
        if key.status == KeyStatus.RETIRING:
            assert key.retired_at is not None, "a retiring key has its time"
            if now < key.retired_at + RETIREMENT_GRACE and _has_waiting(session, key):
                _settle_later(session, key, now=now, delay=SETTLE_DELAY)
                return
            _take(session, system_actor(key.issuer_id), key, KeyAct.SETTLE, now=now)
        handle, backend = key.handle, key.backend
    if handle is None:
        return
    site.key_backend(backend).destroy(handle)
    with begin() as session:
        session.get_one(SigningKey, key_id).handle = None
        record_event(session, system_actor(key.issuer_id), "destroy", ("signing_key", key_id), now=now)


def _has_waiting(session: Session, key: SigningKey) -> bool:
    return any(
        session.scalar(
            select(row.id)
            .where(or_(row.signing_key_id == key.id, row.jwt_key_id == key.id), row.status == "prepared")
            .limit(1)
        )
        for row in (Credential, CredentialCorrection)
    )


def _lock_key(session: Session, actor: Actor, key_id: str) -> SigningKey:
    """Return the key, with all keys of its issuer locked: acts on them come one after the other."""
    load_key(session, actor, key_id)
    every = visible_keys(actor.issuer_id).with_for_update().execution_options(populate_existing=True)
    return next(key for key in session.scalars(every).all() if key.id == key_id)


def _take(
    session: Session, actor: Actor, key: SigningKey, act: KeyAct, *, now: datetime, **detail: object
) -> None:
    """Change the state of a key; at once, because the index of active keys looks at each statement."""
    key.status = status_after(key.status, act)
    session.flush()
    said = {"kid": key.kid} | {name: value for name, value in detail.items() if value is not None}
    record_event(session, actor, act, ("signing_key", key.id), now=now, **said)


def _settle_later(session: Session, key: SigningKey, *, now: datetime, delay: timedelta) -> None:
    enqueue_job(session, key.issuer_id, JobKind.SETTLE_KEY, {"key_id": key.id}, now=now, delay=delay)


def _resume_signing(session: Session, issuer_id: str, *, now: datetime) -> None:
    """Have everything signed that an unusable key left behind: credentials that wait, and status lists."""
    enqueue_job(session, issuer_id, JobKind.RESUME_SIGNING, {}, now=now)
