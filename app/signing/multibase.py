"""Multibase text of bytes, in the two bases that Open Badges 3.0 documents use.

`z…` is base58btc (keys and proof values), `u…` is base64url without padding (status lists): W3C
Controlled Identifiers 1.0, section 2.4. Every byte string has exactly one accepted spelling in each base.
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import Final

from app.errors import InvalidPayloadError

BASE58BTC_PREFIX: Final = "z"
BASE64URL_PREFIX: Final = "u"

MAX_BASE58_CHARACTERS: Final = 1024
"""Base 58 costs quadratic time, and no key or signature of ours comes near this length."""

_BASE58_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_PAIRS: Final = [first + second for first in _BASE58_ALPHABET for second in _BASE58_ALPHABET]
_BASE58_VALUES: Final = {pair: value for value, pair in enumerate(_BASE58_PAIRS)}
"""Two digits at a time take half of the divisions of a long number."""

KEPT: Final = 1024
"""Conversions that are kept: base 58 is slow, and the same few keys are read and written again and again."""

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*\Z", re.ASCII)


@lru_cache(KEPT)
def encode_base58btc(data: bytes) -> str:
    """Return `data` as `z…` multibase."""
    significant = data.lstrip(b"\x00")
    number = int.from_bytes(significant, "big")
    pairs: list[str] = []
    while number:
        number, pair = divmod(number, len(_BASE58_PAIRS))
        pairs.append(_BASE58_PAIRS[pair])
    zeros = _BASE58_ALPHABET[0] * (len(data) - len(significant))
    return BASE58BTC_PREFIX + zeros + "".join(reversed(pairs)).lstrip(_BASE58_ALPHABET[0])


@lru_cache(KEPT)
def decode_base58btc(text: str) -> bytes:
    """Return the bytes of `z…` multibase; raise `InvalidPayloadError` for anything else."""
    if not text.startswith(BASE58BTC_PREFIX):
        raise InvalidPayloadError("The value is not base58btc multibase: it does not start with 'z'.")
    characters = text[1:]
    if len(characters) > MAX_BASE58_CHARACTERS:
        raise InvalidPayloadError(f"The base58btc value is longer than {MAX_BASE58_CHARACTERS} characters.")
    even = characters if len(characters) % 2 == 0 else _BASE58_ALPHABET[0] + characters
    number = 0
    for start in range(0, len(even), 2):
        value = _BASE58_VALUES.get(even[start : start + 2])
        if value is None:
            stranger = next(each for each in characters if each not in _BASE58_ALPHABET)
            raise InvalidPayloadError(f"The base58btc value holds {stranger!r}, which is no base 58 digit.")
        number = number * len(_BASE58_PAIRS) + value
    zeros = len(characters) - len(characters.lstrip(_BASE58_ALPHABET[0]))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode_base64url(data: bytes) -> str:
    """Return `data` as `u…` multibase: base64url without padding (RFC 4648, section 5)."""
    return BASE64URL_PREFIX + base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Return the bytes of `u…` multibase; raise `InvalidPayloadError` for anything else.

    Padding, foreign characters and non-zero spare bits (RFC 4648, section 3.5) are refused.
    """
    if not text.startswith(BASE64URL_PREFIX):
        raise InvalidPayloadError("The value is not base64url multibase: it does not start with 'u'.")
    characters = text[1:]
    if _BASE64URL.match(characters) is None:
        raise InvalidPayloadError("The base64url value holds a character outside of its alphabet.")
    try:
        data = base64.urlsafe_b64decode(characters + "=" * (-len(characters) % 4))
    except binascii.Error as error:
        raise InvalidPayloadError("The base64url value has a length that no bytes have.") from error
    if encode_base64url(data) != text:
        raise InvalidPayloadError("The base64url value ends in spare bits that are not zero.")
    return data


def decode(text: str) -> bytes:
    """Return the bytes of `z…` or `u…` multibase; raise `InvalidPayloadError` for any other base."""
    if text.startswith(BASE64URL_PREFIX):
        return decode_base64url(text)
    if text.startswith(BASE58BTC_PREFIX):
        return decode_base58btc(text)
    raise InvalidPayloadError("The value is not multibase in base58btc ('z…') or base64url ('u…').")
