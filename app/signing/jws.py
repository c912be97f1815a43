"""Compact JWS (RFC 7515), made through PyJWT and read by a strict reader of our own.

PyJWT's reader takes duplicate header members and needs milliseconds for what a signature check does in
microseconds, so it only writes here. The reader pins the algorithm to the key and knows exactly the
header members that Open Badges 3.0 allows (section 8.2: alg, kid, jwk, typ).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Never

from jwt.algorithms import Algorithm
from jwt.api_jws import PyJWS

from app import strict_json
from app.errors import (
    InvalidPayloadError,
    InvalidSignatureError,
    MalformedBodyError,
    UnreadableCredentialError,
)
from app.signing import multibase
from app.signing.keys import PublicKey, Signer

MAX_CHARACTERS: Final = 1_000_000
HEADER_MEMBERS: Final = frozenset({"alg", "kid", "jwk", "typ"})
KEPT: Final = 8
"""Tokens whose parts are kept: one verification asks for them several times over."""
MAX_KEY_ID: Final = 2048
"""Characters of a `kid`: a did:jwk spells a whole RSA key."""
VC_JOSE_TYPES: Final = ("vc+jwt", "vc+ld+jwt")
"""`typ` of a credential after VC-JOSE-COSE 1.0, and in its drafts; its `cty` may say `vc`."""
VP_JOSE_TYPES: Final = ("vp+jwt", "vp+ld+jwt")
"""The same of a presentation, whose `cty` may say `vp`."""
JOSE_COSE_TYPES: Final = VC_JOSE_TYPES + VP_JOSE_TYPES

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS whose signature has been checked."""

    header: dict[str, Any]
    payload: bytes


@dataclass(frozen=True, slots=True)
class UnverifiedJws:
    """The parts of a compact JWS before anybody has checked them: good for finding the key, nothing else."""

    header: dict[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes


def encode(header: Mapping[str, Any], payload: bytes, signer: Signer) -> str:
    """Return the compact JWS of `payload`; `header` is completed with the signer's `alg`."""
    writer = PyJWS(algorithms=[])
    writer.register_algorithm(signer.algorithm, _Delegate(signer))
    members = {"typ": None, **header, "alg": signer.algorithm}
    return writer.encode(payload, b"", algorithm=signer.algorithm, headers=members, sort_headers=False)


def decode(token: str, public_key: PublicKey) -> Jws:
    """Return header and payload of `token`, signed by `public_key` with the algorithm of that key.

    Raises `UnreadableCredentialError` when it is no compact JWS and `InvalidSignatureError` when the
    header breaks a rule or the signature does not fit.
    """
    parts = peek(token)
    check_header(parts.header)
    if parts.header["alg"] not in public_key.algorithms:
        raise InvalidSignatureError("The header's alg is not the one that the key demands.")
    public_key.verify(parts.signature, parts.signing_input)
    return Jws(parts.header, parts.payload)


@lru_cache(KEPT)
def peek(token: str) -> UnverifiedJws:
    """Return the parts of `token` without checking the signature.

    Raises `UnreadableCredentialError` for any text but three canonical base64url parts of which the first
    is a JSON object.
    """
    if len(token) > MAX_CHARACTERS:
        raise UnreadableCredentialError(f"The JWS is longer than {MAX_CHARACTERS} characters.")
    signing_input, _, signature = token.rpartition(".")
    header, _, payload = signing_input.partition(".")
    try:
        parts = [_bytes_of(part) for part in (header, payload, signature)]
        members = strict_json.loads(parts[0])
    except (InvalidPayloadError, MalformedBodyError) as error:
        if _COMPACT.fullmatch(token) is None:
            detail = (
                "This is neither JSON nor a JWT: three parts of letters, digits, - and _ with dots between."
            )
            raise UnreadableCredentialError(detail) from error
        raise UnreadableCredentialError(f"The JWS cannot be read: {error.detail}") from error
    if not isinstance(members, dict):
        raise UnreadableCredentialError("The JWS header is not a JSON object.")
    return UnverifiedJws(members, parts[1], signing_input.encode("ascii"), parts[2])


def _bytes_of(part: str) -> bytes:
    if not part:
        raise InvalidPayloadError("A part of it is empty.")
    return multibase.read_base64url(part)


def check_header(header: Mapping[str, Any]) -> None:
    """Raise `InvalidSignatureError` unless `header` has just the members that Open Badges 3.0 allows.

    So `crit`, `b64`, `jku`, `x5u` and `x5c` never have a say. VC-JOSE-COSE adds a `cty` that adds nothing.
    """
    foreign = sorted(header.keys() - HEADER_MEMBERS)
    if foreign == ["cty"] and header["cty"] == _content_of(header.get("typ")):
        foreign = []
    if foreign:
        raise InvalidSignatureError(
            f"The JWS header has members that are not allowed: {', '.join(foreign)[:200]}."
        )
    if not isinstance(header.get("alg"), str):
        raise InvalidSignatureError("The JWS header names no alg.")
    key_id = header.get("kid")
    if "kid" in header and not (isinstance(key_id, str) and 0 < len(key_id) <= MAX_KEY_ID):
        raise InvalidSignatureError(f"The JWS header's kid is not a text of 1 to {MAX_KEY_ID} characters.")
    if "jwk" in header and not isinstance(header["jwk"], dict):
        raise InvalidSignatureError("The JWS header's jwk is not an object.")


def _content_of(kind: object) -> str | None:
    """Return the `cty` that VC-JOSE-COSE 1.0 (3.1) gives to what has the `typ` `kind`."""
    return "vc" if kind in VC_JOSE_TYPES else "vp" if kind in VP_JOSE_TYPES else None


class _Delegate(Algorithm):
    """PyJWT's view of a signer: it never sees the key."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def prepare_key(self, key: object) -> object:
        """Return what came in: the signer is here already."""
        return key

    def sign(self, msg: bytes, key: object) -> bytes:  # noqa: ARG002 (PyJWT's signature)
        """Let the signer sign."""
        return self._signer.sign(msg)

    def verify(self, msg: bytes, key: object, sig: bytes) -> Never:
        """Refuse: tokens are read by `decode`."""
        raise NotImplementedError

    @staticmethod
    def to_jwk(key_obj: object, as_dict: bool = False) -> Never:  # noqa: FBT001, FBT002 (PyJWT's signature)
        """Refuse: keys do not pass through PyJWT."""
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk: object) -> Never:
        """Refuse: keys do not pass through PyJWT."""
        raise NotImplementedError
