"""Ed25519 (RFC 8032): the keys of a new issuer, as JWK (RFC 8037) and Multikey (CID 1.0, 2.2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys.public import CurveKey, jwk_bytes
from app.signing.keys.signers import Algorithm, LocalSigner

ALGORITHM: Final[Algorithm] = "EdDSA"
"""The JOSE name (RFC 8037, 3.1); RFC 9864 renames it for each curve, so others may write `Ed25519`."""

KEY_LENGTH: Final = 32

KEPT: Final = 1024
"""Keys that are kept as the library has them."""

_FIELD_PRIME: Final = 2**255 - 19
_ORDER_EIGHT_Y: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y: Final = frozenset({0, 1, _FIELD_PRIME - 1, _ORDER_EIGHT_Y, _FIELD_PRIME - _ORDER_EIGHT_Y})
"""The y coordinates of the eight points whose order divides the cofactor: under such a "key" one
signature fits many messages (RFC 8032, 8.9)."""


_opened: Final = lru_cache(KEPT)(Ed25519PublicKey.from_public_bytes)


@dataclass(frozen=True, slots=True)
class Ed25519Key(CurveKey):
    """An Ed25519 public key, as Multikey `z6Mk…`.

    Raises `InvalidPayloadError` for bytes under which a signature binds nothing.
    """

    algorithms = frozenset({ALGORITHM, "Ed25519"})
    jwk_type = ("OKP", "Ed25519")
    multicodec = b"\xed\x01"
    hash_name = "sha256"
    signature_length = 64

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
    def jwk(self) -> dict[str, str]:
        """The key as a public JWK with its three required members."""
        return {"crv": "Ed25519", "kty": "OKP", "x": multibase.encode_base64url(self.raw)[1:]}

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `InvalidSignatureError` unless `signature` is this key's signature of `message`."""
        try:
            _opened(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise InvalidSignatureError("The signature was not made by this key over these bytes.") from error

    @classmethod
    def _from_members(cls, jwk: Mapping[str, Any]) -> Self:
        return cls(jwk_bytes(jwk, "x"))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ed25519Signer(LocalSigner):
    """An Ed25519 key held in this process. Its secret is the seed."""

    _key: Ed25519PrivateKey
    public_key: Ed25519Key = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_key", Ed25519Key(self._key.public_key().public_bytes_raw()))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the signer of a 32-byte seed (RFC 8032, 5.1.5); raises `InvalidPayloadError` otherwise."""
        if len(seed) != KEY_LENGTH:
            raise InvalidPayloadError(f"An Ed25519 seed has {KEY_LENGTH} bytes.")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def generate(cls) -> Self:
        """Return a signer with a new random key."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def algorithm(self) -> Algorithm:
        """The JOSE name of the algorithm."""
        return ALGORITHM

    @property
    def secret(self) -> bytes:
        """The 32 bytes of the seed."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`; the same message always gives the same bytes."""
        return self._key.sign(message)
