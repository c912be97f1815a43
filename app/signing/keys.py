"""Keys that sign and keys that check: Ed25519 (RFC 8032), as JWK (RFC 8037) and as Multikey (CID 1.0, 2.2.2).

The algorithm belongs to the key, never to the message: whoever checks a signature asks the key.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Never, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase

ALGORITHM: Final = "EdDSA"
"""The JOSE name of the one signature algorithm in use (RFC 8037, 3.1)."""

ALGORITHM_NAMES: Final = frozenset({ALGORITHM, "Ed25519"})
"""The names under which others may write it: RFC 9864 renames it for each curve."""

KEY_LENGTH: Final = 32
SIGNATURE_LENGTH: Final = 64

_MULTICODEC_ED25519: Final = b"\xed\x01"
_FIELD_PRIME: Final = 2**255 - 19
_ORDER_EIGHT_Y: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y: Final = frozenset({0, 1, _FIELD_PRIME - 1, _ORDER_EIGHT_Y, _FIELD_PRIME - _ORDER_EIGHT_Y})
"""The y coordinates of the eight points whose order divides the cofactor: under such a "key" one
signature fits many messages (RFC 8032, 8.9)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key; raises `InvalidPayloadError` for bytes under which a signature binds nothing."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != KEY_LENGTH:
            raise InvalidPayloadError(f"An Ed25519 public key has {KEY_LENGTH} bytes, not {len(self.raw)}.")
        y = int.from_bytes(self.raw, "little") & (2**255 - 1)
        if y >= _FIELD_PRIME:
            raise InvalidPayloadError(
                "The Ed25519 public key is not in its canonical encoding (RFC 8032, 5.1.3)."
            )
        if y in _SMALL_ORDER_Y:
            raise InvalidPayloadError(
                "The Ed25519 public key is a point of small order, which binds nothing."
            )

    @property
    def algorithms(self) -> frozenset[str]:
        """The JOSE names of the only algorithm that signatures under this key may have."""
        return ALGORITHM_NAMES

    @property
    def multikey(self) -> str:
        """The key as `publicKeyMultibase` writes it: `z6Mk…`."""
        return multibase.encode_base58btc(_MULTICODEC_ED25519 + self.raw)

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a public JWK with its three required members."""
        return {"crv": "Ed25519", "kty": "OKP", "x": multibase.encode_base64url(self.raw)[1:]}

    @property
    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638): SHA-256 in base64url without padding."""
        canonical = json.dumps(self.jwk, separators=(",", ":"), sort_keys=True)
        return multibase.encode_base64url(hashlib.sha256(canonical.encode()).digest())[1:]

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `InvalidSignatureError` unless `signature` is this key's signature of `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise InvalidSignatureError("The signature was not made by this key over these bytes.") from error

    @classmethod
    def from_multikey(cls, text: str) -> "PublicKey":
        """Return the key that `z6Mk…` spells; raises `InvalidPayloadError` for any other text."""
        decoded = multibase.decode_base58btc(text)
        if not decoded.startswith(_MULTICODEC_ED25519):
            raise InvalidPayloadError("The Multikey is not an Ed25519 public key (`z6Mk…`).")
        return cls(decoded[len(_MULTICODEC_ED25519) :])

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> "PublicKey":
        """Return the key of a public JWK meant for checking signatures (RFC 7517, 4; RFC 8037, 2).

        Raises `InvalidPayloadError` for another key type, a private key, or one whose `use`, `key_ops` or
        `alg` speak against it.
        """
        if (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
            raise InvalidPayloadError("The JWK is not an Ed25519 key (kty OKP, crv Ed25519).")
        if "d" in jwk:
            raise InvalidPayloadError("The JWK holds a private key, which must never be published.")
        operations = jwk.get("key_ops", ["verify"])
        if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
            raise InvalidPayloadError("The JWK is not meant for checking signatures (use, key_ops).")
        if jwk.get("alg", ALGORITHM) not in tuple(ALGORITHM_NAMES):
            raise InvalidPayloadError(f"The JWK's alg is not {ALGORITHM}.")
        return cls(multibase.decode_base64url(f"u{jwk.get('x', '')}"))


class Signer(Protocol):
    """Something that signs bytes with a key it does not show: in memory, in a file, in a remote module."""

    @property
    def algorithm(self) -> str:
        """The JOSE name of the algorithm."""
        ...

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message`."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ed25519Signer:
    """An Ed25519 key held in this process; only `seed` shows the private half, for encryption at rest."""

    _key: Ed25519PrivateKey
    public_key: PublicKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_key", PublicKey(self._key.public_key().public_bytes_raw()))

    @classmethod
    def from_seed(cls, seed: bytes) -> "Ed25519Signer":
        """Return the signer of a 32-byte seed (RFC 8032, 5.1.5); raises `InvalidPayloadError` otherwise."""
        if len(seed) != KEY_LENGTH:
            raise InvalidPayloadError(f"An Ed25519 seed has {KEY_LENGTH} bytes.")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def generate(cls) -> "Ed25519Signer":
        """Return a signer with a new random key."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def algorithm(self) -> str:
        """The JOSE name of the algorithm."""
        return ALGORITHM

    @property
    def seed(self) -> bytes:
        """The 32 private bytes. Whoever holds them is the issuer."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`; the same message always gives the same bytes."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.public_key.multikey})"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("A signer is neither pickled nor copied: its key would leave with it.")
