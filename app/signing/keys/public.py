"""What every public key can do, and what a JWK must not say about one (RFC 7517, RFC 7518, 6)."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Self

from app.errors import InvalidPayloadError
from app.signing import multibase

_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members that only private and symmetric keys have (RFC 7518, 6.2.2, 6.3.2, 6.4)."""


class PublicKey(ABC):
    """A key that checks signatures of one algorithm. Two keys are equal when type and value are."""

    __slots__ = ()

    algorithms: ClassVar[frozenset[str]]
    """The JOSE names of the only algorithm that signatures under this key may have."""

    jwk_type: ClassVar[tuple[str, str | None]]
    """`kty` and `crv` of the key as a JWK."""

    @property
    @abstractmethod
    def jwk(self) -> dict[str, str]:
        """The key as a public JWK with its required members only."""

    @property
    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638): SHA-256 in base64url without padding."""
        canonical = json.dumps(self.jwk, separators=(",", ":"), sort_keys=True)
        return multibase.encode_base64url(hashlib.sha256(canonical.encode()).digest())[1:]

    @abstractmethod
    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `InvalidSignatureError` unless `signature` is this key's signature of `message`."""

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> Self:
        """Return the key of a public JWK meant for checking signatures (RFC 7517, 4).

        Raises `InvalidPayloadError` for another key type, a private key, or one whose `use`, `key_ops` or
        `alg` speak against it.
        """
        if (jwk.get("kty"), jwk.get("crv")) != cls.jwk_type:
            raise InvalidPayloadError(f"The JWK is not of the type {' '.join(filter(None, cls.jwk_type))}.")
        if not _PRIVATE_MEMBERS.isdisjoint(jwk):
            raise InvalidPayloadError("The JWK holds a private key, which must never be published.")
        operations = jwk.get("key_ops", ["verify"])
        if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
            raise InvalidPayloadError("The JWK is not meant for checking signatures (use, key_ops).")
        if "alg" in jwk and jwk["alg"] not in tuple(cls.algorithms):
            raise InvalidPayloadError(f"The JWK's alg is not {' or '.join(sorted(cls.algorithms))}.")
        return cls._from_members(jwk)

    @classmethod
    @abstractmethod
    def _from_members(cls, jwk: Mapping[str, Any]) -> Self:
        """Return the key that the type's own members spell."""


@dataclass(frozen=True, slots=True)
class CurveKey(PublicKey):
    """A point on an elliptic curve, in the compressed encoding that a Multikey has after its prefix."""

    raw: bytes

    multicodec: ClassVar[bytes]
    """The bytes that stand before `raw` in a Multikey (CID 1.0, 2.2.2)."""

    hash_name: ClassVar[Literal["sha256", "sha384", "sha512"]]
    """The hash that goes with keys of this curve, in Data Integrity's cryptosuites too."""

    signature_length: ClassVar[int]
    """Bytes of a signature."""

    @property
    def multikey(self) -> str:
        """The key as `publicKeyMultibase` writes it."""
        return multibase.encode_base58btc(self.multicodec + self.raw)

    @classmethod
    def from_multikey(cls, text: str) -> Self:
        """Return the key of this curve that `text` spells; raises `InvalidPayloadError` for other text."""
        decoded = multibase.decode_base58btc(text)
        if not decoded.startswith(cls.multicodec):
            raise InvalidPayloadError(f"The Multikey is not a public key of the curve {cls.jwk_type[1]}.")
        return cls(decoded[len(cls.multicodec) :])


def jwk_bytes(jwk: Mapping[str, Any], member: str) -> bytes:
    """Return the bytes of a member of a JWK; raises `InvalidPayloadError` unless it is base64url."""
    return multibase.read_base64url(str(jwk.get(member, "")))
