"""VC-JWT as Open Badges 3.0 defines it (section 8.2): the credential at the top level of a JWT's claims.

Written too is the form of VC-JOSE-COSE 1.0, alone or in an EnvelopedVerifiableCredential; read, besides
these, the one of Verifiable Credentials Data Model 1.1.

The registered claims repeat what the credential says, so the two must never disagree: a reader of the one
would see another credential than a reader of the other.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
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
from app.signing.lint import VC_CONTEXT, is_version_1

TYPE: Final = "JWT"
ACCEPTED_TYPES: Final = (TYPE, *jws.VC_JOSE_TYPES)
"""`typ` values that are read: Open Badges writes JWT, VC-JOSE-COSE vc+jwt and, in its drafts, vc+ld+jwt."""

REGISTERED_CLAIMS: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})

_DATES: Final = (("nbf", "validFrom"), ("exp", "validUntil"))
_DATES_1: Final = (("nbf", "issuanceDate"), ("exp", "expirationDate"))


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
    payload = payload_bytes({**document, **names, **dates})
    return jws.encode({"kid": key_id, "typ": TYPE}, payload, signer)


def create_jose(document: Mapping[str, Any], signer: Signer, key_id: str) -> str:
    """Return `document` as a JWT of VC-JOSE-COSE 1.0 (3.1.1): the credential is all of its claims."""
    return jws.encode(
        {"kid": key_id, "typ": jws.VC_JOSE_TYPES[0], "cty": "vc"}, payload_bytes(document), signer
    )


def envelop(token: str) -> dict[str, Any]:
    """Return the object that stands for `token` in JSON-LD (VCDM 2.0, Enveloped Verifiable Credentials)."""
    identifier = f"data:application/{jws.VC_JOSE_TYPES[0]},{token}"
    return {"@context": VC_CONTEXT, "id": identifier, "type": "EnvelopedVerifiableCredential"}


def payload_bytes(value: Mapping[str, Any]) -> bytes:
    """Return a JWT's claims as they are signed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


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

    A credential of data model 1.1 lies in the claim `vc`, and what it leaves to the registered claims is
    filled in from them (VCDM 1.1, 6.3.1); one of 2.0 is the claims themselves (VC-JOSE-COSE 1.0, 3.1.1).
    """
    inner = payload_claims.get("vc")
    if not isinstance(inner, dict) or "@context" in payload_claims:
        return without_registered(payload_claims)
    credential = without_registered(inner)
    filled = {"issuer": payload_claims.get("iss"), "id": payload_claims.get("jti")}
    for claim, member in _dates_of(credential):
        filled[member] = _date_text(payload_claims.get(claim))
    subject = credential.get("credentialSubject")
    if isinstance(subject, dict) and "id" not in subject and "sub" in payload_claims:
        credential["credentialSubject"] = {"id": payload_claims["sub"], **subject}
    return {**{name: value for name, value in filled.items() if value is not None}, **credential}


def without_registered(payload_claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims that are not the JWT's own."""
    return {name: value for name, value in payload_claims.items() if name not in REGISTERED_CLAIMS}


def check(token: str, public_key: PublicKey, now: datetime, *, legacy: bool = False) -> dict[str, Any]:
    """Return the credential of a VC-JWT signed by `public_key`.

    `legacy`: the JWT stood in an envelope of the media type `application/jwt`, where also a credential of
    data model 2.0 may lie in the claim `vc`. Raises `UnreadableCredentialError` for no JWS,
    `InvalidSignatureError` when header or signature are not in order, `InvalidPayloadError` with one fault
    for each claim that disagrees with the credential or, in the form of VC-JOSE-COSE, ends the signature's
    own period before `now`.
    """
    checked = jws.decode(token, public_key)
    kind = checked.header.get("typ", TYPE)
    if kind not in ACCEPTED_TYPES:
        raise InvalidSignatureError("The JWT's typ is not one of a verifiable credential.")
    payload_claims = claims(checked.payload)
    credential = credential_of(payload_claims)
    may_nest = kind == TYPE and (legacy or is_version_1(credential))
    faults = _misplaced(payload_claims, credential, may_nest=may_nest)
    faults += _disagreements(payload_claims, credential)
    if kind in jws.VC_JOSE_TYPES:
        # There `nbf` and `exp` are the signature's own period: what differs is held against the clock.
        faults = [fault for fault in faults if fault.pointer not in ("/nbf", "/exp")]
        faults += _out_of_period(payload_claims, credential, now)
    if faults:
        raise InvalidPayloadError("The claims of the JWT disagree with the credential.", faults=faults)
    return credential


def _misplaced(
    payload_claims: Mapping[str, Any], credential: Mapping[str, Any], *, may_nest: bool
) -> list[Fault]:
    """Return a fault when the version of the data model and the place of the credential disagree."""
    if "vc" in payload_claims and ("@context" in payload_claims or not may_nest):
        return [Fault("/vc", "jwt_vc_claim", "A credential of data model 2.0 is not in a claim `vc`.")]
    if "vc" not in payload_claims and is_version_1(credential):
        return [Fault("", "jwt_vc_claim_missing", "A credential of data model 1.1 is in the claim `vc`.")]
    return []


def _disagreements(payload_claims: Mapping[str, Any], credential: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each registered claim that is there and does not repeat the credential."""
    faults = [
        Fault(f"/{claim}", f"jwt_{claim}_differs", f"The claim {claim} is not what the credential says.")
        for claim in ("iss", "jti", "sub")
        if claim in payload_claims and payload_claims[claim] != _named(credential, claim)
    ]
    faults += [
        Fault(f"/{claim}", f"jwt_{claim}_differs", f"The claim {claim} is not the credential's {member}.")
        for claim, member in _dates_of(credential)
        if claim in payload_claims and not _same_second(payload_claims[claim], credential.get(member))
    ]
    return faults


def _out_of_period(
    payload_claims: Mapping[str, Any], credential: Mapping[str, Any], now: datetime
) -> list[Fault]:
    """Return the faults of the signature's own period, which is not what the credential's dates say.

    Where a claim repeats the credential's date, the check of that date speaks of it.
    """
    own = {
        claim: payload_claims[claim]
        for claim, member in _dates_of(credential)
        if claim in payload_claims and not _same_second(payload_claims[claim], credential.get(member))
    }
    return period_faults(own, now)


def period_faults(payload_claims: Mapping[str, Any], now: datetime) -> list[Fault]:
    """Return a fault for each end of a JWT's period (RFC 7519, 4.1.4 and 4.1.5) beyond which `now` is."""
    faults = []
    for claim in ("nbf", "exp"):
        value = payload_claims.get(claim)
        if claim not in payload_claims:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            faults.append(Fault(f"/{claim}", f"jwt_{claim}_differs", f"The claim {claim} is not a date."))
        elif claim == "nbf" and value > now.timestamp():
            faults.append(Fault("/nbf", "proof_not_yet_valid", "The JWT is not good yet (nbf)."))
        elif claim == "exp" and value <= now.timestamp():
            faults.append(Fault("/exp", "proof_expired", "The JWT is not good any more (exp)."))
    return faults


def _dates_of(credential: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return _DATES_1 if is_version_1(credential) else _DATES


def _date_text(claim: object) -> str | None:
    """Return a numeric date as text, or None when it is none that the calendar has."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    try:
        return datetimes.to_text(datetime.fromtimestamp(claim, UTC))
    except (ValueError, OverflowError, OSError):
        return None


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
