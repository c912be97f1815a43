"""From JSON to quads: everything is stated or refused, and the refusal points at the member."""

from collections.abc import Callable
from typing import Any

import pytest

from app.errors import JsonLdError, TooComplexError
from app.signing import jsonld

Document = dict[str, Any]

OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_301 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"


def refused(document: Document) -> JsonLdError:
    with pytest.raises(JsonLdError) as caught:
        jsonld.canonize(document)
    return caught.value


def put(document: Document, pointer: str, value: object) -> None:
    *parents, last = pointer.removeprefix("/").split("/")
    place: Any = document
    for name in parents:
        place = place[name]
    place[last] = value


@pytest.mark.parametrize(
    ("pointer", "value", "code", "at"),
    [
        ("/nickname", "x", "unknown_term", "/nickname"),
        ("/https:~1~1schema.org~1name", "x", "unknown_term", "/https:~01~01schema.org~01name"),
        ("/issuer/nickname", "x", "unknown_term", "/issuer/nickname"),
        (
            "/credentialSubject/achievement/tag",
            ["a", None],
            "null_value",
            "/credentialSubject/achievement/tag/1",
        ),
        ("/name", None, "null_value", "/name"),
        ("/evidence", [[]], "nested_array", "/evidence/0"),
        ("/type", ["VerifiableCredential", "Mystery"], "unknown_type", "/type"),
        ("/type", "id", "unknown_type", "/type"),
        ("/type", [], "invalid_type", "/type"),
        ("/type", [1], "invalid_type", "/type"),
        ("/type", None, "invalid_type", "/type"),
        ("/type", ["VerifiableCredential"] * 7, "too_many_types", "/type"),
        ("/type", ["VerifiableCredential", "a b:c"], "relative_iri", "/type"),
        ("/@type", ["VerifiableCredential"], "keyword_twice", "/type"),
        ("/@id", "urn:x:1", "keyword_twice", "/id"),
        ("/id", "credential-1", "relative_iri", "/id"),
        ("/id", "_:b0", "relative_iri", "/id"),
        ("/id", "urn:x:a b", "illegal_iri", "/id"),
        ("/id", "urn:x:>\n", "illegal_iri", "/id"),
        ("/id", None, "invalid_id", "/id"),
        ("/id", ["urn:x:1"], "invalid_id", "/id"),
        ("/issuer", "example", "relative_iri", "/issuer"),
        ("/issuer/image", "a.png", "relative_iri", "/issuer/image"),
        ("/name", {"@value": "x", "@language": "en"}, "unsupported_keyword", "/name/@value"),
        ("/name", {"@set": []}, "unsupported_keyword", "/name/@set"),
        ("/@graph", [], "unsupported_keyword", "/@graph"),
        ("/@reverse", {}, "unsupported_keyword", "/@reverse"),
        ("/name", "half \ud83d", "illegal_text", "/name"),
        ("/@context", None, "inline_context", "/@context"),
        ("/@context", {"name": "https://schema.org/name"}, "inline_context", "/@context"),
        ("/@context", [CREDENTIALS_V2, {"@vocab": "urn:x:"}], "inline_context", "/@context"),
        ("/@context", [CREDENTIALS_V2, None], "inline_context", "/@context"),
        ("/@context", "https://example.org/context", "unknown_context", "/@context"),
        ("/@context", [CREDENTIALS_V2] * 9, "too_many_contexts", "/@context"),
        ("/issuer/@context", {}, "inline_context", "/issuer/@context"),
        ("/issuer/@context", "https://www.w3.org/2018/credentials/v1", "protected_term", "/issuer/@context"),
        ("/proof", "https://example.org/proof", "invalid_graph", "/proof"),
        ("/proof", [{"id": "urn:x:proof"}], "states_nothing", "/proof/0"),
        ("/credentialSubject/creditsEarned", 2**53, "unsafe_number", "/credentialSubject/creditsEarned"),
    ],
)
def test_what_no_proof_would_cover_is_refused_where_it_stands(
    credential: Document, pointer: str, value: object, code: str, at: str
) -> None:
    put(credential, pointer, value)
    error = refused(credential)
    assert [(fault.code, fault.pointer) for fault in error.faults] == [(code, at)]
    assert error.detail


