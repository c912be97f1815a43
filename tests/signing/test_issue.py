import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.errors import UnsignableDocumentError
from app.signing import data_integrity, issue, vc_jwt
from app.signing.jsonld import canonize
from tests.signing.badges import NOW, SIGNER, Document, badge, list_document, profile, rich_badge

DOCUMENTS = [badge(), rich_badge(), list_document((1, 2))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_both_forms_carry_what_was_prepared(document: Document) -> None:
    prepared = issue.prepare(document)
    secured = issue.sign(prepared, SIGNER, profile())
    embedded = json.loads(secured.document)
    (proof,) = embedded.pop("proof")
    assert embedded == document == prepared.document
    assert prepared.canonical == canonize(document)
    data_integrity.verify_proof(embedded, proof, SIGNER.public_key)
    assert vc_jwt.check(secured.jwt, SIGNER.public_key, NOW) == document


def test_signing_again_gives_the_same_bytes() -> None:
    prepared = issue.prepare(badge())
    assert issue.sign(prepared, SIGNER, profile()) == issue.sign(prepared, SIGNER, profile())


def test_what_was_stored_is_recognised_by_its_digest() -> None:
    prepared = issue.prepare(badge())
    assert issue.prepare(json.loads(prepared.serialized)).digest == prepared.digest
    assert issue.prepare(badge()).digest != issue.prepare(badge(name="Another")).digest


def test_what_happens_to_the_document_afterwards_does_not_reach_the_signature() -> None:
    document = badge()
    prepared = issue.prepare(document)
    document["credentialSubject"]["achievement"]["name"] = "Changed"
    prepared.document["name"] = "Changed"
    assert prepared.document == badge()
    assert json.loads(issue.sign(prepared, SIGNER, profile()).document)["name"] == badge()["name"]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"name": "urn:x-achievement"},  # what stands for the achievement meanwhile
        {"evidence": [{"type": ["Evidence"], "id": "urn:x-achievement"}]},
        {"@context": (*badge()["@context"],)},  # a tuple is an array
    ],
)
def test_what_is_signed_is_the_document_as_json_whatever_is_kept_of_its_achievement(change: Document) -> None:
    for number in range(3):
        document = badge(id=f"urn:x:{number}", **change)
        document["credentialSubject"]["achievement"]["tag"] = ("a", "b", str(number // 2))
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        prepared = issue.prepare(document)
        assert prepared.serialized == text.encode()
        assert prepared.unsecured.document == json.loads(text)
        assert prepared.canonical == canonize(json.loads(text))


@pytest.mark.parametrize("subject", [None, "a", {}, {"achievement": None}, {"achievement": "a"}])
def test_a_document_without_an_achievement_is_refused_like_any_other(subject: object) -> None:
    with pytest.raises(UnsignableDocumentError):
        issue.prepare(badge(credentialSubject=subject))


def test_there_is_no_other_way_to_a_prepared() -> None:
    with pytest.raises(TypeError, match="prepare"):
        issue.Prepared(b"{}", "", object(), {})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": None}, "null_value"),
        ({"undefinedTerm": "x"}, "unknown_term"),
        ({"type": ["VerifiableCredential", "OpenBadgeCredential", "Passport"]}, "unknown_type"),
    ],
)
def test_a_document_that_breaks_a_rule_is_not_prepared(change: Document, code: str) -> None:
    with pytest.raises(UnsignableDocumentError) as caught:
        issue.prepare(badge(**change))
    assert [fault.code for fault in caught.value.faults] == [code]


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [datetime(2016, 1, 1, tzinfo=UTC), {"a"}, float("nan"), b"x", "\ud800", nested(100_000)]
)
def test_a_value_that_is_not_json_is_not_prepared(value: Any) -> None:  # noqa: ANN401 (anything at all)
    with pytest.raises(UnsignableDocumentError, match="not plain JSON"):
        issue.prepare(badge(name=value))
