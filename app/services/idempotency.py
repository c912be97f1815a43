"""Keyed requests: the first one runs, its repeats get the same answer (draft-ietf-httpapi-idempotency-key).

The claim, the request and the keeping of the answer are three transactions. A process that dies in
between leaves a lease behind; after it the request runs once more, which is safe because every write of
the API also has a natural key.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.encryption import Encryption
from app.errors import IdempotencyInProgressError, IdempotencyMismatchError
from app.identifiers import new_id
from app.models import IdempotencyRecord

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request as far as a repeat must equal it; keys belong to the token that the actor came with."""

    actor: Actor
    key: str
    method: str
    path: str
    body: bytes

    @property
    def sha256(self) -> str:
        """The digest that a repeat with the same key must have."""
        head = repr((self.method, self.path)).encode()  # quoted, so that nothing runs into the body
        return hashlib.sha256(head + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer that the first request got."""

    status: int
    headers: dict[str, str]
    body: bytes


def claim_request(
    session: Session, request: KeyedRequest, encryption: Encryption, *, now: datetime
) -> str | KeptAnswer:
    """Return the kept answer of a repeat, or the id to keep a new answer under.

    Raises `IdempotencyMismatchError` when the key came with another request before, and
    `IdempotencyInProgressError` while the first one still runs.
    """
    record = session.scalar(_record_of(request).with_for_update())
    if record is not None and record.created_at < now - KEPT:
        session.delete(record)
        session.flush()
        record = None
    if record is None:
        return _new_claim(session, request, now=now)
    if record.request_sha256 != request.sha256:
        raise IdempotencyMismatchError(
            "This Idempotency-Key came with another method, path or body before.",
            hint="Use a new key for a new request.",
        )
    if record.response_status is not None and record.sealed_body is not None:
        body = encryption.open(record.sealed_body, _context(record.id))
        return KeptAnswer(record.response_status, dict(record.response_headers or {}), body)
    if record.lease_until > now:
        raise _in_progress()
    record.lease_until = now + LEASE
    return record.id


def _new_claim(session: Session, request: KeyedRequest, *, now: datetime) -> str:
    record = IdempotencyRecord(
        id=new_id(),
        issuer_id=request.actor.issuer_id,
        created_at=now,
        token_id=request.actor.token_id,
        key=request.key,
        request_sha256=request.sha256,
        lease_until=now + LEASE,
    )
    session.add(record)
    try:
        session.flush()
    except IntegrityError as error:
        raise _in_progress() from error
    return record.id


def _in_progress() -> IdempotencyInProgressError:
    return IdempotencyInProgressError(
        "The first request with this Idempotency-Key has not ended yet.", hint="Try again in a second."
    )


def _record_of(request: KeyedRequest) -> Select[IdempotencyRecord]:
    return select(IdempotencyRecord).where(
        IdempotencyRecord.token_id == request.actor.token_id, IdempotencyRecord.key == request.key
    )


def keep_answer(session: Session, record_id: str, answer: KeptAnswer, encryption: Encryption) -> None:
    """Keep the answer of a request that succeeded."""
    record = session.get(IdempotencyRecord, record_id)
    if record is not None:
        record.response_status = answer.status
        record.response_headers = answer.headers
        record.sealed_body = encryption.seal(answer.body, _context(record_id))


def release_claim(session: Session, record_id: str) -> None:
    """Forget a request that failed: nothing was done, so a repeat may try again."""
    session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.id == record_id))


def forget_old_answers(session: Session, *, now: datetime) -> None:
    """Delete what was kept for `KEPT`; the worker calls it from time to time."""
    session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.created_at < now - KEPT))


def _context(record_id: str) -> str:
    return f"idempotency_records|sealed_body|{record_id}"
