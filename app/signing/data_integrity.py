"""Data Integrity proofs (VC Data Integrity 1.0): eddsa-rdfc-2022 made, all of `CRYPTOSUITES` checked.

What is signed is hash(canonical proof options) followed by hash(canonical document), in this order
(EdDSA Cryptosuites 1.0, 3.2.4; ECDSA Cryptosuites 1.0, 3.2.4). With RDF every byte of both must have been
understood: canonicalization raises for any term that it would otherwise drop.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import datetimes, jcs, multibase
from app.signing.jsonld import HashName, canonize
from app.signing.keys import CurveKey, Ed25519Key, P256Key, P384Key, PublicKey, Signer

PROOF_TYPE: Final = "DataIntegrityProof"
CRYPTOSUITE: Final = "eddsa-rdfc-2022"
PURPOSE: Final = "assertionMethod"

Form = Literal["rdfc", "jcs"]


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """How a kind of proof is checked: the form that is hashed, and the keys that may sign it.

    The hash is the one of the key's curve (ECDSA Cryptosuites 1.0, 3.2.3; SHA-256 for Ed25519).
    """

    name: str
    form: Form
    keys: tuple[type[CurveKey], ...]


_EDDSA: Final = (Ed25519Key,)
_ECDSA: Final = (P256Key, P384Key)

CRYPTOSUITES: Final[Mapping[tuple[object, object], Cryptosuite]] = {
    (PROOF_TYPE, CRYPTOSUITE): Cryptosuite(CRYPTOSUITE, "rdfc", _EDDSA),
    (PROOF_TYPE, "eddsa-jcs-2022"): Cryptosuite("eddsa-jcs-2022", "jcs", _EDDSA),
    (PROOF_TYPE, "ecdsa-rdfc-2019"): Cryptosuite("ecdsa-rdfc-2019", "rdfc", _ECDSA),
    (PROOF_TYPE, "ecdsa-jcs-2019"): Cryptosuite("ecdsa-jcs-2019", "jcs", _ECDSA),
    # The names that eddsa-rdfc-2022 had before it was a standard; Open Badges of 2022 to 2024 have them.
    (PROOF_TYPE, "eddsa-2022"): Cryptosuite("eddsa-2022", "rdfc", _EDDSA),
    ("Ed25519Signature2020", None): Cryptosuite("Ed25519Signature2020", "rdfc", _EDDSA),
}
"""The cryptosuites by the `type` and `cryptosuite` of their proofs."""


class Unsecured:
    """A document without the proof to be checked; each canonical form is made once, when it is asked for."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._canonical: dict[tuple[Form, HashName], str] = {}

    def canonical(self, form: Form, hash_name: HashName = "sha256") -> str:
        """Return the canonical text. Raises `JsonLdError`, and `InvalidPayloadError` for what JCS refuses."""
        wanted = (form, hash_name)
        if wanted not in self._canonical:
            self._canonical[wanted] = _canonize(self.document, form, hash_name)
        return self._canonical[wanted]


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
    canonical_options = canonize({"@context": document["@context"], **options})
    hashed = _hash_data(canonical_options, canonical or canonize(document), "sha256")
    return {**options, "proofValue": multibase.encode_base58btc(signer.sign(hashed))}


def cryptosuite_of(proof: object) -> Cryptosuite | None:
    """Return how `proof` is checked, or None when it is of a kind that is not."""
    if not isinstance(proof, Mapping):
        return None
    kind = (proof.get("type"), proof.get("cryptosuite"))
    return CRYPTOSUITES.get(kind) if all(isinstance(name, str | None) for name in kind) else None


def verify_proof(document: Mapping[str, Any] | Unsecured, proof: Mapping[str, Any], key: PublicKey) -> None:
    """Check one proof over `document`, from which the `proof` member was taken off.

    Where the proof builds on others (`previousProof`), these are the document's `proof` (VC Data Integrity
    1.0, 4.3). Raises `InvalidSignatureError` when the proof breaks a rule or does not fit document and key,
    and `JsonLdError` when the document or the proof holds something that no signature would cover.
    """
    unsecured = document if isinstance(document, Unsecured) else Unsecured(document)
    suite = cryptosuite_of(proof)
    if suite is None:
        raise InvalidSignatureError("The proof is of no type and cryptosuite that is checked here.")
    if not isinstance(key, suite.keys):
        raise InvalidSignatureError(f"The key is not of a type that {suite.name} is made with.")
    if proof.get("proofPurpose") != PURPOSE:
        raise InvalidSignatureError(f"The proof's purpose is not {PURPOSE}.")
    context = unsecured.document.get("@context")
    if proof.get("@context", context) != context:
        # JCS suites would let the document have further contexts, which then nobody has signed.
        raise InvalidSignatureError("The proof has a context of its own, not the one of the document.")
    signature = _signature(proof, key.signature_length)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if suite.form == "rdfc":
        options = {**options, "@context": context}
    try:
        canonical_options = _canonize(options, suite.form, key.hash_name)
        canonical = unsecured.canonical(suite.form, key.hash_name)
    except InvalidPayloadError as error:
        raise InvalidSignatureError(f"There is no canonical form: {error.detail}") from error
    key.verify(signature, _hash_data(canonical_options, canonical, key.hash_name))


def _signature(proof: Mapping[str, Any], length: int) -> bytes:
    try:
        datetimes.parse(proof.get("created"))
        signature = multibase.decode_base58btc(str(proof.get("proofValue")))
    except InvalidPayloadError as error:
        raise InvalidSignatureError(
            f"The proof is malformed (created, proofValue): {error.detail}"
        ) from error
    if len(signature) != length:
        raise InvalidSignatureError(f"The proofValue has {len(signature)} bytes, not {length}.")
    return signature


def _canonize(value: Mapping[str, Any], form: Form, hash_name: HashName) -> str:
    return jcs.canonize(dict(value)) if form == "jcs" else canonize(value, hash_name)


def _hash_data(canonical_options: str, canonical: str, hash_name: HashName) -> bytes:
    """Return the bytes that are signed: the hash of the options, then the one of the document."""
    parts = (canonical_options, canonical)
    return b"".join(hashlib.new(hash_name, part.encode()).digest() for part in parts)
