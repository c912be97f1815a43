"""What is kept of achievements follows from all of their content, and from nothing else."""

import copy
import json
from typing import Any

import pytest

from app.errors import JsonLdError, UnsignableDocumentError
from app.signing import contents
from app.signing.contents import Contents, Recurring, content_of
from app.signing.issue import prepare
from app.signing.jsonld import canonize
from app.signing.lint import lint_document
from tests.signing.badges import Document, rich_badge


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": True}),
        ({"a": 0.0}, {"a": -0.0}),
        ({"a": "1"}, {"a": 1}),
        ({"a": []}, {"a": {}}),
        ({"a": "b"}, {"a": ["b"]}),
        ({"a": "é"}, {"a": "e\u0301"}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": "b", "c": "d"}, {"a": "b\x00c", "c": "d"}),
    ],
)
def test_what_differs_has_another_content(one: Any, other: Any) -> None:  # noqa: ANN401 (any JSON)
    assert content_of(one) != content_of(other)


def test_a_content_is_told_by_its_value_and_not_by_the_object() -> None:
    stored = json.dumps(rich_badge()["credentialSubject"]["achievement"])
    assert content_of(json.loads(stored)) == content_of(json.loads(stored))


def test_a_kept_object_has_the_content_of_a_plain_one() -> None:
    achievement = rich_badge()["credentialSubject"]["achievement"]
    assert content_of(Recurring(achievement)) == content_of(achievement)


def test_what_is_large_or_no_json_has_no_content_to_keep() -> None:
    assert content_of({"description": "x" * contents.MAX_CONTENT}) is None
    assert content_of({"description": object()}) is None


def test_what_was_found_out_is_found_again_until_the_store_is_full() -> None:
    store = Contents[str]()
    assert store.find(b"a", 1) is None
    store.keep("found", b"a", 1)
    assert store.find(b"a", 1) == "found"
    assert store.find(b"a", 2) is None
    store.keep("large", b"b" * (contents.MAX_KEPT - 1))
    assert store.find(b"a", 1) == "found"
    store.keep("last", b"c")
    assert store.find(b"a", 1) is None
    assert store.find(b"c") == "last"


def achievement_of(document: Document) -> Document:
    achievement: Document = document["credentialSubject"]["achievement"]
    return achievement


def without_keeping(document: Document) -> str:
    """Canonize a document whose achievement is too large to be kept, and take out again what makes it so."""
    large = copy.deepcopy(document)
    filling = "x" * contents.MAX_CONTENT
    achievement_of(large)["specialization"] = filling
    return "".join(line for line in canonize(large).splitlines(keepends=True) if filling not in line)


def test_a_kept_achievement_makes_the_same_statements_as_one_that_is_not_kept() -> None:
    document = rich_badge()
    achievement_of(document).pop("specialization", None)
    for _ in range(2):
        assert canonize(document) == without_keeping(document)


def test_a_kept_achievement_keeps_its_nameless_things_apart_from_those_before_it() -> None:
    document = rich_badge()
    achievement = achievement_of(document)
    achievement.pop("specialization", None)
    proof = {"type": "DataIntegrityProof", "proofPurpose": "assertionMethod"}
    achievement["endorsement"] = [
        {
            "@context": document["@context"],
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "issuer": {"type": ["Profile"], "name": "A university"},
            "credentialSubject": {"type": ["EndorsementSubject"], "endorsementComment": "Well done."},
            "proof": [proof],
        }
    ]
    first = {"type": ["Evidence"], "name": "A thing without a name of its own"}
    subject = document.pop("credentialSubject")
    document |= {"evidence": [first], "credentialSubject": subject}
    for _ in range(2):
        assert canonize(document) == without_keeping(document)


def test_an_achievement_that_speaks_for_the_credential_is_never_signed() -> None:
    document = rich_badge()
    achievement_of(document)["creator"] = {
        "id": document["id"],
        "type": ["Profile"],
        "name": "Somebody",
        "validUntil": "2099-01-01T00:00:00Z",
    }
    for _ in range(2):
        with pytest.raises(UnsignableDocumentError) as caught:
            prepare(document)
        assert [fault.code for fault in caught.value.faults] == ["id_reused"]


def test_an_achievement_without_an_id_is_kept_apart_for_each_place_it_stands_in() -> None:
    document = rich_badge()
    del achievement_of(document)["id"]
    for described in achievement_of(document)["resultDescription"]:
        described.pop("allowedValue", None)
    once = canonize(document)
    subject = document["credentialSubject"]
    twice = {**document, "credentialSubject": [subject, {**copy.deepcopy(subject), "id": "urn:x:other"}]}
    assert canonize(twice) == canonize(twice)
    assert canonize(document) == once
    assert once.count("vocab.html#achievement>") * 2 == canonize(twice).count("vocab.html#achievement>")


def test_a_changed_achievement_is_emitted_and_linted_anew() -> None:
    document = rich_badge()
    before = canonize(document)
    achievement_of(document)["name"] = "Another name"
    assert '"Another name"' in canonize(document)
    assert canonize(document) != before
    assert lint_document(document) == ()
    achievement_of(document)["name"] = 7
    for _ in range(2):
        assert [fault.code for fault in lint_document(document)] == ["not_text"]


def test_an_achievement_too_large_to_be_kept_is_linted_each_time() -> None:
    document = rich_badge()
    achievement_of(document)["description"] = "x" * contents.MAX_CONTENT
    for _ in range(2):
        assert lint_document(document) == ()


def test_ordered_lists_of_one_thing_in_two_kept_achievements_are_refused() -> None:
    document = rich_badge()
    outcome = achievement_of(document)["resultDescription"][0]
    outcome["allowedValue"] = ["a", "b"]
    canonize(document)
    subject = document["credentialSubject"]
    document["credentialSubject"] = [subject, copy.deepcopy(subject)]
    for _ in range(2):
        with pytest.raises(JsonLdError) as caught:
            canonize(document)
        assert caught.value.faults[0].code == "list_twice"
