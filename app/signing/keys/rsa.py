"""RSA keys that check RS256 (RFC 7518, 3.3 and 6.3), as many issuers of Open Badges use them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys.public import PublicKey, jwk_bytes

MIN_BITS: Final = 2048
MAX_BITS: Final = 8192
"""Beyond this a check costs milliseconds and nobody is safer."""

MIN_EXPONENT: Final = 65537
MAX_EXPONENT: Final = 2**32


@dataclass(frozen=True, slots=True)
class RsaKey(PublicKey):
    """An RSA key; raises `InvalidPayloadError` for sizes that protect nobody or that only cost time."""

    modulus: int
    exponent: int

    algorithms = frozenset({"RS256"})
    jwk_type = ("RSA", None)

    def __post_init__(self) -> None:
        if not MIN_BITS <= self.modulus.bit_length() <= MAX_BITS or self.modulus % 2 == 0:
            raise InvalidPayloadError(f"An RSA key has an odd modulus of {MIN_BITS} to {MAX_BITS} bits.")
        if not MIN_EXPONENT <= self.exponent < MAX_EXPONENT or self.exponent % 2 == 0:
            raise InvalidPayloadError(f"An RSA key has an odd exponent from {MIN_EXPONENT} to 2^32.")

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a public JWK with its three required members."""
        return {"e": _text(self.exponent), "kty": "RSA", "n": _text(self.modulus)}

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `InvalidSignatureError` unless `signature` is RSASSA-PKCS1-v1_5 of `message` by this key."""
        key = rsa.RSAPublicNumbers(self.exponent, self.modulus).public_key()
        try:
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise InvalidSignatureError("The signature was not made by this key over these bytes.") from error

    @classmethod
    def _from_members(cls, jwk: Mapping[str, Any]) -> Self:
        return cls(_number(jwk, "n"), _number(jwk, "e"))


def _number(jwk: Mapping[str, Any], member: str) -> int:
    """Return a number in its one spelling: as few bytes as it needs (RFC 7518, 2)."""
    data = jwk_bytes(jwk, member)
    if not data or data[0] == 0:
        raise InvalidPayloadError(f"The JWK's {member} is not a number in its shortest form.")
    return int.from_bytes(data, "big")


def _text(number: int) -> str:
    return multibase.encode_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))[1:]
