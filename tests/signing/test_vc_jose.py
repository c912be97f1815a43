"""Securing with JOSE by a key at hand, held to what W3C's suite for VC-JOSE-COSE asks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidPayloadError, InvalidSignatureError, PassportsError, UnsignableDocumentError
from app.signing import jws
from app.signing.jsonld import interpreting
from app.signing.jsonld.interpreter import interpret
from app.signing.keys import (
    Ed25519Signer,
    P256Signer,
    P384Signer,
    P521Signer,
    Signer,
    open_private_jwk,
    read_jwk,
)
from app.signing.multibase import encode_base64url
from app.signing.vc_jose import Kind, check, secure
from tests.foreign_credentials import V1, V2, Document, credential
from tests.signing.badges import SIGNER
from tests.signing.others import P256, rsa_signer

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
KEY_ID = "https://example.issuer/vc-jose-cose#key-1"
VECTORS = json.loads((Path(__file__).parents[1] / "vectors/vc-jose-cose/tokens.json").read_text())


@pytest.fixture(autouse=True)
def _reads_all_of_json_ld() -> Iterator[None]:
    with interpreting(interpret):
        yield


def alumni(**changes: object) -> Document:
    """Return a credential whose context gives every name a meaning; a change to None takes a member off."""
    document: Document = {
        "@context": [V2, EXAMPLES],
        "id": "http://university.example/credentials/1872",
        "type": ["VerifiableCredential", "ExampleAlumniCredential"],
        "issuer": "https://example.issuer/vc-jose-cose",
        "validFrom": "2010-01-01T19:23:24Z",
        "validUntil": "2011-01-01T19:23:24Z",
        "credentialSchema": {"id": "https://example.org/examples/degree.json", "type": "JsonSchema"},
        "evidence": [{"type": ["DocumentVerification"], "subjectPresence": "Physical"}],
        "credentialSubject": {"id": "did:example:123", "degree": {"type": "BachelorDegree", "name": "Arts"}},
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def shown(*ids: object, **changes: object) -> Document:
    """Return a presentation of envelopes with these ids."""
    return {
        "@context": [V2, EXAMPLES],
        "id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5",
        "type": ["VerifiablePresentation"],
        "holder": "https://example.issuer/vc-jose-cose",
        "verifiableCredential": [
            {"@context": V2, "type": "EnvelopedVerifiableCredential", "id": each} for each in ids
        ],
    } | changes


ENVELOPES = (
    "data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
    "data:application/vc+sd-jwt,eyJhbGciOiJFUzI1NiJ9.e30.c2ln ~WyJK~",
    "data:application/vc+cose;base64,0oRYV6QBOCI\n",
)


@pytest.mark.parametrize("kind", [Ed25519Signer, P256Signer, P384Signer, P521Signer])
def test_credentials_and_presentations_are_signed_on_every_curve(kind: type[Any]) -> None:
    signer: Signer = kind.generate()
    pairs: list[tuple[Document, Kind]] = [(alumni(), "credential"), (shown(*ENVELOPES), "presentation")]
    for document, name in pairs:
        token = secure(document, name, signer, KEY_ID)
        short = {"credential": "vc", "presentation": "vp"}[name]
        header = {"alg": signer.algorithm, "kid": KEY_ID, "typ": f"{short}+jwt", "cty": short}
        assert jws.peek(token).header == header
        assert check(token, name, signer.public_key) == document
        with pytest.raises(InvalidSignatureError):
            check(token, name, kind.generate().public_key)


@pytest.mark.parametrize("vector", VECTORS["tokens"], ids=lambda vector: vector["name"])
def test_tokens_of_the_suite_are_judged_as_it_says(vector: dict[str, str]) -> None:
    key = read_jwk(VECTORS["keys"][vector["key"]])
    kind: Kind = "credential" if vector["feature"] == "credential_jose" else "presentation"
    refused = {
        "credential-jose-vc-vp-claims": {"jwt_vc_claim", "jwt_vp_claim"},
        "presentation-jose-bad-credential": {"credential_not_secured"},
    }.get(vector["name"])
    if refused is None:
        assert check(vector["token"], kind, key)["credentialSubject"]["id"] == "did:example:123"
        return
    with pytest.raises(UnsignableDocumentError) as refusal:
        check(vector["token"], kind, key)
    assert {fault.code for fault in refusal.value.faults} == refused


NOT_SECURED: list[tuple[Kind, Document]] = [
    ("credential", alumni(badExtension={"huh": "what?"}, anotherBadOne={"oh": "no!"})),
    ("credential", alumni(issuer=None)),
    ("credential", alumni(vc={}, vp={})),
    ("credential", credential(SIGNER, V1)),
    ("credential", shown()),
    ("presentation", alumni()),
    ("presentation", shown("not-a-credential")),
    ("presentation", shown("data:text/plain,hello")),
    ("presentation", shown(4)),
    ("presentation", shown(verifiableCredential=[alumni()])),
    ("presentation", shown(verifiableCredential=["eyJhbGciOiJFUzI1NiJ9.e30.c2ln"])),
    ("presentation", shown(unknownMember=1)),
]


@pytest.mark.parametrize(("kind", "document"), NOT_SECURED)
def test_what_is_no_sound_document_is_neither_signed_nor_believed(kind: Kind, document: Document) -> None:
    with pytest.raises(UnsignableDocumentError):
        secure(document, kind, P256, KEY_ID)
    short = {"credential": "vc", "presentation": "vp"}[kind]
    token = jws.encode({"kid": KEY_ID, "typ": f"{short}+jwt"}, json.dumps(document).encode(), P256)
    with pytest.raises(UnsignableDocumentError):
        check(token, kind, P256.public_key)


def test_members_that_a_context_defines_are_no_strangers() -> None:
    inline = {"@protected": True, "Course": {"@id": "urn:x:Course", "@context": {"level": "urn:x:level"}}}
    for contexts in ([V2, inline], [V2, EXAMPLES, inline]):
        types = ["VerifiableCredential", "Course"]
        document = credential(SIGNER, **{"@context": contexts, "type": types, "level": "3"})
        assert (
            check(secure(document, "credential", SIGNER, KEY_ID), "credential", SIGNER.public_key) == document
        )


@pytest.mark.parametrize(
    ("kind", "claims", "code"),
    [
        ("credential", {"iss": "https://example.issuer/vc-jose-cose", "exp": 1_300_000_000}, None),
        ("credential", {"iat": "2010-01-01T19:23:24Z", "nbf": 4_000_000_000}, None),
        ("credential", {"iss": "https://example.org"}, "jwt_iss_differs"),
        ("credential", {"jti": "urn:x:other"}, "jwt_jti_differs"),
        ("presentation", {"exp": 1_734_397_450, "nonce": "1", "aud": "example.com"}, None),
        ("presentation", {"iss": "https://example.org"}, "jwt_iss_differs"),
    ],
)
def test_registered_claims_may_stand_beside_the_document_and_not_against_it(
    kind: Kind, claims: Document, code: str | None
) -> None:
    document = alumni() if kind == "credential" else shown(*ENVELOPES)
    short = {"credential": "vc", "presentation": "vp"}[kind]
    token = jws.encode({"typ": f"{short}+jwt"}, json.dumps(document | claims).encode(), P256)
    if code is None:
        assert check(token, kind, P256.public_key) == document
        return
    with pytest.raises(InvalidPayloadError) as refusal:
        check(token, kind, P256.public_key)
    assert [fault.code for fault in refusal.value.faults] == [code]


def test_an_issuer_that_is_described_is_compared_by_its_id() -> None:
    document = alumni(issuer={"id": "https://example.issuer/vc-jose-cose", "name": "Example"})
    payload = json.dumps(document | {"iss": "https://example.issuer/vc-jose-cose"}).encode()
    token = jws.encode({"typ": "vc+jwt"}, payload, P256)
    assert check(token, "credential", P256.public_key) == document


@pytest.mark.parametrize("kind", ["JWT", "vp+jwt", None])
def test_a_token_of_another_type_is_refused(kind: str | None) -> None:
    token = jws.encode({"typ": kind}, json.dumps(alumni()).encode(), P256)
    with pytest.raises(InvalidSignatureError, match="typ"):
        check(token, "credential", P256.public_key)


def private_jwk(signer: Any, **changes: str) -> Document:  # noqa: ANN401 (any local signer)
    return {**signer.public_key.jwk, "d": encode_base64url(signer.secret)[1:], **changes}


def test_a_private_jwk_opens_the_signer_of_its_curve() -> None:
    for kind in (Ed25519Signer, P256Signer, P384Signer, P521Signer):
        signer = kind.generate()
        opened = open_private_jwk(private_jwk(signer, use="sig"))
        assert (opened.public_key, opened.secret) == (signer.public_key, signer.secret)
    other: list[Document] = [
        private_jwk(P256, d=encode_base64url(P256Signer.generate().secret)[1:]),
        private_jwk(P256, d="AA"),
        private_jwk(P256, use="enc"),
        rsa_signer().public_key.jwk | {"d": "AA"},
        {"kty": "oct", "k": "AA"},
        P256.public_key.jwk,
    ]
    for jwk in other:
        with pytest.raises(PassportsError):
            open_private_jwk(jwk)
