"""Where private keys are kept: sealed in the database, in a PKCS #11 module, in AWS KMS.

Each backend makes keys, opens them for signing and destroys them; what it must remember of a key is a
`handle`, which stands in the key's row. A backend that needs an optional package is imported only where the
settings ask for it.
"""

from enum import StrEnum
from typing import Protocol

from app.signing.keys import Algorithm, Signer


class BackendName(StrEnum):
    """The backends there are, as settings and rows name them."""

    LOCAL = "local"
    PKCS11 = "pkcs11"
    AWS_KMS = "aws_kms"


class KeyBackend(Protocol):
    """One place where private keys are kept. All of them pass tests/key_backends/test_contract.py.

    `key_id` is the id of the key's row: the secret is tied to it, or labelled with it.
    """

    def make(self, algorithm: Algorithm, key_id: str) -> bytes:
        """Make a key and return its handle. Raises `SignerUnavailableError`."""
        ...

    def open(self, algorithm: Algorithm, handle: bytes, key_id: str) -> Signer:
        """Return the signer behind a handle.

        Raises `ConfigurationError` when there is no such key, and `SignerUnavailableError`.
        """
        ...

    def destroy(self, handle: bytes) -> None:
        """Destroy the private half; a second call changes nothing. Raises `SignerUnavailableError`."""
        ...
