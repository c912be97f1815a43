import base64
import json
from typing import Any

import pytest

from app.signing import dids, jws, vc_jwt
from app.signing.keys import Ed25519Signer
from app.signing.verify import Unavailable
from tests.signing.badges import (
    DID,
    DOCUMENTS,
    SIGNER,
    STRANGER,
    Document,
    badge,
    codes,
    eddsa_proof,
    judge,
    outcomes,
    profile,
    sign,
    signed,
)
from tests.signing.others import other_proof

KEY, STRANGE_KEY = SIGNER.public_key, STRANGER.public_key
BADGE = signed(badge())
DID_KEY = dids.did_key(KEY)
HTTPS = "https://badges.example.org/issuers/acme"


def local_badge(issuer: str = DID_KEY) -> Document:
    document = badge(issuer={"id": issuer, "type": ["Profile"], "name": "Acme"})
    del document["credentialStatus"]
    return document


def with_proof(document: Document, method: str, signer: Ed25519Signer = SIGNER) -> Document:
    return {**document, "proof": eddsa_proof(document, signer, method)}


def found(credential: Document | str, **changes: Any) -> tuple[str, str]:  # noqa: ANN401 (each has its type)
    """Return the codes of checks 3 and 4."""
    by_id = codes(judge(credential, **changes))
    return by_id["proof"], by_id["issuer_key"]


# Keys --------------------------------------------------------------------------------------------------


def test_a_did_key_issuer_needs_nothing_from_outside() -> None:
    for data in (sign(local_badge(), DID_KEY).document, sign(local_badge(), DID_KEY).jwt):
        assert judge(data, did_documents={}).verified


def test_a_did_key_may_be_named_without_its_fragment() -> None:
    assert found(with_proof(local_badge(), DID_KEY), did_documents={}) == ("proof_valid", "key_bound")


def test_the_profile_at_an_https_issuer_publishes_keys_too() -> None:
    document = local_badge(HTTPS)
    published = {HTTPS: {**dids.did_document(HTTPS, [KEY]), "type": ["Profile"], "name": "Acme"}}
    credential = signed(document, HTTPS)
    assert judge(credential, did_documents=published).verified
    assert found(credential, did_documents={}) == ("proof_valid", "key_unresolved")


def test_a_signature_by_somebody_else_in_the_issuers_name_is_not_bound() -> None:
    stranger = dids.did_key(STRANGE_KEY)
    for method in (stranger, dids.multikey_id(stranger, STRANGE_KEY)):
        report = judge(with_proof(local_badge(DID), method, STRANGER))
        assert codes(report)["proof"] == "proof_valid"
        assert codes(report)["issuer_key"] == "key_not_bound"
        assert report.verdict == "not_verified"


def test_a_key_that_the_issuer_publishes_for_something_else_is_not_bound() -> None:
    document = {**DOCUMENTS[DID], "assertionMethod": []}  # type: ignore[dict-item] # it is a document
    assert found(BADGE, did_documents={DID: document}) == ("proof_valid", "key_not_bound")


def test_a_key_that_is_not_published_proves_nothing() -> None:
    published = {DID: dids.did_document(DID, [STRANGE_KEY])}
    assert found(BADGE, did_documents=published) == ("key_not_found", "not_reached")


def test_a_key_revoked_by_now_proves_nothing() -> None:
    document = dids.did_document(DID, [KEY])
    for method in document["verificationMethod"]:
        method["revoked"] = "2016-05-01T00:00:00Z"
    assert found(BADGE, did_documents={DID: document}) == ("key_not_found", "not_reached")


@pytest.mark.parametrize(
    "documents",
    [
        {},
        {DID: Unavailable("No answer.")},
        {DID: {**dids.did_document(DID, [KEY]), "id": "did:web:evil.example"}},
    ],
)
def test_an_issuer_whose_document_cannot_be_had_is_not_decided(documents: dict[str, Any]) -> None:
    report = judge(BADGE, did_documents=documents)
    assert (codes(report)["proof"], codes(report)["issuer_key"]) == ("proof_valid", "key_unresolved")
    assert report.verdict == "undetermined"
    assert ("No answer." in report.checks[3].detail) == any(
        isinstance(d, Unavailable) for d in documents.values()
    )
    assert found({**BADGE, "name": "Changed"}, did_documents=documents) == ("proof_invalid", "not_reached")


