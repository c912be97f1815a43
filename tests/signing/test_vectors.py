"""The published vectors of the cryptosuites: verified, and made again byte for byte where they can be."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.signing import issue, multibase
from app.signing.data_integrity import (
    CREATED,
    DisclosureKeys,
    ProofOptions,
    create_base_proof,
    create_proof,
    derive_proof,
    verify_proof,
)
from app.signing.jsonld import interpreting
from app.signing.jsonld.interpreter import interpret
from app.signing.keys import Ed25519Signer, P256Signer, P384Signer, Signer, read_multikey

VECTORS = Path(__file__).parents[1] / "vectors/data-integrity"
ALUMNI = json.loads((VECTORS / "alumni.json").read_text())
WINDSURF = json.loads((VECTORS / "windsurf.json").read_text())
PROOFS = ALUMNI["proofs"]
REPRODUCIBLE = [proof for proof in PROOFS if "rdfc" in proof["cryptosuite"] or "@context" in proof]
"""JCS proofs of the drafts lack the context that the standard puts into them."""

SECRET_KEYS: dict[bytes, Callable[[bytes], Signer]] = {
    b"\x80\x26": Ed25519Signer.from_seed,
    b"\x86\x26": P256Signer.from_scalar,
    b"\x87\x26": P384Signer.from_scalar,
}


def signer_of(secret: str) -> Signer:
    """Return the signer of a secret key in multibase, with the multicodec of its kind."""
    data = multibase.decode_base58btc(secret)
    return SECRET_KEYS[data[:2]](data[2:])


def each(proofs: list[dict[str, Any]]) -> pytest.MarkDecorator:
    names = [f"{proof['cryptosuite']} {proof['verificationMethod'][-44:-38]}" for proof in proofs]
    return pytest.mark.parametrize("proof", proofs, ids=names)


@each(PROOFS)
def test_a_published_proof_is_verified(proof: dict[str, Any]) -> None:
    key = read_multikey(proof["verificationMethod"].partition("#")[2])
    with interpreting(interpret):
        verify_proof(ALUMNI["document"], proof, key)


@each(REPRODUCIBLE)
def test_a_published_proof_is_made_again(proof: dict[str, Any]) -> None:
    """ECDSA too: they drew the random number as RFC 6979 does."""
    signer = signer_of(ALUMNI["secretKeys"][proof["verificationMethod"].partition("#")[2]])
    options = ProofOptions(proof["verificationMethod"], datetime.fromisoformat(proof["created"]))
    with interpreting(interpret):
        made = create_proof(ALUMNI["document"], signer, CREATED[proof["cryptosuite"]], options)
    assert made == proof


def test_the_published_base_proof_is_made_again() -> None:
    statements = signer_of(WINDSURF["statementKey"])
    assert isinstance(statements, P256Signer)
    keys = DisclosureKeys(bytes.fromhex(WINDSURF["hmacKey"]), statements)
    options = ProofOptions(WINDSURF["verificationMethod"], datetime.fromisoformat(WINDSURF["created"]))
    signer, pointers = signer_of(WINDSURF["secretKey"]), WINDSURF["mandatoryPointers"]
    with interpreting(interpret):
        proof = create_base_proof(WINDSURF["document"], signer, options, pointers, keys)
        assert proof["proofValue"] == WINDSURF["baseProofValue"]
        reveal, derived = derive_proof(WINDSURF["document"], proof, WINDSURF["selectivePointers"])
    assert reveal == WINDSURF["revealDocument"]
    assert derived["proofValue"] == WINDSURF["derivedProofValue"]


def test_the_published_derived_proof_is_verified() -> None:
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "ecdsa-sd-2023",
        "created": WINDSURF["created"],
        "verificationMethod": WINDSURF["verificationMethod"],
        "proofPurpose": "assertionMethod",
        "proofValue": WINDSURF["derivedProofValue"],
    }
    key = signer_of(WINDSURF["secretKey"]).public_key
    with interpreting(interpret):
        verify_proof(WINDSURF["revealDocument"], proof, key)
        again = issue.derive(
            {**WINDSURF["document"], "proof": {**proof, "proofValue": WINDSURF["baseProofValue"]}},
            WINDSURF["selectivePointers"],
        )
    assert again == {**WINDSURF["revealDocument"], "proof": proof}
