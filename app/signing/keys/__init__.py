"""Keys that sign and keys that check, one class a type: Ed25519, P-256, P-384, P-521, RSA.

The algorithm belongs to the key, never to the message: whoever checks a signature asks the key. This
service signs with whatever its issuers' keys are: Ed25519 unless they ask for another type.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.errors import InvalidPayloadError
from app.signing import multibase
from app.signing.keys.ecdsa import (
    EcdsaKey,
    EcdsaSigner,
    P256Key,
    P256Signer,
    P384Key,
    P384Signer,
    P521Key,
    P521Signer,
)
from app.signing.keys.ed25519 import Ed25519Key, Ed25519Signer
from app.signing.keys.public import CurveKey, PublicKey, jwk_bytes
from app.signing.keys.rsa import RsaKey, RsaSigner
from app.signing.keys.signers import Algorithm, LocalSigner, Signer

__all__ = [
    "ALGORITHMS",
    "LOCAL_SIGNERS",
    "Algorithm",
    "CurveKey",
    "EcdsaKey",
    "EcdsaSigner",
    "Ed25519Key",
    "Ed25519Signer",
    "LocalSigner",
    "P256Key",
    "P256Signer",
    "P384Key",
    "P384Signer",
    "P521Key",
    "P521Signer",
    "PublicKey",
    "RsaKey",
    "RsaSigner",
    "Signer",
    "open_local_signer",
    "open_private_jwk",
    "read_jwk",
    "read_multikey",
    "read_spki",
]

KEPT: Final = 1024
"""Keys that are kept: the same few are read again and again."""

_CURVE_KEYS: Final[tuple[type[CurveKey], ...]] = (Ed25519Key, P256Key, P384Key, P521Key)
_BY_MULTICODEC: Final = {kind.multicodec: kind for kind in _CURVE_KEYS}
_BY_CURVE: Final = {kind.curve.name: kind for kind in (P256Key, P384Key, P521Key)}
_ALL_KEYS: Final[tuple[type[PublicKey], ...]] = (*_CURVE_KEYS, RsaKey)
_BY_JWK_TYPE: Final[Mapping[tuple[Any, Any], type[PublicKey]]] = {kind.jwk_type: kind for kind in _ALL_KEYS}

ALGORITHMS: Final = frozenset[str]().union(*(kind.algorithms for kind in _ALL_KEYS))
"""The JOSE names of all algorithms that some key here checks."""

LOCAL_SIGNERS: Final[Mapping[Algorithm, type[LocalSigner]]] = {
    "EdDSA": Ed25519Signer,
    "ES256": P256Signer,
    "ES384": P384Signer,
    "RS256": RsaSigner,
}
"""The signer of each algorithm whose key is held in this process."""

_OPENERS: Final[Mapping[Algorithm, Callable[[bytes], LocalSigner]]] = {
    "EdDSA": Ed25519Signer.from_seed,
    "ES256": P256Signer.from_scalar,
    "ES384": P384Signer.from_scalar,
    "RS256": RsaSigner.from_pkcs8,
}


def read_spki(der: bytes) -> PublicKey:
    """Return the key of a SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7).

    Raises `InvalidPayloadError` for a key type that is not known here.
    """
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidPayloadError("This is no public key in DER.") from error
    match key:
        case Ed25519PublicKey():
            return Ed25519Key(key.public_bytes_raw())
        case EllipticCurvePublicKey() if key.curve.name in _BY_CURVE:
            return _BY_CURVE[key.curve.name].from_point(key)
        case RSAPublicKey():
            numbers = key.public_numbers()
            return RsaKey(numbers.n, numbers.e)
    raise InvalidPayloadError("The public key is not of a type that is known here.")


def open_local_signer(algorithm: Algorithm, secret: bytes) -> LocalSigner:
    """Return the signer whose `secret` this is; raises `InvalidPayloadError` for no such key."""
    return _OPENERS[algorithm](secret)


_BY_PRIVATE_JWK: Final[Mapping[type[PublicKey], Callable[[bytes], LocalSigner]]] = {
    Ed25519Key: Ed25519Signer.from_seed,
    P256Key: P256Signer.from_scalar,
    P384Key: P384Signer.from_scalar,
    P521Key: P521Signer.from_scalar,
}


def open_private_jwk(jwk: Mapping[str, Any]) -> LocalSigner:
    """Return the signer of a private JWK on a curve (RFC 7518, 6.2.2; RFC 8037, 2).

    Raises `InvalidPayloadError` for another type of key, and for halves that do not fit each other.
    """
    public_key = read_jwk({name: value for name, value in jwk.items() if name not in ("d", "key_ops")})
    opened = _BY_PRIVATE_JWK.get(type(public_key))
    if opened is None:
        raise InvalidPayloadError("The JWK is not a private key on one of the curves that sign here.")
    signer = opened(jwk_bytes(jwk, "d"))
    if signer.public_key != public_key:
        raise InvalidPayloadError("The two halves of the JWK do not fit each other.")
    return signer


@lru_cache(KEPT)
def read_multikey(text: str) -> CurveKey:
    """Return the key that `z6Mk…`, `zDna…` or `z82L…` spells; raises `InvalidPayloadError` for other text."""
    decoded = multibase.decode_base58btc(text)
    kind = _BY_MULTICODEC.get(decoded[:2])
    if kind is None:
        raise InvalidPayloadError("The Multikey is not an Ed25519, P-256, P-384 or P-521 public key.")
    return kind(decoded[2:])


def read_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key of a public JWK meant for checking signatures.

    Raises `InvalidPayloadError` for a key type that is not known here and for what `PublicKey.from_jwk`
    refuses.
    """
    named = (jwk.get("kty"), jwk.get("crv"))
    kind = _BY_JWK_TYPE.get(named) if all(isinstance(name, str | None) for name in named) else None
    if kind is None:
        raise InvalidPayloadError("The JWK is not of a key type that is known here.")
    return kind.from_jwk(jwk)
