"""Steps 7 and 8 of docs/issuing.md: sign what was committed, and check it as a stranger would."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.keys import SIGNING
from app.errors import InvalidSignatureError
from app.models import Credential, CredentialCorrection, Issuer, SigningKey
from app.services.audit_events import record_event
from app.services.enrolments import system_actor
from app.services.issuers import describe_did
from app.services.keys import load_active_key, open_signer
from app.services.sites import Site
from app.signing.dids import jwk_key_id, multikey_id
from app.signing.issue import Prepared, Secured, SigningProfile, prepare, sign
from app.signing.verify import Gathered, Outcome, read, verify

_OWN_CHECKS = frozenset({"parse", "conformance", "proof", "issuer_key"})


@dataclass(frozen=True, slots=True)
class SigningOrder:
    """All that a signature depends on, as it was committed: the same bytes whoever signs and whenever."""

    unsigned: bytes
    digest: str
    created: datetime
    did: str
    key: SigningKey
    did_document: dict[str, object]


def load_order(
    session: Session, prepared: Credential | CredentialCorrection, *, now: datetime
) -> SigningOrder:
    """Return what was fixed when the row was prepared.

    A key that may sign no more gives way to the active one: nothing that it signed for this row has left, nor
    will it, since the key is looked at once more before a result stands. Raises `WrongStateError` when there
    is no active key.
    """
    issuer = session.get_one(Issuer, prepared.issuer_id)
    key = session.get_one(SigningKey, prepared.signing_key_id)
    if key.status not in SIGNING:
        key = load_active_key(session, prepared.issuer_id)
        prepared.signing_key_id = key.id
        thing = (prepared.__tablename__.removesuffix("s"), prepared.id)
        record_event(session, system_actor(issuer.id), "change_key", thing, now=now, kid=key.kid)
    return SigningOrder(
        prepared.unsigned,
        prepared.unsigned_sha256,
        prepared.proof_created,
        issuer.did,
        key,
        describe_did(session, issuer),
    )


def secure(order: SigningOrder, prepared: Prepared | None, *, site: Site) -> Secured:
    """Return both signed forms; `prepared` saves reading the bytes again where they are at hand.

    Raises `InvalidSignatureError` when the bytes are not those that were committed, or when our own verifier
    refuses the result.
    """
    prepared = prepared or prepare(json.loads(order.unsigned))
    if prepared.digest != order.digest:
        raise InvalidSignatureError("What was prepared has changed since.")
    signer = open_signer(order.key, site)
    profile = SigningProfile(
        verification_method=multikey_id(order.did, signer.public_key),
        jwt_key_id=jwk_key_id(order.did, signer.public_key),
        created=order.created,
    )
    secured = sign(prepared, signer, profile)
    _check_own_output(secured, order)
    return secured


def _check_own_output(secured: Secured, order: SigningOrder) -> None:
    for data in (secured.document, secured.jwt.encode()):
        gathered = Gathered(
            now=order.created,
            did_documents={order.did: order.did_document},
            status_lists={},
            trusted_issuers=frozenset(),
            recipient=None,
        )
        report = verify(read(data), gathered)
        wrong = [c for c in report.checks if c.id in _OWN_CHECKS and c.outcome is not Outcome.PASS]
        if wrong:
            raise InvalidSignatureError(f"Our own verifier refuses what was signed: {wrong[0].detail}")