def test_a_document_without_a_context_defines_nothing() -> None:
    assert refused({"id": "urn:x:1", "name": "x"}).faults[0].code == "unknown_term"


@pytest.mark.parametrize("document", [{}, {"@id": "urn:x:1"}, {"@context": [], "@id": "urn:x:1"}])
def test_a_document_that_states_nothing_is_refused(document: Document) -> None:
    assert refused(document).faults[0].code == "states_nothing"


def test_keywords_may_stand_under_their_own_names() -> None:
    canonical = jsonld.canonize({"@id": "urn:x:1", "@type": "urn:x:Type"})
    assert canonical == "<urn:x:1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:x:Type> .\n"


def test_an_abbreviated_iri_is_refused(credential: Document) -> None:
    credential["@context"] = [CREDENTIALS_V1, OPEN_BADGES_301]  # defines the prefix xsd
    del credential["validFrom"]
    assert jsonld.canonize(credential)
    credential["id"] = "xsd:date"
    assert [(f.code, f.pointer) for f in refused(credential).faults] == [("compact_iri", "/id")]


def test_nesting_ends_at_thirty_two_levels(credential: Document) -> None:
    profile: Document = {"type": ["Profile"], "name": "root"}
    for _ in range(30):
        profile = {"type": ["Profile"], "parentOrg": profile}
    credential["issuer"] = profile
    assert jsonld.canonize(credential)
    credential["issuer"] = {"type": ["Profile"], "parentOrg": profile}
    error = refused(credential)
    assert isinstance(error, TooComplexError)
    assert error.faults[0].pointer == "/issuer" + "/parentOrg" * 31


def test_a_repeated_ordered_list_is_refused(credential: Document) -> None:
    description = {"id": "urn:x:r", "type": ["ResultDescription"], "allowedValue": ["a", "b"]}
    credential["credentialSubject"]["achievement"]["resultDescription"] = [description, dict(description)]
    error = refused(credential)
    assert error.faults[0].code == "list_twice"
    assert error.faults[0].pointer == "/credentialSubject/achievement/resultDescription/1/allowedValue"


def test_a_refused_item_of_an_ordered_list_is_pointed_at(credential: Document) -> None:
    description = {"type": ["ResultDescription"], "allowedValue": ["a", None]}
    credential["credentialSubject"]["achievement"]["resultDescription"] = [description]
    pointer = "/credentialSubject/achievement/resultDescription/0/allowedValue/1"
    assert refused(credential).faults[0].pointer == pointer


@pytest.mark.parametrize(
    ("pointer", "value", "line"),
    [
        ("/name", 'say "hi"\n\x7f\x08', r'<https://schema.org/name> "say \"hi\"\n\u007F\b" .'),
        ("/name", "", '<https://schema.org/name> "" .'),
        ("/name", 7, '<https://schema.org/name> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .'),
        ("/name", True, '<https://schema.org/name> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> .'),
        (
            "/awardedDate",
            "2026-01-01T00:00:00Z",
            f'<{OB}awardedDate> "2026-01-01T00:00:00Z"^^<xsd:dateTime> .',
        ),
        (
            "/credentialSubject/creditsEarned",
            1.5,
            f'<{OB}creditsEarned> "1.5E0"^^<https://www.w3.org/2001/XMLSchema#float> .',
        ),
        ("/issuer", 5, '#issuer> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .'),
        ("/issuer", "https://example.org/i", "#issuer> <https://example.org/i> ."),
        ("/issuer", {"id": "https://example.org/i"}, "#issuer> <https://example.org/i> ."),
        ("/credentialSubject/achievement/tag", ["b", "a", "a"], '<https://schema.org/keywords> "b" .'),
        ("/_sd_alg", "sha-256", '<https://www.iana.org/assignments/jwt#_sd_alg> "sha-256" .'),
        (
            "/_sd",
            {"b": [1, None], "a": "\n"},
            r'"{\"a\":\"\\n\",\"b\":[1,null]}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .',
        ),
    ],
)
def test_values_become_the_literals_and_iris_of_their_terms(
    credential: Document, pyld_canonize: Callable[[Document], str], pointer: str, value: object, line: str
) -> None:
    put(credential, pointer, value)
    canonical = jsonld.canonize(credential)
    assert line + "\n" in canonical
    if value != 'say "hi"\n\x7f\x08':  # PyLD does not escape these control characters
        assert canonical == pyld_canonize(credential)


