import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.errors import InvalidPayloadError
from app.signing import dids, multibase
from app.signing.keys import CurveKey, Ed25519Signer, PublicKey, RsaSigner
from tests.signing.others import OTHER_SIGNERS, P256, P384

DID = "did:web:badges.example.org:issuers:acme"
ONE = Ed25519Signer.from_seed(b"\x01" * 32).public_key
TWO = Ed25519Signer.from_seed(b"\x02" * 32).public_key
NOW = datetime(2016, 1, 22, tzinfo=UTC)


def method(identifier: str, key: CurveKey = ONE, controller: str = DID) -> dict[str, Any]:
    return {
        "id": identifier,
        "type": "Multikey",
        "controller": controller,
        "publicKeyMultibase": key.multikey,
    }


@pytest.mark.parametrize(
    ("url", "did", "document"),
    [
        ("https://example.org", "did:web:example.org", "https://example.org/.well-known/did.json"),
        ("https://example.org/", "did:web:example.org", "https://example.org/.well-known/did.json"),
        (
            "https://example.org/issuers/k",
            "did:web:example.org:issuers:k",
            "https://example.org/issuers/k/did.json",
        ),
        (
            "https://localhost:8443/issuers/k",
            "did:web:localhost%3A8443:issuers:k",
            "https://localhost:8443/issuers/k/did.json",
        ),
    ],
)
def test_did_web_and_its_document_url(url: str, did: str, document: str) -> None:
    assert dids.did_web(url) == did
    assert dids.did_web_url(did) == document


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/issuers/k",
        "https://example.org/issuers/k?x=1",
        "https://example.org/issuers/k#x",
        "https://user@example.org/issuers/k",
        "https://127.0.0.1/issuers/k",
        "https://[::1]/issuers/k",
        "https://example.org:/issuers/k",
        "https://example.org/issuers/",
        "https://example.org/issuers/../k",
        "https://example.org/a%2Fb",
        "https://exämple.org/k",
        "https://",
        "example.org",
    ],
)
def test_a_url_that_did_web_cannot_name_is_refused(url: str) -> None:
    with pytest.raises(InvalidPayloadError):
        dids.did_web(url)


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:Example.org",
        "did:web:127.0.0.1",
        "did:web:example.org%3a8443",
        "did:web:example.org%3A",
        "did:web:example.org%3A0443",
        "did:web:example.org%3A80%3A80",
        "did:web:a%2F..%2Fb",
        "did:web:example.org:..:k",
        "did:web:example.org::k",
        "did:web:example.org:k#fragment",
        "did:web:example.org:k?query",
        "did:web:example.org:k/path",
        "did:web:example.org:k\n",
        "did:web:-example.org",
    ],
)
def test_a_did_web_with_a_trick_in_it_is_refused(did: str) -> None:
    with pytest.raises(InvalidPayloadError):
        dids.did_web_url(did)


@pytest.mark.parametrize("key", [ONE, P256.public_key, P384.public_key], ids=lambda key: key.jwk["crv"])
def test_a_did_key_resolves_to_itself(key: CurveKey) -> None:
    did = dids.did_key(key)
    document = dids.resolve(did)
    assert document["id"] == did
    assert dids.spells_its_key(did)
    assert dids.assertion_keys(document) == {f"{did}#{key.multikey}": key}


def did_jwk(jwk: object) -> str:
    return "did:jwk:" + multibase.encode_base64url(json.dumps(jwk).encode())[1:]


@pytest.mark.parametrize(
    "key", [ONE, *(signer.public_key for signer in OTHER_SIGNERS)], ids=lambda key: type(key).__name__
)
def test_a_did_jwk_resolves_to_its_only_key(key: PublicKey) -> None:
    did = did_jwk({**key.jwk, "use": "sig"})
    assert dids.spells_its_key(did)
    assert dids.assertion_keys(dids.resolve(did)) == {f"{did}#0": key}


@pytest.mark.parametrize(
    "did",
    [
        "did:web:example.org",
        "did:key:",
        "did:key:z6Mk",
        "did:key:zDnaeXYZ",
        "did:jwk:",
        "did:jwk:e30",
        "did:jwk:e30=",
        "did:jwk:eyJh",
        did_jwk([]),
        did_jwk({**ONE.jwk, "use": "enc"}),
        did_jwk({**ONE.jwk, "d": ONE.jwk["x"]}),
        "did:jwk:" + multibase.encode_base64url(b'{"kty":"OKP","kty":"EC"}')[1:],
    ],
)
def test_a_did_that_spells_no_usable_key_does_not_resolve(did: str) -> None:
    with pytest.raises(InvalidPayloadError):
        dids.resolve(did)


def test_a_did_web_does_not_spell_its_key() -> None:
    assert not dids.spells_its_key(DID)
    with pytest.raises(InvalidPayloadError, match="not a did:jwk"):
        dids.resolve_did_jwk(DID)


