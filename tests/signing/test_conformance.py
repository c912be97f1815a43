"""Credentials of any kind (VCDM 2.0 and 1.1): what a conforming issuer signs, and what it must refuse."""

import base64
import hashlib
from typing import Any

import pytest

from app.errors import JsonLdError
from app.signing import jsonld
from app.signing.jsonld.interpreter import interpret
from app.signing.lint import conformance_faults

Document = dict[str, Any]

V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"
TERMS = "https://example.org/terms#"
TYPE = f"{TERMS}Type"
WORDS = {"@value": "HTML", "@language": "en"}
WORDS_WITH_DIRECTION = {"@value": "HTML", "@language": "en", "@direction": "ltr"}


def credential(*contexts: object, without: str = "", **members: object) -> Document:
    document: Document = {
        "@context": [V2, *contexts],
        "type": ["VerifiableCredential"],
        "issuer": "did:key:z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj",
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }
    document.pop(without, None)
    return document


def credential_1(without: str = "", **members: object) -> Document:
    document = credential() | {"@context": [V1], "id": "urn:x:1", "issuanceDate": "2020-03-10T04:24:12Z"}
    document |= members
    document.pop(without, None)
    return document


def faults(document: Document) -> list[tuple[str, str]]:
    found = conformance_faults(document)
    if found:
        return [(fault.pointer, fault.code) for fault in found]
    try:
        with jsonld.interpreting(interpret):
            jsonld.canonize(document)
    except JsonLdError as error:
        return [(fault.pointer, fault.code) for fault in error.faults]
    return []


ISSUED = {
    "without an id": credential(),
    "with an id": credential(id="did:example:credential"),
    "a single context": credential() | {"@context": V2},
    "several subjects": credential(credentialSubject=[{"id": "did:example:a"}, {"id": "did:example:b"}]),
    "types as URLs, in any order": credential(type=[TYPE, "VerifiableCredential", f"{TYPE}2"]),
    "a mapped type": credential({"Mapped": TYPE}, type=["VerifiableCredential", "Mapped"]),
    "a context that is an object": credential({"@protected": True, "x": f"{TERMS}x"}),
    "an issuer that is an object": credential(issuer={"id": "did:example:issuer"}),
    "an issuer with a name": credential(issuer={"id": "did:example:issuer", "name": "a", "description": "b"}),
    "an issuer with names": credential(issuer={"id": "did:example:issuer", "name": [WORDS, WORDS]}),
    "a name": credential(name="a", description="b"),
    "a name in a language": credential(name=WORDS, description=WORDS_WITH_DIRECTION),
    "a name in languages": credential(name=[WORDS, WORDS_WITH_DIRECTION]),
    "milliseconds": credential(validFrom="2010-01-01T19:23:24.123Z"),
    "offsets": credential(validFrom="2010-01-01T19:23:24+14:00", validUntil="2080-01-01T19:23:24-12:00"),
    "a future start": credential(validFrom="2080-01-01T19:23:24Z"),
    "a past end": credential(validUntil="2010-01-01T19:23:24Z"),
    "the same start and end": credential(validFrom="2020-01-01T00:00:00Z", validUntil="2020-01-01T00:00:00Z"),
    "a status": credential(credentialStatus={"id": "did:example:status", "type": TYPE}),
    "a status without an id": credential(credentialStatus={"type": TYPE}),
    "several statuses": credential(credentialStatus=[{"type": TYPE}, {"type": TYPE, "id": "urn:x:2"}]),
    "a mapped status": credential({"Mapped": TYPE}, credentialStatus={"type": "Mapped", "id": "urn:x:1"}),
    "evidence": credential(evidence={"type": TYPE}),
    "several evidences": credential(evidence=[{"type": [TYPE]}, {"id": "urn:x:1", "type": TYPE}]),
    "terms of use": credential(termsOfUse=[{"type": TYPE, "id": "urn:x:1"}, {"type": TYPE}]),
    "a refresh service": credential(refreshService={"type": TYPE, "id": "urn:x:1"}),
    "refresh services": credential(refreshService=[{"type": TYPE}, {"type": TYPE}]),
    "a schema": credential(credentialSchema={"type": "JsonSchema", "id": "https://example.org/schema"}),
    "schemas": credential(
        credentialSchema=[{"type": TYPE, "id": "urn:x:1"}, {"type": TYPE, "id": "urn:x:2"}]
    ),
    "version 1.1": credential_1(),
    "version 1.1 with an end": credential_1(expirationDate="2030-03-10T04:24:12Z"),
}

