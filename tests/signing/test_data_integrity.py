import copy
import hashlib
import html
import json
import re
from typing import Any

import pytest

from app.errors import InvalidSignatureError, JsonLdError
from app.signing import data_integrity, multibase
from app.signing.contents import MAX_CONTENT
from app.signing.data_integrity import EDDSA_RDFC
from app.signing.data_integrity.options import canonical_options
from app.signing.jsonld import canonize
from app.signing.keys import Ed25519Signer, Signer, read_multikey
from tests.signing.badges import (
    CREATED,
    DATA,
    DID,
    SIGNER,
    STRANGER,
    Document,
    badge,
    eddsa_proof,
    needs_data,
    rich_badge,
)
from tests.signing.others import P256, P384, other_proof

METHOD = f"{DID}#{SIGNER.public_key.multikey}"

# The example of Open Badges 3.0 (integrity, embedded proof): key, hashes and proof value.
VECTOR_KEY = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
VECTOR_SEED = bytes.fromhex("6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be4")
VECTOR_PROOF_VALUE = (
    "z5x9aCBYovW3CQCbKdNyhEm7ffYSw1YpEdPywQJoNbzDD2gkzQDKJ1sYKJaWvqZtkMtSbz35HcbgXVEDYHxCzgkCr"
)


def proof_of(document: Document, signer: Ed25519Signer = SIGNER) -> dict[str, Any]:
    return eddsa_proof(document, signer, METHOD)


@pytest.mark.parametrize("document", [badge(), rich_badge()])
def test_a_proof_that_is_made_verifies(document: Document) -> None:
    proof = proof_of(document)
    data_integrity.verify_proof(document, proof, SIGNER.public_key)
    assert proof | {"proofValue": "…"} == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2016-03-04T12:30:15Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
        "proofValue": "…",
    }
    assert len(multibase.decode_base58btc(proof["proofValue"])) == 64


def test_the_same_document_key_and_second_give_the_same_proof() -> None:
    assert proof_of(badge()) == proof_of(badge())


def test_the_order_of_members_and_sets_is_not_signed_but_their_values_are() -> None:
    document = rich_badge()
    turned = dict(reversed(document.items()))
    assert proof_of(turned) == proof_of(document)
    assert proof_of(badge(name="Another")) != proof_of(badge())


def test_another_key_is_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        data_integrity.verify_proof(badge(), proof_of(badge()), STRANGER.public_key)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Ed25519Signature2020"},
        {"type": ["DataIntegrityProof"]},
        {"cryptosuite": "eddsa-jcs-2022"},
        {"cryptosuite": None},
        {"previousProof": "urn:uuid:1"},
        {"proofPurpose": "authentication"},
        {"proofPurpose": None},
        {"created": "2016-03-04T12:30:16Z"},
        {"created": "2016-03-04T12:30:15"},
        {"created": "now"},
        {"created": None},
        {"verificationMethod": f"{DID}#other"},
        {"expires": "2016-03-04T12:30:15Z"},
        {"nonce": "1"},
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"proofValue": None},
        {"proofValue": ""},
        {"proofValue": "z"},
        {"proofValue": "z" + "1" * 64},
        {"proofValue": "u" + "A" * 86},
        {"proofValue": ["z1"]},
    ],
)
def test_a_proof_with_one_other_member_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidSignatureError):
        data_integrity.verify_proof(badge(), {**proof_of(badge()), **change}, SIGNER.public_key)


@pytest.mark.parametrize(
    "member", ["type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"]
)
def test_a_proof_that_lacks_a_member_is_refused(member: str) -> None:
    proof = proof_of(badge())
    del proof[member]
    with pytest.raises(InvalidSignatureError):
        data_integrity.verify_proof(badge(), proof, SIGNER.public_key)


def test_a_proof_may_repeat_the_context_of_its_document() -> None:
    document = badge()
    proof = {**proof_of(document), "@context": document["@context"]}
    data_integrity.verify_proof(document, proof, SIGNER.public_key)


@pytest.mark.parametrize("place", ["document", "proof"])
def test_what_no_context_defines_is_not_signed_and_refused(place: str) -> None:
    document, proof = badge(), proof_of(badge())
    (document if place == "document" else proof)["undefinedTerm"] = "x"
    with pytest.raises(JsonLdError):
        data_integrity.verify_proof(document, proof, SIGNER.public_key)
    with pytest.raises(JsonLdError):
        eddsa_proof(badge(undefinedTerm="x"), SIGNER, METHOD)


@pytest.mark.parametrize(
    "proof", [None, [], "proof", {}, 7, {"type": "DataIntegrityProof", "cryptosuite": []}]
)
def test_other_values_are_proofs_of_no_cryptosuite(proof: object) -> None:
    assert data_integrity.cryptosuite_of(proof) is None


@needs_data
def test_the_vector_of_the_standard_is_reproduced() -> None:
    page = re.sub(r"<[^>]+>", "", (DATA / "vectors/linked-data-proof-ob.html").read_text())
    start = html.unescape(page).index("{", html.unescape(page).index("Signed credential"))
    document, _ = json.JSONDecoder().raw_decode(html.unescape(page)[start:])
    proof = document.pop("proof")
    assert proof["proofValue"] == VECTOR_PROOF_VALUE
    data_integrity.verify_proof(document, proof, read_multikey(VECTOR_KEY))
    signer = Ed25519Signer.from_seed(VECTOR_SEED)
    assert signer.public_key.multikey == VECTOR_KEY
    created = CREATED.replace(year=2010, month=1, day=1, hour=19, minute=23, second=24)
    made = eddsa_proof(document, signer, proof["verificationMethod"], created)
    assert made == proof
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    texts = [canonize({**options, "@context": document["@context"]}), canonize(copy.deepcopy(document))]
    hashed = b"".join(hashlib.sha256(text.encode()).digest() for text in texts)
    assert hashed.hex() == (
        "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"
        "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"
    )


