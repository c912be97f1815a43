import json
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

from app.errors import (
    InvalidPayloadError,
    InvalidSignatureError,
    UnreadableCredentialError,
    UnsignableDocumentError,
)
from app.signing import dids, jws, vc_jwt
from app.signing.keys import Signer
from tests.signing.badges import DID, NOW, SIGNER, STRANGER, Document, badge, badge_1
from tests.signing.others import OTHER_SIGNERS

KEY = SIGNER.public_key
KEY_ID = dids.jwk_key_id(DID, KEY)
CLAIMS = {
    "iss": DID,
    "jti": badge()["id"],
    "sub": badge()["credentialSubject"]["id"],
    "nbf": 1457092800,
    "exp": 1583323200,
}

SECOND = int(NOW.timestamp())


def token(claims: object = None, header: dict[str, Any] | None = None) -> str:
    """Sign whatever is handed in, so that only the claims or the header can be at fault."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims or {**badge(), **CLAIMS}).encode()
    return jws.encode({"kid": KEY_ID, **(header or {})}, payload, SIGNER)


def test_the_claims_repeat_the_credential() -> None:
    parts = jws.peek(vc_jwt.create(badge(), SIGNER, KEY_ID))
    assert parts.header == {"typ": "JWT", "alg": "EdDSA", "kid": KEY_ID}
    assert json.loads(parts.payload) == {**badge(), **CLAIMS}


def test_what_is_created_checks_out_and_gives_the_credential_back() -> None:
    assert vc_jwt.check(vc_jwt.create(badge(), SIGNER, KEY_ID), KEY, NOW) == badge()


def test_a_credential_without_an_end_has_no_exp() -> None:
    document = badge(issuer=DID)
    del document["validUntil"]
    created = vc_jwt.create(document, SIGNER, KEY_ID)
    assert "exp" not in json.loads(jws.peek(created).payload)
    assert vc_jwt.check(created, KEY, NOW) == document


def test_pyjwt_and_joserfc_verify_the_token_and_see_the_same_claims() -> None:
    created = vc_jwt.create(badge(), SIGNER, KEY_ID)
    options: Any = {"verify_exp": False}
    assert pyjwt.decode(created, pyjwt.PyJWK(KEY.jwk), algorithms=["EdDSA"], options=options) == {
        **badge(),
        **CLAIMS,
    }
    with pytest.warns(SecurityWarning, match="RFC 9864"):
        decoded = joserfc_jwt.decode(created, OKPKey.import_key({**KEY.jwk}), ["EdDSA"])
    assert decoded.claims == {**badge(), **CLAIMS}


@pytest.mark.parametrize("typ", ["JWT", "vc+jwt", "vc+ld+jwt"])
def test_the_types_of_other_writers_are_read(typ: str) -> None:
    assert vc_jwt.check(token(header={"typ": typ}), KEY, NOW) == badge()


@pytest.mark.parametrize("typ", ["jwt", "at+jwt", "vp+jwt", "logout+jwt", "", 7, None])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    raw = json.dumps({"alg": "EdDSA", "kid": KEY_ID, "typ": typ}).encode()
    with pytest.raises(InvalidSignatureError, match="typ"):
        vc_jwt.check(hand_made(raw, json.dumps({**badge(), **CLAIMS}).encode()), KEY, NOW)


def hand_made(header: bytes, payload: bytes) -> str:
    def part(data: bytes) -> str:
        return pyjwt.utils.base64url_encode(data).decode()

    signing_input = f"{part(header)}.{part(payload)}"
    return f"{signing_input}.{part(SIGNER.sign(signing_input.encode()))}"


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        vc_jwt.check(vc_jwt.create(badge(), STRANGER, KEY_ID), KEY, NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": "did:web:evil.example"}, "jwt_iss_differs"),
        ({"iss": ["did:web:evil.example"]}, "jwt_iss_differs"),
        ({"iss": None}, "jwt_iss_differs"),
        ({"issuer": {"id": "did:web:evil.example"}}, "jwt_iss_differs"),
        ({"issuer": {"name": "Acme"}}, "jwt_iss_differs"),
        ({"issuer": "did:web:evil.example"}, "jwt_iss_differs"),
        ({"issuer": None}, "jwt_iss_differs"),
        ({"jti": "urn:x:y"}, "jwt_jti_differs"),
        ({"id": "urn:x:y"}, "jwt_jti_differs"),
        ({"sub": "urn:x:y"}, "jwt_sub_differs"),
        ({"credentialSubject": {"id": "urn:x:y"}}, "jwt_sub_differs"),
        ({"credentialSubject": [{"id": CLAIMS["sub"]}]}, "jwt_sub_differs"),
        ({"nbf": 1457092801}, "jwt_nbf_differs"),
        ({"nbf": "1457092800"}, "jwt_nbf_differs"),
        ({"nbf": True}, "jwt_nbf_differs"),
        ({"nbf": 1e300}, "jwt_nbf_differs"),
        ({"validFrom": "2016-03-04T12:00:01Z"}, "jwt_nbf_differs"),
        ({"validFrom": None}, "jwt_nbf_differs"),
        ({"exp": 1583323201}, "jwt_exp_differs"),
        ({"validUntil": "2030-03-04T12:00:00Z"}, "jwt_exp_differs"),
        ({"validUntil": 7}, "jwt_exp_differs"),
        ({"vc": {"id": "urn:x:y"}}, "jwt_vc_claim"),
    ],
)
def test_a_claim_that_disagrees_with_the_credential_is_named(change: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        vc_jwt.check(token({**badge(), **CLAIMS, **change}), KEY, NOW)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_an_end_that_only_the_claim_knows_is_a_disagreement() -> None:
    document = badge()
    del document["validUntil"]
    with pytest.raises(InvalidPayloadError) as caught:
        vc_jwt.check(token({**document, **CLAIMS}), KEY, NOW)
    assert [fault.pointer for fault in caught.value.faults] == ["/exp"]


def test_claims_that_are_absent_disagree_with_nothing() -> None:
    assert vc_jwt.check(token(badge()), KEY, NOW) == badge()


def test_a_fraction_of_a_second_is_within_the_same_second() -> None:
    document = badge(validFrom="2016-03-04T12:00:00.750Z")
    assert vc_jwt.check(token({**document, **CLAIMS, "nbf": 1457092800.75}), KEY, NOW) == document


@pytest.mark.parametrize("payload", [b"[]", b'"x"', b"{", b'{"a":1,"a":2}', b'{"exp":NaN}', b"\xff"])
def test_claims_that_are_no_plain_json_object_are_refused(payload: bytes) -> None:
    with pytest.raises(UnreadableCredentialError):
        vc_jwt.check(token(payload), KEY, NOW)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"issuer": {"name": "Acme"}}, "iss"),
        ({"id": None}, "jti"),
        ({"credentialSubject": {"type": ["AchievementSubject"]}}, "sub"),
        ({"validFrom": ...}, "nbf"),
        ({"validFrom": "soon"}, "soon"),
    ],
)
def test_a_document_that_cannot_fill_the_claims_is_not_signed(change: Document, missing: str) -> None:
    document = {name: value for name, value in {**badge(), **change}.items() if value is not ...}
    with pytest.raises(UnsignableDocumentError, match=missing):
        vc_jwt.create(document, SIGNER, KEY_ID)


# The form of VC-JOSE-COSE ---------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [{"typ": "vc+jwt"}, {"typ": "vc+jwt", "cty": "vc"}])
def test_a_token_of_vc_jose_cose_needs_no_registered_claims(header: dict[str, Any]) -> None:
    assert vc_jwt.check(token(badge(), header), KEY, NOW) == badge()


@pytest.mark.parametrize(
    "header",
    [{"cty": "vc"}, {"typ": "JWT", "cty": "vc"}, {"typ": "vc+jwt", "cty": "vp"}, {"typ": "vc+jwt", "x": 1}],
)
def test_a_content_type_stands_only_beside_its_type(header: dict[str, Any]) -> None:
    raw = json.dumps({"alg": "EdDSA", "kid": KEY_ID, **header}).encode()
    with pytest.raises(InvalidSignatureError, match="not allowed"):
        vc_jwt.check(hand_made(raw, json.dumps(badge()).encode()), KEY, NOW)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"exp": SECOND + 1, "nbf": SECOND}, []),
        ({"exp": SECOND}, ["proof_expired"]),
        ({"nbf": SECOND + 1}, ["proof_not_yet_valid"]),
        ({"nbf": SECOND + 1, "validFrom": "2016-06-01T12:00:01Z"}, []),
        ({"exp": "never"}, ["jwt_exp_differs"]),
        ({"nbf": True}, ["jwt_nbf_differs"]),
        ({"iss": "did:web:evil.example", "exp": 0}, ["jwt_iss_differs", "proof_expired"]),
        ({"vc": badge_1()}, ["jwt_vc_claim"]),
    ],
)
def test_in_vc_jose_cose_the_dates_of_the_claims_are_the_signatures_own(
    change: dict[str, Any], codes: list[str]
) -> None:
    signed_one = token({**badge(), **change}, {"typ": "vc+jwt"})
    if not codes:
        assert vc_jwt.check(signed_one, KEY, NOW)["id"] == badge()["id"]
        return
    with pytest.raises(InvalidPayloadError) as caught:
        vc_jwt.check(signed_one, KEY, NOW)
    assert [fault.code for fault in caught.value.faults] == codes


# Data model 1.1 -------------------------------------------------------------------------------------------

CLAIMS_1 = {"iss": DID, "jti": badge()["id"], "sub": CLAIMS["sub"], "nbf": 1457092800, "exp": 1583323200}


def test_a_credential_of_data_model_1_lies_in_its_claim() -> None:
    assert vc_jwt.check(token({**CLAIMS_1, "vc": badge_1()}), KEY, NOW) == badge_1()


def test_what_data_model_1_leaves_to_the_claims_is_filled_in() -> None:
    inner = badge_1()
    for member in ("issuer", "id", "issuanceDate", "expirationDate"):
        del inner[member]
    del inner["credentialSubject"]["id"]
    filled = vc_jwt.check(token({**CLAIMS_1, "vc": inner}), KEY, NOW)
    assert filled == {**badge_1(), "issuer": DID}


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({**CLAIMS_1, "iss": "did:web:evil.example"}, "jwt_iss_differs"),
        ({**CLAIMS_1, "jti": "urn:x:y"}, "jwt_jti_differs"),
        ({**CLAIMS_1, "sub": "urn:x:y"}, "jwt_sub_differs"),
        ({**CLAIMS_1, "nbf": 1457092801}, "jwt_nbf_differs"),
        ({**CLAIMS_1, "exp": 1e300}, "jwt_exp_differs"),
    ],
)
def test_a_claim_that_disagrees_with_data_model_1_is_named(claims: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        vc_jwt.check(token({**claims, "vc": badge_1()}), KEY, NOW)
    assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"vc": badge()}, "jwt_vc_claim"),
        ({"vc": {**badge_1(), "@context": None}}, "jwt_vc_claim"),
        ({"vc": 7}, "jwt_vc_claim"),
        ({**badge_1(), "vc": badge_1()}, "jwt_vc_claim"),
        (badge_1(), "jwt_vc_claim_missing"),
        ({**badge_1(), "@context": badge_1()["@context"][0]}, "jwt_vc_claim_missing"),
    ],
)
def test_the_version_of_the_data_model_decides_the_place_of_the_credential(
    payload: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        vc_jwt.check(token(payload), KEY, NOW)
    assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize("date", ["soon", True, 1e300, None])
def test_a_claim_that_is_no_date_fills_nothing_in(date: object) -> None:
    assert "issuanceDate" not in vc_jwt.credential_of({"nbf": date, "vc": {"id": "urn:x:y"}})


def test_claims_of_another_shape_are_left_as_they_are() -> None:
    assert vc_jwt.credential_of({"iss": "x", "vc": 7}) == {"vc": 7}
    assert vc_jwt.credential_of({"@context": [], "vc": {"id": "y"}}) == {"@context": [], "vc": {"id": "y"}}
    assert vc_jwt.credential_of({"sub": "x", "vc": {"credentialSubject": []}}) == {"credentialSubject": []}


@pytest.mark.parametrize("signer", [SIGNER, *OTHER_SIGNERS], ids=lambda signer: signer.algorithm)
def test_both_forms_are_made_with_every_algorithm(signer: Signer) -> None:
    badges_form = vc_jwt.create(badge(), signer, KEY_ID)
    jose_form = vc_jwt.create_jose(badge(), signer, KEY_ID)
    assert jws.peek(badges_form).header == {"kid": KEY_ID, "typ": "JWT", "alg": signer.algorithm}
    jose_header = {"kid": KEY_ID, "typ": "vc+jwt", "cty": "vc", "alg": signer.algorithm}
    assert jws.peek(jose_form).header == jose_header
    assert json.loads(jws.peek(jose_form).payload) == badge()
    for token in (badges_form, jose_form):
        assert vc_jwt.check(token, signer.public_key, NOW) == badge()


def test_an_envelope_names_the_media_type_of_what_it_holds() -> None:
    assert vc_jwt.envelop("a.b.c") == {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": "data:application/vc+jwt,a.b.c",
        "type": "EnvelopedVerifiableCredential",
    }


def test_a_claim_vc_holds_a_credential_of_data_model_2_only_where_that_is_left_open() -> None:
    inner = {name: value for name, value in badge().items() if name not in ("issuer", "validFrom")}
    claims = {"iss": DID, "nbf": 1457092800, "vc": {**inner, "issuer": DID}}
    token = jws.encode({"kid": KEY_ID, "typ": "JWT"}, json.dumps(claims).encode(), SIGNER)
    credential = vc_jwt.check(token, SIGNER.public_key, NOW, legacy=True)
    assert (credential["issuer"], credential["validFrom"]) == (DID, "2016-03-04T12:00:00Z")
    with pytest.raises(InvalidPayloadError) as caught:
        vc_jwt.check(token, SIGNER.public_key, NOW)
    assert [fault.code for fault in caught.value.faults] == ["jwt_vc_claim"]
    typed = jws.encode({"kid": KEY_ID, "typ": "vc+jwt"}, json.dumps(claims).encode(), SIGNER)
    with pytest.raises(InvalidPayloadError):
        vc_jwt.check(typed, SIGNER.public_key, NOW, legacy=True)
