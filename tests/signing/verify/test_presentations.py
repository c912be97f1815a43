"""Presentations: embedded and enveloped, empty and full, asked for and replayed."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import MalformedBodyError, UnreadableCredentialError
from app.signing import dids, issue, jws, vc_jwt, vp_jwt
from app.signing.data_integrity import ProofOptions
from app.signing.keys import CurveKey, Ed25519Signer, Signer
from app.signing.verify import (
    Asked,
    Gathered,
    PresentationReport,
    Unavailable,
    presentation_needs,
    read_presentation,
    verify_presentation,
)
from tests.signing.badges import CREATED, DID, DOCUMENTS, LIST_URL, NOW, SIGNER, STRANGER, Document, badge
from tests.signing.badges import profile as profile_of
from tests.signing.others import P256, P384

VECTOR = Path(__file__).parents[2] / "vectors/vc-data-model-2.0/presentation.jwt"
HOLDER = STRANGER
HOLDER_DID = dids.did_key(HOLDER.public_key)
CHALLENGE, DOMAIN = "uo7SDCVCLtzuV3JCqv8ZLQ", "wallet.example"
V2 = "https://www.w3.org/ns/credentials/v2"


def method_of(signer: Signer) -> str:
    key = signer.public_key
    assert isinstance(key, CurveKey)
    return dids.multikey_id(dids.did_key(key), key)


def credential(signer: Signer = SIGNER, suite: str = "eddsa-rdfc-2022", **changes: object) -> Document:
    """Return a badge by the did:key of `signer`, with a proof and without a status."""
    issuer = {"id": method_of(signer).partition("#")[0], "type": ["Profile"], "name": "Acme"}
    document = badge(issuer=issuer, **changes)
    del document["credentialStatus"]
    return issue.secure(document, signer, suite, ProofOptions(method_of(signer), CREATED))


def presentation(*credentials: object, **changes: object) -> Document:
    document: Document = {"@context": [V2], "type": ["VerifiablePresentation"], "holder": HOLDER_DID}
    if credentials:
        document["verifiableCredential"] = list(credentials)
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def shown(
    document: Document, signer: Signer = HOLDER, suite: str = "eddsa-rdfc-2022", **more: object
) -> Document:
    """Return `document` signed by the holder for who asked."""
    named: dict[str, Any] = {"purpose": "authentication", "challenge": CHALLENGE, "domain": DOMAIN, **more}
    return issue.secure(document, signer, suite, ProofOptions(method_of(signer), CREATED, **named))


def look(value: object, asked: Asked | None = None, **changes: Any) -> PresentationReport:  # noqa: ANN401 (any JSON)
    gathered = Gathered(NOW, changes.get("documents", {}), {}, frozenset(), None)
    return verify_presentation(read_presentation(value), gathered, asked or Asked(CHALLENGE, DOMAIN))


def codes(report: PresentationReport) -> dict[str, str]:
    return {check.id: check.code for check in report.checks}


def test_a_presentation_of_several_credentials_is_verified() -> None:
    document = presentation(credential(), credential(P256, "ecdsa-rdfc-2019"))
    report = look(shown(document))
    assert report.verified
    assert codes(report) == {
        "parse": "parsed",
        "conformance": "conforms",
        "proof": "proof_valid",
        "holder_key": "key_bound",
        "challenge": "challenge_matches",
        "credentials": "credentials_verified",
    }
    assert [check.number for check in report.checks] == [1, 2, 3, 4, 5, 6]
    assert [each.verdict for each in report.credentials] == ["verified", "verified"]
    assert (report.holder, report.form) == (HOLDER_DID, "data_integrity")


@pytest.mark.parametrize(
    ("suite", "signer"),
    [("eddsa-jcs-2022", HOLDER), ("ecdsa-rdfc-2019", P256), ("ecdsa-jcs-2019", P384)],
)
def test_a_holder_may_sign_with_every_cryptosuite(suite: str, signer: Signer) -> None:
    document = presentation(credential(), holder=method_of(signer).partition("#")[0])
    assert look(shown(document, signer, suite)).verified


@pytest.mark.parametrize("holder", [None, HOLDER_DID, {"id": HOLDER_DID}])
def test_a_presentation_without_credentials_and_without_holder_is_verified(holder: object) -> None:
    report = look(shown(presentation(holder=holder)))
    assert report.verified
    assert codes(report)["credentials"] == "no_credentials"


def test_a_presentation_of_data_model_1_is_verified() -> None:
    document = presentation(**{"@context": ["https://www.w3.org/2018/credentials/v1"]})
    secured = shown(document)
    assert secured["@context"][1] == "https://w3id.org/security/data-integrity/v2"
    assert look(secured).verified


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked("another", DOMAIN), "challenge_differs"),
        (Asked(CHALLENGE, "other.example"), "domain_differs"),
        (Asked(CHALLENGE, None), "challenge_matches"),
        (Asked(None, DOMAIN), "challenge_matches"),
        (Asked(), "challenge_not_asked"),
    ],
)
@pytest.mark.parametrize("form", ["data_integrity", "vp_jwt"])
def test_what_was_asked_for_must_have_been_signed(asked: Asked, code: str, form: str) -> None:
    token = vp_jwt.create(presentation(), HOLDER, method_of(HOLDER), challenge=CHALLENGE, domain=DOMAIN)
    report = look(shown(presentation()) if form == "data_integrity" else token, asked)
    assert (codes(report)["challenge"], report.form) == (code, form)
    assert report.verified == (code in ("challenge_matches", "challenge_not_asked"))


@pytest.mark.parametrize(
    ("member", "code"), [("challenge", "challenge_differs"), ("domain", "domain_differs")]
)
def test_what_was_asked_for_and_is_missing_fails(member: str, code: str) -> None:
    assert (
        codes(look(shown(presentation(), HOLDER, "eddsa-rdfc-2022", **{member: None})))["challenge"] == code
    )
    token = vp_jwt.create(
        presentation(), HOLDER, method_of(HOLDER), **{"challenge": CHALLENGE, "domain": DOMAIN, member: None}
    )
    assert codes(look(token))["challenge"] == code


def test_every_proof_of_a_set_answers_what_was_asked_for() -> None:
    both = shown(shown(presentation()), challenge="another")
    assert codes(look(both))["challenge"] == "challenge_differs"
    assert look(shown(shown(presentation()))).verified


def test_a_proof_that_asserts_is_none_of_a_holder() -> None:
    report = look(shown(presentation(), purpose="assertionMethod"))
    assert codes(report)["proof"] == "proof_invalid"
    assert codes(report)["holder_key"] == codes(report)["challenge"] == "not_reached"


def test_a_credential_is_not_signed_for_authentication() -> None:
    signed = credential()
    del signed["proof"]
    wrong = issue.secure(
        signed, SIGNER, "eddsa-rdfc-2022", ProofOptions(method_of(SIGNER), CREATED, "authentication")
    )
    report = look(shown(presentation(wrong)))
    assert codes(report)["credentials"] == "credential_not_verified"
    assert not report.verified


@pytest.mark.parametrize(
    ("holder", "code"),
    [
        (dids.did_key(SIGNER.public_key), "key_not_bound"),
        ("urn:uuid:2e0a2f52-6f2c-4d6c-9a9e-1f6f4dd9a0c1", "key_not_bound"),
        ("did:web:holder.example", "key_unresolved"),
    ],
)
def test_a_key_that_is_not_the_holders_is_told(holder: str, code: str) -> None:
    assert codes(look(shown(presentation(holder=holder))))["holder_key"] == code


def test_an_issuers_key_for_assertions_authenticates_nobody() -> None:
    document = presentation(holder=DID)
    options = ProofOptions(dids.multikey_id(DID, SIGNER.public_key), CREATED, "authentication")
    signed = issue.secure(document, SIGNER, "eddsa-rdfc-2022", options)
    report = look(signed, Asked(), documents=DOCUMENTS)
    assert (codes(report)["proof"], codes(report)["holder_key"]) == ("proof_valid", "key_not_bound")
    document = dids.did_document(DID, [SIGNER.public_key])
    allowed = {**document, "authentication": document["assertionMethod"]}
    assert look(signed, Asked(), documents={DID: allowed}).verified


@pytest.mark.parametrize(
    "change",
    [
        {"@context": ["https://example.com"]},
        {"@context": []},
        {"@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", V2]},
        {"type": ["VerifiableCredential"]},
        {"type": None},
        {"holder": "me"},
        {"undefinedTerm": "x"},
    ],
)
def test_a_presentation_that_breaks_a_rule_is_not_verified(change: Document) -> None:
    report = look({**shown(presentation()), **change})
    assert report.checks[1].outcome == "fail"
    assert not report.verified


@pytest.mark.parametrize("proof", [None, [], {}, "proof", 7])
def test_a_presentation_without_a_proof_is_not_verified(proof: object) -> None:
    assert not look({**presentation(), "proof": proof}).verified
    assert codes(look(presentation()))["proof"] == "proof_missing"


def test_a_changed_presentation_is_not_verified() -> None:
    signed = shown(presentation(credential()))
    other = {**signed, "verifiableCredential": [credential(name="Another")]}
    assert codes(look(other))["proof"] == "proof_invalid"
    assert codes(look({**signed, "holder": dids.did_key(SIGNER.public_key)}))["proof"] == "proof_invalid"


def test_a_credential_that_cannot_be_decided_leaves_the_presentation_open() -> None:
    document = badge()
    del document["credentialStatus"]
    signed = issue.sign(issue.prepare(document), SIGNER, profile_of())
    report = look(shown(presentation(json.loads(signed.document))))
    assert (codes(report)["credentials"], report.verdict) == ("credential_undecided", "undetermined")
    assert report.checks[5].detail.endswith("number 1.")
    assert look(shown(presentation(json.loads(signed.document))), documents=DOCUMENTS).verified


def test_a_presentation_as_jwt_shows_enveloped_credentials() -> None:
    bare = {name: value for name, value in credential(P384, "ecdsa-rdfc-2019").items() if name != "proof"}
    inner = [
        vc_jwt.envelop(vc_jwt.create_jose(bare, P384, method_of(P384))),
        vc_jwt.envelop(vc_jwt.create(bare, P384, method_of(P384))),
    ]
    token = vp_jwt.create(presentation(*inner), HOLDER, method_of(HOLDER), challenge=CHALLENGE, domain=DOMAIN)
    assert jws.peek(token).header == {
        "kid": method_of(HOLDER),
        "typ": "vp+jwt",
        "cty": "vp",
        "alg": "EdDSA",
    }
    for value in (token, vp_jwt.envelop(token)):
        report = look(value)
        assert report.verified, report
        assert [each.form for each in report.credentials] == ["vc_jwt", "vc_jwt"]
    changed = token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]
    assert codes(look(changed))["proof"] == "proof_invalid"


def test_the_enveloped_presentation_of_the_standards_suite_is_verified() -> None:
    """It nests a claim `vp` and within it a claim `vc`, which only the media type `application/jwt` may."""
    token = VECTOR.read_text().strip()
    value = {
        "@context": [V2],
        "id": f"data:application/jwt,{token}",
        "type": "EnvelopedVerifiablePresentation",
    }
    report = look(value, Asked("123456789", "example.com"))
    assert report.verified, report
    assert report.credentials[0].credential is not None
    assert report.credentials[0].credential["credentialSubject"]["name"] == "Alice"
    for other in ({**value, "id": f"data:application/vp+jwt,{token}"}, token):
        assert codes(look(other, Asked()))["proof"] == "jwt_vp_claim"


def legacy(claims: Document, header: Document | None = None, signer: Ed25519Signer = HOLDER) -> str:
    members = {"kid": method_of(signer), **(header or {})}
    return jws.encode(members, json.dumps(claims).encode(), signer)


def test_a_presentation_of_data_model_1_as_jwt_shows_jwts() -> None:
    version_1 = "https://www.w3.org/2018/credentials/v1"
    inner = {
        "@context": [version_1],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:example:123"},
    }
    did = dids.did_key(SIGNER.public_key)
    token = legacy({"iss": did, "nbf": 1457000000, "vc": inner}, {"typ": "JWT"}, SIGNER)
    vp = {"@context": [version_1], "type": ["VerifiablePresentation"], "verifiableCredential": [token]}
    report = look(legacy({"iss": HOLDER_DID, "nonce": CHALLENGE, "aud": [DOMAIN], "vp": vp}))
    assert report.verified, report
    assert report.holder == HOLDER_DID
    nameless = look(legacy({"nonce": CHALLENGE, "aud": [DOMAIN], "vp": vp}))
    assert (nameless.holder, nameless.verified) == (None, True)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "did:example:other"}, "jwt_iss_differs"),
        ({"jti": "urn:uuid:other"}, "jwt_jti_differs"),
        ({"exp": 1457000000}, "proof_expired"),
        ({"nbf": 1957000000}, "proof_not_yet_valid"),
        ({"exp": "soon"}, "jwt_exp_differs"),
        ({"vp": {}}, "jwt_vp_claim"),
    ],
)
def test_claims_that_disagree_with_the_presentation_are_refused(claims: Document, code: str) -> None:
    document = {**presentation(id="urn:uuid:1"), "nonce": CHALLENGE, "aud": DOMAIN}
    agreeing = {"iss": HOLDER_DID, "jti": "urn:uuid:1", "exp": 1957000000, "nbf": 1457000000}
    header = {"typ": "vp+jwt"}
    assert look(legacy({**document, **agreeing}, header)).verified
    assert codes(look(legacy({**document, **agreeing, **claims}, header)))["proof"] == code


@pytest.mark.parametrize("header", [{"typ": "vc+jwt"}, {"typ": "vp+jwt", "cty": "vc"}, {"typ": 7}])
def test_a_jwt_of_another_kind_is_no_presentation(header: Document) -> None:
    assert codes(look(legacy(presentation(), header), Asked()))["proof"] == "proof_invalid"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        7,
        "text",
        {"@context": [V2], "type": "EnvelopedVerifiablePresentation", "id": "eyJ.e.e"},
        {"@context": [], "type": "EnvelopedVerifiablePresentation", "id": "data:application/jwt,a.b.c"},
        {"@context": V2, "type": "EnvelopedVerifiablePresentation", "id": "data:application/vc+jwt,a.b.c"},
        {**presentation(), "verifiableCredential": [7]},
        {**presentation(), "verifiableCredential": ["text"]},
        {**presentation(), "verifiableCredential": [{}] * 17},
    ],
)
def test_what_holds_no_presentation_is_refused(value: object) -> None:
    with pytest.raises((UnreadableCredentialError, MalformedBodyError)):
        read_presentation(value)


def test_a_presentation_is_no_credential() -> None:
    report = look(shown(presentation(shown(presentation()))))
    assert codes(report)["credentials"] == "credential_not_verified"
    assert report.credentials[0].checks[1].code == "not_conformant"


def test_what_has_to_be_gathered_is_named_once() -> None:
    signed = json.loads(issue.sign(issue.prepare(badge()), SIGNER, profile_of()).document)
    wanted = presentation_needs(read_presentation(shown(presentation(signed, signed))))
    assert wanted.issuer_id == HOLDER_DID
    assert wanted.verification_method_ids == (method_of(HOLDER), profile_of().verification_method)
    assert wanted.status_list_urls == (LIST_URL,)
    assert wanted.endorser_ids == (DID,)
    token = vp_jwt.create(presentation(), HOLDER, method_of(HOLDER))
    assert presentation_needs(read_presentation(token)).verification_method_ids == (method_of(HOLDER),)
    nameless = presentation_needs(read_presentation({**presentation(), "proof": [{}, 7]}))
    assert nameless.verification_method_ids == ()


def test_a_holder_whose_document_is_not_available_says_why() -> None:
    signed = shown(presentation(holder="did:web:holder.example"))
    report = look(signed, documents={"did:web:holder.example": Unavailable("It answers 404.")})
    assert "404" in report.checks[3].detail