@pytest.mark.parametrize(
    ("method", "code"),
    [
        (f"{DID}#key-1", "key_unresolved"),
        ("did:example:a#key-1", "key_unresolved"),
        ("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169#zDna", "key_not_found"),
        ("did:key:z6Mk", "key_not_found"),
        (f"{DID_KEY}#other", "key_not_found"),
        (f"did:key:{STRANGE_KEY.multikey}#{KEY.multikey}", "key_not_found"),
        (KEY.multikey, "key_not_found"),
        ("", "key_not_found"),
    ],
)
def test_a_method_that_leads_to_no_key(method: str, code: str) -> None:
    proof = {**BADGE["proof"][0], "verificationMethod": method}
    report = judge({**BADGE, "proof": proof}, did_documents={})
    assert codes(report)["proof"] == code
    assert outcomes(report)["proof"] == ("unknown" if code == "key_unresolved" else "fail")


@pytest.mark.parametrize("issuer", ["urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164", "acme", None])
def test_an_issuer_that_is_no_address_binds_no_key(issuer: str | None) -> None:
    report = judge(
        with_proof({**local_badge(), "issuer": issuer}, dids.multikey_id(DID_KEY, KEY))
        if issuer != "acme" and issuer
        else unchecked(issuer)
    )
    assert codes(report)["issuer_key"] in ("key_not_bound", "not_reached")
    assert report.verdict == "not_verified"


def unchecked(issuer: str | None) -> str:
    """Return a JWT, which JSON-LD has no say in, with an issuer that is no IRI or none."""
    claims = {**local_badge(), "issuer": issuer}
    return jws.encode({"kid": dids.multikey_id(DID_KEY, KEY)}, json.dumps(claims).encode(), SIGNER)


def test_a_broken_did_key_issuer_is_not_decided() -> None:
    proof = with_proof(local_badge("did:key:z6Mk"), dids.multikey_id(DID_KEY, KEY))
    assert found(proof, did_documents={}) == ("proof_valid", "key_unresolved")


# Embedded proofs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", [[], None])
def test_an_empty_list_of_proofs_verifies_nothing(proof: object) -> None:
    assert found({**BADGE, "proof": proof}) == ("proof_missing", "not_reached")


def test_a_document_without_a_proof_verifies_nothing() -> None:
    assert found(badge()) == ("proof_missing", "not_reached")


@pytest.mark.parametrize("proof", ["proof", 10, True, {}, [[]], {"type": 7}, [BADGE["proof"][0]] * 9])
def test_what_is_no_proof_is_an_invalid_one(proof: object) -> None:
    assert found({**BADGE, "proof": proof}) == ("proof_invalid", "not_reached")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "BbsBlsSignature2020"}, "proof_unsupported"),
        ({"type": "Ed25519Signature2020"}, "proof_unsupported"),
        ({"cryptosuite": "bbs-2023"}, "proof_unsupported"),
        ({"cryptosuite": "ecdsa-rdfc-2019"}, "proof_invalid"),
        ({"cryptosuite": "eddsa-jcs-2022"}, "proof_invalid"),
        ({"cryptosuite": ["eddsa-rdfc-2022"]}, "proof_unsupported"),
        ({"cryptosuite": None}, "proof_unsupported"),
        ({"previousProof": "urn:uuid:1"}, "proof_invalid"),
        ({"previousProof": [7]}, "proof_invalid"),
        ({"verificationMethod": None}, "proof_invalid"),
        ({"verificationMethod": {"id": profile().verification_method}}, "proof_invalid"),
        ({"proofPurpose": "authentication"}, "proof_invalid"),
        ({"created": None}, "proof_invalid"),
        ({"proofValue": None}, "proof_invalid"),
        ({"expires": "soon"}, "proof_invalid"),
        ({"expires": "2016-06-01T12:00:00Z"}, "proof_expired"),
        ({"expires": "2016-06-01T12:00:01Z"}, "proof_invalid"),
        ({"undefinedTerm": "x"}, "unsigned_data"),
    ],
)
def test_a_changed_proof_is_found_out(change: Document, code: str) -> None:
    report = judge({**BADGE, "proof": {**BADGE["proof"][0], **change}})
    assert codes(report)["proof"] == code
    assert not report.verified


