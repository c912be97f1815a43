"""ECDSA keys on the NIST curves P-256, P-384 and P-521, as JWK (RFC 7518, 6.2) and Multikey (CID 1.0, 2.2.2).

Signatures are r and s side by side, each as long as the curve's order (RFC 7518, 3.4; ECDSA Cryptosuites
1.0): never DER, whose lengths leave room for a second spelling.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys.public import CurveKey, jwk_bytes
from app.signing.keys.signers import Algorithm, JoseAlgorithm, LocalSigner


@dataclass(frozen=True, slots=True)
class EcdsaKey(CurveKey):
    """What the curves share; raises `InvalidPayloadError` for what is no point on the curve."""

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

    @classmethod
    def plain_signature(cls, der: bytes) -> bytes:
        """Return an ECDSA signature in DER (RFC 3279, 2.2.3) with r and s side by side."""
        return b"".join(number.to_bytes(cls.size, "big") for number in decode_dss_signature(der))

    @classmethod
    def from_point(cls, point: ec.EllipticCurvePublicKey) -> Self:
        """Return the key of a point on this curve."""
        return cls(point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))

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


@dataclass(frozen=True, slots=True)
class P521Key(EcdsaKey):
    """A key for ES512: curve P-521, SHA-512. For JWTs alone: no cryptosuite is made with it."""

    algorithms = frozenset({"ES512"})
    jwk_type = ("EC", "P-521")
    multicodec = b"\x82\x24"
    hash_name = "sha512"
    curve = ec.SECP521R1()
    hash = hashes.SHA512()
    size = 66
    signature_length = 132


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EcdsaSigner(LocalSigner):
    """What the signers of all curves share. The secret is the scalar, as long as a coordinate (SEC 1, C.4).

    Signatures are deterministic (RFC 6979): no random number that could come twice and give the key away.
    """

    _key: ec.EllipticCurvePrivateKey
    public_key: EcdsaKey = field(init=False)

    kind: ClassVar[type[EcdsaKey]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_key", self.kind.from_point(self._key.public_key()))

    @classmethod
    def from_scalar(cls, scalar: bytes) -> Self:
        """Return the signer of a private scalar; raises `InvalidPayloadError` for what the curve has not."""
        number, order = int.from_bytes(scalar, "big"), cls.kind.curve.group_order
        if len(scalar) != cls.kind.size or not 0 < number < order:
            raise InvalidPayloadError(f"This is no private scalar of the curve {cls.kind.jwk_type[1]}.")
        return cls(ec.derive_private_key(number, cls.kind.curve))

    @classmethod
    def generate(cls) -> Self:
        """Return a signer with a new random key."""
        return cls(ec.generate_private_key(cls.kind.curve))

    @property
    def secret(self) -> bytes:
        """The scalar."""
        return self._key.private_numbers().private_value.to_bytes(self.kind.size, "big")

    def sign(self, message: bytes) -> bytes:
        """Return r and s side by side; the same message always gives the same bytes."""
        der = self._key.sign(message, ec.ECDSA(self.kind.hash, deterministic_signing=True))
        return self.kind.plain_signature(der)


class P256Signer(EcdsaSigner):
    """A P-256 key held in this process."""

    __slots__ = ()
    kind = P256Key

    @property
    def algorithm(self) -> Algorithm:
        """The JOSE name of the algorithm."""
        return "ES256"


class P384Signer(EcdsaSigner):
    """A P-384 key held in this process."""

    __slots__ = ()
    kind = P384Key

    @property
    def algorithm(self) -> Algorithm:
        """The JOSE name of the algorithm."""
        return "ES384"


class P521Signer(EcdsaSigner):
    """A P-521 key held in this process."""

    __slots__ = ()
    kind = P521Key

    @property
    def algorithm(self) -> JoseAlgorithm:
        """The JOSE name of the algorithm."""
        return "ES512"
