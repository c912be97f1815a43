"""Decentralized identifiers: did:key and did:web made, did:jwk read, and the keys that a document publishes.

DID Core 1.0, Controlled Identifiers 1.0, the method specifications of did:key, did:jwk and did:web. Nothing
here fetches anything: did:key and did:jwk spell their own key, did:web documents are handed in by the caller.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

from app import strict_json
from app.errors import InvalidPayloadError, MalformedBodyError
from app.signing import datetimes, multibase
from app.signing.keys import CurveKey, Ed25519Key, PublicKey, read_jwk, read_multikey
from app.signing.members import listed

CONTEXTS: Final = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
)

Purpose = Literal["assertionMethod", "authentication"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
"""What a proof may be for: to say something, or to show who is there (CID 1.0, 2.3)."""

KEPT: Final = 1024
MAX_KEPT: Final = 1024
"""DIDs whose keys are kept, and how many characters these may have."""

_KEY_PREFIX: Final = "did:key:"
_JWK_PREFIX: Final = "did:jwk:"
_WEB_PREFIX: Final = "did:web:"
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_SEGMENT: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~-]+")


def did_key(public_key: PublicKey) -> str:
    """Return the did:key that is `public_key` itself; raises `InvalidPayloadError` for an RSA key."""
    return _KEY_PREFIX + _spell(public_key)


def did_web(url: str) -> str:
    """Return the did:web of an https URL: `https://host:8443/issuers/k` → `did:web:host%3A8443:issuers:k`.

    Raises `InvalidPayloadError` for a URL that did:web cannot name.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.query or parts.fragment:
        raise InvalidPayloadError(f"did:web needs an https URL without query and fragment, not {url!r}.")
    host, colon, port = parts.netloc.partition(":")
    path = parts.path.removeprefix("/")
    identifier = host + ("%3A" + port if colon else "")
    did = _WEB_PREFIX + ":".join([identifier, *(path.split("/") if path else [])])
    did_web_url(did)
    return did


def did_web_url(did: str) -> str:
    """Return the https URL of a did:web's document (did:web method specification, 3.2).

    Raises `InvalidPayloadError` for addresses in numbers, foreign characters and path tricks.
    """
    if not did.startswith(_WEB_PREFIX):
        raise InvalidPayloadError(f"{did[:80]!r} is not a did:web.")
    identifier, *segments = did.removeprefix(_WEB_PREFIX).split(":")
    host, marker, port = identifier.partition("%3A")
    usable = _HOST.fullmatch(host) and (not marker or _PORT.fullmatch(port))
    if not usable or any(_SEGMENT.fullmatch(segment) is None for segment in segments):
        raise InvalidPayloadError(f"{did[:80]!r} names no host and path that did:web allows.")
    authority = f"https://{host}:{port}" if port else f"https://{host}"
    return "/".join([authority, *(segments or [".well-known"]), "did.json"])


def multikey_id(did: str, public_key: PublicKey) -> str:
    """Return the DID URL under which `did` publishes the key as a Multikey.

    Raises `InvalidPayloadError` for an RSA key, which has no such form.
    """
    return f"{did}#{_spell(public_key)}"


def jwk_key_id(did: str, public_key: PublicKey) -> str:
    """Return the DID URL for the `kid` of a JWT: the JWK's thumbprint, or did:key's only method."""
    return multikey_id(did, public_key) if did.startswith(_KEY_PREFIX) else f"{did}#{public_key.thumbprint}"


