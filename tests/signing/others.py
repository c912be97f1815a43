"""Signers of the algorithms beside Ed25519, and proofs of the cryptosuites that others use."""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from app.signing import jcs, multibase
from app.signing.jsonld import canonize
from app.signing.keys import (
    CurveKey,
    EcdsaKey,
    EcdsaSigner,
    P256Key,
    P256Signer,
    P384Key,
    P384Signer,
    RsaSigner,
    Signer,
)


def ecdsa_signer(kind: type[EcdsaKey], secret: int = 0x1D9A5E) -> EcdsaSigner:
    signers: dict[type[EcdsaKey], type[EcdsaSigner]] = {P256Key: P256Signer, P384Key: P384Signer}
    return signers[kind].from_scalar(secret.to_bytes(kind.size, "big"))


@cache
def rsa_signer() -> RsaSigner:
    return RsaSigner.generate()


def ecdsa_private_key(signer: EcdsaSigner) -> ec.EllipticCurvePrivateKey:
    """Return the key itself, for what only others do with one."""
    return ec.derive_private_key(int.from_bytes(signer.secret, "big"), signer.kind.curve)


def rsa_private_key(signer: RsaSigner) -> rsa.RSAPrivateKey:
    """Return the key itself, for what only others do with one."""
    key = load_der_private_key(signer.secret, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


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
