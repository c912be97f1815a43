"""Credentials of other issuers, as W3C's suites hand them to a verifier: any data model, suite and key."""

from typing import Any

from app.signing.dids import did_key, multikey_id
from app.signing.keys import CurveKey, Signer
from tests.signing.badges import SIGNER
from tests.signing.others import other_proof

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"

Document = dict[str, Any]


def did_of(signer: Signer) -> str:
    key = signer.public_key
    assert isinstance(key, CurveKey)
    return did_key(key)


def credential(signer: Signer = SIGNER, version: str = V2, /, **changes: object) -> Document:
    """Return a small unsigned credential of the signer's did:key; a change to None takes a member off."""
    document: Document = {
        "@context": [V2] if version == V2 else [V1, DATA_INTEGRITY],
        "id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": did_of(signer),
        "credentialSubject": {"id": "did:example:subject"},
    }
    if version == V1:
        document["issuanceDate"] = "2016-01-01T00:00:00Z"
    return {name: value for name, value in (document | changes).items() if value is not None}


def secured(
    document: Document, signer: Signer = SIGNER, suite: str | None = "eddsa-rdfc-2022", /, **changes: object
) -> Document:
    """Return `document` with a proof of any suite, whose options may be changed; None takes one off."""
    key = signer.public_key
    assert isinstance(key, CurveKey)
    options: Document = {
        "type": "DataIntegrityProof" if suite else "Ed25519Signature2020",
        "cryptosuite": suite,
        "created": "2016-02-20T10:00:00Z",
        "verificationMethod": multikey_id(did_key(key), key),
        "proofPurpose": "assertionMethod",
    }
    if suite and "-jcs-" in suite:
        options["@context"] = document["@context"]
    given = {name: value for name, value in (options | changes).items() if value is not None}
    return {**document, "proof": other_proof(document, signer, given)}