REFUSED: dict[str, tuple[Document, str, str]] = {
    "no context": (credential(without="@context"), "", "missing_member"),
    "another first context": (credential() | {"@context": [TERMS, V2]}, "/@context", "context_order"),
    "no context of credentials": (credential() | {"@context": [{"x": TYPE}]}, "/@context", "context_order"),
    "a number as context": (credential(123192875), "/@context/1", "not_a_context"),
    "no URL as context": (credential("https ://not-a-url/c"), "/@context/1", "not_a_context"),
    "an unknown context": (credential("https://example.com"), "/@context", "unknown_context"),
    "a protected type anew": (credential({"VerifiableCredential": TYPE}), "/@context", "protected_term"),
    "a protected term anew": (
        credential({"@protected": True, "x": TYPE}, {"x": f"{TYPE}2"}),
        "/@context",
        "protected_term",
    ),
    "a null id": (credential(id=None), "/id", "null_value"),
    "several ids": (credential(id=["did:example:a", "did:example:b"]), "/id", "not_absolute_iri"),
    "an id that is no URL": (credential(id="not a url"), "/id", "not_absolute_iri"),
    "a relative id": (credential(id="credential"), "/id", "not_absolute_iri"),
    "several ids of a subject": (
        credential(credentialSubject={"id": ["did:example:a", "did:example:b"]}),
        "/credentialSubject/id",
        "not_absolute_iri",
    ),
    "no type": (credential(without="type"), "/type", "type_missing"),
    "another type alone": (credential(type=[TYPE]), "/type", "wrong_type"),
    "an unmapped type": (
        credential({"@vocab": None}, type=["VerifiableCredential", "X"]),
        "/type",
        "unknown_type",
    ),
    "a type mapped to no URL": (
        credential({"X": "not-a-url"}, type=["VerifiableCredential", "X"]),
        "",
        "invalid_json_ld",
    ),
    "no issuer": (credential(without="issuer"), "", "missing_member"),
    "a null issuer": (credential(issuer=None), "/issuer", "null_value"),
    "an issuer's null id": (credential(issuer={"id": None}), "/issuer/id", "null_value"),
    "an issuer that is no URL": (credential(issuer="fake-issuer"), "/issuer", "not_absolute_iri"),
    "an issuer's id that is no URL": (
        credential(issuer={"id": "fake-issuer"}),
        "/issuer/id",
        "not_absolute_iri",
    ),
    "an issuer without an id": (credential(issuer={"name": "a"}), "/issuer", "missing_member"),
    "no subject": (credential(without="credentialSubject"), "", "missing_member"),
    "an empty subject": (credential(credentialSubject={}), "/credentialSubject", "empty_object"),
    "an empty subject of several": (
        credential(credentialSubject=[{"id": "did:example:a"}, {}]),
        "/credentialSubject/1",
        "empty_object",
    ),
    "no subject in the array": (credential(credentialSubject=[]), "/credentialSubject", "empty_array"),
    "a subject that is a URL": (
        credential(credentialSubject="did:example:a"),
        "/credentialSubject",
        "not_an_object",
    ),
    "a hidden subject": (
        credential(credentialSubject={"@set": [{"id": "did:example:a"}]}),
        "/credentialSubject/@set",
        "keyword_member",
    ),
    "a start that is no time": (credential(validFrom="7/2020"), "/validFrom", "not_a_datetime"),
    "a start without a zone": (credential(validFrom="2010-01-01T19:23:24"), "/validFrom", "not_a_datetime"),
    "an end that is no time": (credential(validUntil="2010-01-01"), "/validUntil", "not_a_datetime"),
    "the end before the start": (
        credential(validFrom="2020-01-01T00:00:00Z", validUntil="2019-01-01T00:00:00Z"),
        "/validUntil",
        "period_reversed",
    ),
    "a status without a type": (
        credential(credentialStatus={"id": "urn:x:1"}),
        "/credentialStatus/type",
        "type_missing",
    ),
    "a status with a number as type": (
        credential(credentialStatus={"type": 2}),
        "/credentialStatus/type",
        "type_missing",
    ),
    "a status with several ids": (
        credential(credentialStatus={"type": TYPE, "id": ["urn:x:1", "urn:x:2"]}),
        "/credentialStatus/id",
        "not_absolute_iri",
    ),
    "a status whose id is no URL": (
        credential(credentialStatus={"type": TYPE, "id": "not a url"}),
        "/credentialStatus/id",
        "not_absolute_iri",
    ),
    "a status of an undefined type": (
        credential(credentialStatus={"type": "Undefined"}),
        "/credentialStatus/type",
        "unknown_type",
    ),
    "empty evidence": (credential(evidence={}), "/evidence", "empty_object"),
    "evidence without a type": (credential(evidence=[{"id": "urn:x:1"}]), "/evidence/0/type", "type_missing"),
    "empty terms of use": (credential(termsOfUse=[{}]), "/termsOfUse/0", "empty_object"),
    "terms of use without a type": (
        credential(termsOfUse={"id": "urn:x:1"}),
        "/termsOfUse/type",
        "type_missing",
    ),
    "a refresh service without a type": (
        credential(refreshService={"id": "urn:x:1"}),
        "/refreshService/type",
        "type_missing",
    ),
    "a schema without a type": (
        credential(credentialSchema={"id": "urn:x:1"}),
        "/credentialSchema/type",
        "type_missing",
    ),
    "a schema without an id": (
        credential(credentialSchema={"type": TYPE}),
        "/credentialSchema",
        "missing_member",
    ),
    "a schema whose id is no URL": (
        credential(credentialSchema={"type": TYPE, "id": "schema"}),
        "/credentialSchema/id",
        "not_absolute_iri",
    ),
    "an undefined term": (credential(statusEntry={"type": TYPE}), "/statusEntry", "unknown_term"),
    "a name with extra members": (credential(name=WORDS | {"url": "a"}), "/name", "not_text"),
    "names, one with extra members": (credential(name=[WORDS, WORDS | {"@type": "a"}]), "/name", "not_text"),
    "a name in no direction": (credential(name=WORDS | {"@direction": "up"}), "/name", "not_text"),
    "a name without a value": (credential(name={"@language": "en"}), "/name", "not_text"),
    "a description with a number": (credential(description={"@value": 1}), "/description", "not_text"),
    "an issuer's name with extra members": (
        credential(issuer={"id": "did:example:a", "name": WORDS | {"url": "a"}}),
        "/issuer/name",
        "not_text",
    ),
    "version 1.1 without a date": (credential_1(without="issuanceDate"), "", "missing_member"),
    "version 1.1 without an issuer": (credential_1(without="issuer"), "", "missing_member"),
}
VALUES_1: dict[str, tuple[tuple[object, ...], str]] = {
    "@context": ((4, False), "not_a_context"),
    "type": ((4, True, []), "type_missing"),
    "issuer": ((4, True, []), "not_an_object"),
    "credentialSubject": ((4, True), "not_an_object"),
}
for _name, (_values, _code) in VALUES_1.items():
    for _value in _values:
        REFUSED[f"version 1.1 with {_name} {_value}"] = (credential_1() | {_name: _value}, f"/{_name}", _code)
    REFUSED[f"version 1.1 with {_name} null"] = (credential_1() | {_name: None}, f"/{_name}", "null_value")


