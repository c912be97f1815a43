"""From an unsigned document to its signed forms: prepare, sign (docs/issuing.md, steps 5 and 7).

Only what `prepare` has linted and canonized can be signed as a badge of ours: there is no other way to a
`Prepared`. `secure` signs any conformant credential of others, and any presentation, with one proof of the
cryptosuite that its caller names (docs/issuing.md, Other credentials).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.errors import InvalidPayloadError, JsonLdError, UnsignableDocumentError
from app.signing import data_integrity, vc_jwt
from app.signing.contents import Contents, Recurring, content_of
from app.signing.data_integrity import (
    ECDSA_RDFC,
    ECDSA_SD,
    EDDSA_RDFC,
    DisclosureKeys,
    ProofOptions,
    Unsecured,
    cryptosuite_of,
)
from app.signing.jsonld import canonize
from app.signing.keys import Ed25519Key, Signer
from app.signing.lint import conformance_faults, is_version_1, lint_document
from app.signing.members import listed, objects
from app.strict_json import may_repeat

_SEAL: Final = object()
_to_json: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
"""What leads back to itself ends in a RecursionError: a list of all that encloses each object is not kept."""
_achievements: Final = Contents[tuple[str, Recurring]]()
"""Achievements by their content: their JSON, and a copy of each."""

_HOLE: Final = "urn:x-achievement"
"""Stands for the achievement in the JSON of a document, while it is put together."""

_PROOF_CONTEXTS: Final = (
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/data-integrity/v2",
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be signed, as it was when it was linted. Made by `prepare` alone.

    `canonical` is its N-Quads.
    """

    serialized: bytes
    canonical: str
    seal: object
    _document: Mapping[str, Any] = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("A Prepared is made by prepare() alone.")

    @property
    def digest(self) -> str:
        """The SHA-256 of `serialized` in hexadecimal: preparing those bytes again gives the same one.

        So a stored document is recognised before signing.
        """
        return hashlib.sha256(self.serialized).hexdigest()

    @property
    def document(self) -> dict[str, Any]:
        """A copy of the document: changing it changes nothing here."""
        document: dict[str, Any] = json.loads(self.serialized)
        return document

    @property
    def unsecured(self) -> Unsecured:
        """What a proof is over, with its canonical form; not to be changed."""
        return Unsecured(self._document, {("rdfc", "sha256"): self.canonical})


@dataclass(frozen=True, slots=True)
class SigningProfile:
    """With which published key, and when: the proof's `verificationMethod`, the JWT's `kid`, `created`."""

    verification_method: str
    jwt_key_id: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Secured:
    """The two forms of one credential: JSON with an embedded proof, and a VC-JWT."""

    document: bytes
    jwt: str


def prepare(document: Mapping[str, Any]) -> Prepared:
    """Return `document` ready to be signed.

    Raises `UnsignableDocumentError` whose faults list every broken rule: members, relations, and whatever
    JSON-LD would drop or read ambiguously.
    """
    try:
        text, copy = _written(document)
        serialized = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsignableDocumentError(f"The document is not plain JSON: {error}.") from error
    repeats_id = may_repeat(text, copy.get("id"))
    faults = lint_document(copy, repeats_id=repeats_id)
    if faults:
        raise UnsignableDocumentError(f"The document breaks {len(faults)} rule(s).", faults=faults)
    try:
        canonical = canonize(copy)
    except JsonLdError as error:
        raise UnsignableDocumentError(error.detail, faults=error.faults, hint=error.hint) from error
    return Prepared(serialized, canonical, _SEAL, copy)


def sign(
    prepared: Prepared, signer: Signer, profile: SigningProfile, jwt_signer: Signer | None = None
) -> Secured:
    """Return both signed forms of `prepared`. The same input always gives the same bytes.

    The JWT is by `jwt_signer` where that is another one than `signer`, whose proof is embedded.
    """
    proof = _serialize(prove(prepared, signer, profile))
    jwt = vc_jwt.create(prepared.document, jwt_signer or signer, profile.jwt_key_id)
    return Secured(b'%s,"proof":[%s]}' % (prepared.serialized[:-1], proof), jwt)


def prove(prepared: Prepared, signer: Signer, profile: SigningProfile) -> dict[str, Any]:
    """Return the proof of `prepared` by the cryptosuite of the signer's key."""
    options = ProofOptions(profile.verification_method, profile.created)
    suite = EDDSA_RDFC if isinstance(signer.public_key, Ed25519Key) else ECDSA_RDFC
    return data_integrity.create_proof(prepared.unsecured, signer, suite, options)


def secure(document: Mapping[str, Any], signer: Signer, suite: str, options: ProofOptions) -> dict[str, Any]:
    """Return `document`, a credential or a presentation, with one more proof of the cryptosuite `suite`.

    Proofs that it has stay; the new one builds on those that `options` names (VC Data Integrity 1.0, 4.3 and
    4.4). A document of data model 1.1 gets the context that explains the proof. Raises
    `UnsignableDocumentError` for a document that breaks a rule of its kind or that JSON-LD would not read
    in one way only, and for a key or a suite with which no such proof is made.
    """
    wanted = data_integrity.CREATED.get(suite)
    if wanted is None:
        raise UnsignableDocumentError(f"Proofs of the cryptosuite {suite[:60]!r} are not made here.")
    unsecured, proofs = _unsecured(document)
    bare = unsecured.document
    names = options.previous_proof
    previous = _named(proofs, (names,) if isinstance(names, str) else names or ())
    if previous:
        unsecured = Unsecured({**bare, "proof": previous})
    try:
        proof = data_integrity.create_proof(unsecured, signer, wanted, options)
    except JsonLdError as error:
        raise UnsignableDocumentError(error.detail, faults=error.faults, hint=error.hint) from error
    return {**bare, "proof": [*proofs, proof] if proofs else proof}


