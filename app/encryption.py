"""Secrets at rest: AES-256-GCM under the service's encryption key.

Stored format, version 1: one byte 0x01, a random 96-bit nonce, then ciphertext and tag. A reader of a
later version must go on reading version 1: sealed keys live as long as the credentials they signed.
The associated data names the row a secret belongs to, so that a ciphertext copied to another row does
not open there.
"""

import base64
import binascii
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import ConfigurationError

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


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

        Raises `ConfigurationError` when the key is another one than it was sealed with, or when the
        bytes were changed or belong to another place.
        """
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(self.key).decrypt(nonce, ciphertext, sealed[:1] + context.encode())
        except InvalidTag as error:
            raise ConfigurationError(
                "A stored secret does not open with PASSPORTS_ENCRYPTION_KEY.",
                hint="Start with the encryption key that the database was written with.",
            ) from error


def new_encryption_key() -> str:
    """Return a new random key in the spelling that PASSPORTS_ENCRYPTION_KEY takes (base64url)."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def read_encryption_key(text: str) -> Encryption:
    """Return the `Encryption` for a key written as base64url; raises `ConfigurationError`."""
    try:
        key = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or len(set(key)) == 1:
        raise ConfigurationError(
            "PASSPORTS_ENCRYPTION_KEY must be 32 random bytes written in base64.",
            hint="Make one with `passports keys generate-encryption-key`.",
        )
    return Encryption(key)
