"""Keys of this process: the handle is the private half itself, sealed under the service's encryption key."""

from dataclasses import dataclass

from app.encryption import Encryption
from app.signing.keys import LOCAL_SIGNERS, Algorithm, LocalSigner, open_local_signer


@dataclass(frozen=True, slots=True)
class LocalBackend:
    """Seals private halves with AES-256-GCM, each for its own row (app/encryption.py)."""

    encryption: Encryption

    def make(self, algorithm: Algorithm, key_id: str) -> bytes:
        """Return a new private half, sealed."""
        return self.encryption.seal(LOCAL_SIGNERS[algorithm].generate().secret, _context(key_id))

    def open(self, algorithm: Algorithm, handle: bytes, key_id: str) -> LocalSigner:
        """Return the signer; raises `ConfigurationError` under another encryption key."""
        return open_local_signer(algorithm, self.encryption.open(handle, _context(key_id)))

    def destroy(self, handle: bytes) -> None:
        """Do nothing: forgetting the handle is all there is to it."""


def _context(key_id: str) -> str:
    return f"signing_keys|handle|{key_id}"
