"""ecdsa-sd-2023: statements signed one by one, so that a holder can show some (ECDSA Cryptosuites 1.0, 3.4).

The issuer's key signs the mandatory statements, the options and a key made for this proof alone; that key
signs each other statement. The base proof is for the holder; from it comes a proof for a verifier.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from app.errors import InvalidPayloadError, InvalidSignatureError, UnsignableDocumentError
from app.identifiers import new_hmac_key
from app.signing import multibase
from app.signing.data_integrity.cryptosuites import ECDSA_SD
from app.signing.data_integrity.options import ProofOptions, canonical_options
from app.signing.data_integrity.pointers import select
from app.signing.data_integrity.proof_values import (
    MAX_SIGNATURES,
    BaseValue,
    DerivedValue,
    is_base,
    key_bytes,
)
from app.signing.data_integrity.statements import Statements
from app.signing.jsonld import labels
from app.signing.keys import P256Key, P256Signer, PublicKey, Signer


@dataclass(frozen=True, slots=True)
class DisclosureKeys:
    """The secrets of one base proof: the HMAC key of the labels, and the key that signs each statement."""

    hmac_key: bytes
    statements: P256Signer

    @classmethod
    def generate(cls) -> Self:
        """Return new random keys: a base proof needs its own."""
        return cls(new_hmac_key(), P256Signer.generate())


def create_base_proof(
    document: Mapping[str, Any],
    signer: Signer,
    options: ProofOptions,
    mandatory_pointers: Sequence[str],
    keys: DisclosureKeys,
) -> dict[str, Any]:
    """Return the base proof over `document`, whose holder must always show what the pointers point at.

    Raises `UnsignableDocumentError` when key or document are none that the suite is made with,
    `InvalidPayloadError` for a pointer that points at nothing, `JsonLdError` for what JSON-LD would drop.
    """
    if not isinstance(signer.public_key, P256Key):
        raise UnsignableDocumentError(f"Proofs of the kind {ECDSA_SD.name} are not made with this key.")
    members = options.members(ECDSA_SD)
    statements = Statements(document, keys.hmac_key)
    mandatory = statements.pick(mandatory_pointers).positions
    others = [line for position, line in enumerate(statements.all) if position not in set(mandatory)]
    if len(others) > MAX_SIGNATURES:
        raise UnsignableDocumentError(f"The document makes more than {MAX_SIGNATURES} statements.")
    public_key = P256Key(keys.statements.public_key.raw)
    signed = _signed_data(document, members, public_key, [statements.all[index] for index in mandatory])
    value = BaseValue(
        signer.sign(signed),
        public_key,
        keys.hmac_key,
        tuple(keys.statements.sign(line.encode()) for line in others),
        tuple(mandatory_pointers),
    )
    return {**members, "proofValue": value.text()}


def derive_proof(
    document: Mapping[str, Any], proof: Mapping[str, Any], selective_pointers: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the part of `document` to show, and the proof over it that comes from the base proof `proof`.

    Raises `InvalidPayloadError` for no base proof over the document, and for pointers that point at nothing
    or, together with the mandatory ones, leave nothing to show.
    """
    base = BaseValue.read(proof.get("proofValue"))
    pointers = [*base.mandatory_pointers, *selective_pointers]
    reveal = select(document, pointers)
    if not reveal:
        raise InvalidPayloadError("There is nothing to show: name what to disclose by a pointer.")
    statements = Statements(document, base.hmac_key)
    mandatory = set(statements.pick(base.mandatory_pointers).positions)
    picked = statements.pick(pointers)
    others = [position for position in range(len(statements.all)) if position not in mandatory]
    if len(others) != len(base.signatures):
        raise InvalidPayloadError("The base proof is not one over this document.")
    signatures = dict(zip(others, base.signatures, strict=True))
    value = DerivedValue(
        base.base_signature,
        base.public_key,
        tuple(signatures[position] for position in picked.positions if position not in mandatory),
        {number: multibase.decode_base64url(label[2:]) for number, label in picked.labels.items()},
        tuple(index for index, position in enumerate(picked.positions) if position in mandatory),
    )
    return reveal, {**proof, "proofValue": value.text()}


def verify_derived(
    document: Mapping[str, Any], canonical: str, proof: Mapping[str, Any], key: PublicKey
) -> None:
    """Check a derived proof over `document`, whose canonical N-Quads are `canonical` (3.4.20, 3.4.21).

    Raises `InvalidSignatureError` for a base proof, a malformed one, and one that does not fit.
    """
    if is_base(proof.get("proofValue")):
        raise InvalidSignatureError(
            "This is a base proof, for the holder alone: one has to be derived from it."
        )
    try:
        value = DerivedValue.read(proof.get("proofValue"))
    except InvalidPayloadError as error:
        raise InvalidSignatureError(f"The proofValue is malformed: {error.detail}") from error
    names = {
        f"_:c14n{number}": f"_:{multibase.encode_base64url(digest)}"
        for number, digest in value.labels.items()
    }
    lines = sorted(labels.relabelled(line, names) for line in labels.statements(canonical))
    indexes = set(value.mandatory_indexes)
    mandatory = [line for index, line in enumerate(lines) if index in indexes]
    others = [line for index, line in enumerate(lines) if index not in indexes]
    if len(others) != len(value.signatures) or len(mandatory) != len(value.mandatory_indexes):
        raise InvalidSignatureError("The proof is over another number of statements than the document makes.")
    members = {name: member for name, member in proof.items() if name != "proofValue"}
    key.verify(value.base_signature, _signed_data(document, members, value.public_key, mandatory))
    for line, signature in zip(others, value.signatures, strict=True):
        value.public_key.verify(signature, line.encode())


def _signed_data(
    document: Mapping[str, Any], members: Mapping[str, Any], public_key: P256Key, mandatory: Sequence[str]
) -> bytes:
    """Return what the issuer's key signs (3.5.1): options, the key of the statements, mandatory ones."""
    options = canonical_options(document, members, ECDSA_SD, "sha256")
    texts = (options, "".join(mandatory))
    proof_hash, mandatory_hash = (hashlib.sha256(text.encode()).digest() for text in texts)
    return proof_hash + key_bytes(public_key) + mandatory_hash
