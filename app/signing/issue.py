"""From an unsigned document to its two signed forms: prepare, sign (docs/issuing.md, steps 5 and 7).

Only what `prepare` has linted and canonized can be signed: there is no other way to a `Prepared`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.errors import JsonLdError, UnsignableDocumentError
from app.signing import data_integrity, vc_jwt
from app.signing.jsonld import canonize
from app.signing.keys import Signer
from app.signing.lint import lint_document

_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be signed, as it was when it was linted. Made by `prepare` alone.

    `canonical` is its N-Quads, `digest` the SHA-256 of `serialized` in hexadecimal: preparing those bytes
    again gives the same one, so a stored document is recognised before signing.
    """

    serialized: bytes
    canonical: str
    digest: str
    seal: object

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("A Prepared is made by prepare() alone.")

    @property
    def document(self) -> dict[str, Any]:
        """A copy of the document: changing it changes nothing here."""
        document: dict[str, Any] = json.loads(self.serialized)
        return document


@dataclass(frozen=True, slots=True)
class SigningProfile:
    """With which published key, and when: the proof's `verificationMethod`, the JWT's `kid`, `created`."""

    verification_method: str
    jwt_key_id: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Secured:
    """The two forms of one credential: JSON with an embedded proof, and a VC-JWT."""

    document: bytes
    jwt: str


def prepare(document: Mapping[str, Any]) -> Prepared:
    """Return `document` ready to be signed.

    Raises `UnsignableDocumentError` whose faults list every broken rule: members, relations, and whatever
    JSON-LD would drop or read ambiguously.
    """
    try:
        serialized = _serialize(document)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsignableDocumentError(f"The document is not plain JSON: {error}.") from error
    copy: dict[str, Any] = json.loads(serialized)
    faults = lint_document(copy)
    if faults:
        raise UnsignableDocumentError(f"The document breaks {len(faults)} rule(s).", faults=faults)
    try:
        canonical = canonize(copy)
    except JsonLdError as error:
        raise UnsignableDocumentError(error.detail, faults=error.faults, hint=error.hint) from error
    return Prepared(serialized, canonical, hashlib.sha256(serialized).hexdigest(), _SEAL)


def sign(prepared: Prepared, signer: Signer, profile: SigningProfile) -> Secured:
    """Return both signed forms of `prepared`. The same input always gives the same bytes."""
    document = prepared.document
    proof = data_integrity.create_proof(
        document,
        signer,
        profile.verification_method,
        profile.created,
        canonical=prepared.canonical,
    )
    jwt = vc_jwt.create(document, signer, profile.jwt_key_id)
    return Secured(_serialize({**document, "proof": [proof]}), jwt)


def _serialize(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