def test_a_proof_with_an_end_is_good_until_then() -> None:
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2016-03-04T12:30:15Z",
        "expires": "2016-06-01T12:00:01Z",
        "verificationMethod": profile().verification_method,
        "proofPurpose": "assertionMethod",
    }
    value = other_proof(badge(), SIGNER, options)["proofValue"]
    credential = {**badge(), "proof": {**options, "proofValue": value}}
    assert judge(credential).verified


def test_one_good_proof_suffices_beside_unread_ones_alone_wherever_it_stands() -> None:
    good, other = BADGE["proof"][0], {"type": "BbsBlsSignature2020"}
    strange = with_proof(badge(), dids.multikey_id(dids.did_key(STRANGE_KEY), STRANGE_KEY), STRANGER)["proof"]
    broken = {**good, "proofValue": strange["proofValue"]}
    for proofs in ([other, good], [good, other]):
        assert found({**BADGE, "proof": proofs}) == ("proof_valid_others_unread", "key_bound")
    for proofs in ([broken, good], [good, broken]):
        assert found({**BADGE, "proof": proofs}) == ("proof_set_invalid", "not_reached")
    for proofs in ([strange, good], [good, strange]):
        assert found({**BADGE, "proof": proofs}) == ("proof_valid", "key_not_bound")
    assert found({**BADGE, "proof": [strange, other]}) == ("proof_valid_others_unread", "key_not_bound")
    assert found({**BADGE, "proof": [other, broken]}) == ("proof_invalid", "not_reached")
    assert found({**BADGE, "proof": [other, other]}) == ("proof_unsupported", "not_reached")


# VC-JWT ------------------------------------------------------------------------------------------------

KEY_ID = profile().jwt_key_id


