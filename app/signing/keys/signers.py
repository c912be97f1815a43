"""What signs: the one interface of all backends, and what keys held in this process have in common."""

from abc import ABC, abstractmethod
from typing import Literal, Never, Protocol, Self

from app.signing.keys.public import PublicKey

Algorithm = Literal["EdDSA", "ES256", "ES384", "RS256"]
"""The JOSE names (RFC 7518, 3.1; RFC 8037, 3.1) of what the keys of issuers sign with."""

JoseAlgorithm = Literal["EdDSA", "ES256", "ES384", "ES512", "RS256"]
"""The same of all signers."""


class Signer(Protocol):
    """Something that signs bytes with a key it does not show: in memory, in a file, in a remote module."""

    @property
    def algorithm(self) -> JoseAlgorithm:
        """The JOSE name of the algorithm."""
        ...

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message` in the form of JOSE: for ECDSA r and s side by side."""
        ...


class LocalSigner(ABC):
    """A key held in this process; only `secret` shows the private half, for encryption at rest.

    The same message always gives the same signature, so that what was prepared can be signed again.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def algorithm(self) -> JoseAlgorithm:
        """The JOSE name of the algorithm."""

    @property
    @abstractmethod
    def public_key(self) -> PublicKey:
        """The public half."""

    @classmethod
    @abstractmethod
    def generate(cls) -> Self:
        """Return a signer with a new random key."""

    @property
    @abstractmethod
    def secret(self) -> bytes:
        """The private half. Whoever holds it is the issuer."""

    @abstractmethod
    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message` in the form of JOSE."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.public_key.thumbprint})"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("A signer is neither pickled nor copied: its key would leave with it.")
