"""Documents made to cost much: each is answered after little work, whatever the answer is."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import JsonLdError, TooComplexError
from app.signing import jsonld
from tests.effort import calls_of
from tests.signing.hostile import CALLS

Document = dict[str, Any]

CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]


def document(**members: object) -> Document:
    return {
        "@context": CONTEXTS,
        "id": "urn:x:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        **members,
    }


def achievement(**members: object) -> Document:
    subject = {"type": "AchievementSubject", "achievement": {"type": "Achievement", **members}}
    return document(credentialSubject=subject)


def symmetric_tree(width: int, height: int) -> Document:
    if height == 0:
        return {"type": ["Profile"], "name": "leaf"}
    return {"type": ["Profile"], "parentOrg": [symmetric_tree(width, height - 1) for _ in range(width)]}


def nested(depth: int) -> Document:
    profile: Document = {"type": ["Profile"]}
    for _ in range(depth):
        profile = {"type": ["Profile"], "parentOrg": profile}
    return document(issuer=profile)


def nested_arrays(depth: int) -> Document:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return document(evidence=value)


def deep_json(depth: int) -> Document:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return document(_sd=value)


def many_context_lists() -> Document:
    known = [*CONTEXTS, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    lists = itertools.islice(itertools.product(known, repeat=8), 3000)
    profiles = [{"@context": list(urls), "type": "https://example.org/Type"} for urls in lists]
    return document(issuer=profiles)


def many_repeated_contexts() -> Document:
    endorsement: Document = {"type": ["Profile"], "name": "x"}
    for length in range(28):
        endorsement = {"@context": CONTEXTS * (1 + length % 4), "type": ["Profile"], "parentOrg": endorsement}
    return document(issuer=[endorsement] * 20)


def many_sets_of_types() -> Document:
    types = ["Address", "Alignment", "EndorsementSubject", "Evidence", "GeoCoordinates", "IdentityObject"]
    types += ["Image", "RubricCriterionLevel"]
    sets = [list(names) for size in (1, 2, 3, 4, 5, 6) for names in itertools.combinations(types, size)]
    return document(evidence=[{"type": names} for names in sets])


REFUSED: dict[str, Callable[[], Document]] = {
    "a symmetric tree": lambda: document(issuer=symmetric_tree(3, 4)),
    "a wide symmetric tree": lambda: document(issuer=symmetric_tree(9, 3)),
    "two hundred levels": lambda: nested(200),
    "twenty thousand evidences": lambda: document(
        evidence=[{"id": f"urn:x:{n}", "type": "Evidence"} for n in range(20_000)]
    ),
    "twenty thousand tags": lambda: achievement(tag=[str(n) for n in range(20_001)]),
    "a long list of one value": lambda: achievement(
        resultDescription={"type": "ResultDescription", "allowedValue": ["a"] * 5000}
    ),
    "arrays in arrays": lambda: nested_arrays(500),
    "deep JSON": lambda: deep_json(500),
    "many types": lambda: document(evidence=[{"type": [f"urn:x:{n}" for n in range(7)]}]),
    "many lists of contexts": many_context_lists,
    "many sets of types": many_sets_of_types,
}

ACCEPTED: dict[str, Callable[[], Document]] = {
    "eight thousand tags": lambda: achievement(tag=[str(n) for n in range(8000)]),
    "five thousand equal evidences": lambda: document(evidence=[{"type": "Evidence"}] * 5000),
    "twelve equal evidences with two children": lambda: document(
        evidence=[{"type": "Evidence", "description": [{}, {}]} for _ in range(12)]
    ),
    "a quarter of a megabyte of text": lambda: document(name='"\n\x7f🎉' * 40_000),
    "a quarter of a megabyte of IRI": lambda: document(issuer="https://example.org/" + "a" * 250_000),
    "thousands of types": lambda: document(
        evidence=[{"type": [f"urn:x:{n}:{m}" for m in range(6)]} for n in range(2500)]
    ),
    "contexts again and again": many_repeated_contexts,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_costs_too_much_is_refused_before_it_has(name: str) -> None:
    hostile = REFUSED[name]()

    def refuse() -> None:
        with pytest.raises(JsonLdError):
            jsonld.canonize(hostile)

    assert calls_of(refuse) < CALLS


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_document_that_is_merely_large_costs_little(name: str) -> None:
    large = ACCEPTED[name]()
    assert calls_of(lambda: jsonld.canonize(large)) < CALLS


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a symmetric tree", "too_many_likenesses"),
        ("two hundred levels", "too_deep"),
        ("twenty thousand tags", "too_many_statements"),
        ("many types", "too_many_types"),
        ("many lists of contexts", "too_many_contexts"),
        ("many sets of types", "too_many_contexts"),
        ("a long list of one value", "too_many_likenesses"),
    ],
)
def test_the_limit_that_was_met_is_named(name: str, code: str) -> None:
    with pytest.raises(TooComplexError) as caught:
        jsonld.canonize(REFUSED[name]())
    assert [fault.code for fault in caught.value.faults] == [code]
