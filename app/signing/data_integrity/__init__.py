"""Data Integrity proofs (VC Data Integrity 1.0): `create_proof` makes them, `verify_proof` checks them.

What is signed is hash(canonical proof options) followed by hash(canonical document), in this order
(EdDSA Cryptosuites 1.0, 3.2.4; ECDSA Cryptosuites 1.0, 3.2.4). With RDF every byte of both must have been
understood: canonicalization raises for any term that it would otherwise drop.
"""

from app.signing.data_integrity.cryptosuites import (
    CREATED,
    CRYPTOSUITES,
    EDDSA_RDFC,
    PROOF_TYPE,
    Cryptosuite,
    cryptosuite_of,
)
from app.signing.data_integrity.proofs import (
    ProofOptions,
    Unsecured,
    create_proof,
    verify_proof,
)

__all__ = [
    "CREATED",
    "CRYPTOSUITES",
    "EDDSA_RDFC",
    "PROOF_TYPE",
    "Cryptosuite",
    "ProofOptions",
    "Unsecured",
    "create_proof",
    "cryptosuite_of",
    "verify_proof",
]