def test_a_json_literal_that_has_no_canonical_form_is_refused(credential: Document) -> None:
    credential["_sd"] = [2**60]
    assert [(f.code, f.pointer) for f in refused(credential).faults] == [("invalid_json_literal", "/_sd")]


@pytest.mark.parametrize("values", [[], ["a"], ["a", "b", "a"]])
def test_ordered_lists_keep_their_order(
    credential: Document, pyld_canonize: Callable[[Document], str], values: list[str]
) -> None:
    description = {"id": "urn:x:r", "type": ["ResultDescription"], "allowedValue": values}
    credential["credentialSubject"]["achievement"]["resultDescription"] = description
    assert jsonld.canonize(credential) == pyld_canonize(credential)


def test_a_single_value_of_an_ordered_property_is_a_list_of_one(
    credential: Document, pyld_canonize: Callable[[Document], str]
) -> None:
    description = {"id": "urn:x:r", "type": ["ResultDescription"], "allowedValue": "a"}
    credential["credentialSubject"]["achievement"]["resultDescription"] = description
    assert jsonld.canonize(credential) == pyld_canonize(credential)


def test_each_proof_stands_in_a_graph_of_its_own(
    credential: Document, pyld_canonize: Callable[[Document], str]
) -> None:
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": "https://example.org/issuers/a#key",
        "proofPurpose": "assertionMethod",
        "proofValue": "z58",
    }
    # A purpose that is no term of the vocabulary stays the IRI that it is.
    credential["proof"] = [proof, {**proof, "proofPurpose": "https://example.org/purpose"}]
    canonical = jsonld.canonize(credential)
    assert canonical == pyld_canonize(credential)
    assert " <https://w3id.org/security#proof> _:c14n" in canonical
    assert (
        "<https://w3id.org/security#proofPurpose> <https://w3id.org/security#assertionMethod> _:c14n"
        in canonical
    )


def test_the_credentials_of_a_presentation_keep_their_own_contexts(
    credential: Document, pyld_canonize: Callable[[Document], str]
) -> None:
    credential["proof"] = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}
    presentation = {
        "@context": [CREDENTIALS_V2],
        "type": "VerifiablePresentation",
        "verifiableCredential": [credential],
    }
    assert jsonld.canonize(presentation) == pyld_canonize(presentation)
    del credential["@context"]
    assert refused(presentation).faults[0].pointer == "/verifiableCredential/0/id"


def test_a_status_list_credential_is_understood(pyld_canonize: Callable[[Document], str]) -> None:
    document = {
        "@context": [CREDENTIALS_V2],
        "id": "https://example.org/status-lists/1",
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": "did:web:example.org:issuers:a",
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "https://example.org/status-lists/1#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "uH4sIAAAA",
            "ttl": 300000,
        },
    }
    assert jsonld.canonize(document) == pyld_canonize(document)


def test_the_context_of_a_type_ends_at_the_next_object(credential: Document) -> None:
    # `targetName` belongs to Alignment; an untyped object inside of one does not inherit it.
    alignment: Document = {"type": ["Alignment"], "targetName": {"targetName": "x"}}
    credential["credentialSubject"]["achievement"]["alignment"] = [alignment]
    error = refused(credential)
    assert error.faults[0].pointer == "/credentialSubject/achievement/alignment/0/targetName/targetName"


def test_the_order_of_types_is_of_no_account(credential: Document) -> None:
    before = jsonld.canonize(credential)
    credential["type"] = [*reversed(credential["type"]), credential["type"][0]]
    assert jsonld.canonize(credential) == before


def test_the_input_is_left_as_it_was(credential: Document) -> None:
    before = repr(credential)
    jsonld.canonize(credential)
    assert repr(credential) == before
