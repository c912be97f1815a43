"""ECDSA keys on the NIST curves P-256 and P-384, as JWK (RFC 7518, 6.2) and Multikey (CID 1.0, 2.2.2).

Signatures are r and s side by side, each as long as the curve's order (RFC 7518, 3.4; ECDSA Cryptosuites
1.0): never DER, whose lengths leave room for a second spelling.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys.public import CurveKey, jwk_bytes


@dataclass(frozen=True, slots=True)
class EcdsaKey(CurveKey):
    """What P-256 and P-384 share; raises `InvalidPayloadError` for what is no point on the curve."""

    curve: ClassVar[ec.EllipticCurve]
    hash: ClassVar[hashes.HashAlgorithm]
    size: ClassVar[int]
    """Bytes of a coordinate, of r and of s."""

    def __post_init__(self) -> None:
        if len(self.raw) != 1 + self.size or self.raw[0] not in (2, 3):
            raise InvalidPayloadError(f"This is no compressed point of the curve {self.jwk_type[1]}.")
        self._point()

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a public JWK with its four required members."""
        numbers = self._point().public_numbers()
        x, y = (value.to_bytes(self.size, "big") for value in (numbers.x, numbers.y))
        kty, crv = self.jwk_type
        return {
            "crv": str(crv),
            "kty": kty,
            "x": multibase.encode_base64url(x)[1:],
            "y": multibase.encode_base64url(y)[1:],
        }

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `InvalidSignatureError` unless `signature` is this key's signature of `message`."""
        if len(signature) != self.signature_length:
            raise InvalidSignatureError(
                f"The signature has {len(signature)} bytes, not {self.signature_length}."
            )
        r, s = (int.from_bytes(half, "big") for half in (signature[: self.size], signature[self.size :]))
        if not (0 < r < self.curve.group_order and 0 < s < self.curve.group_order):
            raise InvalidSignatureError("The numbers of the signature are not within the curve's order.")
        try:
            self._point().verify(encode_dss_signature(r, s), message, ec.ECDSA(self.hash))
        except InvalidSignature as error:
            raise InvalidSignatureError("The signature was not made by this key over these bytes.") from error

    def _point(self) -> ec.EllipticCurvePublicKey:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(self.curve, self.raw)
        except ValueError as error:
            raise InvalidPayloadError(f"The point is not on the curve {self.jwk_type[1]}.") from error

    @classmethod
    def _from_members(cls, jwk: Mapping[str, Any]) -> Self:
        x, y = (jwk_bytes(jwk, member) for member in ("x", "y"))
        if (len(x), len(y)) != (cls.size, cls.size):
            raise InvalidPayloadError(f"The coordinates of the JWK have not {cls.size} bytes each.")
        key = cls(bytes([2 + (y[-1] & 1)]) + x)
        if key.jwk["y"] != jwk["y"]:
            raise InvalidPayloadError(f"The point is not on the curve {cls.jwk_type[1]}.")
        return key


@dataclass(frozen=True, slots=True)
class P256Key(EcdsaKey):
    """A key for ES256: curve P-256, SHA-256. As Multikey `zDna…`."""

    algorithms = frozenset({"ES256"})
    jwk_type = ("EC", "P-256")
    multicodec = b"\x80\x24"
    hash_name = "sha256"
    curve = ec.SECP256R1()
    hash = hashes.SHA256()
    size = 32
    signature_length = 64


@dataclass(frozen=True, slots=True)
class P384Key(EcdsaKey):
    """A key for ES384: curve P-384, SHA-384. As Multikey `z82L…`."""

    algorithms = frozenset({"ES384"})
    jwk_type = ("EC", "P-384")
    multicodec = b"\x81\x24"
    hash_name = "sha384"
    curve = ec.SECP384R1()
    hash = hashes.SHA384()
    size = 48
    signature_length = 96
