"""RSA keys for RS256 (RFC 7518, 3.3 and 6.3), which every verifier of Open Badges reads (8.2.3 there)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys.public import PublicKey, jwk_bytes
from app.signing.keys.signers import Algorithm, LocalSigner

MIN_BITS: Final = 2048
MAX_BITS: Final = 8192
"""Beyond this a check costs milliseconds and nobody is safer."""

NEW_BITS: Final = 3072
"""Of a new key: 128 bits of security, as the curves have (NIST SP 800-57 part 1, 5.6.1)."""

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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RsaSigner(LocalSigner):
    """An RSA key held in this process. The secret is its PKCS #8 in DER (RFC 5958)."""

    _key: rsa.RSAPrivateKey
    public_key: RsaKey = field(init=False)

    def __post_init__(self) -> None:
        numbers = self._key.public_key().public_numbers()
        object.__setattr__(self, "public_key", RsaKey(numbers.n, numbers.e))

    @classmethod
    def from_pkcs8(cls, der: bytes) -> Self:
        """Return the signer of a PKCS #8 private key; raises `InvalidPayloadError` for anything else."""
        try:
            key = load_der_private_key(der, None)
        except (TypeError, ValueError) as error:
            raise InvalidPayloadError("This is no private key in PKCS #8.") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise InvalidPayloadError("This is no RSA key.")
        return cls(key)

    @classmethod
    def generate(cls) -> Self:
        """Return a signer with a new random key."""
        return cls(rsa.generate_private_key(MIN_EXPONENT, NEW_BITS))

    @property
    def algorithm(self) -> Algorithm:
        """The JOSE name of the algorithm."""
        return "RS256"

    @property
    def secret(self) -> bytes:
        """The PKCS #8 in DER."""
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """Return RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017, 8.2), which is deterministic by its nature."""
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def _number(jwk: Mapping[str, Any], member: str) -> int:
    """Return a number in its one spelling: as few bytes as it needs (RFC 7518, 2)."""
    data = jwk_bytes(jwk, member)
    if not data or data[0] == 0:
        raise InvalidPayloadError(f"The JWK's {member} is not a number in its shortest form.")
    return int.from_bytes(data, "big")


def _text(number: int) -> str:
    return multibase.encode_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))[1:]
