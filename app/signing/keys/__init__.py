"""Keys that sign and keys that check, one class a type: Ed25519, P-256, P-384, RSA.

The algorithm belongs to the key, never to the message: whoever checks a signature asks the key. This
service signs with Ed25519; the other types are there to check what others have signed.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.errors import InvalidPayloadError
from app.signing import multibase
from app.signing.keys.ecdsa import EcdsaKey, P256Key, P384Key
from app.signing.keys.ed25519 import Ed25519Key, Ed25519Signer, Signer
from app.signing.keys.public import CurveKey, PublicKey
from app.signing.keys.rsa import RsaKey

__all__ = [
    "ALGORITHMS",
    "CurveKey",
    "EcdsaKey",
    "Ed25519Key",
    "Ed25519Signer",
    "P256Key",
    "P384Key",
    "PublicKey",
    "RsaKey",
    "Signer",
    "read_jwk",
    "read_multikey",
]

_CURVE_KEYS: Final[tuple[type[CurveKey], ...]] = (Ed25519Key, P256Key, P384Key)
_BY_MULTICODEC: Final = {kind.multicodec: kind for kind in _CURVE_KEYS}
_ALL_KEYS: Final[tuple[type[PublicKey], ...]] = (*_CURVE_KEYS, RsaKey)
_BY_JWK_TYPE: Final[Mapping[tuple[Any, Any], type[PublicKey]]] = {kind.jwk_type: kind for kind in _ALL_KEYS}

ALGORITHMS: Final = frozenset[str]().union(*(kind.algorithms for kind in _ALL_KEYS))
"""The JOSE names of all algorithms that some key here checks."""


def read_multikey(text: str) -> CurveKey:
    """Return the key that `z6Mk…`, `zDna…` or `z82L…` spells; raises `InvalidPayloadError` for other text."""
    decoded = multibase.decode_base58btc(text)
    kind = _BY_MULTICODEC.get(decoded[:2])
    if kind is None:
        raise InvalidPayloadError("The Multikey is not an Ed25519, P-256 or P-384 public key.")
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
