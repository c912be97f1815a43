"""Credentials and presentations as VC-JOSE-COSE 1.0 secures them with JOSE (3.1), by a key that is at hand.

Nothing is asked of anybody: whose key it is, what credentials in a presentation are worth, and whether
dates and status hold, is for `verify`. Only data model 2.0 is secured so (1.1).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from app.errors import (
    Fault,
    InvalidPayloadError,
    InvalidSignatureError,
    UnsignableDocumentError,
)
from app.signing import jws, vc_jwt, vp_jwt
from app.signing.issue import conformant
from app.signing.jsonld import may_define
from app.signing.jsonld.vendored import INTERPRETED_CONTEXTS
from app.signing.keys import PublicKey, Signer
from app.signing.lint import PRESENTATION, is_version_1, kind_of, types_of
from app.signing.members import listed
from app.signing.shapes import SHAPES

Kind = Literal["credential", "presentation"]

ENVELOPE: Final = "EnvelopedVerifiableCredential"

_TYPES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "credential": jws.VC_JOSE_TYPES,
    "presentation": jws.VP_JOSE_TYPES,
}
_SECURED: Final = re.compile(r"data:application/vc\+[a-z+-]+(;base64)?,.+", re.DOTALL)


def secure(document: Mapping[str, Any], kind: Kind, signer: Signer, key_id: str) -> str:
    """Return `document` as a JWT whose `kid` is `key_id`.

    Raises `UnsignableDocumentError` for what breaks the data model, for members that nobody has defined, and
    for credentials in a presentation that are not secured themselves.
    """
    _check_document(document, kind)
    if kind == "credential":
        return vc_jwt.create_jose(document, signer, key_id)
    return vp_jwt.create(document, signer, key_id)


def check(token: str, kind: Kind, key: PublicKey) -> dict[str, Any]:
    """Return the credential or presentation that `key` has signed as `token`.

    Raises `UnreadableCredentialError` for no JWS, `InvalidSignatureError` when header or signature are not in
    order, `InvalidPayloadError` for claims that contradict the document, and what `secure` raises.
    """
    checked = jws.decode(token, key)
    if checked.header.get("typ") not in _TYPES[kind]:
        raise InvalidSignatureError(f"The JWT's typ is not one of a verifiable {kind}.")
    claims = vc_jwt.claims(checked.payload)
    document = vc_jwt.without_registered(claims)
    if kind == "presentation":
        document.pop(vp_jwt.CHALLENGE, None)
    _check_document(document, kind)
    speaker = document.get("holder" if kind == "presentation" else "issuer")
    said = {"iss": speaker.get("id") if isinstance(speaker, dict) else speaker, "jti": document.get("id")}
    faults = [
        Fault(f"/{claim}", f"jwt_{claim}_differs", f"The claim {claim} is not what the {kind} says.")
        for claim, value in said.items()
        if claim in claims and claims[claim] != value
    ]
    if faults:
        raise InvalidPayloadError(f"The claims of the JWT disagree with the {kind}.", faults=faults)
    return document


def _check_document(document: Mapping[str, Any], kind: Kind) -> None:
    """Raise `UnsignableDocumentError` unless `document` is a sound one of its kind."""
    if (kind_of(document) == PRESENTATION) != (kind == "presentation"):
        raise UnsignableDocumentError(f"This is no verifiable {kind}.")
    if is_version_1(document):
        raise UnsignableDocumentError(
            "A document of data model 1.1 is not secured so (VC-JOSE-COSE 1.0, 1.1)."
        )
    faults = [*_claim_faults(document), *_envelope_faults(document)]
    if not faults:
        conformant({name: value for name, value in document.items() if name != "verifiableCredential"})
        faults = _undefined(document)
    if faults:
        raise UnsignableDocumentError(faults[0].detail, faults=faults)


def _claim_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each claim that must not be there (VC-JOSE-COSE 1.0, 3.1.1)."""
    return [
        Fault(
            f"/{name}",
            f"jwt_{name}_claim",
            f"The document is the claims themselves and not in a claim `{name}`.",
        )
        for name in ("vc", "vp")
        if name in document
    ]


def _envelope_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each credential in a presentation that is not secured (VC-JOSE-COSE 1.0, 3.1.2)."""
    return [
        Fault(
            f"/verifiableCredential/{place}",
            "credential_not_secured",
            f"A credential in a presentation is an {ENVELOPE} with a data: URL as its id.",
        )
        for place, shown in enumerate(listed(document.get("verifiableCredential")))
        if ENVELOPE not in types_of(shown) or _SECURED.fullmatch(str(shown.get("id"))) is None
    ]


def _undefined(document: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each member of the document itself that only a default vocabulary would explain.

    `@vocab` gives every name a meaning, also a misspelt one.
    """
    contexts = listed(document["@context"])
    named = tuple(url for url in contexts if isinstance(url, str) and url not in INTERPRETED_CONTEXTS)
    known = {"type", *SHAPES[kind_of(document)].members, *_terms(contexts)}
    return [
        Fault(f"/{name}", "undefined_term", f"No context of the document defines {name}.")
        for name in document
        if name not in known and not may_define(named, [name])
    ]


def _terms(context: object) -> Iterator[str]:
    """Yield the names that contexts written out define, at any depth."""
    for value in listed(context):
        if isinstance(value, dict):
            for name, definition in value.items():
                yield name
                yield from _terms(definition)
