"""What the proofValue of ecdsa-sd-2023 holds, base and derived (ECDSA Cryptosuites 1.0, 3.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from app.errors import InvalidPayloadError
from app.signing import cbor, multibase
from app.signing.keys import P256Key

MAX_SIGNATURES: Final = 5_000
"""Each is checked by itself, at about a tenth of a millisecond."""

BASE: Final = bytes.fromhex("d95d00")
DERIVED: Final = bytes.fromhex("d95d01")
DIGEST_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class BaseValue:
    """What the issuer gives to the holder alone (3.5.2)."""

    base_signature: bytes
    public_key: P256Key
    hmac_key: bytes
    signatures: tuple[bytes, ...]
    mandatory_pointers: tuple[str, ...]

    def text(self) -> str:
        """Return the proofValue."""
        parts = [
            self.base_signature,
            key_bytes(self.public_key),
            self.hmac_key,
            list(self.signatures),
            list(self.mandatory_pointers),
        ]
        return multibase.encode_base64url(BASE + cbor.encode(parts))

    @classmethod
    def read(cls, text: object) -> Self:
        """Return what a base proof's value says (3.5.3); raises `InvalidPayloadError` for any other."""
        signature, key, hmac_key, signatures, pointers = _parts(text, BASE)
        if not isinstance(pointers, list) or not all(isinstance(pointer, str) for pointer in pointers):
            raise InvalidPayloadError("The mandatory pointers of the base proof are no texts.")
        return cls(
            _sized(signature, P256Key.signature_length),
            _key(key),
            _sized(hmac_key, DIGEST_LENGTH),
            _signatures(signatures),
            tuple(pointers),
        )


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """What the holder shows (3.5.7). `labels` are digests by the number of a canonical label."""

    base_signature: bytes
    public_key: P256Key
    signatures: tuple[bytes, ...]
    labels: Mapping[int, bytes]
    mandatory_indexes: tuple[int, ...]

    def text(self) -> str:
        """Return the proofValue."""
        parts = [
            self.base_signature,
            key_bytes(self.public_key),
            list(self.signatures),
            dict(self.labels),
            list(self.mandatory_indexes),
        ]
        return multibase.encode_base64url(DERIVED + cbor.encode(parts))

    @classmethod
    def read(cls, text: object) -> Self:
        """Return what a derived proof's value says (3.5.8); raises `InvalidPayloadError` for any other."""
        signature, key, signatures, labels, indexes = _parts(text, DERIVED)
        if not isinstance(labels, dict) or not isinstance(indexes, list):
            raise InvalidPayloadError("The proofValue has no labels and no indexes.")
        if not all(isinstance(index, int) for index in indexes):
            raise InvalidPayloadError("An index of the proofValue is no number.")
        digests = {number: _sized(digest, DIGEST_LENGTH) for number, digest in labels.items()}
        if len(set(digests.values())) != len(digests):
            # Else a holder could show one thing as two, with signatures that are good for the one.
            raise InvalidPayloadError("Two labels of the proofValue are the same.")
        return cls(
            _sized(signature, P256Key.signature_length),
            _key(key),
            _signatures(signatures),
            digests,
            tuple(indexes),
        )


def key_bytes(key: P256Key) -> bytes:
    """Return the key as it stands in a proofValue, and under the issuer's signature."""
    return P256Key.multicodec + key.raw


def is_base(text: object) -> bool:
    """Return whether `text` begins as the proofValue of a base proof does."""
    return isinstance(text, str) and text.startswith(multibase.encode_base64url(BASE))


def _parts(text: object, header: bytes) -> list[Any]:
    """Return the five parts of a proofValue with `header`."""
    data = multibase.decode_base64url(str(text))
    if not data.startswith(header):
        raise InvalidPayloadError("The proofValue does not begin as one of this kind does.")
    parts = cbor.decode(data[len(header) :])
    if not isinstance(parts, list) or len(parts) != 5:  # noqa: PLR2004 (both kinds have five parts)
        raise InvalidPayloadError("The proofValue has not five parts.")
    return parts


def _sized(value: object, length: int) -> bytes:
    if not isinstance(value, bytes) or len(value) != length:
        raise InvalidPayloadError(f"A part of the proofValue has not {length} bytes.")
    return value


def _key(value: object) -> P256Key:
    data = _sized(value, len(P256Key.multicodec) + 1 + P256Key.size)
    if not data.startswith(P256Key.multicodec):
        raise InvalidPayloadError("The key in the proofValue is none of P-256.")
    return P256Key(data[len(P256Key.multicodec) :])


def _signatures(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_SIGNATURES:
        raise InvalidPayloadError(f"The proofValue has no list of at most {MAX_SIGNATURES} signatures.")
    return tuple(_sized(signature, P256Key.signature_length) for signature in value)
