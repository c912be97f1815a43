"""One proof over one document: made by a signer, checked with a public key."""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.errors import InvalidPayloadError, InvalidSignatureError, JsonLdError, UnsignableDocumentError
from app.signing import jcs, multibase
from app.signing.data_integrity import selective
from app.signing.data_integrity.cryptosuites import Cryptosuite, Form, cryptosuite_of
from app.signing.data_integrity.options import ProofOptions, canonical_options, check_members
from app.signing.dids import Purpose
from app.signing.jsonld import HashName, canonical_form
from app.signing.keys import PublicKey, Signer


class Unsecured:
    """A document without the proof to be made or checked; each canonical form is made or refused once.

    `canonical` holds forms that the caller has already. Once the form of RDFC was made, `own_terms` points at
    what the document names by contexts of its own, and `plain` says whether it is surely without empty arrays
    and contexts within. A verifier notes in `undefined` what no context defines.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        canonical: Mapping[tuple[Form, HashName], str] | None = None,
    ) -> None:
        self.document = document
        self._canonical = dict(canonical or {})
        self._refused: dict[HashName, JsonLdError] = {}
        self.own_terms: tuple[str, ...] = ()
        self.plain = False
        self.undefined: tuple[str, ...] = ()

    def canonical(self, form: Form, hash_name: HashName = "sha256") -> str:
        """Return the canonical text. Raises `JsonLdError`, and `InvalidPayloadError` for what JCS refuses."""
        wanted = (form, hash_name)
        if wanted not in self._canonical:
            if form == "jcs":
                self._canonical[wanted] = jcs.canonize(dict(self.document))
            else:
                self._canonical[wanted] = self._nquads(hash_name)
        return self._canonical[wanted]

    def _nquads(self, hash_name: HashName) -> str:
        if hash_name in self._refused:
            raise self._refused[hash_name]
        try:
            found = canonical_form(self.document, hash_name)
        except JsonLdError as error:
            self._refused[hash_name] = error
            raise
        self.own_terms = found.own_terms
        self.plain = found.plain
        return found.nquads


def create_proof(
    document: Mapping[str, Any] | Unsecured, signer: Signer, suite: Cryptosuite, options: ProofOptions
) -> dict[str, Any]:
    """Return the proof by `signer` over `document` (EdDSA and ECDSA Cryptosuites 1.0, 3.2.1 and 3.3.1).

    `document` has no proofs but those that `options.previous_proof` names. Raises `UnsignableDocumentError`
    when the key or the document is none that the suite is made with, `JsonLdError` for a document that
    cannot be canonized without loss.
    """
    unsecured = document if isinstance(document, Unsecured) else Unsecured(document)
    key = signer.public_key
    if suite.legacy or not isinstance(key, suite.keys):
        raise UnsignableDocumentError(f"Proofs of the kind {suite.name} are not made with this key.")
    members = options.members(suite)
    if suite.form == "jcs" and "@context" in unsecured.document:
        members = {"@context": unsecured.document["@context"], **members}
    try:
        hashed = hash_data(unsecured, members, suite, key.hash_name)
    except InvalidPayloadError as error:
        raise UnsignableDocumentError(f"The document is not plain JSON: {error.detail}") from error
    return {**members, "proofValue": multibase.encode_base58btc(signer.sign(hashed))}


def verify_proof(
    document: Mapping[str, Any] | Unsecured,
    proof: Mapping[str, Any],
    key: PublicKey,
    purpose: Purpose = "assertionMethod",
) -> None:
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
    check_members(unsecured.document, proof, purpose)
    if suite.form == "sd":
        selective.verify_derived(unsecured.document, unsecured.canonical("rdfc"), proof, key)
        return
    signature = _signature(proof, key.signature_length)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        hashed = hash_data(unsecured, options, suite, key.hash_name)
    except InvalidPayloadError as error:
        raise InvalidSignatureError(f"There is no canonical form: {error.detail}") from error
    key.verify(signature, hashed)


def hash_data(
    unsecured: Unsecured, options: Mapping[str, Any], suite: Cryptosuite, hash_name: HashName
) -> bytes:
    """Return the bytes that are signed: the hash of the options, then the one of the document."""
    parts = (
        canonical_options(unsecured.document, options, suite, hash_name),
        unsecured.canonical(suite.form, hash_name),
    )
    return b"".join(hashlib.new(hash_name, part.encode()).digest() for part in parts)


def _signature(proof: Mapping[str, Any], length: int) -> bytes:
    try:
        signature = multibase.decode_base58btc(str(proof.get("proofValue")))
    except InvalidPayloadError as error:
        raise InvalidSignatureError(f"The proofValue is malformed: {error.detail}") from error
    if len(signature) != length:
        raise InvalidSignatureError(f"The proofValue has {len(signature)} bytes, not {length}.")
    return signature
