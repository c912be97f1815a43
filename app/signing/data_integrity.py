"""Data Integrity proofs of the cryptosuite eddsa-rdfc-2022 (VC Data Integrity 1.0, EdDSA Cryptosuites 1.0).

What is signed is SHA-256(canonical proof options) followed by SHA-256(canonical document), in this order
(EdDSA Cryptosuites 1.0, 3.2.4), so every byte of both must have been understood: canonicalization raises
for any term that it would otherwise drop.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import datetimes, multibase
from app.signing.jsonld import canonize
from app.signing.keys import Ed25519Key, PublicKey, Signer

PROOF_TYPE: Final = "DataIntegrityProof"
CRYPTOSUITE: Final = "eddsa-rdfc-2022"
PURPOSE: Final = "assertionMethod"


def create_proof(
    document: Mapping[str, Any],
    signer: Signer,
    verification_method: str,
    created: datetime,
    *,
    canonical: str | None = None,
) -> dict[str, Any]:
    """Return the proof by which `signer` asserts the unsecured `document` (EdDSA Cryptosuites 1.0, 3.2.1).

    `canonical` is the canonical form of `document` where the caller has it already. Raises `JsonLdError`
    for a document that cannot be canonized without loss.
    """
    options = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": datetimes.to_text(created),
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
    }
    hashed = _hash_data(canonical or canonize(dict(document)), options, document["@context"])
    return {**options, "proofValue": multibase.encode_base58btc(signer.sign(hashed))}


def is_supported(proof: object) -> bool:
    """Return whether `proof` is of the type and cryptosuite that `verify_proof` checks.

    A proof that builds on another (`previousProof`) signs more than the document, which is not done here.
    """
    return (
        isinstance(proof, dict)
        and (proof.get("type"), proof.get("cryptosuite")) == (PROOF_TYPE, CRYPTOSUITE)
        and "previousProof" not in proof
    )


def verify_proof(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    public_key: PublicKey,
    *,
    canonical: str | None = None,
) -> None:
    """Check one proof over `document` without its `proof` member (EdDSA Cryptosuites 1.0, 3.2.2).

    `canonical` is the canonical form of `document` where the caller has it already.
    Raises `InvalidSignatureError` when the proof breaks a rule or does not fit document and key, and
    `JsonLdError` when the document or the proof holds something that no signature would cover.
    """
    if not is_supported(proof):
        raise InvalidSignatureError(f"The proof is not a {PROOF_TYPE} of the cryptosuite {CRYPTOSUITE}.")
    if proof.get("proofPurpose") != PURPOSE:
        raise InvalidSignatureError(f"The proof's purpose is not {PURPOSE}.")
    if proof.get("@context", document.get("@context")) != document.get("@context"):
        raise InvalidSignatureError("The proof has a context of its own, which its options do not sign.")
    signature = _signature(proof)
    options = {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}
    hashed = _hash_data(canonical or canonize(dict(document)), options, document.get("@context"))
    public_key.verify(signature, hashed)


def _signature(proof: Mapping[str, Any]) -> bytes:
    try:
        datetimes.parse(proof.get("created"))
        signature = multibase.decode_base58btc(str(proof.get("proofValue")))
    except InvalidPayloadError as error:
        raise InvalidSignatureError(
            f"The proof is malformed (created, proofValue): {error.detail}"
        ) from error
    if len(signature) != Ed25519Key.signature_length:
        raise InvalidSignatureError(
            f"The proofValue has {len(signature)} bytes, not {Ed25519Key.signature_length}."
        )
    return signature


def _hash_data(canonical: str, options: Mapping[str, Any], context: object) -> bytes:
    """Return the 64 bytes that are signed; the options are read with the document's context (3.2.5)."""
    canonical_options = canonize({"@context": context, **options})
    return hashlib.sha256(canonical_options.encode()).digest() + hashlib.sha256(canonical.encode()).digest()