def did_document(
    did: str,
    keys: Sequence[PublicKey],
    *,
    authentication: Collection[PublicKey] = (),
    revoked: Mapping[PublicKey, datetime] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the document in which `did` publishes `keys`, each as JsonWebKey and, but for RSA, as Multikey.

    Data Integrity verifiers look for the Multikey, JWT verifiers for the other. Keys that no longer sign stay
    in the list for as long as a credential of theirs should verify. With those in `authentication` the DID's
    subject can also be recognised (DID Core 1.0, 5.3.1). Those in `revoked` make no assertions any more, and
    say since when (CID 1.0, 2.2).
    """
    methods = {key: _methods_of(did, key, revoked.get(key)) for key in keys}
    listed = {key: [method["id"] for method in methods[key]] for key in keys}
    document = {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": [method for key in keys for method in methods[key]],
        "assertionMethod": [each for key in keys if key not in revoked for each in listed[key]],
    }
    if authentication:
        document["authentication"] = [each for key in keys if key in authentication for each in listed[key]]
    return document


def _methods_of(did: str, key: PublicKey, revoked: datetime | None) -> list[dict[str, Any]]:
    methods = [_multikey(did, key)] if isinstance(key, CurveKey) else []
    since = {} if revoked is None else {"revoked": datetimes.to_text(revoked)}
    return [method | since for method in (*methods, _json_web_key(did, key))]


def key_document(url: str, jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that a bare JWK at `url` stands for: a key of that id, for no purpose said."""
    method = {"id": url, "type": "JsonWebKey", "controller": url, "publicKeyJwk": dict(jwk)}
    return {"id": url, "verificationMethod": [method]}


def spells_its_key(did: str) -> bool:
    """Return whether `did` is of a method whose document follows from the DID alone."""
    return did.startswith((_KEY_PREFIX, _JWK_PREFIX))


def resolve(did: str) -> dict[str, Any]:
    """Return the document of a DID that spells its key; raises `InvalidPayloadError` for any other."""
    return resolve_did_jwk(did) if did.startswith(_JWK_PREFIX) else resolve_did_key(did)


def spelt_keys(did: str) -> Mapping[str, PublicKey]:
    """Return the keys of a DID that spells them, by their ids: they are for every purpose, and for ever.

    Raises as `resolve` does.
    """
    return _kept_keys(did) if len(did) <= MAX_KEPT else _spelt_keys(did)


def _spelt_keys(did: str) -> Mapping[str, PublicKey]:
    return MappingProxyType(published_keys(resolve(did)))


_kept_keys: Final = lru_cache(KEPT)(_spelt_keys)


def resolve_did_key(did: str) -> dict[str, Any]:
    """Return the document that a did:key stands for; raises `InvalidPayloadError` for any other key type."""
    if not did.startswith(_KEY_PREFIX):
        raise InvalidPayloadError(f"{did[:80]!r} is not a did:key.")
    key = read_multikey(did.removeprefix(_KEY_PREFIX))
    return _document(did, [_multikey(did, key)], PURPOSES)


def resolve_did_jwk(did: str) -> dict[str, Any]:
    """Return the document that a did:jwk stands for, with its only key `#0`.

    Raises `InvalidPayloadError` for another DID, another key type, and a key that may not check signatures.
    """
    if not did.startswith(_JWK_PREFIX):
        raise InvalidPayloadError(f"{did[:80]!r} is not a did:jwk.")
    try:
        jwk = strict_json.loads(multibase.read_base64url(did.removeprefix(_JWK_PREFIX)))
    except MalformedBodyError as error:
        raise InvalidPayloadError(f"The did:jwk holds no JWK: {error.detail}") from error
    if not isinstance(jwk, dict):
        raise InvalidPayloadError("The did:jwk holds no JWK.")
    read_jwk(jwk)
    method = {"id": f"{did}#0", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}
    return _document(did, [method], PURPOSES)


def published_keys(document: Mapping[str, Any], now: datetime | None = None) -> dict[str, PublicKey]:
    """Return every usable key of a DID document or issuer profile by its absolute id.

    Left out: methods of other types, malformed ones, ones expired or revoked by `now` (CID 1.0, 2.2),
    and any id that stands for two different keys.
    """
    return _keys(_methods(document), now)


def assertion_keys(document: Mapping[str, Any], now: datetime | None = None) -> dict[str, PublicKey]:
    """Return the keys with which the document's subject makes assertions (DID Core 1.0, 5.3.2)."""
    return purpose_keys(document, "assertionMethod", now)


def purpose_keys(
    document: Mapping[str, Any], purpose: Purpose, now: datetime | None = None
) -> dict[str, PublicKey]:
    """Return the keys with which the document's subject asserts or authenticates (DID Core 1.0, 5.3).

    Only methods listed under that relationship whose controller is the subject itself, less what
    `published_keys` leaves out.
    """
    subject = document.get("id")
    named = set()
    for entry in listed(document.get(purpose)):
        identifier = entry.get("id") if isinstance(entry, dict) else entry
        if isinstance(identifier, str):
            named.add(_absolute(subject, identifier))
    methods = (
        (identifier, method)
        for identifier, method in _methods(document)
        if identifier in named and method.get("controller") == subject
    )
    return _keys(methods, now)


def _document(did: str, methods: list[dict[str, Any]], purposes: Sequence[Purpose]) -> dict[str, Any]:
    names = [method["id"] for method in methods]
    return {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": methods,
        **dict.fromkeys(purposes, names),
    }


def _spell(key: PublicKey) -> str:
    if not isinstance(key, CurveKey):
        raise InvalidPayloadError("Only keys on a curve have a Multikey.")
    return key.multikey


def _multikey(did: str, key: CurveKey) -> dict[str, Any]:
    identifier = multikey_id(did, key)
    return {"id": identifier, "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey}


def _json_web_key(did: str, key: PublicKey) -> dict[str, Any]:
    identifier = f"{did}#{key.thumbprint}"
    jwk = {**key.jwk, "kid": key.thumbprint}
    return {"id": identifier, "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}


def _methods(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    subject = document.get("id")
    for name in ("verificationMethod", *PURPOSES):
        for method in listed(document.get(name)):
            if isinstance(method, dict) and isinstance(method.get("id"), str):
                yield _absolute(subject, method["id"]), method


def _keys(methods: Iterator[tuple[str, dict[str, Any]]], now: datetime | None) -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    ambiguous = set()
    for identifier, method in methods:
        key = _key_of(method, now)
        if key is not None and keys.setdefault(identifier, key) != key:
            ambiguous.add(identifier)
    return {identifier: key for identifier, key in keys.items() if identifier not in ambiguous}


def _key_of(method: Mapping[str, Any], now: datetime | None) -> PublicKey | None:
    """Return the key of one verification method, or None when it is of no use to us now."""
    multikey, jwk = method.get("publicKeyMultibase"), method.get("publicKeyJwk")
    try:
        if now is not None and any(
            datetimes.parse(method[name]) <= now for name in ("expires", "revoked") if name in method
        ):
            return None
        if method.get("type") == "Multikey" and isinstance(multikey, str):
            return read_multikey(multikey)
        if method.get("type") == "Ed25519VerificationKey2020" and isinstance(multikey, str):
            return Ed25519Key.from_multikey(multikey)
        if method.get("type") in ("JsonWebKey", "JsonWebKey2020") and isinstance(jwk, dict):
            return read_jwk(jwk)
    except InvalidPayloadError:
        return None
    return None


def _absolute(subject: object, identifier: str) -> str:
    return f"{subject}{identifier}" if identifier.startswith("#") else identifier
