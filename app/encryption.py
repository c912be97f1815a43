"""Secrets at rest: AES-256-GCM under the service's encryption key.

Stored format, version 1: one byte 0x01, a random 96-bit nonce, then ciphertext and tag. A reader of a
later version must go on reading version 1: sealed keys live as long as the credentials they signed.
The associated data names the row a secret belongs to, so that a ciphertext copied to another row does
not open there.
"""

import base64
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import ConfigurationError

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Encryption:
    """Seals and opens small secrets with one 256-bit key, which never shows in `repr`."""

    key: bytes = field(repr=False)

    def seal(self, secret: bytes, context: str) -> bytes:
        """Return `secret` encrypted for the place that `context` names."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self.key).encrypt(nonce, secret, _VERSION + context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the secret behind `sealed`.

        Raises `ConfigurationError` when the key is another one than it was sealed with, when the bytes
        were changed or cut off, belong to another place, or were written by a later version.
        """
        version, nonce, ciphertext = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if version != _VERSION or len(ciphertext) < _TAG_BYTES:
            raise _does_not_open()
        try:
            return AESGCM(self.key).decrypt(nonce, ciphertext, version + context.encode())
        except InvalidTag as error:
            raise _does_not_open() from error


def _does_not_open() -> ConfigurationError:
    return ConfigurationError(
        "A stored secret does not open with PASSPORTS_ENCRYPTION_KEY.",
        hint="Start with the encryption key that the database was written with.",
    )


def new_encryption_key() -> str:
    """Return a new random key in the spelling that PASSPORTS_ENCRYPTION_KEY takes (base64url)."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def read_encryption_key(text: str) -> Encryption:
    """Return the `Encryption` for a key written as base64 or base64url; raises `ConfigurationError`.

    Refuses keys that no random source makes: 32 random bytes are all ASCII, or fewer than 16 different
    ones, less than once in 2^32 tries. That finds words, placeholders and patterns.
    """
    try:
        key = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except ValueError:  # binascii.Error is one too
        key = b""
    if len(key) != KEY_BYTES or key.isascii() or len(set(key)) < KEY_BYTES // 2:
        raise ConfigurationError(
            "The encryption key must be 32 random bytes written in base64.",
            hint="Make one with `passports keys generate-encryption-key` for PASSPORTS_ENCRYPTION_KEY;"
            " development keeps its own in PASSPORTS_ENCRYPTION_KEY_FILE.",
        )
    return Encryption(key)