# Cryptosuites that are only checked ---------------------------------------------------------------------

SUITES: list[tuple[str, Signer]] = [
    ("eddsa-rdfc-2022", SIGNER),
    ("eddsa-2022", SIGNER),
    ("eddsa-jcs-2022", SIGNER),
    ("ecdsa-rdfc-2019", P256),
    ("ecdsa-rdfc-2019", P384),
    ("ecdsa-jcs-2019", P256),
    ("ecdsa-jcs-2019", P384),
]
EACH_SUITE = pytest.mark.parametrize(
    ("suite", "signer"), SUITES, ids=[f"{suite} {signer.algorithm}" for suite, signer in SUITES]
)


def options_of(suite: str) -> Document:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2016-03-04T12:30:15Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }


@EACH_SUITE
def test_a_proof_of_another_writer_verifies(suite: str, signer: Signer) -> None:
    proof = other_proof(rich_badge(), signer, options_of(suite))
    data_integrity.verify_proof(rich_badge(), proof, signer.public_key)


@EACH_SUITE
@pytest.mark.parametrize("change", [{"name": "Another"}, {"undefinedTerm": "x"}, {"creditsEarned": 2**60}])
def test_a_changed_document_is_refused(suite: str, signer: Signer, change: Document) -> None:
    proof = other_proof(badge(), signer, options_of(suite))
    with pytest.raises((InvalidSignatureError, JsonLdError)):
        data_integrity.verify_proof(badge(**change), proof, signer.public_key)


@EACH_SUITE
@pytest.mark.parametrize(
    "change",
    [
        {"created": "2016-03-04T12:30:16Z"},
        {"verificationMethod": f"{DID}#other"},
        {"proofPurpose": "authentication"},
        {"nonce": "1"},
        {"proofValue": "z" + "1" * 96},
        {"@context": "https://www.w3.org/ns/credentials/v2"},
    ],
)
def test_a_changed_proof_is_refused(suite: str, signer: Signer, change: Document) -> None:
    proof = other_proof(badge(), signer, options_of(suite))
    with pytest.raises(InvalidSignatureError):
        data_integrity.verify_proof(badge(), {**proof, **change}, signer.public_key)


@EACH_SUITE
def test_a_proof_of_one_cryptosuite_is_none_of_another(suite: str, signer: Signer) -> None:
    proof = other_proof(badge(), signer, options_of(suite))
    for other in {name for name, _ in SUITES} - {suite}:
        with pytest.raises(InvalidSignatureError):
            data_integrity.verify_proof(badge(), {**proof, "cryptosuite": other}, signer.public_key)


@EACH_SUITE
def test_a_key_of_another_curve_is_refused(suite: str, signer: Signer) -> None:
    proof = other_proof(badge(), signer, options_of(suite))
    for other in (SIGNER, P256, P384):
        if other.public_key != signer.public_key:
            with pytest.raises(InvalidSignatureError):
                data_integrity.verify_proof(badge(), proof, other.public_key)


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "ecdsa-jcs-2019"])
def test_in_jcs_suites_the_proof_signs_its_context_too(suite: str) -> None:
    signer = SIGNER if suite.startswith("eddsa") else P256
    proof = other_proof(badge(), signer, {"@context": badge()["@context"], **options_of(suite)})
    data_integrity.verify_proof(badge(), proof, signer.public_key)
    longer = badge()
    longer["@context"].append("https://w3id.org/security/data-integrity/v2")
    with pytest.raises(InvalidSignatureError, match="context"):
        data_integrity.verify_proof(longer, proof, signer.public_key)


def test_a_proof_of_the_older_type_verifies() -> None:
    document = badge()
    document["@context"].append("https://w3id.org/security/suites/ed25519-2020/v1")
    options = options_of("") | {"type": "Ed25519Signature2020"}
    del options["cryptosuite"]
    proof = other_proof(document, SIGNER, options)
    data_integrity.verify_proof(document, proof, SIGNER.public_key)
    with pytest.raises(InvalidSignatureError):
        data_integrity.verify_proof({**document, "name": "Another"}, proof, SIGNER.public_key)
    with pytest.raises(JsonLdError):
        data_integrity.verify_proof(badge(), proof, SIGNER.public_key)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"id": "urn:uuid:2016-03-04T12:00:00Z"},  # which has in it what `created` says
        {"created": 'no "instant"'},
        {"created": "2"},
        {"challenge": "2016-03-04T12:00:00Z", "domain": ["a", "b"]},
    ],
)
def test_options_have_one_canonical_form_whether_or_not_some_like_them_were_met_before(
    more: Document,
) -> None:
    document = badge()
    for created in ("2016-03-04T12:00:00Z", "2016-03-04T12:00:00Z", "2026-11-22T11:00:00+01:00"):
        options = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": created,
            "verificationMethod": METHOD,
            "proofPurpose": "assertionMethod",
        } | more
        expected = canonize({"@context": document["@context"], **options})
        assert canonical_options(document, options, EDDSA_RDFC, "sha256") == expected


def test_options_too_large_to_be_kept_have_their_canonical_form_too() -> None:
    options = {
        "type": "DataIntegrityProof",
        "created": "2016-03-04T12:00:00Z",
        "challenge": "a" * MAX_CONTENT,
    }
    expected = canonize({"@context": badge()["@context"], **options})
    assert canonical_options(badge(), options, EDDSA_RDFC, "sha256") == expected
