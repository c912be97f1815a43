"""VC-JWT as Open Badges 3.0 defines it (section 8.2): the credential at the top level of a JWT's claims.

The registered claims repeat what the credential says, so the two must never disagree: a reader of the one
would see another credential than a reader of the other.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app import strict_json
from app.errors import (
    Fault,
    InvalidPayloadError,
    InvalidSignatureError,
    MalformedBodyError,
    UnreadableCredentialError,
    UnsignableDocumentError,
)
from app.signing import datetimes, jws
from app.signing.keys import PublicKey, Signer

TYPE: Final = "JWT"
ACCEPTED_TYPES: Final = ("JWT", "vc+jwt", "vc+ld+jwt")
"""`typ` values that are read: Open Badges writes JWT, VC-JOSE-COSE vc+jwt and, in its drafts, vc+ld+jwt."""

REGISTERED_CLAIMS: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})

_DATES: Final = (("nbf", "validFrom"), ("exp", "validUntil"))


def create(document: Mapping[str, Any], signer: Signer, key_id: str) -> str:
    """Return `document` as a VC-JWT whose `kid` is `key_id`.

    Raises `UnsignableDocumentError` when it lacks what a required claim repeats: the ids of issuer,
    credential and subject, and validFrom.
    """
    try:
        dates = {
            claim: int(datetimes.parse(document[member]).timestamp())
            for claim, member in _DATES
            if member in document
        }
    except InvalidPayloadError as error:
        raise UnsignableDocumentError(error.detail) from error
    names = {claim: _named(document, claim) for claim in ("iss", "jti", "sub")}
    missing = [claim for claim in ("iss", "jti", "sub", "nbf") if {**names, **dates}.get(claim) is None]
    if missing:
        raise UnsignableDocumentError(f"The document gives no value for the claims {', '.join(missing)}.")
    payload = json.dumps({**document, **names, **dates}, ensure_ascii=False, separators=(",", ":"))
    return jws.encode({"kid": key_id, "typ": TYPE}, payload.encode(), signer)


def claims(payload: bytes) -> dict[str, Any]:
    """Return the claims of a JWT's payload; raises `UnreadableCredentialError` unless it is a JSON object."""
    try:
        value = strict_json.loads(payload)
    except MalformedBodyError as error:
        raise UnreadableCredentialError(f"The JWT's claims cannot be read: {error.detail}") from error
    if not isinstance(value, dict):
        raise UnreadableCredentialError("The JWT's claims are not a JSON object.")
    return value


def credential_of(payload_claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return the credential without the registered claims.

    A credential of data model 1.1 lies in the claim `vc`; one of 2.0 may not (VC-JOSE-COSE 1.0, 1.1.2.1).
    """
    inner = payload_claims.get("vc")
    source = inner if isinstance(inner, dict) and "@context" not in payload_claims else payload_claims
    return {name: value for name, value in source.items() if name not in REGISTERED_CLAIMS}


def check(token: str, public_key: PublicKey) -> dict[str, Any]:
    """Return the credential of a VC-JWT signed by `public_key`.

    Raises `UnreadableCredentialError` for no JWS, `InvalidSignatureError` when header or signature are not
    in order, `InvalidPayloadError` with one fault for each claim that disagrees with the credential.
    """
    checked = jws.decode(token, public_key)
    if checked.header.get("typ", TYPE) not in ACCEPTED_TYPES:
        raise InvalidSignatureError("The JWT's typ is not one of a verifiable credential.")
    payload_claims = claims(checked.payload)
    faults = _disagreements(payload_claims)
    if faults:
        raise InvalidPayloadError("The claims of the JWT disagree with the credential.", faults=faults)
    return credential_of(payload_claims)


def _disagreements(payload_claims: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each registered claim that is there and does not repeat the credential."""
    faults = [
        Fault(f"/{claim}", f"jwt_{claim}_differs", f"The claim {claim} is not what the credential says.")
        for claim in ("iss", "jti", "sub")
        if claim in payload_claims and payload_claims[claim] != _named(payload_claims, claim)
    ]
    faults += [
        Fault(f"/{claim}", f"jwt_{claim}_differs", f"The claim {claim} is not the credential's {member}.")
        for claim, member in _DATES
        if claim in payload_claims and not _same_second(payload_claims[claim], payload_claims.get(member))
    ]
    if "vc" in payload_claims:
        faults.append(Fault("/vc", "jwt_vc_claim", "A credential of data model 2.0 is not in a claim `vc`."))
    return faults


def _named(document: Mapping[str, Any], claim: str) -> str | None:
    """Return the id that `claim` repeats, or None when the document has none."""
    owner: object = {
        "iss": document.get("issuer"),
        "jti": document,
        "sub": document.get("credentialSubject"),
    }[claim]
    value = owner if claim == "iss" and isinstance(owner, str) else None
    if isinstance(owner, Mapping):
        value = owner.get("id")
    return value if isinstance(value, str) else None


def _same_second(claim: object, text: object) -> bool:
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return False
    try:
        instant: datetime = datetimes.parse(text)
    except InvalidPayloadError:
        return False
    return int(claim) == int(instant.timestamp())