def secure_selectively(
    document: Mapping[str, Any],
    signer: Signer,
    options: ProofOptions,
    mandatory_pointers: Sequence[str],
    keys: DisclosureKeys,
) -> dict[str, Any]:
    """Return `document` with an ecdsa-sd-2023 base proof, from which its holder can `derive`.

    `keys` are new ones for each document (`DisclosureKeys.generate`). Raises `UnsignableDocumentError` as
    `secure` does, and `InvalidPayloadError` for a pointer that points at nothing.
    """
    bare, proofs = conformant(document)
    try:
        proof = data_integrity.create_base_proof(bare, signer, options, mandatory_pointers, keys)
    except JsonLdError as error:
        raise UnsignableDocumentError(error.detail, faults=error.faults, hint=error.hint) from error
    return {**bare, "proof": [*proofs, proof] if proofs else proof}


def derive(document: Mapping[str, Any], selective_pointers: Sequence[str]) -> dict[str, Any]:
    """Return the part of a credential that `selective_pointers` and its issuer's own ones point at.

    Its proof is derived from the ecdsa-sd-2023 base proof in `document`; other proofs are of the whole and
    stay behind. Raises `InvalidPayloadError` for no such proof and for pointers that point at nothing, and
    `JsonLdError` for a document that JSON-LD would not read in one way only.
    """
    bare = {name: value for name, value in document.items() if name != "proof"}
    found = [proof for proof in objects(document.get("proof")) if cryptosuite_of(proof) is ECDSA_SD]
    if len(found) != 1:
        raise InvalidPayloadError("The credential has not one ecdsa-sd-2023 proof to derive from.")
    reveal, proof = data_integrity.derive_proof(bare, found[0], selective_pointers)
    return {**reveal, "proof": proof}


def conformant(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Return `document` ready for a proof, and apart from it the proofs that it has.

    Raises `UnsignableDocumentError` with every rule of its kind that it breaks, and for what JSON-LD would
    drop: also where the cryptosuite would sign that, a reader of the RDF would not see it.
    """
    unsecured, proofs = _unsecured(document)
    return dict(unsecured.document), proofs


def _unsecured(document: Mapping[str, Any]) -> tuple[Unsecured, list[Any]]:
    """Do what `conformant` says; the canonical form that this takes is kept."""
    faults = conformance_faults(document)
    if faults:
        raise UnsignableDocumentError(f"The document breaks {len(faults)} rule(s).", faults=faults)
    bare = {name: value for name, value in document.items() if name != "proof"}
    contexts = listed(bare["@context"])
    if is_version_1(document) and not any(context in _PROOF_CONTEXTS for context in contexts):
        bare["@context"] = [*contexts, _PROOF_CONTEXTS[-1]]
    unsecured = Unsecured(bare)
    try:
        unsecured.canonical("rdfc")
    except JsonLdError as error:
        raise UnsignableDocumentError(error.detail, faults=error.faults, hint=error.hint) from error
    return unsecured, listed(document.get("proof"))


def _named(proofs: list[Any], names: Sequence[str]) -> list[Any]:
    """Return the proofs that `names` names; raises `UnsignableDocumentError` unless each names just one."""
    ids = [proof.get("id") for proof in proofs]
    if any(ids.count(name) != 1 for name in names):
        raise UnsignableDocumentError("The proof should build on another one that is not there.")
    return [proof for proof in proofs if proof.get("id") in names]


def _written(document: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the JSON of `document`, and a copy of what it says; not to be changed.

    Of its achievement, which probably was in another document before, both are kept.
    """
    subject = document.get("credentialSubject")
    kept = _written_achievement(subject.get("achievement")) if isinstance(subject, dict) else None
    if isinstance(subject, dict) and kept is not None:
        hollow = _to_json({**document, "credentialSubject": {**subject, "achievement": _HOLE}})
        before, _, behind = hollow.partition(f'"{_HOLE}"')
        if _HOLE not in behind:
            copy = json.loads(hollow)
            copy["credentialSubject"]["achievement"] = kept[1]
            return f"{before}{kept[0]}{behind}", copy
    text = _to_json(document)
    return text, json.loads(text)


def _written_achievement(value: object) -> tuple[str, Recurring] | None:
    """Return what `_written` does for an achievement; None for what is none, or is not kept."""
    content = content_of(value) if isinstance(value, dict) else None
    if content is None:
        return None
    kept = _achievements.find(content)
    if kept is None:
        text = _to_json(value)
        kept = text, Recurring(json.loads(text))
        _achievements.keep(kept, content)
    return kept


def _serialize(document: Mapping[str, Any]) -> bytes:
    return _to_json(document).encode()
