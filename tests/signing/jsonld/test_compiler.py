"""Contexts: what they define, what they may not change, and what is not understood."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.signing.jsonld import compiler
from app.signing.jsonld.compiler import ROOT, ActiveContext, Terms, derive, process
from app.signing.jsonld.refusals import Refusal

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"

Local = dict[str, Any]


def compiled(*locals_: Local | None, terms: Terms = ROOT.terms) -> Terms:
    return process(terms, list(locals_))


def refusal(*locals_: object, terms: Terms = ROOT.terms, override: bool = False) -> str:
    with pytest.raises(Refusal) as caught:
        process(terms, list(locals_), override=override)
    return caught.value.code


def meanings(terms: Mapping[str, compiler.Term]) -> dict[str, str]:
    return {name: term.iri for name, term in terms.items()}


def test_terms_are_expanded_through_other_terms_and_prefixes() -> None:
    local = {
        "@version": 1.1,
        "alias": {"@id": "name"},
        "name": "schema:name",
        "schema": "https://schema.org/",
        "page": "https://example.org/page",
        "not": {"@id": "https://example.org/", "@prefix": False},
        "literal": "not:x",
        "explicit": {"@id": "urn:x", "@prefix": True},
        "late": "explicit:y",
        "absent": "other:z",
    }
    assert meanings(compiled(local)) == {
        "alias": "https://schema.org/name",
        "name": "https://schema.org/name",
        "schema": "https://schema.org/",
        "page": "https://example.org/page",
        "not": "https://example.org/",
        "literal": "not:x",
        "explicit": "urn:x",
        "late": "urn:xy",
        "absent": "other:z",
    }
    assert ActiveContext(compiled(local)).prefixes == {"schema", "explicit"}


def test_a_prefix_is_used_after_the_context_that_defines_it() -> None:
    terms = compiled({"schema": "https://schema.org/"}, {"name": "schema:name", "again": {"@id": "name"}})
    assert terms["again"].iri == "https://schema.org/name"


def test_coercions_and_containers_are_kept() -> None:
    terms = compiled(
        {
            "id": "@id",
            "type": "@type",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "plain": "urn:x:plain",
            "date": {"@id": "urn:x:date", "@type": "xsd:date", "@container": "@set"},
            "link": {"@id": "urn:x:link", "@type": "@id"},
            "list": {"@id": "urn:x:list", "@container": "@list"},
        }
    )
    assert terms["plain"].literal_tail == ""
    assert terms["date"].literal_tail == "^^<http://www.w3.org/2001/XMLSchema#date>"
    assert terms["date"].datatype == "http://www.w3.org/2001/XMLSchema#date"
    assert (terms["link"].literal_tail, terms["link"].datatype) == (None, None)
    assert (terms["list"].literal_tail, terms["list"].container) == (None, "@list")
    assert (terms["id"].predicate, terms["id"].literal_tail) == ("", None)


@pytest.mark.parametrize(
    "local",
    [
        {"@vocab": "urn:x:"},
        {"@base": "urn:x:"},
        {"@language": "en"},
        {"@import": CREDENTIALS_V2},
        {"@propagate": False},
        {"@type": {"@container": "@set"}},
        {"": "urn:x:1"},
        {"a:b": "urn:x:1"},
        {"a/b": "urn:x:1"},
        {"a": None},
        {"a": 1},
        {"a": {"@id": None}},
        {"a": {"@type": "@id"}},
        {"a": {"@id": "a"}},
        {"a": {"@id": "urn:x:a", "@index": "x"}},
        {"a": {"@id": "urn:x:a", "@container": "@language"}},
        {"a": {"@id": "urn:x:a", "@container": ["@set"]}},
        {"a": {"@id": "urn:x:a", "@type": "@none"}},
        {"a": {"@id": "urn:x:a", "@type": 1}},
        {"a": {"@reverse": "urn:x:a"}},
        {"a": "@id"},
        {"a": "@value"},
        {"id": "@type"},
    ],
)
def test_what_is_not_understood_is_not_compiled(local: Local) -> None:
    assert refusal(local) == "unsupported_context"


@pytest.mark.parametrize(
    "local",
    [{"a": "b", "b": "a"}, {"a": "b:c", "b": "a:c"}, {"a": "word"}, {"a": {"@id": "urn:x", "@type": "word"}}],
)
def test_definitions_that_lead_nowhere_are_refused(local: Local) -> None:
    assert refusal(local) == "invalid_context"


@pytest.mark.parametrize(("local", "code"), [(1, "invalid_context"), ({"a": "urn:x:>"}, "illegal_iri")])
def test_malformed_contexts_are_refused(local: object, code: str) -> None:
    assert refusal(local) == code


class TestProtectedTerms:
    terms = compiled({"@protected": True, "a": "urn:x:a", "b": {"@id": "urn:x:b", "@protected": False}})

    def test_they_may_be_said_again(self) -> None:
        again = compiled({"a": "urn:x:a"}, terms=self.terms)
        assert again["a"].protected

    def test_they_may_not_change(self) -> None:
        for definition in ("urn:x:c", {"@id": "urn:x:a", "@type": "@id"}, {"@id": "urn:x:a", "@context": {}}):
            assert refusal({"a": definition}, terms=self.terms) == "protected_term"

    def test_they_may_not_be_cleared(self) -> None:
        assert refusal(None, terms=self.terms) == "protected_term"

    def test_terms_without_protection_may_change_and_be_cleared(self) -> None:
        assert meanings(compiled({"b": "urn:x:c"}, terms=self.terms))["b"] == "urn:x:c"
        assert compiled({"b": "urn:x:b"}, None) == {}

    def test_the_context_of_a_property_may_change_them(self) -> None:
        assert process(self.terms, {"a": "urn:x:c"}, override=True)["a"].iri == "urn:x:c"
        assert process(self.terms, None, override=True) == {}


def test_contexts_are_found_by_url_and_only_those_pinned() -> None:
    assert "VerifiableCredential" in process(ROOT.terms, CREDENTIALS_V2)
    assert refusal("https://example.org/context") == "unknown_context"


def test_the_contexts_of_types_apply_in_order_and_remember_what_was_before() -> None:
    local = {
        "A": {"@id": "urn:x:A", "@context": {"p": "urn:x:by-a"}},
        "B": {"@id": "urn:x:B", "@context": {"p": "urn:x:by-b"}},
    }
    before = ActiveContext(compiled(local))
    typed = derive((before, "types", ("A", "B")))
    assert typed.terms["p"].iri == "urn:x:by-b"
    assert typed.previous is before
    assert derive((before, "types", ("A", "B"))) is typed


def test_a_context_applied_twice_changes_nothing() -> None:
    urls = (CREDENTIALS_V2, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
    once = derive((ROOT, "local", urls))
    assert derive((once, "local", urls)) is once
    assert derive((once, "local", urls[::-1])) is once


def test_the_cache_of_contexts_is_bounded() -> None:
    local = {"A": {"@id": "urn:x:A", "@context": {"p": "urn:x:p"}}}
    for _ in range(compiler.MAX_CACHED_CONTEXTS + 10):
        derive((ActiveContext(compiled(local)), "types", ("A",)))
    assert len(compiler._cache) <= compiler.MAX_CACHED_CONTEXTS  # noqa: SLF001 (its size is the point)


def test_a_context_is_checked_with_all_that_it_brings() -> None:
    list(
        compiler.meanings({"A": {"@id": "urn:x:A", "@context": {"p": {"@id": "urn:x:p", "@context": None}}}})
    )
    with pytest.raises(Refusal):
        list(
            compiler.meanings(
                {"A": {"@id": "urn:x:A", "@context": {"p": {"@id": "urn:x:p", "@context": {"q": 1}}}}}
            )
        )
