"""Multibase text of bytes, in the two bases that Open Badges 3.0 documents use.

`z…` is base58btc (keys and proof values), `u…` is base64url without padding (status lists): W3C
Controlled Identifiers 1.0, section 2.4. Every byte string has exactly one accepted spelling in each base.
"""

import base64
import binascii
import struct
from typing import Final

from app.errors import InvalidPayloadError

BASE58BTC_PREFIX: Final = "z"
BASE64URL_PREFIX: Final = "u"

MAX_BASE58_CHARACTERS: Final = 1024
"""No key or signature of ours comes near this length."""

_BASE58_ALPHABET: Final = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_ZERO: Final = _BASE58_ALPHABET[:1]
_BASE64_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

_BASE58_DIGITS: Final = bytes.maketrans(bytes(range(58)), _BASE58_ALPHABET)
_BASE58_TO_BASE64: Final = bytes.maketrans(_BASE58_ALPHABET, _BASE64_ALPHABET[:58])
_BASE64URL_TO_BASE64: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
"""The exclamation mark is in no alphabet: what base64url does not have, base64 then has not either."""

_LAST_DIGITS: Final = {2: "AQgw", 3: "AEIMQUYcgkosw048"}
"""By how many characters the last group of four has: those whose spare bits are zero."""


def _fields(width: int, apart: int, bits: int) -> int:
    """Return the mask of all fields of `width` bits, one every `apart` bits, in a number of so many bits."""
    return sum(((1 << width) - 1) << place for place in range(0, bits, apart))


# Base 58 has no end of digits that can be told from the bits alone. So a number is taken for a row of fields
# of as many bits as their digits need, and one multiplication of it brings all fields to another base.

_JOINS: Final = [
    (width, _fields(width, 2 * width, 6 * MAX_BASE58_CHARACTERS), 58 ** (width // 6))
    for width in (6, 12, 24, 48, 96, 192, 384, 768, 1536, 3072)
]
"""From fields of one digit to a single one: the width, every other field, what the rest is worth."""

_WORD: Final = 58**4
_MAX_WORDS: Final = MAX_BASE58_CHARACTERS // 4
_SPLITS: Final = [
    (width, _fields(12, 2 * width, 64 * _MAX_WORDS), radix, bits, -(-(2**bits) // radix))
    for width, radix, bits in ((32, 58**2, 36), (16, 58, 18))
]
"""From fields of a word to those of a digit: the new width, where quotients stand, and the division by the
radix as a multiplication and a shift by so many bits, which is exact for what such a field can hold."""


def encode_base58btc(data: bytes) -> str:
    """Return `data` as `z…` multibase; raise `InvalidPayloadError` for more than is ever read."""
    significant = data.lstrip(b"\x00")
    number = int.from_bytes(significant, "big")
    words: list[int] = []
    while number:
        number, word = divmod(number, _WORD)
        words.append(word)
    if len(words) > _MAX_WORDS:
        raise InvalidPayloadError(f"The value has more than {MAX_BASE58_CHARACTERS} characters in base58btc.")
    row = int.from_bytes(struct.pack(f"<{len(words)}Q", *words), "little")
    for width, mask, radix, bits, inverse in _SPLITS:
        quotients = row * inverse >> bits & mask
        row += (quotients << width) - quotients * radix
    digits = row.to_bytes(8 * len(words), "little")[::2].translate(_BASE58_DIGITS)[::-1]
    zeros = _BASE58_ZERO * (len(data) - len(significant))
    return BASE58BTC_PREFIX + (zeros + digits.lstrip(_BASE58_ZERO)).decode("ascii")


def decode_base58btc(text: str) -> bytes:
    """Return the bytes of `z…` multibase; raise `InvalidPayloadError` for anything else."""
    if not text.startswith(BASE58BTC_PREFIX):
        raise InvalidPayloadError("The value is not base58btc multibase: it does not start with 'z'.")
    characters = text[1:].encode("utf-8", "replace")
    if len(characters) > MAX_BASE58_CHARACTERS:
        raise InvalidPayloadError(f"The base58btc value is longer than {MAX_BASE58_CHARACTERS} characters.")
    if characters.translate(None, _BASE58_ALPHABET):
        stranger = next(each for each in text[1:] if each.encode("utf-8", "replace") not in _BASE58_ALPHABET)
        raise InvalidPayloadError(f"The base58btc value holds {stranger!r}, which is no base 58 digit.")
    digits = characters.translate(_BASE58_TO_BASE64)
    number = int.from_bytes(binascii.a2b_base64(b"A" * (-len(digits) % 4) + digits), "big")
    for width, mask, radix in _JOINS:
        if width >= 6 * len(digits):
            break
        number = (number & mask) + (number >> width & mask) * radix
    zeros = len(characters) - len(characters.lstrip(_BASE58_ZERO))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode_base64url(data: bytes) -> str:
    """Return `data` as `u…` multibase: base64url without padding (RFC 4648, section 5)."""
    return BASE64URL_PREFIX + base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Return the bytes of `u…` multibase; raise `InvalidPayloadError` for anything else."""
    if not text.startswith(BASE64URL_PREFIX):
        raise InvalidPayloadError("The value is not base64url multibase: it does not start with 'u'.")
    return read_base64url(text[1:])


def read_base64url(characters: str) -> bytes:
    """Return the bytes of base64url without padding; raise `InvalidPayloadError` for anything else.

    Padding, foreign characters and non-zero spare bits (RFC 4648, section 3.5) are refused.
    """
    digits = characters.encode("utf-8", "replace").translate(_BASE64URL_TO_BASE64)
    try:
        data = binascii.a2b_base64(digits + b"=" * (-len(digits) % 4), strict_mode=True)
    except binascii.Error as error:
        raise InvalidPayloadError(
            "The base64url value has a character outside of its alphabet, or a length that no bytes have."
        ) from error
    if characters[-1:] not in _LAST_DIGITS.get(len(digits) % 4, characters):
        raise InvalidPayloadError("The base64url value ends in spare bits that are not zero.")
    return data


def decode(text: str) -> bytes:
    """Return the bytes of `z…` or `u…` multibase; raise `InvalidPayloadError` for any other base."""
    if text.startswith(BASE64URL_PREFIX):
        return decode_base64url(text)
    if text.startswith(BASE58BTC_PREFIX):
        return decode_base58btc(text)
    raise InvalidPayloadError("The value is not multibase in base58btc ('z…') or base64url ('u…').")