@pytest.mark.parametrize("name", ISSUED)
def test_a_conforming_credential_has_no_faults(name: str) -> None:
    assert faults(ISSUED[name]) == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_one_has_its_fault_where_it_is(name: str) -> None:
    document, pointer, code = REFUSED[name]
    assert (pointer, code) in faults(document)


@pytest.mark.parametrize(("pointer", "document"), [("/validFrom", credential(validFrom=None))])
def test_the_rules_of_open_badges_are_for_open_badges(pointer: str, document: Document) -> None:
    assert faults(document) == [(pointer, "null_value")]
    assert faults(credential()) == []
    badge = credential(type=["VerifiableCredential", "OpenBadgeCredential"])
    assert ("", "missing_member") in faults(badge)


class TestRelatedResources:
    content = jsonld.context_document(V2)
    draft = bytes.fromhex("24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9")

    @staticmethod
    def sri(algorithm: str, digest: bytes) -> str:
        return f"{algorithm}-{base64.b64encode(digest).decode()}"

    @staticmethod
    def multibase(digest: bytes) -> str:
        return "u" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def found(self, *resources: object) -> list[tuple[str, str]]:
        return faults(credential(relatedResource=list(resources)))

    @pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
    def test_the_digest_of_what_is_published_holds_in_each_form(self, algorithm: str) -> None:
        digest = hashlib.new(algorithm, self.content).digest()
        header = {"sha256": b"\x12\x20", "sha384": b"\x20\x30", "sha512": b"\x13\x40"}[algorithm]
        assert self.found({"id": V2, "digestSRI": self.sri(algorithm, digest)}) == []
        assert self.found({"id": V2, "digestMultibase": self.multibase(header + digest)}) == []
        assert self.found({"id": V2, "digestMultibase": self.multibase(digest), "mediaType": "a/b"}) == []
        wrong = bytes([digest[0] ^ 1]) + digest[1:]
        for resource in (
            {"digestSRI": self.sri(algorithm, wrong)},
            {"digestMultibase": self.multibase(header + wrong)},
            {"digestMultibase": self.multibase(wrong)},
        ):
            (name,) = resource
            assert self.found({"id": V2, **resource}) == [(f"/relatedResource/0/{name}", "digest_differs")]

    def test_the_digest_of_the_draft_that_stood_there_holds_too(self) -> None:
        assert self.found({"id": V2, "digestSRI": self.sri("sha256", self.draft)}) == []
        assert self.found({"id": V2, "digestMultibase": self.multibase(self.draft)}) == []

    def test_the_strongest_of_several_digests_counts(self) -> None:
        right = self.sri("sha384", hashlib.sha384(self.content).digest())
        wrong = self.sri("sha256", bytes(32))
        assert self.found({"id": V2, "digestSRI": f"{wrong} {right}?ct=application/ld+json"}) == []
        wrong = self.sri("sha512", bytes(64))
        assert self.found({"id": V2, "digestSRI": f"{wrong} {right}"}) != []

    def test_what_is_not_pinned_here_is_taken_as_given(self) -> None:
        resource = {"id": "https://example.org/other", "digestSRI": self.sri("sha256", bytes(32))}
        assert self.found(resource) == []
        assert faults(credential(relatedResource=resource)) == []

    @pytest.mark.parametrize(
        ("resources", "expected"),
        [
            (["https://example.org/other"], [("/relatedResource/0", "not_an_object")]),
            ([{"digestMultibase": "uAA"}], [("/relatedResource/0", "missing_member")]),
            ([{"id": "urn:x:1"}], [("/relatedResource/0", "digest_missing")]),
            ([{"id": "urn:x:1", "digestSRI": ""}], [("/relatedResource/0/digestSRI", "digest_malformed")]),
            (
                [{"id": "urn:x:1", "digestSRI": "sha256-!"}],
                [("/relatedResource/0/digestSRI", "digest_malformed")],
            ),
            (
                [{"id": "urn:x:1", "digestSRI": "md5-AAAA"}],
                [("/relatedResource/0/digestSRI", "digest_malformed")],
            ),
            (
                [{"id": "urn:x:1", "digestMultibase": "uAA"}],
                [("/relatedResource/0/digestMultibase", "digest_malformed")],
            ),
            (
                [{"id": "urn:x:1", "digestMultibase": "xAA"}],
                [("/relatedResource/0/digestMultibase", "digest_malformed")],
            ),
        ],
    )
    def test_what_breaks_a_rule_is_refused(self, resources: list[object], expected: object) -> None:
        assert self.found(*resources) == expected

    def test_an_id_stands_once(self) -> None:
        resource = {"id": "urn:x:1", "digestSRI": self.sri("sha256", bytes(32))}
        assert self.found(resource, resource) == [("/relatedResource/1/id", "resource_twice")]