def token(
    header: dict[str, Any],
    claims: Document | None = None,
    signer: Ed25519Signer = SIGNER,
) -> str:
    """Sign any header, so that only the rules can be against it."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    signing_input = f"{part({'alg': 'EdDSA', **header})}.{part(claims or badge())}"
    signature = base64.urlsafe_b64encode(signer.sign(signing_input.encode())).rstrip(b"=").decode()
    return f"{signing_input}.{signature}"


@pytest.mark.parametrize(
    "header",
    [
        {"kid": KEY_ID},
        {"kid": profile().verification_method},
        {"jwk": KEY.jwk},
        {"jwk": {**KEY.jwk, "use": "sig", "kid": "x"}},
        {"kid": KEY_ID, "jwk": KEY.jwk},
        {"kid": KEY_ID, "typ": "vc+jwt"},
        {"kid": KEY_ID, "alg": "Ed25519"},
    ],
)
def test_a_jwt_may_name_its_key_in_each_lawful_way(header: dict[str, Any]) -> None:
    assert judge(token(header)).verified


ATTACKS: list[tuple[dict[str, Any], Ed25519Signer, tuple[str, str]]] = [
    ({}, SIGNER, ("key_missing", "not_reached")),
    ({"alg": "none", "kid": KEY_ID}, SIGNER, ("proof_invalid", "not_reached")),
    ({"alg": "HS256", "kid": KEY_ID}, SIGNER, ("proof_invalid", "not_reached")),
    ({"alg": "RS256", "kid": KEY_ID}, SIGNER, ("proof_invalid", "not_reached")),
    ({"alg": "ES256", "kid": KEY_ID}, SIGNER, ("proof_invalid", "not_reached")),
    ({"alg": "PS256", "kid": KEY_ID}, SIGNER, ("proof_unsupported", "not_reached")),
    ({"alg": "ES256K", "kid": KEY_ID}, SIGNER, ("proof_unsupported", "not_reached")),
    ({"kid": KEY_ID}, STRANGER, ("proof_invalid", "not_reached")),
    ({"jwk": STRANGE_KEY.jwk}, STRANGER, ("proof_valid", "key_not_bound")),
    ({"kid": KEY_ID, "jwk": STRANGE_KEY.jwk}, STRANGER, ("proof_invalid", "not_reached")),
    (
        {"kid": dids.multikey_id(dids.did_key(STRANGE_KEY), STRANGE_KEY)},
        STRANGER,
        ("proof_valid", "key_not_bound"),
    ),
    ({"kid": "https://evil.example/key", "jwk": STRANGE_KEY.jwk}, STRANGER, ("proof_valid", "key_not_bound")),
    ({"kid": "https://evil.example/key"}, STRANGER, ("key_unresolved", "not_reached")),
    ({"kid": "did:web:evil.example#k"}, STRANGER, ("key_unresolved", "not_reached")),
    ({"kid": f"{DID}#other"}, SIGNER, ("key_not_found", "not_reached")),
    ({"kid": f"{DID}#other", "jwk": KEY.jwk}, SIGNER, ("key_not_found", "not_reached")),
    ({"kid": f"{KEY_ID}%00"}, SIGNER, ("key_not_found", "not_reached")),
    ({"kid": "../../x"}, SIGNER, ("key_not_found", "not_reached")),
    ({"kid": "k" * 2049}, SIGNER, ("proof_invalid", "not_reached")),
    ({"kid": KEY_ID, "typ": "at+jwt"}, SIGNER, ("proof_invalid", "not_reached")),
    ({"kid": KEY_ID, "crit": ["exp"]}, SIGNER, ("proof_invalid", "not_reached")),
    ({"kid": KEY_ID, "b64": False, "crit": ["b64"]}, SIGNER, ("proof_invalid", "not_reached")),
    ({"kid": KEY_ID, "jku": "https://evil.example/"}, SIGNER, ("proof_invalid", "not_reached")),
    ({"kid": KEY_ID, "x5c": ["MIIB"]}, SIGNER, ("proof_invalid", "not_reached")),
    ({"jwk": {**KEY.jwk, "d": "AA"}}, SIGNER, ("proof_invalid", "not_reached")),
    ({"jwk": {**KEY.jwk, "use": "enc"}}, SIGNER, ("proof_invalid", "not_reached")),
    ({"jwk": {"kty": "RSA", "n": "AQ", "e": "AQAB"}}, SIGNER, ("proof_invalid", "not_reached")),
]


@pytest.mark.parametrize(("header", "signer", "expected"), ATTACKS)
def test_a_jwt_with_a_trick_in_its_header_is_not_verified(
    header: dict[str, Any],
    signer: Ed25519Signer,
    expected: tuple[str, str],
) -> None:
    report = judge(token(header, signer=signer))
    assert (codes(report)["proof"], codes(report)["issuer_key"]) == expected
    assert not report.verified


def test_a_jwt_whose_claims_disagree_says_which() -> None:
    claims = {**badge(), "iss": "did:web:evil.example"}
    assert found(token({"kid": KEY_ID}, claims)) == ("jwt_iss_differs", "not_reached")


def test_a_credential_of_data_model_2_is_not_hidden_in_a_claim() -> None:
    assert found(token({"kid": KEY_ID}, {"iss": DID, "vc": badge()}))[0] == "jwt_vc_claim"


def test_a_jwt_made_here_for_another_purpose_is_no_credential() -> None:
    other = vc_jwt.create(badge(), SIGNER, KEY_ID)
    header, payload, signature = other.split(".")
    assert found(f"{header}.{payload}.{signature[::-1]}")[0] in ("proof_invalid", "key_not_found")
