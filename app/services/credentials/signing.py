"""Steps 7 and 8 of docs/issuing.md: sign what was committed, and check it as a stranger would."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.domain.keys import SIGNING
from app.errors import InvalidSignatureError
from app.key_backends import BackendName
from app.models import Credential, CredentialCorrection, Issuer, SigningKey
from app.services.audit_events import record_event
from app.services.enrolments import system_actor
from app.services.issuers import describe_did_with
from app.services.keys import load_active_keys, open_signer, published_among, still_signs, visible_keys
from app.services.sites import Site
from app.signing.dids import jwk_key_id, multikey_id
from app.signing.issue import Prepared, Secured, SigningProfile, prepare, sign
from app.signing.verify import Gathered, Outcome, read, verify

_OWN_CHECKS = frozenset({"parse", "conformance", "proof", "issuer_key"})


@dataclass(frozen=True, slots=True)
class SigningOrder:
    """All that a signature depends on, as it was committed: the same bytes whoever signs and whenever.

    `key` makes the proof and `jwt_key` the JWT; they may be the same one.
    """

    unsigned: bytes
    digest: str
    created: datetime
    did: str
    key: SigningKey
    jwt_key: SigningKey
    did_document: dict[str, object]

    @property
    def is_local(self) -> bool:
        """Whether both keys sign in this process: at once, and without a word to others."""
        return {self.key.backend, self.jwt_key.backend} == {BackendName.LOCAL}

    def stands_for(
        self, row: type[Credential | CredentialCorrection]
    ) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
        """Return the conditions, for a statement, under which a result of this order may stand in `row`.

        Both keys are still those of the row, and both may still sign.
        """
        same = (row.signing_key_id == self.key.id) & (row.jwt_key_id == self.jwt_key.id)
        return same, still_signs(self.key), still_signs(self.jwt_key)


def load_order(
    session: Session, prepared: Credential | CredentialCorrection, *, now: datetime
) -> SigningOrder:
    """Return what was fixed when the row was prepared.

    A key that may sign no more gives way to an active one: nothing that it signed for this row has left, nor
    will it, since both keys are looked at once more before a result stands. Raises `WrongStateError` when
    there is no active key.
    """
    issuer = session.get_one(Issuer, prepared.issuer_id)
    keys = {key.id: key for key in session.scalars(visible_keys(issuer.id))}
    key, jwt_key = keys[prepared.signing_key_id], keys[prepared.jwt_key_id]
    if key.status not in SIGNING or jwt_key.status not in SIGNING:
        active = load_active_keys(session, prepared.issuer_id)
        key = key if key.status in SIGNING else active.proof
        jwt_key = jwt_key if jwt_key.status in SIGNING else active.jwt
        prepared.signing_key_id, prepared.jwt_key_id = key.id, jwt_key.id
        thing = (prepared.__tablename__.removesuffix("s"), prepared.id)
        said = {"kid": key.kid, "jwt_kid": jwt_key.kid}
        record_event(session, system_actor(issuer.id), "change_key", thing, now=now, **said)
    return SigningOrder(
        prepared.unsigned,
        prepared.unsigned_sha256,
        prepared.proof_created,
        issuer.did,
        key,
        jwt_key,
        describe_did_with(issuer, published_among(keys.values())),
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
    jwt_signer = signer if order.jwt_key.id == order.key.id else open_signer(order.jwt_key, site)
    profile = SigningProfile(
        verification_method=multikey_id(order.did, signer.public_key),
        jwt_key_id=jwk_key_id(order.did, jwt_signer.public_key),
        created=order.created,
    )
    secured = sign(prepared, signer, profile, jwt_signer)
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
