"""Schemas of strangers applied: what is broken is named, and what is no schema is refused."""

from typing import Any

import pytest

from app.errors import InvalidPayloadError, TooComplexError
from app.signing.json_schemas import DRAFTS, MAX_FAULTS, apply

URL = "https://schemas.example.org/badge.json"
LATEST = "https://json-schema.org/draft/2020-12/schema"
PARTS: dict[str, Any] = {
    "https://schemas.example.org/parts.json": {"$defs": {"name": {"type": "string"}}},
    "https://parts.example.org/parts.json": {"required": ["part"]},
}


def faults(schema: object, document: dict[str, Any], draft: str = LATEST) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in apply(URL, {URL: schema, **PARTS}, draft, document)]


def test_what_is_broken_is_named_by_its_place_and_keyword() -> None:
    schema = {"required": ["id"], "properties": {"a/b~": {"items": {"type": "string"}}}}
    assert faults(schema, {"id": "x", "a/b~": ["y"]}) == []
    assert faults(schema, {"a/b~": ["y", 1]}) == [("", "required"), ("/a~1b~0/1", "type")]


def test_the_first_faults_are_named_in_few_words() -> None:
    found = apply(
        URL, {URL: {"additionalProperties": {"const": "x" * 5_000}}}, LATEST, dict.fromkeys("abcdefgh", 1)
    )
    assert len(found) == MAX_FAULTS
    assert all(len(fault.detail) <= 200 for fault in found)


@pytest.mark.parametrize("draft", [*DRAFTS, "http://json-schema.org/draft-07/schema#"])
def test_a_schema_is_read_by_the_draft_that_it_names(draft: str) -> None:
    schema = {"$schema": draft, "properties": {"a": {"const": 1}}}
    assert faults(schema, {"a": 2}) == [("/a", "const")]


def test_without_a_draft_the_one_of_its_type_counts() -> None:
    schema = {"properties": {"a": {"prefixItems": [{"type": "string"}]}}}
    assert faults(schema, {"a": [1]}) == [("/a/0", "type")]
    assert faults(schema, {"a": [1]}, "https://json-schema.org/draft/2019-09/schema") == []


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"name": {"$ref": "#/$defs/name"}}, "$defs": {"name": {"type": "string"}}},
        {"properties": {"name": {"$ref": "parts.json#/$defs/name"}}},
        {"$id": URL, "properties": {"name": {"$ref": "https://schemas.example.org/parts.json#/$defs/name"}}},
    ],
)
def test_references_lead_to_what_was_given(schema: dict[str, Any]) -> None:
    assert faults(schema, {"name": 1}) == [("/name", "type")]


def test_references_are_relative_to_what_the_schema_calls_itself() -> None:
    assert faults({"$id": "https://parts.example.org/x", "$ref": "parts.json"}, {}) == [("", "required")]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ([], "no object"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "draft-04"),
        ({"$schema": 5}, "draft that is not read"),
        ({"required": "id"}, "at /required"),
        ({"properties": {"a": {"pattern": "("}}}, "breaks the rules"),
        ({"$ref": "https://elsewhere.example.org/x.json"}, "https://elsewhere.example.org/x.json"),
        ({"$ref": "#/$defs/none"}, "not there"),
        ({"$ref": "http://["}, "cannot be applied"),
    ],
)
def test_what_cannot_be_applied_is_refused_in_words(schema: object, words: str) -> None:
    with pytest.raises(InvalidPayloadError, match=words.replace("(", "\\(")):
        faults(schema, {"a": "b"})


def test_a_schema_without_end_is_too_complex() -> None:
    with pytest.raises(TooComplexError):
        faults({"$ref": "#"}, {})
