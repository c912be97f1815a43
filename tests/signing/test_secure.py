"""`secure`: any conformant credential, with any cryptosuite that proofs are made of."""

from datetime import timedelta
from typing import Any

import pytest

from app.errors import InvalidSignatureError, UnsignableDocumentError
from app.signing import dids, issue, multibase
from app.signing.data_integrity import CREATED as SUITES
from app.signing.data_integrity import CRYPTOSUITES, ProofOptions, create_proof, verify_proof
from app.signing.keys import CurveKey, Signer
from tests.signing.badges import CREATED, SIGNER, Document, badge, codes, judge, rich_badge
from tests.signing.others import P256, P384

CASES: list[tuple[str, Signer]] = [
    ("eddsa-rdfc-2022", SIGNER),
    ("eddsa-jcs-2022", SIGNER),
    *((suite, signer) for suite in ("ecdsa-rdfc-2019", "ecdsa-jcs-2019") for signer in (P256, P384)),
]
EACH = pytest.mark.parametrize(
    ("suite", "signer"), CASES, ids=[f"{suite} {signer.public_key.jwk_type[1]}" for suite, signer in CASES]
)


def method_of(signer: Signer) -> str:
    key = signer.public_key
    assert isinstance(key, CurveKey)
    return dids.multikey_id(dids.did_key(key), key)


def options(signer: Signer, **more: Any) -> ProofOptions:  # noqa: ANN401 (any option)
    return ProofOptions(method_of(signer), CREATED, **more)


def document_of(signer: Signer, **changes: object) -> Document:
    """Return a badge by the did:key of `signer`, without a status."""
    issuer = {"id": method_of(signer).partition("#")[0], "type": ["Profile"], "name": "Acme"}
    document = {**rich_badge(), "issuer": issuer, **changes}
    document.pop("credentialStatus", None)
    return document


def alumni(signer: Signer) -> Document:
    """Return a credential of data model 1.1 alone."""
    return {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "issuer": method_of(signer).partition("#")[0],
        "issuanceDate": "2016-03-04T12:00:00Z",
        "credentialSubject": {"id": "did:example:ebfeb1f712ebc6f1c276e12ec21"},
    }


@EACH
def test_a_proof_of_every_cryptosuite_is_verified(suite: str, signer: Signer) -> None:
    secured = issue.secure(document_of(signer), signer, suite, options(signer))
    assert judge(secured, did_documents={}).verified
    assert {name: secured["proof"][name] for name in ("type", "cryptosuite", "proofPurpose")} == {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "proofPurpose": "assertionMethod",
    }
    assert secured["proof"].get("@context") == (secured["@context"] if "jcs" in suite else None)
    for change in ({"name": "Another"}, {"proof": {**secured["proof"], "created": "2016-03-05T12:00:00Z"}}):
        assert codes(judge({**secured, **change}, did_documents={}))["proof"] == "proof_invalid"


@EACH
def test_a_signature_is_as_long_as_two_numbers_of_its_curve(suite: str, signer: Signer) -> None:
    secured = issue.secure(document_of(signer), signer, suite, options(signer))
    signature = multibase.decode_base58btc(secured["proof"]["proofValue"])
    assert len(signature) == (96 if signer is P384 else 64)


@EACH
def test_a_credential_of_data_model_1_gets_the_context_of_its_proof(suite: str, signer: Signer) -> None:
    secured = issue.secure(alumni(signer), signer, suite, options(signer))
    assert secured["@context"] == [
        "https://www.w3.org/2018/credentials/v1",
        "https://w3id.org/security/data-integrity/v2",
    ]
    assert codes(judge(secured, did_documents={}))["proof"] == "proof_valid"
    again = issue.secure({**secured, "proof": []}, signer, suite, options(signer))
    assert again["@context"] == secured["@context"]


def test_every_option_is_written_and_signed() -> None:
    wanted = options(
        SIGNER,
        purpose="authentication",
        id="urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164",
        expires=CREATED + timedelta(hours=1),
        challenge="1f44d55f",
        domain="https://wallet.example",
    )
    secured = issue.secure(document_of(SIGNER), SIGNER, "eddsa-rdfc-2022", wanted)
    proof = secured.pop("proof")
    assert {name: value for name, value in proof.items() if name != "proofValue"} == {
        "id": "urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164",
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2016-03-04T12:30:15Z",
        "expires": "2016-03-04T13:30:15Z",
        "verificationMethod": method_of(SIGNER),
        "proofPurpose": "authentication",
        "challenge": "1f44d55f",
        "domain": "https://wallet.example",
    }
    verify_proof(secured, proof, SIGNER.public_key, "authentication")
    for name in ("id", "expires", "challenge", "domain"):
        with pytest.raises(InvalidSignatureError):
            verify_proof(secured, {**proof, name: f"{proof[name]}0"}, SIGNER.public_key, "authentication")
    with pytest.raises(InvalidSignatureError, match="purpose"):
        verify_proof(secured, proof, SIGNER.public_key)


