"""Bitstring Status List v1.0: the bits, their encoding, and the credential that carries them.

Index 0 is the most significant bit of byte 0 (Bitstring Status List 1.0, "Bitstring Encoding").
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.errors import InvalidPayloadError
from app.signing import datetimes, multibase

MINIMUM_LENGTH: Final = 131_072
"""Entries below which a list would tell its reader too much about one holder."""

MAX_LENGTH: Final = 2**25
"""Entries beyond which a list is taken for a decompression bomb: 4 MiB of bits."""

CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"

_GZIP: Final = 31  # zlib's name for "gzip header and trailer, largest window"

_URL_ALPHABET: Final = str.maketrans("+/", "-_")

Purpose = Literal["revocation", "suspension"]


@dataclass(frozen=True, slots=True)
class StatusListTemplate:
    """What a list credential says: where it is, whose it is, for what, the bits, and for how long.

    `url` is the list credential's own URL, `ttl` how long a copy may be kept, in milliseconds.
    """

    url: str
    issuer: str
    purpose: Purpose
    encoded_list: str
    valid_from: datetime
    valid_until: datetime
    ttl: int


def encode(set_indexes: Iterable[int], length: int = MINIMUM_LENGTH) -> str:
    """Return `u` + base64url(GZIP(bits)) with the bits of `set_indexes` set ("Bitstring Generation").

    Raises `InvalidPayloadError` for a length below the minimum or not a multiple of 8, or an index outside.
    """
    if not MINIMUM_LENGTH <= length <= MAX_LENGTH or length % 8:
        raise InvalidPayloadError(
            f"A status list has {MINIMUM_LENGTH} to {MAX_LENGTH} entries, in whole bytes."
        )
    bits = bytearray(length // 8)
    for index in set_indexes:
        _check_index(bits, index)
        bits[index >> 3] |= 0x80 >> (index & 7)
    compressor = zlib.compressobj(wbits=_GZIP)
    return multibase.encode_base64url(compressor.compress(bytes(bits)) + compressor.flush())


def decode(encoded: str) -> bytes:
    """Return the bits of an encoded list ("Bitstring Expansion"), inflating at most `MAX_LENGTH` of them.

    Raises `InvalidPayloadError` for anything but one complete GZIP member of at least `MINIMUM_LENGTH` bits.
    """
    return _inflate(multibase.decode_base64url(encoded))


def decode_2021(encoded: str) -> bytes:
    """Return the bits of a list of Status List 2021, which is base64 in either alphabet without a prefix.

    Raises as `decode` does.
    """
    return _inflate(multibase.read_base64url(encoded.rstrip("=").translate(_URL_ALPHABET)))


def bit(bits: bytes, index: int) -> bool:
    """Return whether the entry at `index` is set; raises `InvalidPayloadError` beyond the list."""
    return value(bits, index) == 1


def value(bits: bytes, index: int, size: int = 1) -> int:
    """Return the number that the entry at `index` holds in its `size` bits ("Validate Algorithm").

    Raises `InvalidPayloadError` beyond the list.
    """
    start = index * size
    _check_index(bits, start)
    _check_index(bits, start + size - 1)
    found = 0
    for position in range(start, start + size):
        found = found << 1 | bits[position >> 3] >> (7 - (position & 7)) & 1
    return found


def cleared(before: bytes, after: bytes) -> int | None:
    """Return the first index that is set in the list `before` and not in `after`, which is as long."""
    for byte, (old, new) in enumerate(zip(before, after, strict=True)):
        if lost := old & ~new:
            return byte * 8 + 8 - lost.bit_length()
    return None


def build_credential(template: StatusListTemplate) -> dict[str, Any]:
    """Return the unsigned BitstringStatusListCredential of `template`."""
    return {
        "@context": [CONTEXT],
        "id": template.url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": template.issuer,
        "validFrom": datetimes.to_text(template.valid_from),
        "validUntil": datetimes.to_text(template.valid_until),
        "credentialSubject": {
            "id": f"{template.url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": template.purpose,
            "ttl": template.ttl,
            "encodedList": template.encoded_list,
        },
    }


def _inflate(compressed: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=_GZIP)
    try:
        bits = inflater.decompress(compressed, MAX_LENGTH // 8 + 1)
    except zlib.error as error:
        raise InvalidPayloadError("The status list is not compressed with GZIP.") from error
    if len(bits) > MAX_LENGTH // 8:
        raise InvalidPayloadError(f"The status list has more than {MAX_LENGTH} entries.")
    if not inflater.eof or inflater.unused_data:
        raise InvalidPayloadError("The status list is cut off or followed by something else.")
    if len(bits) < MINIMUM_LENGTH // 8:
        raise InvalidPayloadError(f"The status list has fewer than {MINIMUM_LENGTH} entries.")
    return bits


def _check_index(bits: bytes | bytearray, index: int) -> None:
    if not 0 <= index < len(bits) * 8:
        raise InvalidPayloadError(f"The index {index} is not in a list of {len(bits) * 8} entries.")
