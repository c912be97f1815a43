"""Data Integrity proofs (VC Data Integrity 1.0): `create_proof` makes them, `verify_proof` checks them.

What is signed is hash(canonical proof options) followed by hash(canonical document), in this order
(EdDSA Cryptosuites 1.0, 3.2.4; ECDSA Cryptosuites 1.0, 3.2.4). With RDF every byte of both must have been
understood: canonicalization raises for any term that it would otherwise drop.

With ecdsa-sd-2023 `create_base_proof` signs statement by statement, and `derive_proof` leaves some out.
"""

from app.signing.data_integrity.cryptosuites import (
    CREATED,
    CRYPTOSUITES,
    ECDSA_RDFC,
    ECDSA_SD,
    EDDSA_RDFC,
    PROOF_TYPE,
    Cryptosuite,
    cryptosuite_of,
)
from app.signing.data_integrity.options import ProofOptions
from app.signing.data_integrity.proofs import Unsecured, create_proof, verify_proof
from app.signing.data_integrity.selective import DisclosureKeys, create_base_proof, derive_proof

__all__ = [
    "CREATED",
    "CRYPTOSUITES",
    "ECDSA_RDFC",
    "ECDSA_SD",
    "EDDSA_RDFC",
    "PROOF_TYPE",
    "Cryptosuite",
    "DisclosureKeys",
    "ProofOptions",
    "Unsecured",
    "create_base_proof",
    "create_proof",
    "cryptosuite_of",
    "derive_proof",
    "verify_proof",
]