def test_a_proof_needs_no_time_but_one_of_the_older_type_does() -> None:
    bare = document_of(SIGNER)
    proof = create_proof(bare, SIGNER, SUITES["eddsa-rdfc-2022"], ProofOptions(method_of(SIGNER), None))
    assert "created" not in proof
    verify_proof(bare, proof, SIGNER.public_key)
    older = {**proof, "type": "Ed25519Signature2020"}
    del older["cryptosuite"]
    with pytest.raises(InvalidSignatureError, match="created"):
        verify_proof(bare, older, SIGNER.public_key)


def test_a_second_proof_stands_beside_the_first() -> None:
    first = issue.secure(document_of(SIGNER), SIGNER, "eddsa-rdfc-2022", options(SIGNER))
    both = issue.secure(first, SIGNER, "eddsa-jcs-2022", options(SIGNER))
    assert [proof["cryptosuite"] for proof in both["proof"]] == ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
    assert judge(both, did_documents={}).verified
    assert judge({**both, "proof": both["proof"][1]}, did_documents={}).verified


@pytest.mark.parametrize("several", [False, True])
def test_a_proof_can_build_on_others(several: bool) -> None:  # noqa: FBT001 (both ways)
    one = issue.secure(document_of(SIGNER), SIGNER, "eddsa-rdfc-2022", options(SIGNER, id="urn:x:1"))
    two = issue.secure(one, SIGNER, "eddsa-jcs-2022", options(SIGNER, id="urn:x:2"))
    names: Any = ("urn:x:1", "urn:x:2") if several else "urn:x:2"
    three = issue.secure(two, SIGNER, "eddsa-rdfc-2022", options(SIGNER, previous_proof=names))
    assert three["proof"][2]["previousProof"] == (list(names) if several else names)
    assert judge(three, did_documents={}).verified
    without = {**three, "proof": [three["proof"][0], three["proof"][2]]}
    assert codes(judge(without, did_documents={}))["proof"] == "proof_set_invalid"


def test_a_proof_cannot_build_on_one_that_is_not_there() -> None:
    with pytest.raises(UnsignableDocumentError, match="not there"):
        issue.secure(
            document_of(SIGNER), SIGNER, "eddsa-rdfc-2022", options(SIGNER, previous_proof="urn:x:1")
        )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"undefinedTerm": "x"}, "unknown_term"),
        ({"type": ["VerifiableCredential", "OpenBadgeCredential", "Passport"]}, "unknown_type"),
        ({"validFrom": "yesterday"}, "not_a_datetime"),
    ],
)
@EACH
def test_what_breaks_a_rule_is_not_signed(changes: Document, code: str, suite: str, signer: Signer) -> None:
    with pytest.raises(UnsignableDocumentError) as caught:
        issue.secure(document_of(signer, **changes), signer, suite, options(signer))
    assert [fault.code for fault in caught.value.faults] == [code]


def test_what_json_ld_would_not_read_in_the_options_is_not_signed() -> None:
    with pytest.raises(UnsignableDocumentError) as caught:
        issue.secure(document_of(SIGNER), SIGNER, "eddsa-rdfc-2022", options(SIGNER, id="not an IRI"))
    assert [fault.code for fault in caught.value.faults] == ["relative_iri"]


@pytest.mark.parametrize("suite", ["eddsa-2022", "Ed25519Signature2020", "bbs-2023", ""])
def test_other_cryptosuites_are_not_made(suite: str) -> None:
    with pytest.raises(UnsignableDocumentError, match="not made here"):
        issue.secure(document_of(SIGNER), SIGNER, suite, options(SIGNER))


@pytest.mark.parametrize(("suite", "signer"), [("eddsa-rdfc-2022", P256), ("ecdsa-jcs-2019", SIGNER)])
def test_a_key_of_another_type_makes_no_proof(suite: str, signer: Signer) -> None:
    with pytest.raises(UnsignableDocumentError, match="with this key"):
        issue.secure(document_of(signer), signer, suite, options(signer))


def test_a_suite_that_is_only_checked_makes_no_proof() -> None:
    legacy = CRYPTOSUITES["DataIntegrityProof", "eddsa-2022"]
    with pytest.raises(UnsignableDocumentError, match="not made"):
        create_proof(badge(), SIGNER, legacy, options(SIGNER))


def test_what_is_not_plain_json_has_no_canonical_form() -> None:
    with pytest.raises(UnsignableDocumentError, match="not plain JSON"):
        create_proof(badge(name=float("nan")), SIGNER, SUITES["eddsa-jcs-2022"], options(SIGNER))
