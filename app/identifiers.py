"""Where all chance comes from, so that tests can see it in one place.

Internal ids are UUIDv7 (RFC 9562, 5.7): they sort by the time of their making. Public ids and secrets
carry at least 128 random bits, because knowing one is what lets a stranger open the page behind it.
"""

import secrets
import uuid

from uuid_utils.compat import uuid7


def new_id() -> str:
    """Return a new UUIDv7 in its canonical spelling."""
    return str(uuid7())


def new_public_id() -> str:
    """Return 128 random bits as 32 lower-case hexadecimal digits, for URLs that need no account."""
    return secrets.token_hex(16)


def new_subject_urn() -> str:
    """Return a random `urn:uuid:` (RFC 9562, 4), the subject id of a learner who has shown no DID."""
    return uuid.uuid4().urn


def new_salt() -> str:
    """Return 128 random bits in hexadecimal, the salt of one hashed identity."""
    return secrets.token_hex(16)


def new_token_secret() -> str:
    """Return the secret part of an API token: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def random_index(length: int) -> int:
    """Return a uniformly random index below `length`."""
    return secrets.randbelow(length)


def new_hmac_key() -> bytes:
    """Return 256 random bits, for labels that nobody else can compute."""
    return secrets.token_bytes(32)
