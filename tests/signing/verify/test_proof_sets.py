"""Several proofs of one document, some of which build on others (VC Data Integrity 1.0, 4.3)."""

from typing import Any

import pytest

from app.signing import dids
from app.signing.keys import CurveKey, Signer
from tests.signing.badges import DID, SIGNER, Document, badge, codes, judge
from tests.signing.others import P256, P384, other_proof

DOCUMENTS = {DID: dids.did_document(DID, [signer.public_key for signer in (SIGNER, P256, P384)])}
FIRST = "urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164"
SECOND = "urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10165"


def plain_badge() -> Document:
    document = badge()
    del document["credentialStatus"]
    return document


def proof_by(signer: Signer, suite: str, on: list[Document] | None = None, **more: Any) -> Document:  # noqa: ANN401 (any JSON)
    """Return a proof by one of the issuer's keys that builds on the proofs `on`."""
    key = signer.public_key
    assert isinstance(key, CurveKey)
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2016-03-04T12:30:15Z",
        "verificationMethod": dids.multikey_id(DID, key),
        "proofPurpose": "assertionMethod",
        **more,
    }
    if on:
        ids = [proof["id"] for proof in on]
        options["previousProof"] = ids if len(ids) > 1 else ids[0]
    return other_proof({**plain_badge(), "proof": on} if on else plain_badge(), signer, options)


def found(*proofs: Document, **changes: Any) -> tuple[str, str]:  # noqa: ANN401 (as above)
    report = judge({**plain_badge(), "proof": list(proofs)}, **{"did_documents": DOCUMENTS, **changes})
    return codes(report)["proof"], codes(report)["issuer_key"]


SUITES = [("eddsa-rdfc-2022", "ecdsa-rdfc-2019"), ("eddsa-jcs-2022", "ecdsa-jcs-2019")]
OWN = proof_by(SIGNER, "eddsa-rdfc-2022", id=FIRST)
BROKEN = {**OWN, "created": "2016-03-04T12:30:16Z"}


@pytest.mark.parametrize(("own", "notary"), SUITES)
def test_a_chain_of_proofs_holds_link_by_link(own: str, notary: str) -> None:
    first = proof_by(SIGNER, own, id=FIRST)
    second = proof_by(P256, notary, [first], id=SECOND)
    third = proof_by(P384, notary, [first, second])
    for proofs in ([first, second], [second, first], [first, second, third]):
        assert found(*proofs) == ("proof_valid", "key_bound")
    assert judge({**plain_badge(), "proof": [first, second, third]}, did_documents=DOCUMENTS).verified


def test_a_chain_over_another_first_proof_does_not_hold() -> None:
    notary = proof_by(P256, "ecdsa-rdfc-2019", [OWN])
    other = proof_by(SIGNER, "eddsa-rdfc-2022", id=FIRST, created="2016-03-05T12:30:15Z")
    assert found(notary, OWN) == ("proof_valid", "key_bound")
    assert found(notary) == ("proof_invalid", "not_reached")
    assert found(notary, other) == ("proof_set_invalid", "not_reached")
    assert found(notary, {**other, "id": SECOND})[0] == "proof_invalid"


def test_a_chain_whose_first_proof_is_broken_does_not_hold() -> None:
    notary = proof_by(P256, "ecdsa-rdfc-2019", [BROKEN])
    assert found(notary, BROKEN) == ("previous_proof_invalid", "not_reached")
    assert found(BROKEN, notary) == ("proof_invalid", "not_reached")


def test_a_chain_whose_first_proof_is_not_decided_is_not_decided() -> None:
    unknown = {**OWN, "cryptosuite": "bbs-2023"}
    assert found(proof_by(P256, "ecdsa-rdfc-2019", [unknown]), unknown)[0] == "proof_unsupported"


def test_proofs_in_a_circle_do_not_hold() -> None:
    first = {**OWN, "previousProof": SECOND}
    second = proof_by(P256, "ecdsa-rdfc-2019", [first], id=SECOND)
    assert found(first, second)[0] == "previous_proof_invalid"
    assert found({**OWN, "previousProof": FIRST})[0] == "previous_proof_invalid"


@pytest.mark.parametrize("previous", [SECOND, [FIRST, SECOND], [None], 7, {"id": FIRST}])
def test_a_previous_proof_that_is_not_there_ends_the_chain(previous: object) -> None:
    assert found({**OWN, "id": SECOND + "0", "previousProof": previous})[0] == "proof_invalid"


def test_an_id_of_two_proofs_names_neither() -> None:
    notary = proof_by(P256, "ecdsa-rdfc-2019", [OWN])
    assert found(OWN, notary, BROKEN) == ("proof_set_invalid", "not_reached")
    assert found(notary, BROKEN, BROKEN)[0] == "proof_invalid"


def test_a_proof_that_was_added_by_somebody_else_fails_the_set() -> None:
    did = dids.did_key(P256.public_key)
    strange = proof_by(P256, "ecdsa-rdfc-2019", verificationMethod=dids.multikey_id(did, P256.public_key))
    only_own = {DID: dids.did_document(DID, [SIGNER.public_key])}
    for proofs in ([OWN, strange], [strange, OWN]):
        report = judge({**plain_badge(), "proof": proofs}, did_documents=only_own)
        assert (codes(report)["proof"], codes(report)["issuer_key"]) == ("proof_valid", "key_not_bound")
        assert report.verdict == "not_verified"
    assert found(strange, did_documents=only_own) == ("proof_valid", "key_not_bound")


@pytest.mark.parametrize("added", [BROKEN, {**OWN, "expires": "2016-03-05T00:00:00Z"}, "proof", {}])
def test_an_added_proof_that_does_not_hold_fails_the_set(added: Any) -> None:  # noqa: ANN401 (any JSON)
    for proofs in ([OWN, added], [added, OWN]):
        assert found(*proofs) == ("proof_set_invalid", "not_reached")


def test_an_added_proof_whose_key_cannot_be_had_leaves_the_set_open() -> None:
    unknown = {**OWN, "verificationMethod": "did:web:notary.example#key-1"}
    assert found(OWN, unknown) == found(unknown, OWN) == ("key_unresolved", "not_reached")


def test_proofs_that_are_not_read_are_counted_and_not_vouched_for() -> None:
    others = [{"type": "BbsBlsSignature2020"}, {**OWN, "id": SECOND, "cryptosuite": "bbs-2023"}]
    report = judge({**plain_badge(), "proof": [others[0], OWN, others[1]]})
    assert report.verified
    assert codes(report)["proof"] == "proof_valid_others_unread"
    assert "not read: 2. What they say is not vouched for." in report.checks[2].detail


def test_the_same_proof_twice_says_nothing_else() -> None:
    assert found(OWN, OWN) == ("proof_valid", "key_bound")


@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019"])
@pytest.mark.parametrize("signer", [P256, P384], ids=["P-256", "P-384"])
def test_an_issuer_with_an_ecdsa_key_is_verified(suite: str, signer: Any) -> None:  # noqa: ANN401 (two curves)
    did = dids.did_key(signer.public_key)
    document = {**plain_badge(), "issuer": {"id": did, "type": ["Profile"], "name": "Acme"}}
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2016-03-04T12:30:15Z",
        "verificationMethod": dids.multikey_id(did, signer.public_key),
        "proofPurpose": "assertionMethod",
    }
    credential = {**document, "proof": other_proof(document, signer, options)}
    report = judge(credential, did_documents={})
    assert report.verified
    assert suite in report.checks[2].detail
    assert not judge({**credential, "name": "Another"}, did_documents={}).verified