def test_a_document_publishes_every_key_in_both_forms() -> None:
    document = dids.did_document(DID, [ONE, TWO])
    assert dids.assertion_keys(document) == {
        dids.multikey_id(DID, ONE): ONE,
        dids.jwk_key_id(DID, ONE): ONE,
        dids.multikey_id(DID, TWO): TWO,
        dids.jwk_key_id(DID, TWO): TWO,
    }
    assert dids.published_keys(document) == dids.assertion_keys(document)
    assert [entry["type"] for entry in document["verificationMethod"]] == ["Multikey", "JsonWebKey"] * 2
    assert "d" not in document["verificationMethod"][1]["publicKeyJwk"]


def test_a_did_key_has_one_method_for_both_proof_formats() -> None:
    did = dids.did_key(ONE)
    assert dids.jwk_key_id(did, ONE) == dids.multikey_id(did, ONE) == f"{did}#{ONE.multikey}"


def test_a_key_that_is_published_for_something_else_makes_no_assertions() -> None:
    document = {"id": DID, "verificationMethod": [method(f"{DID}#a")], "authentication": [f"{DID}#a"]}
    assert dids.published_keys(document) == {f"{DID}#a": ONE}
    assert dids.assertion_keys(document) == {}


def test_a_method_of_another_controller_makes_no_assertions_here() -> None:
    foreign = method(f"{DID}#a", controller="did:web:evil.example")
    assert (
        dids.assertion_keys({"id": DID, "verificationMethod": [foreign], "assertionMethod": [f"{DID}#a"]})
        == {}
    )


def test_relative_ids_and_embedded_methods_are_understood() -> None:
    document = {
        "id": DID,
        "verificationMethod": method("#a"),
        "assertionMethod": ["#a", method(f"{DID}#b", TWO), 7],
    }
    assert dids.assertion_keys(document) == {f"{DID}#a": ONE, f"{DID}#b": TWO}


def test_an_id_that_stands_for_two_keys_stands_for_none() -> None:
    document = {
        "id": DID,
        "verificationMethod": [method(f"{DID}#a", ONE), method(f"{DID}#a", TWO), method(f"{DID}#b")],
        "assertionMethod": [f"{DID}#a"],
    }
    assert dids.published_keys(document) == {f"{DID}#b": ONE}
    assert dids.assertion_keys(document) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Ed25519VerificationKey2018"},
        {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": P256.public_key.multikey},
        {"type": "JsonWebKey"},
        {"type": ["Multikey"]},
        {"type": "JsonWebKey", "publicKeyJwk": {"kty": "RSA"}},
        {"publicKeyMultibase": "z6Mk"},
        {"publicKeyMultibase": 7},
        {"id": 7},
        {"expires": "2016-01-21T00:00:00Z"},
        {"revoked": "2016-01-22T00:00:00Z"},
        {"revoked": "yes"},
    ],
)
def test_a_method_that_is_of_no_use_now_is_left_out(change: dict[str, Any]) -> None:
    document = {"id": DID, "verificationMethod": [{**method(f"{DID}#a"), **change}]}
    assert dids.published_keys(document, NOW) == {}


def test_a_method_of_the_older_type_is_read() -> None:
    entry = {**method(f"{DID}#a"), "type": "Ed25519VerificationKey2020"}
    assert dids.published_keys({"id": DID, "verificationMethod": entry}) == {f"{DID}#a": ONE}


def test_a_method_that_expires_later_is_still_good() -> None:
    document = {"id": DID, "verificationMethod": [{**method(f"{DID}#a"), "expires": "2016-01-23T00:00:00Z"}]}
    assert dids.published_keys(document, NOW) == {f"{DID}#a": ONE}


@pytest.mark.parametrize("document", [{}, {"id": 7, "verificationMethod": "x", "assertionMethod": {"a": 1}}])
def test_a_document_without_keys_gives_none(document: dict[str, Any]) -> None:
    assert dids.published_keys(document) == dids.assertion_keys(document) == {}


def test_a_key_that_is_on_no_curve_has_no_multikey() -> None:
    key = RsaSigner.generate().public_key
    with pytest.raises(InvalidPayloadError, match="on a curve"):
        dids.multikey_id("did:web:badges.example.org", key)


def test_a_document_names_the_keys_by_which_its_subject_is_recognised() -> None:
    document = dids.did_document(DID, [ONE, TWO], authentication=[TWO])
    own = [each["id"] for each in document["verificationMethod"]]
    assert document["assertionMethod"] == own
    assert document["authentication"] == own[2:]


def test_a_bare_jwk_stands_for_a_document_of_one_key() -> None:
    url = "https://badges.example.org/keys/1"
    assert dids.published_keys(dids.key_document(url, ONE.jwk)) == {url: ONE}
