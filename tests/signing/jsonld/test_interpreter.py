"""The slow path: more of JSON-LD, and as strict; where both paths can read a document, they agree."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import JsonLdError
from app.signing import jsonld
from app.signing.jsonld.interpreter import interpret
from tests.signing.badges import badge, badge_1, list_document, rich_badge, signed

Document = dict[str, Any]

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"
VALID_UNTIL = "https://www.w3.org/2018/credentials#validUntil"
OWN = "https://example.org/terms#"


def credential(*contexts: object, **members: object) -> Document:
    return {
        "@context": [CREDENTIALS_V2, *contexts],
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:learner"},
        **members,
    }


def term(**definition: object) -> Document:
    return {"x": {"@id": f"{OWN}x", **definition}}


def fault(document: Document) -> tuple[str, str]:
    with pytest.raises(JsonLdError) as caught:
        interpret(document, "sha256")
    (found,) = caught.value.faults
    assert found.detail == caught.value.detail
    return found.code, found.pointer


@pytest.mark.parametrize("make", [badge, rich_badge, badge_1, list_document, lambda: signed(rich_badge())])
@pytest.mark.parametrize("hash_name", ["sha256", "sha384"])
def test_both_paths_write_the_same(make: Callable[[], Document], hash_name: jsonld.HashName) -> None:
    document = make()
    assert interpret(document, hash_name) == jsonld.canonical_form(document, hash_name)


READ = [
    # vocabularies and terms of the document's own
    (credential({"x": f"{OWN}x"}, x="a"), ["/x"], f'<{OWN}x> "a" .'),
    (credential({"@vocab": OWN}, x={"y": "a"}), ["/x", "/x/y"], f'<{OWN}y> "a" .'),
    (credential({"@vocab": None}), [], ""),
    (credential({"p": OWN}, **{"p:x": "a"}), ["/p:x"], f'<{OWN}x> "a" .'),
    (credential({"X": f"{OWN}X"}, type=["VerifiableCredential", "X"]), ["/type/1"], f"type> <{OWN}X> ."),
    (credential(credentialStatus={"type": f"{OWN}X"}), [], f"type> <{OWN}X> ."),
    (credential({"X": f"{OWN}X"}, evidence=[{"type": "X"}]), ["/evidence/0/type"], f"type> <{OWN}X> ."),
    (credential({"X": f"{OWN}X"}, evidence={"@type": "X"}), ["/evidence/@type"], f"type> <{OWN}X> ."),
    # published contexts beyond the compiler's
    (
        credential(EXAMPLES_V2, alumniOf="a"),
        [],
        '<https://www.w3.org/ns/credentials/examples#alumniOf> "a" .',
    ),
    (credential(EXAMPLES_V2, type=["VerifiableCredential", "AlumniCredential"]), [], "#AlumniCredential> ."),
    # coercions and containers
    (credential(term(**{"@type": "@id"}), x="urn:x:1"), ["/x"], f"<{OWN}x> <urn:x:1> ."),
    (credential(term(**{"@type": "@vocab"}), x="urn:x:1"), ["/x"], f"<{OWN}x> <urn:x:1> ."),
    (
        credential(term(**{"@type": "@vocab"}), {"y": f"{OWN}y"}, x="y"),
        ["/x"],
        f"<{OWN}x> <{OWN}y> .",
    ),
    (credential(term(**{"@type": f"{OWN}T"}), x="a"), ["/x"], f'<{OWN}x> "a"^^<{OWN}T> .'),
    (credential(term(**{"@type": "@json"}), x={"a": [None, 1.0]}), ["/x"], r'"{\"a\":[null,1]}"^^<'),
    (credential(term(**{"@type": "@json"}), x=None), ["/x"], '"null"^^<'),
    (credential(term(**{"@container": "@list"}), x=["a", 1]), ["/x"], '"a" .'),
    (credential(term(**{"@container": "@set"}), x=["a", True]), ["/x"], '"true"^^<'),
    (credential(term(**{"@language": "en"}), x="a"), ["/x"], '"a"@en .'),
    (credential({"@language": "FR"}, {"x": f"{OWN}x"}, x="a"), ["/x"], '"a"@fr .'),
    (
        credential(term(**{"@context": {"y": f"{OWN}y"}}), x={"y": "a"}),
        ["/x", "/x/y"],
        f'<{OWN}y> "a" .',
    ),
    # keywords
    (credential(name={"@value": "a", "@language": "de-CH"}), [], '"a"@de-ch .'),
    (
        credential(name={"@value": "a", "@language": "ar", "@direction": "rtl"}),
        [],
        '"a"^^<https://www.w3.org/ns/i18n#ar_rtl> .',
    ),
    (
        credential(name={"@value": "a", "@direction": "ltr"}),
        [],
        '"a"^^<https://www.w3.org/ns/i18n#_ltr> .',
    ),
    (credential(name={"@value": "1", "@type": "urn:x:T"}), [], '"1"^^<urn:x:T> .'),
    (credential(name={"@value": {"b": None}, "@type": "@json"}), [], r'"{\"b\":null}"^^<'),
    (credential(name={"@set": ["a", "b"]}), [], '"b" .'),
    (credential(name={"@list": ["a", "b"]}), [], "rest>"),
    (credential({"value": "@value"}, name={"value": "a"}), [], '"a" .'),
]


@pytest.mark.parametrize(("document", "own_terms", "line"), READ)
def test_what_the_compiler_leaves_is_read(document: Document, own_terms: list[str], line: str) -> None:
    before = copy.deepcopy(document)
    found = interpret(document, "sha256")
    assert document == before
    assert list(found.own_terms) == own_terms
    assert line in found.nquads


REFUSED = [
    # what JSON-LD would drop
    (credential({"x": None}, x="a"), "unknown_term", "/x"),
    (credential({"@vocab": None}, x="a"), "unknown_term", "/x"),
    (credential(name={"@value": "a", "@odd": "b"}), "unknown_term", "/name/@odd"),
    (credential({"x": f"{OWN}x"}, x=None), "null_value", "/x"),
    (credential({"x": f"{OWN}x"}, x=["a", None]), "null_value", "/x"),
    (credential({"x": f"{OWN}x"}, x={"@set": ["a", None]}), "null_value", "/x"),
    (credential(term(**{"@container": "@list"}), x=[None]), "null_value", "/x"),
    (credential(name={"@value": None}), "null_value", "/name"),
    (credential(name={"@language": "en"}), "null_value", "/name"),
    (credential(name={"@value": "a", "@language": None}), "null_value", "/name/@language"),
    (credential({"x": f"{OWN}x"}, x=[["a"]]), "nested_array", "/x"),
    (credential(name={"@set": ["a"], "@index": "b"}), "unsupported_keyword", "/name/@index"),
    (credential(**{"@graph": [{"id": "urn:x:1"}]}), "unsupported_keyword", "/@graph"),
    (credential(**{"@included": [{"id": "urn:x:1"}]}), "unsupported_keyword", "/@included"),
    (credential(**{"@reverse": {}}), "unsupported_keyword", "/@reverse"),
    (credential({"x": "@nest"}, x={"name": "a"}), "unsupported_keyword", "/x"),
    (credential({"x": "@included"}, x=[]), "unsupported_keyword", "/x"),
    (credential({"x": "@graph"}, x=[]), "unsupported_keyword", "/x"),
    (credential({"x": "@index"}, name={"@value": "a", "x": "b"}), "unsupported_keyword", "/name/x"),
    (credential({"x": {"@reverse": f"{OWN}x"}}, x={"name": "a"}), "unsupported_context", "/x"),
    (credential(term(**{"@container": "@language"}), x={"en": "a"}), "unsupported_context", "/x"),
    (credential(term(**{"@container": "@index"}), x={"a": "b"}), "unsupported_context", "/x"),
    (credential(term(**{"@container": ["@graph", "@id"]}), x={"a": {}}), "unsupported_context", "/x"),
    (credential({"X": f"{OWN}X"}, type=[]), "invalid_type", "/type"),
    (credential({"@vocab": OWN}, proof="urn:x:1"), "states_nothing", ""),
    (credential({"@vocab": OWN}, proof={"@value": "a"}), "invalid_graph", ""),
    ({"@context": {}, "@id": "urn:x:1"}, "null_value", ""),
    ({"@context": {}, "@set": [{"@type": "urn:x:a"}, {"@type": "urn:x:b"}]}, "states_nothing", ""),
    ({"@context": {"x": f"{OWN}x"}, "x": []}, "states_nothing", ""),
    # the meaning of names
    (credential({"VerifiableCredential": f"{OWN}X"}), "protected_term", "/@context"),
    (credential({"@protected": True, "x": f"{OWN}x"}, {"x": f"{OWN}y"}), "protected_term", "/@context"),
    (credential(None), "invalid_json_ld", ""),
    (credential({"https://a.example/": OWN}), "invalid_json_ld", ""),
    (credential({"X": "x"}, type=["VerifiableCredential", "X"]), "invalid_json_ld", ""),
    (credential({"X": "did"}, type=["VerifiableCredential", "X"]), "invalid_json_ld", ""),
    (credential({"@vocab": None}, type=["VerifiableCredential", "X"]), "unknown_type", "/type"),
    (credential({"x": f"{OWN}x"}, evidence={"type": "X"}), "unknown_type", "/evidence/type"),
    (credential({"@vocab": "vocab:"}, evidence={"type": "a b"}), "illegal_iri", "/evidence/type"),
    (credential({"until": VALID_UNTIL}, until="2026-01-01T00:00:00Z"), "renamed_term", "/until"),
    (credential(**{VALID_UNTIL: "a"}), "renamed_term", "/" + VALID_UNTIL.replace("/", "~1")),
    (
        credential({"e": "https://www.w3.org/ns/credentials/examples#alumniOf"}, EXAMPLES_V2, e="a"),
        "renamed_term",
        "/e",
    ),
    (
        credential({"X": "https://www.w3.org/ns/credentials/status#BitstringStatusListEntry"})
        | {"credentialStatus": {"type": "X"}},
        "renamed_term",
        "/credentialStatus/type",
    ),
    (credential({"x": "@id"}, x="urn:x:1"), "renamed_term", "/x"),
    (credential({"x": "@type"}, credentialSubject={"x": "urn:x:1"}), "renamed_term", "/credentialSubject/x"),
    (credential({"@vocab": OWN}, **{"@id": "urn:x:1", "id": "urn:x:2"}), "keyword_twice", "/id"),
    (credential(term(**{"@type": "@vocab"}), {"y": "https://schema.org/name"}, x="y"), "renamed_term", "/x"),
    (credential({"@odd": f"{OWN}x"}, **{"@odd": "a"}), "unknown_term", "/@odd"),
    # identifiers and values
    (credential({"did": "https://evil.example/"}), "compact_iri", "/credentialSubject/id"),
    (credential({"@base": "https://evil.example/"}), "unsupported_context", "/@context"),
    (credential({"X": {"@id": f"{OWN}X", "@context": [{"@base": OWN}]}}), "unsupported_context", "/@context"),
    (credential({"x": f"{OWN}x"}, x={"id": "a"}), "relative_iri", "/x/id"),
    (credential({"x": f"{OWN}x"}, x={"id": "_:b0"}), "relative_iri", "/x/id"),
    (credential({"x": f"{OWN}x"}, x={"id": "urn:x:>"}), "illegal_iri", "/x/id"),
    (credential({"x": f"{OWN}x"}, x={"id": ["urn:x:1"]}), "invalid_json_ld", "/x"),
    (credential(term(**{"@type": "@id"}), x="a"), "relative_iri", "/x"),
    (credential(term(**{"@type": "@vocab"}), x="a"), "relative_iri", "/x"),
    (credential({"x": "urn:x:>"}, x="a"), "illegal_iri", "/x"),
    (credential({"x": f"{OWN}x"}, x=2**53), "unsafe_number", "/x"),
    (credential({"x": f"{OWN}x"}, x={"@value": 1e-7}), "unsafe_number", "/x/@value"),
    (credential({"x": f"{OWN}x"}, x={"@value": [1]}), "invalid_json_ld", "/x"),
    (credential(name={"@value": "a", "@language": "e n"}), "invalid_language", "/name/@language"),
    (credential(name={"@value": "a", "@direction": "up"}), "invalid_json_ld", "/name"),
    (credential({"x": f"{OWN}x"}, x=[{"@list": ["a"]}, {"@list": ["b"]}]), "list_twice", ""),
    # contexts
    (credential("https://example.org/context"), "unknown_context", "/@context"),
    (credential("context"), "unknown_context", "/@context"),
    (credential(term(**{"@context": "https://example.org/c"}), x={"y": "a"}), "unknown_context", "/@context"),
    (credential(123192875), "invalid_json_ld", ""),
    (credential({"x": 5}), "invalid_json_ld", ""),
    (credential({"@import": 5}), "invalid_json_ld", ""),
]


@pytest.mark.parametrize(("document", "code", "pointer"), REFUSED)
def test_what_no_proof_would_cover_or_readers_take_otherwise_is_refused(
    document: Document, code: str, pointer: str
) -> None:
    assert fault(document) == (code, pointer)


def test_nesting_ends_where_the_compiler_ends_it() -> None:
    value: object = "a"
    for _ in range(40):
        value = {"x": value}
    assert fault(credential({"x": f"{OWN}x"}, x=value)) == ("too_deep", "/x" * 32)


def test_deep_contexts_end_in_a_refusal() -> None:
    context: object = {"x": f"{OWN}x"}
    for _ in range(2000):
        context = [context]
    assert fault(credential(context))[0] in {"too_deep", "invalid_json_ld"}


class TestOneFunctionDecides:
    def test_without_an_interpreter_the_compiler_says_no(self) -> None:
        for document, _, _ in READ[:3]:
            with pytest.raises(JsonLdError):
                jsonld.canonize(document)

    def test_what_the_compiler_does_not_understand_is_interpreted(self) -> None:
        with jsonld.interpreting(interpret):
            found = jsonld.canonical_form(READ[0][0])
        assert found == interpret(READ[0][0], "sha256")

    def test_what_the_compiler_understands_is_not(self) -> None:
        with jsonld.interpreting(lambda _document, _hash: pytest.fail("not for the slow path")):
            assert jsonld.canonize(badge())

    @pytest.mark.parametrize("name", ["nickname", "https://schema.org/name"])
    def test_a_document_that_is_wrong_on_both_paths_is_not_interpreted(self, name: str) -> None:
        with (
            jsonld.interpreting(lambda _document, _hash: pytest.fail("not for the slow path")),
            pytest.raises(JsonLdError),
        ):
            jsonld.canonize(badge(**{name: "x"}))

    def test_the_interpreter_is_there_for_the_block_alone(self) -> None:
        with jsonld.interpreting(interpret):
            pass
        with pytest.raises(JsonLdError):
            jsonld.canonize(READ[0][0])
