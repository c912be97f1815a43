"""Signers and proofs of the algorithms and cryptosuites that others use and this service only checks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.signing import jcs, multibase
from app.signing.jsonld import canonize
from app.signing.keys import CurveKey, EcdsaKey, P256Key, P384Key, PublicKey, RsaKey, Signer


@dataclass(frozen=True)
class EcdsaSigner:
    """An ECDSA key in memory; it signs as JOSE and Data Integrity want it: r and s side by side."""

    key: ec.EllipticCurvePrivateKey
    public_key: EcdsaKey

    @property
    def algorithm(self) -> str:
        return min(self.public_key.algorithms)

    def sign(self, message: bytes) -> bytes:
        kind = self.public_key
        numbers = decode_dss_signature(self.key.sign(message, ec.ECDSA(kind.hash)))
        return b"".join(number.to_bytes(kind.size, "big") for number in numbers)


@dataclass(frozen=True)
class RsaSigner:
    """An RSA key in memory that signs RS256."""

    key: rsa.RSAPrivateKey

    @property
    def algorithm(self) -> str:
        return "RS256"

    @property
    def public_key(self) -> PublicKey:
        numbers = self.key.public_key().public_numbers()
        return RsaKey(numbers.n, numbers.e)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def ecdsa_signer(kind: type[EcdsaKey], secret: int = 0x1D9A5E) -> EcdsaSigner:
    key = ec.derive_private_key(secret, kind.curve)
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return EcdsaSigner(key, kind(point))


@cache
def rsa_signer() -> RsaSigner:
    return RsaSigner(rsa.generate_private_key(65537, 2048))


P256 = ecdsa_signer(P256Key)
P384 = ecdsa_signer(P384Key)
OTHER_SIGNERS: list[Signer] = [P256, P384, rsa_signer()]


def other_proof(document: Mapping[str, Any], signer: Signer, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a proof with any options, JCS where the cryptosuite says so, as its standard makes it."""
    key = signer.public_key
    assert isinstance(key, CurveKey)
    if "-jcs-" in options.get("cryptosuite", ""):
        texts = [jcs.canonize(dict(options)), jcs.canonize(dict(document))]
    else:
        hash_name = key.hash_name
        texts = [canonize({**options, "@context": document["@context"]}, hash_name)]
        texts.append(canonize(document, hash_name))
    hashed = b"".join(hashlib.new(key.hash_name, text.encode()).digest() for text in texts)
    return {**options, "proofValue": multibase.encode_base58btc(signer.sign(hashed))}
