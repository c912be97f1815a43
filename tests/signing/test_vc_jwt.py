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
from tests.signing.badges import DID, SIGNER, STRANGER, Document, badge

KEY = SIGNER.public_key
KEY_ID = dids.jwk_key_id(DID, KEY)
CLAIMS = {
    "iss": DID,
    "jti": badge()["id"],
    "sub": badge()["credentialSubject"]["id"],
    "nbf": 1457092800,
    "exp": 1583323200,
}


def token(claims: object = None, header: dict[str, Any] | None = None) -> str:
    """Sign whatever is handed in, so that only the claims or the header can be at fault."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims or {**badge(), **CLAIMS}).encode()
    return jws.encode({"kid": KEY_ID, **(header or {})}, payload, SIGNER)


def test_the_claims_repeat_the_credential() -> None:
    parts = jws.peek(vc_jwt.create(badge(), SIGNER, KEY_ID))
    assert parts.header == {"typ": "JWT", "alg": "EdDSA", "kid": KEY_ID}
    assert json.loads(parts.payload) == {**badge(), **CLAIMS}


def test_what_is_created_checks_out_and_gives_the_credential_back() -> None:
    assert vc_jwt.check(vc_jwt.create(badge(), SIGNER, KEY_ID), KEY) == badge()


def test_a_credential_without_an_end_has_no_exp() -> None:
    document = badge(issuer=DID)
    del document["validUntil"]
    created = vc_jwt.create(document, SIGNER, KEY_ID)
    assert "exp" not in json.loads(jws.peek(created).payload)
    assert vc_jwt.check(created, KEY) == document


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
    assert vc_jwt.check(token(header={"typ": typ}), KEY) == badge()


@pytest.mark.parametrize("typ", ["jwt", "at+jwt", "vp+jwt", "logout+jwt", "", 7, None])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    raw = json.dumps({"alg": "EdDSA", "kid": KEY_ID, "typ": typ}).encode()
    with pytest.raises(InvalidSignatureError, match="typ"):
        vc_jwt.check(hand_made(raw, json.dumps({**badge(), **CLAIMS}).encode()), KEY)


def hand_made(header: bytes, payload: bytes) -> str:
    def part(data: bytes) -> str:
        return pyjwt.utils.base64url_encode(data).decode()

    signing_input = f"{part(header)}.{part(payload)}"
    return f"{signing_input}.{part(SIGNER.sign(signing_input.encode()))}"


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        vc_jwt.check(vc_jwt.create(badge(), STRANGER, KEY_ID), KEY)


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
        vc_jwt.check(token({**badge(), **CLAIMS, **change}), KEY)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_an_end_that_only_the_claim_knows_is_a_disagreement() -> None:
    document = badge()
    del document["validUntil"]
    with pytest.raises(InvalidPayloadError) as caught:
        vc_jwt.check(token({**document, **CLAIMS}), KEY)
    assert [fault.pointer for fault in caught.value.faults] == ["/exp"]


def test_claims_that_are_absent_disagree_with_nothing() -> None:
    assert vc_jwt.check(token(badge()), KEY) == badge()


def test_a_fraction_of_a_second_is_within_the_same_second() -> None:
    document = badge(validFrom="2016-03-04T12:00:00.750Z")
    assert vc_jwt.check(token({**document, **CLAIMS, "nbf": 1457092800.75}), KEY) == document


@pytest.mark.parametrize("payload", [b"[]", b'"x"', b"{", b'{"a":1,"a":2}', b'{"exp":NaN}', b"\xff"])
def test_claims_that_are_no_plain_json_object_are_refused(payload: bytes) -> None:
    with pytest.raises(UnreadableCredentialError):
        vc_jwt.check(token(payload), KEY)


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


def test_a_credential_of_data_model_1_lies_in_its_claim() -> None:
    assert vc_jwt.credential_of({"iss": "x", "vc": {"id": "y"}}) == {"id": "y"}
    assert vc_jwt.credential_of({"iss": "x", "vc": 7}) == {"vc": 7}
    assert vc_jwt.credential_of({"@context": [], "vc": {"id": "y"}}) == {"@context": [], "vc": {"id": "y"}}
